"""What the browser is answered: every request of a rendered page is fetched by the crawl, or not.

The browser itself connects nowhere. What its scripts ask for goes through the same middlewares and
the same transfer as pages and images do, so one egress guard, one robots.txt, one pace and one
cookie jar hold for all three. Pictures are not fetched for the browser at all: it is shown an
empty one, and the picture's address goes down the line like any other, to be fetched there, once.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping
from typing import Any, Final

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from crawler.document_kinds import Kind, kind_of, text_of
from crawler.page_forms import PageForms
from crawler.rendering_answers import EMPTY_PICTURE, fulfilled
from crawler.rendering_asked import Asked
from crawler.rendering_devtools import DevTools
from crawler.rendering_presses import Presses, PressRequest, leads_to
from crawler.rendering_scope import ABROAD, ACTS, HOPS, AbroadHosts, acts
from domain.address import canonical
from pipelines.image_client import ImageClient
from pipelines.reasons import CrawlStopped, RefusedRequest, reason_of
from pipelines.visit import transfer_of, visit_of

MOST_REQUESTS: Final = 150
"""Requests that one page's scripts may have sent for them."""

REQUESTS_OF_A_ROUTE: Final = 10
"""Requests besides that each route of a page may have sent."""

_SENDS: Final = "It would send something to the site, which is only read."
_TOO_MANY: Final = (
    f"A page may ask for {MOST_REQUESTS}, and for {REQUESTS_OF_A_ROUTE} more with each of its "
    "routes."
)
_LARGEST: Final = 8 * 1024 * 1024
_KEPT_IN_ALL: Final = 16 * 1024 * 1024
_SECONDS: Final = 10.0
_OK: Final = 200
_ERROR: Final = 400
_NOT_THERE: Final = (404, 410)
_MANY: Final = ""
_RELOADS: Final = 1
"""Times that a page may load itself anew without anything having been pressed."""

_LOG_IN: Final = "The site answers with a log-in form."
_LOOKED_AT: Final = 200_000
"""Characters of an answer that are looked at for a log-in form."""

_CALLS: Final = frozenset({"XHR", "Fetch"})
_SHOWN: Final = frozenset({"Image"})
_FETCHED: Final = frozenset({"Document", "Stylesheet", "Script", "XHR", "Fetch", "Other"})
_SAME_FOR_ALL: Final = frozenset({"Stylesheet", "Script"})
_MEDIA: Final = re.compile(r"\.(?:mp4|m4v|webm|mov|mkv|m3u8)$", re.IGNORECASE)
_PIECE: Final = re.compile(r"\.(?:ts|m4s|m4a|mp3|aac|vtt|woff2?|ttf|otf|eot)$", re.IGNORECASE)
_SENT_ALONG: Final = ("accept", "accept-language", "x-requested-with")
_SENT_WITH: Final = ("content-type", "x-csrf-token", "x-xsrf-token")


class PageRequests:
    """Answers the requests of one page, from its first to its last."""

    def __init__(
        self,
        crawler: Crawler,
        devtools: DevTools,
        page: Response,
        kept: dict[str, Response],
        *,
        cookies: Mapping[str, str],
        left: set[asyncio.Task[None]],
        picture_hosts: Collection[str],
    ) -> None:
        """Begin for one page.

        Args:
            crawler: the crawl's.
            devtools: the browser that asks.
            page: the page as the site sent it, which the browser is given for its first request.
            kept: scripts and style sheets that were fetched for earlier pages of the crawl.
            cookies: those that the browser is given for the page.
            left: holds what is still under way when the page is closed, until it has ended.
            picture_hosts: those of pictures that earlier crawls have sighted on the site.
        """
        self._visit = visit_of(crawler)
        self._devtools = devtools
        self._page = page
        self._url = canonical(page.url)
        self._abroad = AbroadHosts(self._visit, picture_hosts)
        self._kept = kept
        self._cookies = cookies
        self._left = left
        self._closed = False
        self._client = ImageClient(
            crawler, transfer_of(crawler), lambda: self._closed or self._visit.stopping
        )
        self._given = False
        self._reloads_left = _RELOADS
        self._most = MOST_REQUESTS
        self.presses = Presses(self._visit.site, self._url)
        self.hand_over: Callable[[], Awaitable[None]] = _nothing
        """Hands the cookies that the page's scripts have set over to the crawl."""
        self._tasks: set[asyncio.Task[None]] = set()
        self.asked = Asked()

    @property
    def pending(self) -> int:
        """How many requests the page waits for at this moment."""
        return len(self._tasks)

    def take(self, method: str, event: dict[str, Any]) -> None:
        """Take an event of the browser."""
        if method != "Fetch.requestPaused":
            return
        identity, request = str(event["requestId"]), event["request"]
        url, kind = str(request["url"]), str(event.get("resourceType", "Other"))
        if url.startswith(("data:", "blob:", "about:")):
            self._devtools.tell("Fetch.continueRequest", requestId=identity)
        elif kind == "Document" and not self._given and leads_to(url, self._url):
            self._given = True
            # It was read as HTML, whatever the site calls it.
            self._fulfil(identity, self._page, as_html=True)
        elif (press := self.presses.take(kind, event)) is not None:
            self._reloads_left = 0  # what the site sent before may not be what it sends now
            self._begin(self._answer_press(press))
        elif self._reloads_left and self._reloads(kind, event):
            self._reloads_left -= 1
            self._fulfil(identity, self._page, as_html=True)
        elif kind in _SHOWN:
            self.asked.picture(url)
            self._devtools.tell("Fetch.fulfillRequest", requestId=identity, **EMPTY_PICTURE)
        elif self._is_wanted(url, kind, request):
            self._begin(self._answer(identity, url, kind, request))
        else:
            if self._is_of_the_page(kind, event):
                self.asked.away = True
            self._refuse(identity, kind)

    def begin_route(self) -> None:
        """Another route of the page is about to be gone to."""
        self._most += REQUESTS_OF_A_ROUTE

    def close(self) -> None:
        """Let go of what is still under way: what waits for its turn is not sent any more.

        Nothing is cancelled: a middleware that is cancelled between a request and its answer would
        never learn that it has ended, and keep its turn, or what others wait for, for ever.
        """
        self._closed = True
        for task in self._tasks:
            self._left.add(task)
            task.add_done_callback(self._left.discard)

    def _is_of_the_page(self, kind: str, event: Mapping[str, Any]) -> bool:
        """Say whether something is to be shown in the place of the page, and not within it."""
        return kind == "Document" and event.get("frameId") == self.presses.frame

    def _reloads(self, kind: str, event: Mapping[str, Any]) -> bool:
        request = event["request"]
        asks = request.get("method", "GET") == "GET" and leads_to(str(request["url"]), self._url)
        return asks and self._is_of_the_page(kind, event)

    def _begin(self, answering: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(answering)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer_press(self, press: PressRequest) -> None:
        """Go or send where a press does. The page itself is shown anew, and no other in its place.

        Where else it leads is asked for, since that may be how the site learns of it, and is
        followed as a link besides.
        """
        if press.leads_away and not press.sent:
            self.asked.link(press.url)
        await self.hand_over()
        await self._answer(press.identity, press.url, press.kind, press.request, press)

    def _is_wanted(self, url: str, kind: str, request: Mapping[str, Any]) -> bool:
        """Say whether a request is to be sent, and note what is to be known of one that is not."""
        path = url.split("?", 1)[0].split("#", 1)[0]
        if kind == "Media" or _MEDIA.search(path):
            self.asked.picture(url)
        elif kind not in _FETCHED or _PIECE.search(path) or _goes_on(request["headers"]):
            pass
        elif not self._abroad.allow(url):
            self.asked.other_host(url)
        elif request.get("method", "GET") != "GET":
            self.asked.refused[_SENDS] += 1
        elif kind == "Document":
            # Where scripts lead the browser, the crawl follows as it follows a link.
            self.asked.link(url)
        elif acts(url):
            self.asked.refused[ACTS] += 1
        elif self.asked.requests >= self._most and url not in self._kept:
            self.asked.refused[_TOO_MANY] += 1
            self.asked.went_without(kind, _MANY)
        else:
            return True
        return False

    async def _answer(
        self,
        identity: str,
        url: str,
        kind: str,
        request: Mapping[str, Any],
        press: PressRequest | None = None,
    ) -> None:
        hops: set[str] = set()
        try:
            kept = self._kept.get(url) if press is None else None
            answer = kept or await self._fetch(url, request, press, hops)
        except CrawlStopped:
            self._refuse(identity, kind)
            return
        except Exception as error:  # noqa: BLE001 - whatever a hostile server provokes costs one request
            self.asked.refused[reason_of(error)] += 1
            led_off = kind in _CALLS and len(hops) > 1  # as to a log-in, once a session is over
            if led_off or not isinstance(error, RefusedRequest):  # which it is every time
                self.asked.went_without(kind, url)
            self._refuse(identity, kind)
            return
        # Refused today, because a session is over or a robot is suspected, it may come tomorrow.
        if answer.status >= _ERROR and answer.status not in _NOT_THERE:
            self.asked.went_without(kind, url, f"The site answers {answer.status}.")
        elif kind in _CALLS and len(hops) > 1 and _asks_to_log_in(answer):
            self.asked.went_without(kind, url, _LOG_IN)
        else:
            self.asked.came(url)
        if self._closed:
            return
        if press is not None and press.leads_away:
            self._refuse(identity, kind)
            return
        if kind in _SAME_FOR_ALL and answer.status == _OK:
            self._keep(url, answer)
        else:
            self.asked.answer(answer)
        self._fulfil(identity, answer, as_html=kind == "Document")

    async def _fetch(
        self,
        url: str,
        request: Mapping[str, Any],
        press: PressRequest | None,
        hops: set[str],
    ) -> Response:
        sent = None if press is None else press.sent
        self.asked.requests += 1
        covered = self._visit.site.covers(url)
        given: Mapping[str, str] = {k.lower(): v for k, v in request["headers"].items()}
        along = _SENT_ALONG if sent is None else (*_SENT_ALONG, *_SENT_WITH)
        headers = {name: given[name] for name in along if covered and name in given}
        headers.setdefault("accept", given.get("accept", "*/*"))
        if "origin" in given:
            headers["origin"] = given["origin"]
        cookies = self._visit.cookies_for(url)
        if covered:  # what its scripts have set: an age gate, for example
            named = {str(each["name"]) for each in cookies}
            cookies += [
                {"name": name, "value": value}
                for name, value in cookies_in(given.get("cookie", "")).items()
                # One that it was given may have been replaced by the site meanwhile.
                if name not in named and self._cookies.get(name) != value
            ]
        return await self._client.fetch(
            Request(
                url,
                method="GET" if sent is None else "POST",
                body=sent or "",
                headers=headers,
                cookies=cookies,
                meta={
                    ABROAD: self._abroad,
                    HOPS: hops,
                    "referrer": self._url,
                    "max_retry_times": 1 if sent is None else 0,
                    "download_maxsize": _LARGEST,
                    "download_timeout": min(_SECONDS, self._visit.config.answer_seconds),
                },
                dont_filter=True,
            )
        )

    def _keep(self, url: str, answer: Response) -> None:
        size = sum(len(each.body) for each in self._kept.values())
        if size + len(answer.body) <= _KEPT_IN_ALL:
            self._kept[url] = answer

    def _fulfil(self, identity: str, answer: Response, *, as_html: bool = False) -> None:
        self._devtools.tell(
            "Fetch.fulfillRequest", requestId=identity, **fulfilled(answer, as_html=as_html)
        )

    def _refuse(self, identity: str, kind: str) -> None:
        # A page that is aborted leaves the one before it in place; one that is blocked does not.
        reason = "Aborted" if kind == "Document" else "BlockedByClient"
        if not self._closed:
            self._devtools.tell("Fetch.failRequest", requestId=identity, errorReason=reason)


def _asks_to_log_in(answer: Response) -> bool:
    """Say whether what a script was given for its data is a log-in form."""
    if b"password" not in answer.body.lower() or kind_of(answer) is not Kind.HTML:
        return False
    return PageForms(text_of(answer)[:_LOOKED_AT], answer.url).asks_for_a_password()


async def _nothing() -> None:
    """Hand nothing over."""


def _goes_on(headers: Mapping[str, str]) -> bool:
    """Say whether a request is for a worker that outlives its page, or for news without an end."""
    return "Service-Worker" in headers or "event-stream" in headers.get("Accept", "")


def cookies_in(header: str) -> dict[str, str]:
    """Return the cookies in a request's header, as they stand there."""
    pairs = [part.strip().partition("=") for part in header.split(";") if "=" in part]
    return {name: value for name, _, value in pairs if name}
