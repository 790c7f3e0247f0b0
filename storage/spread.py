"""How an image spread: where it was seen, a page of places at a time, and how many when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final

from sqlalchemy import Select, bindparam, func, select, tuple_
from sqlalchemy.orm import Session

from storage.match_places import MatchSighting
from storage.tables import ImageUrlRow, PageRow, SightingRow, SiteRow


@dataclass(frozen=True, slots=True)
class SightingKey:
    """Where a page of sightings goes on: after the sighting with this first sight and row."""

    first_seen: datetime
    sighting_id: int


@dataclass(frozen=True, slots=True)
class SightingsPage:
    """Sightings of an image, the newest first, and where the next ones begin; None at the end."""

    sightings: tuple[MatchSighting, ...]
    next: SightingKey | None


@dataclass(frozen=True, slots=True)
class Spread:
    """At how many places an image is and was, and when the first and the newest were found."""

    there: int
    gone: int
    first: datetime | None
    newest: datetime | None

    @property
    def places(self) -> int:
        """All places, there or gone."""
        return self.there + self.gone


_OF_IMAGE = SightingRow.image_id == bindparam("shown")
_PLACES: Final = select(func.count()).select_from(SightingRow).where(_OF_IMAGE)
_THERE: Final = _PLACES.where(SightingRow.gone_at.is_(None))
# Each alone is read off an end of the index; asked for with a count, they would be compared with
# every sighting.
_FIRST: Final = (
    select(SightingRow.first_seen).where(_OF_IMAGE).order_by(SightingRow.first_seen).limit(1)
)
_NEWEST: Final = (
    select(SightingRow.first_seen).where(_OF_IMAGE).order_by(SightingRow.first_seen.desc()).limit(1)
)


@lru_cache
def _new_places(pieces: int) -> Select[*tuple[int, ...]]:
    """Ask for each piece of time by the index, and for all of them at once."""
    return select(
        *(
            _PLACES.where(
                SightingRow.first_seen >= bindparam(f"at_{piece}"),
                SightingRow.first_seen < bindparam(f"at_{piece + 1}"),
            ).scalar_subquery()
            for piece in range(pieces)
        )
    )


def spread(session: Session, image_id: int) -> Spread:
    """Count the places of an image."""
    connection, shown = session.connection(), {"shown": image_id}
    number = connection.execute(_PLACES, shown).scalar_one()
    there = connection.execute(_THERE, shown).scalar_one()
    return Spread(
        there=there,
        gone=number - there,
        first=connection.execute(_FIRST, shown).scalar(),
        newest=connection.execute(_NEWEST, shown).scalar(),
    )


def new_places(session: Session, image_id: int, borders: Sequence[datetime]) -> list[int]:
    """Count the places at which an image was first seen between each two of some moments."""
    asked = {f"at_{place}": border for place, border in enumerate(borders)}
    counted = session.connection().execute(
        _new_places(len(borders) - 1), asked | {"shown": image_id}
    )
    return list(counted.one())


def sightings_page(
    session: Session, image_id: int, *, gone: bool, limit: int, after: SightingKey | None = None
) -> SightingsPage:
    """Return where an image is, or where it was and was not seen any more, the newest first."""
    key = (SightingRow.first_seen, SightingRow.sighting_id)
    # Chosen by the index alone, before pages and addresses are fetched for them.
    wanted = select(SightingRow.sighting_id).where(
        SightingRow.image_id == image_id,
        SightingRow.gone_at.is_not(None) if gone else SightingRow.gone_at.is_(None),
    )
    if after is not None:
        wanted = wanted.where(tuple_(*key) < (after.first_seen, after.sighting_id))
    wanted = wanted.order_by(*(column.desc() for column in key)).limit(limit + 1)
    rows = session.execute(
        select(
            SightingRow.sighting_id,
            SiteRow.name,
            PageRow.url,
            ImageUrlRow.url,
            SightingRow.first_seen,
            SightingRow.last_seen,
            SightingRow.gone_at,
            SightingRow.links_to,
        )
        .join(PageRow, PageRow.page_id == SightingRow.page_id)
        .join(SiteRow, SiteRow.site_id == PageRow.site_id)
        .join(ImageUrlRow, ImageUrlRow.image_url_id == SightingRow.image_url_id)
        .where(SightingRow.sighting_id.in_(wanted.scalar_subquery()))
        .order_by(*(column.desc() for column in key))
    ).all()
    shown = rows[:limit]
    following = (
        SightingKey(shown[-1].first_seen, shown[-1].sighting_id) if len(rows) > limit else None
    )
    return SightingsPage(tuple(MatchSighting(*row[1:]) for row in shown), following)
