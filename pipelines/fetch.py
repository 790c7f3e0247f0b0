"""Fetch: an image's address becomes its bytes, in memory and nowhere else.

Requests pass through the same egress guard, robots.txt, retries, pace and statistics as pages.
What is unchanged since the last crawl, or was met before in this one, leaves here as a KnownImage.
What turns out to be an archive ends here, and each picture within it enters the line by itself.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final, NoReturn, Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import (
    DownloadCancelledError,
    DownloadFailedError,
    DownloadTimeoutError,
    DropItem,
    IgnoreRequest,
    ResponseDataLossError,
)
from scrapy.http import Response

from domain.acting_links import acts_by
from domain.address import canonical, decode_data_uri
from domain.errors import InvalidInput
from domain.file_address import is_archive_path, is_large_path, is_member
from domain.image import FetchedImage, ImageReference, KnownImage, Outcome
from domain.playlist import is_playlist
from pipelines.archive_members import ArchiveMembers
from pipelines.body_limits import BODY_LIMIT, BodyLimit, part_of
from pipelines.image_client import ImageClient
from pipelines.image_requests import ImageRequests
from pipelines.opening import EndsHereError, Opening
from pipelines.reasons import CrawlStopped, UselessPart, reason_of
from pipelines.same_files import SameFiles
from pipelines.visit import AddressResult, Brought, Visit, transfer_of, visit_of
from storage import sightings
from storage.sightings import KnownAddress

_NOT_MODIFIED: Final = 304
_OK: Final = 200
_GONE: Final = (404, 410)
_DID_NOT_COME: Final = (DownloadTimeoutError, DownloadFailedError, ResponseDataLossError)
_LINKS: Final = ("a@href", "area@href")
_NO_MORE: Final = "No more of it could be read than before."
_NOT_ANEW: Final = "It did not come anew, to be looked at once more."
_ACTS: Final = "Such a link may have the site do something ({}), so it is never asked for."


class _LargerThanAnImageError(Exception):
    """What comes is a video, a stream or an archive, and has no place for one that large yet."""


class FetchPipeline:
    """Give each image reference its bytes, or end it with its reason."""

    def __init__(self, crawler: Crawler, visit: Visit) -> None:
        self._crawler = crawler
        self._visit = visit
        self._requests = ImageRequests(visit)
        self._same_files = SameFiles(visit.addresses)
        self._archives = ArchiveMembers(visit, self._enter)
        self._opening = Opening(visit, self._archives, self._ask)
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
        in_page = item.url.startswith("data:")
        # To look at a picture within a page as at an address would keep it in memory.
        acts = acts_by(item.url) if item.found_in in _LINKS and not in_page else None
        if acts is not None:  # an earlier version took such a link for an image's
            await self._end(item, Outcome.REFUSED, _ACTS.format(acts))
        brought = self._visit.brought.pop(item.address, None)
        first = self._visit.addresses.get(item.address)
        if first is not None:
            return await self._follow(item, await first)
        self._visit.addresses[item.address] = asyncio.get_running_loop().create_future()
        if in_page and item.url != item.address:
            return await self._decode(item)
        if brought is not None:
            return await self._take(item, brought)
        same = await self._same_files.image_of(item.address)
        if same is not None:
            # Of a video, the beginning may be all that is known under its other address.
            certain = not is_large_path(item.url)
            return KnownImage(item, same, Outcome.DUPLICATE, certain=certain)
        known = await self._known(item)
        if known is None:
            self._visit.get_ready()
        # A picture within a page or an archive that has not changed, of which we hold the digest.
        if in_page or is_member(item.address):
            return await self._unchanged(item, known)
        return await self._in_a_place(
            lambda large: self._fetch(item, known, large=large), large=is_large_path(item.url)
        )

    async def _in_a_place(
        self, get: Callable[[bool], Awaitable[FetchedImage | KnownImage]], *, large: bool
    ) -> FetchedImage | KnownImage:
        """Get bytes while they have a place in memory; the hash stage lets it go.

        Of what may be larger than an image, one at a time is in memory.
        """
        while True:
            place = self._visit.one_large if large else self._visit.in_memory
            await place.acquire()
            kept = False
            try:
                fetched = await get(large)
                if isinstance(fetched, FetchedImage):
                    fetched, kept = replace(fetched, let_go=place.release), True
            except _LargerThanAnImageError:
                large = True
            else:
                return fetched
            finally:
                if not kept:
                    place.release()

    async def _follow(self, item: ImageReference, first: AddressResult) -> KnownImage:
        if first.image_id is None:
            await self._archives.sight_on_this_page_too(item)
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
        return FetchedImage(item, body, let_go=self._visit.in_memory.release)

    async def _take(self, item: ImageReference, brought: Brought) -> FetchedImage | KnownImage:
        """Take bytes that are in memory already: within an archive, or asked for as a page."""
        image = FetchedImage(item, brought.body, brought.etag, brought.last_modified)
        if is_member(item.address) or not self._opening.holds_more(image.body):
            return image
        return await self._in_a_place(lambda _: self._open(image, item.url, large=True), large=True)

    async def _known(self, item: ImageReference) -> KnownAddress | None:
        known = await self._visit.read(lambda s: sightings.known_address(s, item.address))
        if known is None or known.image_id is not None or not is_archive_path(item.address):
            return known
        # It may be asked for conditionally only if we know what was in it, on this very page.
        return known if await self._archives.sighted(item) else None

    async def _fetch(
        self, item: ImageReference, known: KnownAddress | None, *, large: bool
    ) -> FetchedImage | KnownImage:
        further = self._requests.may_be_read_further(known)
        anew = item.address in self._visit.ask_anew
        # Where more is wanted than is known, "not modified" would keep it a part; and what is to be
        # looked at again has to come.
        now = None if further or anew else known
        request = self._requests.first(item, now, large=large, once=further)
        limit: BodyLimit = request.meta[BODY_LIMIT]
        try:
            try:
                response = await self._ask(request)
            except _DID_NOT_COME as error:
                if not further and not (anew and _has_validators(known)):
                    raise
                # All of it may be too much for the time that the site has; what is known holds on.
                request = self._requests.first(item, known, large=large)
                limit = request.meta[BODY_LIMIT]
                response = await self._ask(request)
                if response.status == _NOT_MODIFIED:
                    in_vain = _NO_MORE if further else _NOT_ANEW
                    reason = f"{in_vain} {reason_of(error)}"
                    self._visit.note("image", "note", item.address, reason)
        except IgnoreRequest as error:
            await self._end(item, Outcome.REFUSED, reason_of(error))
        except UselessPart as error:
            await self._end(item, Outcome.UNDECODABLE, str(error))
        except DownloadCancelledError as error:
            if limit.content is not None and not large:
                raise _LargerThanAnImageError from None
            await self._end(item, Outcome.FAILED, reason_of(error))
        except Exception as error:  # noqa: BLE001 - whatever a hostile server provokes costs one image
            await self._end(item, Outcome.FAILED, reason_of(error))
        return await self._judge(item, response, known, large=large)

    async def _ask(self, request: Request) -> Response:
        if self._client is None:
            raise CrawlStopped
        return await self._client.fetch(request)

    async def _judge(
        self, item: ImageReference, response: Response, known: KnownAddress | None, *, large: bool
    ) -> FetchedImage | KnownImage:
        if response.status == _NOT_MODIFIED and known is not None:
            return await self._unchanged(item, known)
        if response.status in _GONE:
            await self._gone(item, response.status)
        if response.status != _OK:
            await self._end(item, Outcome.FAILED, f"The site answers {response.status}.")
        if item.found_in in _LINKS and self._is_page(response):
            await self._read_as_page(item, response)
        if not large and is_playlist(response.body):
            raise _LargerThanAnImageError  # its pieces together are a video
        image = FetchedImage(
            item,
            response.body,
            _header(response, "ETag"),
            _header(response, "Last-Modified"),
            part_of(response),
        )
        return await self._open(image, response.url, large=large)

    async def _open(self, image: FetchedImage, url: str, *, large: bool) -> FetchedImage:
        try:
            return await self._opening.open(image, url, large=large)
        except EndsHereError as end:
            await self._end(image.reference, end.outcome, end.reason)

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

    async def _gone(self, item: ImageReference, status: int) -> NoReturn:
        await self._visit.write(
            lambda s: sightings.mark_address_gone(s, item.address, now=self._visit.now())
        )
        if is_archive_path(item.address):
            await self._archives.gone(item)
        reason = f"It is gone: the site answers {status}."
        await self._end(item, Outcome.FAILED, reason, try_again=False)

    async def _unchanged(self, item: ImageReference, known: KnownAddress | None) -> KnownImage:
        if known is None or known.image_id is None:
            if is_archive_path(item.address):
                await self._archives.sight_again(item, await self._archives.sighted(item))
            await self._end(item, Outcome.UNCHANGED, None)  # no usable picture then, so none now
        return KnownImage(item, known.image_id, Outcome.UNCHANGED, known.etag, known.last_modified)

    async def _enter(self, reference: ImageReference) -> None:
        engine = self._crawler.engine
        if engine is None:
            raise CrawlStopped
        await engine.scraper.start_itemproc_async(reference, response=None)

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


def _has_validators(known: KnownAddress | None) -> bool:
    return known is not None and bool(known.etag or known.last_modified)


def _header(response: Response, name: str) -> str | None:
    value = (response.headers.get(name) or b"").decode("latin-1")[:1024]
    return value if value and value.isprintable() else None  # it is sent back at the next crawl
