"""The spider: walks one site of the site table, page by page, and yields image references."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, Self, cast

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from twisted.python.failure import Failure

from config import load_config
from crawler.age_gate import AgeGate
from crawler.announced import announced_maps, is_guess
from crawler.documents import SHEET, Picture, Unreadable, read_document
from crawler.elements import MAX_ELEMENTS
from crawler.errands import ERRAND, Errand
from crawler.findings import Extracted
from crawler.frontier import Frontier
from crawler.gate_signs import remark_way_in, sign_of
from crawler.login import log_in
from crawler.memory_held import give_back
from crawler.page_types import take_images
from crawler.refetching import Refetching
from crawler.rendering import NOT_SEEN, RENDERED, Rendering
from crawler.site_policy import PAGE
from crawler.visiting import open_visit
from domain.address import canonical, host_of
from domain.errors import InvalidInput, VigilError
from domain.image import ImageReference, Outcome
from domain.site import Render
from fetching.agent import user_agent
from pipelines.body_limits import BODY_LIMIT, BodyLimit
from pipelines.reasons import reason_of
from pipelines.visit import Brought, Visit
from storage import pages
from storage.pages import KnownPage

_log = logging.getLogger(__name__)
_OK = 200
_NOT_MODIFIED = 304
_GONE = (404, 410)
_SERVER_ERROR = 500
# Not 3xx: Scrapy would then leave redirects to us, and the guards that watch each hop asleep.
_JUDGED_HERE = [_NOT_MODIFIED, *range(400, 600)]
_LARGE = 300_000
_NOT_WHOLE = (
    f"It has more than {MAX_ELEMENTS:,} elements, many times what a page has; those beyond were "
    "not read."
)
Yielded = Request | ImageReference
_Read = Extracted | Picture | Unreadable


class SiteSpider(Spider):
    """Crawls one site: ``scrapy crawl site -a site=NAME``."""

    name = "site"
    visit: Visit
    age_gate: AgeGate
    rendering: Rendering
    errands: dict[str, Errand]
    maps_asked: set[str]
    large_page: asyncio.Lock
    largest_page: int
    not_logged_in: bool

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Open the visit and set what differs from site to site.

        Raises:
            VigilError: no such site, a crawl of it is under way, or the database cannot be used.
        """
        visit = kwargs.pop("visit", None)
        name = kwargs.pop("site", None)
        if visit is None and not name:
            msg = "Which site? scrapy crawl site -a site=NAME (`vigil site list` shows the names)."
            raise InvalidInput(msg)
        if visit is None:
            visit = open_visit(load_config(), str(name), by_hand=True)
        config = visit.config
        for setting, value in {
            "ROBOTSTXT_OBEY": visit.site.obey_robots,
            "CLOSESPIDER_TIMEOUT": timedelta(minutes=config.crawl_minutes).total_seconds(),
            "USER_AGENT": user_agent(config.contact),
            "DOWNLOAD_TIMEOUT": config.answer_seconds,
        }.items():
            crawler.settings.set(setting, value, priority="spider")
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider.visit = visit
        visit.follow = spider.follow
        spider.errands, spider.maps_asked = {}, set()
        spider.not_logged_in = False
        spider.large_page = asyncio.Lock()
        spider.largest_page = crawler.settings.getint("DOWNLOAD_MAXSIZE")
        crawler.signals.connect(spider.reference_broke, signal=signals.item_error)
        return spider

    async def start(self) -> AsyncIterator[Yielded]:
        """Log in if that is needed, ask for images to look at again and for the start pages."""
        if self.visit.first:
            self.visit.get_ready()
        self.age_gate = AgeGate(self.crawler)
        self.rendering = Rendering(self.crawler, self.age_gate)
        self.visit.on_close.append(self.rendering.close)
        self.not_logged_in = await log_in(self.crawler) is not None
        for reference in await Refetching(self.visit).references():
            self.visit.found()
            yield reference
        for request in await self._page_requests(self.visit.site.start_urls, 0, None, None):
            yield request

    async def parse_page(
        self, response: Response, known: KnownPage | None, depth: int, referrer: str | None
    ) -> AsyncIterator[Yielded]:
        """Read one page's answer: its image references first, then the pages it links to."""
        url, errand = canonical(response.url), cast("Errand", response.meta[ERRAND])
        if response.status == _OK and await self.age_gate.stood_before(response):
            yield self._page_request(errand, known, referrer)
            return
        if response.status == _NOT_MODIFIED and known is not None:
            self.visit.counts.pages_unchanged += 1
            extracted = Extracted(tuple(_references_of(known, depth)), known.links)
            page = known
        elif response.status != _OK and is_guess(errand.url) and response.status < _SERVER_ERROR:
            self._frontier.brought_nothing(errand, known=True)
            return
        elif response.status != _OK:
            self._frontier.brought_nothing(errand, known=response.status < _SERVER_ERROR)
            await self._no_page(url, response.status)
            return
        else:
            read = await self._read(response, url, errand)
            if isinstance(read, Unreadable):
                self._frontier.brought_nothing(errand, known=True)
                self.visit.page_failed(url, read.reason, refused=True)
                return
            self.visit.counts.pages_fetched += 1
            if isinstance(read, Picture):
                # A link that led to a picture after all: an image of the page it stood on, for as
                # long as that page has the link.
                linked = errand.url if referrer else url
                self._frontier.brought(errand, url, [linked], ())
                self.visit.found()
                self.visit.brought[linked] = Brought(response.body)
                yield ImageReference(
                    referrer or url, linked, linked, "a@href", depth, awaited=False
                )
                return
            extracted = take_images(read, self.visit.site, url, depth)
            if errand.parent is None:
                remark_way_in(self.visit, response, extracted)
            page = _page(response, url, extracted, certain=self._certain(response, extracted))
        images = (reference.address for reference in extracted.references)
        decorates = any(each.found_in.startswith(SHEET) for each in extracted.references)
        self._frontier.brought(errand, url, images, extracted.links, decorates=decorates)
        self.errands[url] = errand
        for item in await self._references(page, extracted):
            self.visit.found()
            yield item
        if depth >= self.visit.site.max_depth:
            self._frontier.too_deep(extracted.links)
            return
        links = (*await self._announced(errand), *extracted.links)
        for request in await self._page_requests(links, depth + 1, url, errand):
            yield request

    async def _read(self, response: Response, url: str, errand: Errand) -> _Read:
        hosts = self.visit.site.hosts
        read = partial(
            read_document,
            response,
            url,
            hosts,
            errand.depth,
            largest=self.largest_page,
            shown_on=None if errand.parent is None else errand.parent.url,
        )
        # One of megabytes may take seconds, in which other answers must not be waited for in vain.
        sent = await self._aside(read) if len(response.body) > _LARGE else read()
        if isinstance(sent, Extracted) and self.rendering.wants(response, sent, errand):
            sent = await self.rendering.read(response, url, sent, errand)
            self._ask_again()
        return sent

    def _ask_again(self) -> None:
        """Ask once more for the pages that an age gate kept shut until it was passed."""
        for errand in self.age_gate.asked_again():
            self.crawler.engine.crawl(self._page_request(errand, None, None))

    async def _aside(self, read: Callable[[], _Read]) -> _Read:
        """Read a large page while others are answered; one at a time, for some take much memory."""
        async with self.large_page:
            try:
                return await asyncio.to_thread(read)
            finally:
                await asyncio.to_thread(give_back)

    async def follow(self, reference: ImageReference, url: str) -> None:
        """Ask for a page to which the link of an image has led."""
        errand = self.errands.get(reference.page_url)
        if errand is None or reference.depth >= self.visit.site.max_depth:
            self._frontier.too_deep([url])
            return
        depth = reference.depth + 1
        for request in await self._page_requests([url], depth, reference.page_url, errand):
            self.crawler.engine.crawl(request)

    async def _announced(self, errand: Errand) -> tuple[str, ...]:
        """Return the maps of the site that a start page's host announces, once for each host."""
        host = host_of(errand.url)
        if errand.parent is not None or host in self.maps_asked:
            return ()
        self.maps_asked.add(host)
        return tuple(
            url
            for url in await announced_maps(self.crawler, errand.url)
            if self.visit.site.covers(url)
        )

    async def page_broke(self, failure: Failure) -> list[ImageReference]:
        """Count a page that could not be fetched, with its reason; a large video is no page."""
        request = cast("Request", failure.request)  # type: ignore[attr-defined]
        error = failure.value or Exception()
        refused = isinstance(error, IgnoreRequest)
        errand = cast("Errand", request.meta[ERRAND])
        beyond: BodyLimit = request.meta[BODY_LIMIT]
        if beyond.content is not None:
            self._frontier.brought(errand, errand.url, [errand.url], ())
            page = cast("str | None", request.meta["referrer"]) or errand.url
            self.visit.found()
            place, depth = "a@href", errand.depth
            return [ImageReference(page, errand.url, errand.url, place, depth, awaited=False)]
        self._frontier.brought_nothing(errand)
        if not (refused and is_guess(errand.url)):
            self.visit.page_failed(errand.url, reason_of(error), refused=refused)
        return []

    async def reference_broke(self, item: Any, failure: Failure) -> None:
        """End a reference that an error of ours stopped, so that the counts still add up."""
        reference = item if isinstance(item, ImageReference) else None
        if reference is not None:
            error = failure.value
            own = f"An error of Vigil's own: {type(error).__name__}."
            reason = str(error) if isinstance(error, VigilError) else own
            await self.visit.ended(reference, Outcome.FAILED, reason)

    async def _references(self, page: KnownPage, extracted: Extracted) -> Sequence[ImageReference]:
        unusable = [
            ImageReference(page.url, "", f"unusable address in {place}", place)
            for place, _ in extracted.unusable
        ]
        total = len(extracted.references) + len(extracted.refused) + len(unusable)
        await self.visit.open_page(page, total)
        if not extracted.whole:
            self.visit.note("page", "note", page.url, _NOT_WHOLE)
        self.visit.too_small(extracted.pixels)
        if extracted.left_out:
            self.visit.left_out(page.url, extracted.left_out)
        if extracted.links_left:
            reason = f"{extracted.links_left:,} more links than are taken from one page."
            self.visit.note("page", "left", page.url, reason)
        for reference in extracted.refused:
            self.visit.found()
            reason = "It would pass an address of this site on to someone else."
            await self.visit.ended(reference, Outcome.REFUSED, reason)
        for reference, (_, reason) in zip(unusable, extracted.unusable, strict=True):
            self.visit.found()
            await self.visit.ended(reference, Outcome.UNDECODABLE, reason)
        return extracted.references

    def _certain(self, response: Response, extracted: Extracted) -> bool:
        """Say whether a page was seen as it is: what is not found on it then is not there."""
        errand = cast("Errand", response.meta[ERRAND])
        seen = extracted.whole and not extracted.left_out and NOT_SEEN not in response.flags
        if not seen or self._kept_out or self.visit.stopping:
            return False
        return errand.parent is not None or sign_of(response, extracted) is None

    @property
    def _kept_out(self) -> bool:
        return self.not_logged_in or self.age_gate.trouble is not None

    async def _no_page(self, url: str, status: int) -> None:
        if status in _GONE and not self._kept_out:  # many sites deny a page that is not for all
            await self.visit.write(
                lambda s: pages.mark_gone(s, self.visit.site_id, url, now=self.visit.now())
            )
            self.visit.page_failed(url, f"It is gone: the site answers {status}.")
        else:
            self.visit.page_failed(url, f"The site answers {status}.")

    @property
    def _frontier(self) -> Frontier:
        return cast("Frontier", self.crawler.engine.scheduler)

    async def _page_requests(
        self, urls: Sequence[str], depth: int, referrer: str | None, parent: Errand | None
    ) -> list[Request]:
        followed = [url for url in urls if parent is None or self.visit.site.follows(url)]
        errands = self._frontier.offer(followed, depth, parent)
        if not errands:
            return []
        new = [errand.url for errand in errands]
        known = await self.visit.read(lambda s: pages.known_pages(s, self.visit.site_id, new))
        return [self._page_request(each, known.get(each.url), referrer) for each in errands]

    def _page_request(
        self, errand: Errand, known: KnownPage | None, referrer: str | None
    ) -> Request:
        url, depth = errand.url, errand.depth
        headers = {}
        if self.visit.site.render is Render.ON or url in self.visit.ask_anew:
            known = None  # what its scripts show may have changed where the page has not
        if known is not None and known.etag:
            headers["If-None-Match"] = known.etag
        if known is not None and known.last_modified:
            headers["If-Modified-Since"] = known.last_modified
        return Request(
            url,
            callback=self.parse_page,
            errback=self.page_broke,
            headers=headers,
            cookies=self.visit.cookies_for(url),
            cb_kwargs={"known": known, "depth": depth, "referrer": referrer},
            meta={
                PAGE: True,
                ERRAND: errand,
                BODY_LIMIT: BodyLimit(),
                "referrer": referrer,
                "handle_httpstatus_list": _JUDGED_HERE,
            },
            dont_filter=True,
        )


def _references_of(known: KnownPage, depth: int) -> Iterator[ImageReference]:
    for address, place, *leads in known.references:
        links_to = leads[0] if leads else None
        yield ImageReference(known.url, address, address, place, depth, links_to)


def _page(response: Response, url: str, extracted: Extracted, *, certain: bool) -> KnownPage:
    rendered = RENDERED in response.flags
    return KnownPage(
        url=url,
        etag=None if rendered else _header(response, "ETag"),
        last_modified=None if rendered else _header(response, "Last-Modified"),
        links=extracted.links,
        references=tuple(
            (r.address, r.found_in) if r.links_to is None else (r.address, r.found_in, r.links_to)
            for r in extracted.references
        ),
        besides=extracted.besides,
        certain=certain,
    )


def _header(response: Response, name: str) -> str | None:
    value = response.headers.get(name)
    return value.decode("latin-1")[:1024] if value else None
