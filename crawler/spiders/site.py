"""The spider: walks one site of the site table, page by page, and yields image references."""

import logging
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any, Self, cast

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response, TextResponse
from twisted.python.failure import Failure

from config import load_config
from crawler.extract import Extracted, extract
from crawler.site_policy import PAGE
from crawler.visiting import open_visit
from domain.address import canonical
from domain.errors import InvalidInput
from domain.image import ImageReference, Outcome
from pipelines.reasons import reason_of
from pipelines.visit import Visit
from storage import pages
from storage.pages import KnownPage

_log = logging.getLogger(__name__)
_OK = 200
_NOT_MODIFIED = 304
_GONE = (404, 410)
# Not 3xx: Scrapy would then leave redirects to us, and the guards that watch each hop asleep.
_JUDGED_HERE = [_NOT_MODIFIED, *range(400, 600)]
Yielded = Request | ImageReference


class SiteSpider(Spider):
    """Crawls one site: ``scrapy crawl site -a site=NAME``."""

    name = "site"
    visit: Visit
    asked: set[str]

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
            visit = open_visit(load_config(), str(name))
        config = visit.config
        agent = f"Vigil/0.1 ({config.contact})" if config.contact else "Vigil/0.1"
        for setting, value in {
            "ROBOTSTXT_OBEY": visit.site.obey_robots,
            "CLOSESPIDER_TIMEOUT": timedelta(minutes=config.crawl_minutes).total_seconds(),
            "USER_AGENT": agent,
        }.items():
            crawler.settings.set(setting, value, priority="spider")
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider.visit = visit
        spider.asked = set()
        crawler.signals.connect(spider.reference_broke, signal=signals.item_error)
        return spider

    async def start(self) -> AsyncIterator[Request]:
        """Ask for the start pages."""
        for request in await self._page_requests(
            self.visit.site.start_urls, depth=0, referrer=None
        ):
            yield request

    async def parse_page(
        self, response: Response, known: KnownPage | None, depth: int, referrer: str | None
    ) -> AsyncIterator[Yielded]:
        """Read one page's answer: its image references first, then the pages it links to."""
        url = canonical(response.url)
        if response.status == _NOT_MODIFIED and known is not None:
            self.visit.counts.pages_unchanged += 1
            references = tuple(
                ImageReference(known.url, address, address, place, depth)
                for address, place in known.references
            )
            extracted = Extracted(references=references, links=known.links)
            page = known
        elif response.status != _OK:
            await self._no_page(url, response.status)
            return
        elif _is_image(response):
            # A link that led to a picture after all: it is a reference of the page it stood on.
            self.visit.counts.pages_fetched += 1
            self.visit.found()
            yield ImageReference(referrer or url, url, url, "a@href", depth)
            return
        elif not isinstance(response, TextResponse) or not _is_markup(response):
            kind = _content_type(response) or "of no stated kind"
            self.visit.page_failed(url, f"It is {kind}, not a page.", refused=True)
            return
        else:
            self.visit.counts.pages_fetched += 1
            extracted = extract(response.text, url, self.visit.site.hosts, depth)
            page = KnownPage(
                url=url,
                etag=_header(response, "ETag"),
                last_modified=_header(response, "Last-Modified"),
                links=extracted.links,
                references=tuple((r.address, r.found_in) for r in extracted.references),
            )
        for item in await self._references(page, extracted):
            self.visit.found()
            yield item
        if depth < self.visit.site.max_depth:
            for request in await self._page_requests(extracted.links, depth + 1, referrer=url):
                yield request

    async def page_broke(self, failure: Failure) -> None:
        """Count a page that could not be fetched, with its reason."""
        request = cast("Request", failure.request)  # type: ignore[attr-defined]
        error = failure.value or Exception()
        refused = isinstance(error, IgnoreRequest)
        self.visit.page_failed(request.url, reason_of(error), refused=refused)

    async def reference_broke(self, item: Any, failure: Failure) -> None:
        """End a reference that an error of ours stopped, so that the counts still add up."""
        reference = item if isinstance(item, ImageReference) else None
        if reference is not None:
            kind = type(failure.value).__name__
            await self.visit.ended(reference, Outcome.FAILED, f"An error of Vigil's own: {kind}.")

    async def _references(self, page: KnownPage, extracted: Extracted) -> Sequence[ImageReference]:
        unusable = [
            ImageReference(page.url, "", f"unusable address in {place}", place)
            for place, _ in extracted.unusable
        ]
        total = len(extracted.references) + len(extracted.refused) + len(unusable)
        await self.visit.open_page(page, total)
        if extracted.left_out:
            self.visit.left_out(page.url, extracted.left_out)
        for reference in extracted.refused:
            self.visit.found()
            reason = "It would pass an address of this site on to someone else."
            await self.visit.ended(reference, Outcome.REFUSED, reason)
        for reference, (_, reason) in zip(unusable, extracted.unusable, strict=True):
            self.visit.found()
            await self.visit.ended(reference, Outcome.UNDECODABLE, reason)
        return extracted.references

    async def _no_page(self, url: str, status: int) -> None:
        if status in _GONE:
            await self.visit.write(
                lambda s: pages.mark_gone(s, self.visit.site_id, url, now=self.visit.now())
            )
            self.visit.page_failed(url, f"It is gone: the site answers {status}.")
        else:
            self.visit.page_failed(url, f"The site answers {status}.")

    async def _page_requests(
        self, urls: Sequence[str], depth: int, referrer: str | None
    ) -> list[Request]:
        new = [url for url in dict.fromkeys(urls) if url not in self.asked]
        new = new[: max(0, self.visit.site.max_pages - len(self.asked))]
        self.asked.update(new)
        if not new:
            return []
        known = await self.visit.read(lambda s: pages.known_pages(s, self.visit.site_id, new))
        return [self._page_request(url, known.get(url), depth, referrer) for url in new]

    def _page_request(
        self, url: str, known: KnownPage | None, depth: int, referrer: str | None
    ) -> Request:
        headers = {}
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
            meta={PAGE: True, "referrer": referrer, "handle_httpstatus_list": _JUDGED_HERE},
            dont_filter=True,
        )


def _content_type(response: Response) -> str:
    raw = response.headers.get("Content-Type") or b""
    return raw.decode("latin-1").split(";", 1)[0].strip().lower()[:80]


def _is_image(response: Response) -> bool:
    kind = _content_type(response)
    return kind.startswith("image/") and "svg" not in kind


def _is_markup(response: TextResponse) -> bool:
    kind = _content_type(response)
    return not kind or "html" in kind or "xml" in kind or kind == "text/plain"


def _header(response: Response, name: str) -> str | None:
    value = response.headers.get(name)
    return value.decode("latin-1")[:1024] if value else None
