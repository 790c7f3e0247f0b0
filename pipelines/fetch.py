"""Fetch: an image's address becomes its bytes, in memory and nowhere else.

Requests pass through the same egress guard, robots.txt, retries, pace and statistics as pages.
What is unchanged since the last crawl, or was met before in this one, leaves here as a KnownImage.
"""

import asyncio
from typing import NoReturn, Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem, IgnoreRequest
from scrapy.http import Response

from domain.address import canonical, decode_data_uri
from domain.errors import InvalidInput
from domain.image import FetchedImage, ImageReference, KnownImage, Outcome
from pipelines.image_client import ImageClient
from pipelines.reasons import CrawlStopped, reason_of
from pipelines.visit import AddressResult, Visit, transfer_of, visit_of
from storage import sightings
from storage.sightings import KnownAddress

_NOT_MODIFIED = 304
_OK = 200
_GONE = (404, 410)
_LINKS = ("a@href", "area@href")


class FetchPipeline:
    """Give each image reference its bytes, or end it with its reason."""

    def __init__(self, crawler: Crawler, visit: Visit) -> None:
        self._crawler = crawler
        self._visit = visit
        self._client: ImageClient | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Join the visit of this crawl."""
        return cls(crawler, visit_of(crawler))

    async def open_spider(self) -> None:
        """Begin to fetch."""
        self._client = ImageClient(
            self._crawler, transfer_of(self._crawler), lambda: self._visit.stopping
        )

    async def process_item(self, item: ImageReference) -> FetchedImage | KnownImage:
        """Fetch one image.

        Raises:
            DropItem: the reference has ended here; it is counted, with its reason.
        """
        first = self._visit.addresses.get(item.address)
        if first is not None:
            return await self._follow(item, await first)
        self._visit.addresses[item.address] = asyncio.get_running_loop().create_future()
        in_page = item.url.startswith("data:")
        if in_page and item.url != item.address:
            return await self._decode(item)
        known = await self._visit.read(lambda s: sightings.known_address(s, item.address))
        if in_page:  # a picture within a page that has not changed, of which we hold the digest
            return await self._unchanged(item, known)
        await self._visit.in_memory.acquire()
        kept = False
        try:
            fetched = await self._fetch(item, known)
            kept = isinstance(fetched, FetchedImage)  # the hash stage lets the place go
        finally:
            if not kept:
                self._visit.in_memory.release()
        return fetched

    async def _follow(self, item: ImageReference, first: AddressResult) -> KnownImage:
        if first.image_id is None:
            same = Outcome.FAILED if first.outcome is Outcome.FAILED else Outcome.DUPLICATE
            await self._visit.ended(item, same)
            msg = "the same address ended without an image before"
            raise DropItem(msg)
        return KnownImage(item, first.image_id, Outcome.DUPLICATE)

    async def _decode(self, item: ImageReference) -> FetchedImage:
        try:
            body = decode_data_uri(item.url, self._visit.config.max_image_bytes)
        except InvalidInput as error:
            await self._visit.ended(item, Outcome.UNDECODABLE, str(error))
            raise DropItem(str(error)) from error
        await self._visit.in_memory.acquire()
        return FetchedImage(item, body)

    async def _fetch(
        self, item: ImageReference, known: KnownAddress | None
    ) -> FetchedImage | KnownImage:
        try:
            if self._client is None:
                raise CrawlStopped
            response = await self._client.fetch(self._request(item, known))
        except IgnoreRequest as error:
            await self._end(item, Outcome.REFUSED, reason_of(error))
        except Exception as error:  # noqa: BLE001 - whatever a hostile server provokes costs one image
            await self._end(item, Outcome.FAILED, reason_of(error))
        return await self._judge(item, response, known)

    async def _judge(
        self, item: ImageReference, response: Response, known: KnownAddress | None
    ) -> FetchedImage | KnownImage:
        if response.status == _NOT_MODIFIED and known is not None:
            return await self._unchanged(item, known)
        if response.status in _GONE:
            await self._visit.write(
                lambda s: sightings.mark_address_gone(s, item.address, now=self._visit.now())
            )
            reason = f"It is gone: the site answers {response.status}."
            await self._end(item, Outcome.FAILED, reason, try_again=False)
        if response.status != _OK:
            await self._end(item, Outcome.FAILED, f"The site answers {response.status}.")
        if item.found_in in _LINKS and self._is_page(response):
            await self._read_as_page(item, response)
        return FetchedImage(
            item, response.body, _header(response, "ETag"), _header(response, "Last-Modified")
        )

    def _is_page(self, response: Response) -> bool:
        said = (response.headers.get("Content-Type") or b"").lower()
        url = response.url
        return b"html" in said and b"<" in response.body[:1024] and self._visit.site.covers(url)

    async def _read_as_page(self, item: ImageReference, response: Response) -> NoReturn:
        # Hosters name the page that shows a picture like the picture.
        if self._visit.follow is not None:
            await self._visit.follow(item, canonical(response.url))
        reason = "The link is named like an image and leads to a page, which is read as one."
        await self._end(item, Outcome.UNDECODABLE, reason)

    async def _unchanged(self, item: ImageReference, known: KnownAddress | None) -> KnownImage:
        if known is None or known.image_id is None:  # no usable picture then, so none now
            await self._end(item, Outcome.UNCHANGED, None)
        return KnownImage(item, known.image_id, Outcome.UNCHANGED, known.etag, known.last_modified)

    async def _end(
        self,
        item: ImageReference,
        outcome: Outcome,
        reason: str | None,
        *,
        try_again: bool | None = None,
    ) -> NoReturn:
        await self._visit.ended(item, outcome, reason, try_again=try_again)
        raise DropItem(reason or outcome.value)

    def _request(self, item: ImageReference, known: KnownAddress | None) -> Request:
        headers = {
            "Accept": "image/avif,image/webp,image/*;q=0.9,*/*;q=0.5",
            "Accept-Encoding": "identity",  # pictures are packed already
        }
        if known is not None and known.etag:
            headers["If-None-Match"] = known.etag
        if known is not None and known.last_modified:
            headers["If-Modified-Since"] = known.last_modified
        limit = self._visit.config.max_image_bytes
        return Request(
            item.url,
            headers=headers,
            cookies=self._visit.cookies_for(item.url),
            meta={"referrer": item.page_url, "download_maxsize": limit, "download_warnsize": 0},
            dont_filter=True,
        )


def _header(response: Response, name: str) -> str | None:
    value = (response.headers.get(name) or b"").decode("latin-1")[:1024]
    return value if value and value.isprintable() else None  # it is sent back at the next crawl
