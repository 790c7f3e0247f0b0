"""Hash: an image's bytes become its signals; from here on there are no bytes."""

import hashlib
from dataclasses import dataclass, replace
from typing import Final, Self

from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem
from sqlalchemy.orm import Session

from domain.errors import HashingLost, Undecodable
from domain.image import (
    MEGABYTE,
    FetchedImage,
    HashedImage,
    ImageReference,
    KnownImage,
    Outcome,
    Part,
)
from domain.signal import ImageSignals
from pipelines.body_limits import may_be_read_further
from pipelines.visit import Visit, visit_of
from signals.video import LOOKED_AT, looks_like_video
from signals.video_part import PartDigests
from storage import refetching, sightings

_NOT_ANEW: Final = "It was sent anew, and could not be looked at."


@dataclass(frozen=True, slots=True)
class _LookedUp:
    """What is known of fetched bytes.

    ``sha256`` is that of the image that they are; ``digests`` stand for those of the file where
    the bytes are a part of one. ``known`` is the id of the image with exactly these bytes,
    ``look_again`` whether it is to be looked at once more. ``parts`` are the ids of those that are
    at its address as far as is known, and its beginning.
    """

    sha256: str
    digests: PartDigests | None
    known: int | None
    look_again: bool
    parts: tuple[int, ...]


class HashPipeline:
    """Replace an image's bytes by its signals; no later stage sees the bytes."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._parts = 0
        visit.on_close += [self._count_parts, self._say_without_embeddings]

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Join the visit of this crawl."""
        return cls(visit_of(crawler))

    async def process_item(self, item: FetchedImage | KnownImage) -> HashedImage | KnownImage:
        """Hash one image in a worker process, which holds it until the next stage lets it go.

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
        looked_up = await self._visit.read(lambda s: _looked_up(s, item))
        if looked_up.known is not None and not looked_up.look_again:
            return self._known(item, looked_up.known, looked_up.parts)
        self._visit.matcher.get_ready()
        try:
            held = await self._visit.pool.hash(item.body)
            if looked_up.digests is None and held.signals.sha256 != looked_up.sha256:
                # Else it would be another image, whose signals are replaced by this one's.
                raise held.distrust()
        except Undecodable as error:
            if looked_up.known is not None:  # what these bytes show is known, whatever befell now
                self._visit.note("image", "note", item.reference.address, f"{_NOT_ANEW} {error}")
                return self._known(item, looked_up.known, looked_up.parts)
            # More of a part may show something once the limit is raised, which its validators would
            # keep from being sent. Few are so, since an index at the end is seen in time; that each
            # of these few is sent each time is the lesser evil.
            again = isinstance(error, HashingLost) or item.part is not None
            reason = str(error) if item.part is None else f"{error}; it is {_in_part(item.part)}"
            await self._no_picture(item, Outcome.UNDECODABLE, reason, again=again)
            raise DropItem(reason) from error
        signals = held.signals
        if looked_up.digests is not None:
            of_part = looked_up.digests
            signals = replace(signals, sha256=of_part.sha256, md5=of_part.md5)
        too_small = min(signals.width, signals.height) < self._visit.config.min_side
        if too_small and looked_up.known is None:
            held.let_go()
            await self._no_picture(item, Outcome.TOO_SMALL, None)
            raise DropItem(_size(signals))
        self._say_part(item, Outcome.HASHED)
        return HashedImage(
            item.reference,
            signals,
            item.etag,
            item.last_modified,
            _is_certain(item),
            looked_up.parts,
            held,
        )

    def _known(self, item: FetchedImage, image_id: int, parts: tuple[int, ...]) -> KnownImage:
        self._say_part(item, Outcome.DUPLICATE)
        return KnownImage(
            item.reference,
            image_id,
            Outcome.DUPLICATE,
            item.etag,
            item.last_modified,
            _is_certain(item),
            parts,
        )

    def _say_part(self, item: FetchedImage, outcome: Outcome) -> None:
        if item.part is not None:
            self._parts += 1
            reason = f"It was {_in_part(item.part)}."
            self._visit.note("image", outcome.value, item.reference.address, reason)

    async def _count_parts(self) -> None:
        if self._parts:
            reason = (
                f"Videos larger than VIGIL_MAX_VIDEO_MB, of which only the beginning was read: "
                f"{self._parts:,}."
            )
            self._visit.remark("videos", self._visit.site.start_urls[0], reason)

    async def _say_without_embeddings(self) -> None:
        lost = self._visit.pool.embedding_lost
        if lost is not None:
            reason = f"No embeddings were made, and all other signals were: {lost}"
            self._visit.remark("embeddings", self._visit.site.start_urls[0], reason)

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


def _looked_up(session: Session, item: FetchedImage) -> _LookedUp:
    digests = None if item.part is None else PartDigests.of(item.body)
    sha256 = hashlib.sha256(item.body).hexdigest() if digests is None else digests.sha256
    known = sightings.image_with(session, sha256)
    look_again = known is not None and refetching.is_to_be_looked_at(session, known)
    parts = _parts(session, item) if digests is None else ()
    return _LookedUp(sha256, digests, known, look_again, parts)


def _parts(session: Session, item: FetchedImage) -> tuple[int, ...]:
    body, address = item.body, item.reference.address
    if len(body) <= MEGABYTE or not looks_like_video(body[:LOOKED_AT]):
        return ()
    return tuple(
        other.image_id
        for other in sightings.sighted_at(session, address)
        if may_be_read_further(other.byte_size, len(body))
        and PartDigests.of(memoryview(body)[: other.byte_size]).sha256 == other.sha256
    )


def _is_certain(item: FetchedImage) -> bool:
    return item.whole and item.part is None


def _in_part(part: Part) -> str:
    return f"read in part: {part} (VIGIL_MAX_VIDEO_MB)"


def _size(signals: ImageSignals) -> str:
    return f"{signals.width}×{signals.height} pixels are too few to hold a picture"
