"""Hash: an image's bytes become its signals; from here on there are no bytes."""

import hashlib
from typing import Self

from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem

from domain.errors import HashingLost, Undecodable
from domain.image import FetchedImage, HashedImage, ImageReference, KnownImage, Outcome
from domain.signal import ImageSignals
from pipelines.visit import Visit, visit_of
from storage import sightings


class HashPipeline:
    """Replace an image's bytes by its signals; no later stage sees the bytes."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Join the visit of this crawl."""
        return cls(visit_of(crawler))

    async def process_item(self, item: FetchedImage | KnownImage) -> HashedImage | KnownImage:
        """Hash one image in a worker process.

        Raises:
            DropItem: it is no usable picture, or too small to be one.
        """
        if isinstance(item, KnownImage):
            return item
        try:
            return await self._hash(item)
        finally:
            item.let_go()

    async def _hash(self, item: FetchedImage) -> HashedImage | KnownImage:
        # Bytes seen before, at any address, need no second decoding. Their digest is taken in the
        # database's thread: the event loop has the answers of the site to hear meanwhile.
        image_id = await self._visit.read(lambda s: sightings.image_with(s, _digest(item)))
        if image_id is not None:
            return KnownImage(
                item.reference, image_id, Outcome.DUPLICATE, item.etag, item.last_modified
            )
        self._visit.matcher.get_ready()
        try:
            signals = await self._visit.pool.hash(item.body)
        except Undecodable as error:
            again = isinstance(error, HashingLost)
            await self._no_picture(item, Outcome.UNDECODABLE, str(error), again=again)
            raise DropItem(str(error)) from error
        if min(signals.width, signals.height) < self._visit.config.min_side:
            await self._no_picture(item, Outcome.TOO_SMALL, None)
            raise DropItem(_size(signals))
        return HashedImage(item.reference, signals, item.etag, item.last_modified)

    async def _no_picture(
        self, item: FetchedImage, outcome: Outcome, reason: str | None, *, again: bool = False
    ) -> None:
        """Remember that an address gave no picture; ``again``: read it anew next time all the same.

        Then its page must be read in full as well, or the reference would not come up.
        """
        reference: ImageReference = item.reference
        await self._visit.write(
            lambda s: sightings.remember_address(
                s,
                reference.address,
                None,
                etag=None if again else item.etag,
                last_modified=None if again else item.last_modified,
                now=self._visit.now(),
            )
        )
        await self._visit.ended(reference, outcome, reason, try_again=again)


def _digest(item: FetchedImage) -> str:
    return hashlib.sha256(item.body).hexdigest()


def _size(signals: ImageSignals) -> str:
    return f"{signals.width}×{signals.height} pixels are too few to hold a picture"
