"""Record: a matched image becomes a sighting, and a flagged match if it is near a registration.

An image and a registration that arrive at the same moment must meet. So an image is recorded only
if the registry still is at the version it was matched against; if it has moved, the image is
matched again. A registration, in turn, is matched against everything recorded before it. What comes
too late for the image to be looked at once more is looked for when it is fetched anew.
"""

from typing import Self

from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem
from sqlalchemy.orm import Session

from domain.image import KnownImage, MatchedImage, Outcome
from pipelines.visit import Visit, visit_of
from storage import flagging, muted_places, refetching, registry, sightings, wanted_looks

_FORGOTTEN = "Its registration was withdrawn at this moment, so it is hashed anew next time."


class RecordPipeline:
    """Write what was seen; the last stage of the line."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Join the visit of this crawl."""
        return cls(visit_of(crawler))

    async def process_item(self, item: MatchedImage | KnownImage) -> MatchedImage | KnownImage:
        """Record one image.

        Raises:
            DropItem: a known image was forgotten meanwhile.
        """
        if isinstance(item, KnownImage):
            return await self._record_known(item)
        while True:
            recorded = await self._visit.write(lambda s, m=item: self._record(s, m))  # type: ignore[misc]
            if recorded is not None:
                break
            await self._visit.matcher.catch_up(beyond=item.registry_version)
            item = await self._visit.matcher.match(item.hashed, before=item)
        image_id, flagged = recorded
        self._visit.counts.flagged += flagged
        await self._visit.ended(item.hashed.reference, Outcome.HASHED, image_id=image_id)
        return item

    def _record(self, session: Session, item: MatchedImage) -> tuple[int, int] | None:
        if registry.version_shared(session) != item.registry_version:
            return None
        now = self._visit.now()
        hashed = item.hashed
        image_id = sightings.image_id_of(session, hashed.signals, now=now)
        sightings.sight(
            session,
            self._visit.site_id,
            hashed.reference,
            image_id,
            etag=hashed.etag,
            last_modified=hashed.last_modified,
            certain=hashed.certain,
            parts=hashed.parts,
            now=now,
        )
        flagged = flagging.flag(session, image_id=image_id, agreements=item.agreements, now=now)
        wanted = item.wanted_looks
        if hashed.held is not None and not wanted and self._visit.pool.places_lost is None:
            refetching.looked(session, image_id, item.agreements, now=now)
        wanted_looks.ask(session, [(image_id, each) for each in wanted], now=now)
        muted_places.remember(session, image_id, item.places_seen, now=now)
        return image_id, flagged

    async def _record_known(self, item: KnownImage) -> KnownImage:
        image_id = item.image_id
        if image_id is None or not await self._visit.write(
            lambda s: self._sight_again(s, item, image_id)
        ):
            await self._visit.ended(item.reference, Outcome.FAILED, _FORGOTTEN)
            raise DropItem(_FORGOTTEN)
        await self._visit.ended(item.reference, item.outcome, image_id=image_id)
        return item

    def _sight_again(self, session: Session, item: KnownImage, image_id: int) -> bool:
        # Held so that no withdrawal erases the image between the question and the sighting.
        registry.version_shared(session)
        if not sightings.image_exists(session, image_id):
            return False
        known = sightings.known_address(session, item.reference.address)
        # A second reference to the same address has not asked for it, so it knows no validators.
        same = known is not None and known.image_id == image_id
        sightings.sight(
            session,
            self._visit.site_id,
            item.reference,
            image_id,
            etag=item.etag or (known.etag if same and known else None),
            last_modified=item.last_modified or (known.last_modified if same and known else None),
            certain=item.certain,
            parts=item.parts,
            now=self._visit.now(),
        )
        return True
