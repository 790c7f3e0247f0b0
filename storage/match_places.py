"""Where the image of a match is and was, as listings and reviewers are shown it."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Select, func, null, select
from sqlalchemy.orm import Session

from storage.tables import ImageRow, ImageUrlRow, PageRow, SightingRow, SiteRow


@dataclass(frozen=True, slots=True)
class MatchSighting:
    """One place where the image of a match was sighted; ``links_to`` is what a click on it opens.

    Where that is a page or a larger picture, it has to go too: what was sighted is its thumbnail.
    """

    site: str
    page: str
    image_url: str
    first_seen: datetime
    last_seen: datetime
    gone_at: datetime | None
    links_to: str | None


@dataclass(frozen=True, slots=True)
class Stand:
    """How many sightings an image has, how many of them are left, and when it was seen.

    ``last_seen`` is None where it was not looked for: see `stands`.
    """

    sightings: int
    still_there: int
    first_seen: datetime
    last_seen: datetime | None


def stands(
    session: Session, image_ids: Collection[int], *, most_read: int | None = None
) -> dict[int, Stand]:
    """Return how some images stand, by their id; one that was never sighted is left out.

    Args:
        session: to read from.
        image_ids: of the images.
        most_read: with more sightings than so many, it is not looked for when an image was last
            seen: each of them would have to be read, while the rest stands in an index.
    """
    last_seen = func.max(SightingRow.last_seen, type_=SightingRow.last_seen.type)
    counted = session.execute(
        select(
            SightingRow.image_id,
            func.count(),
            func.count().filter(SightingRow.gone_at.is_(None)),
            func.min(SightingRow.first_seen, type_=SightingRow.first_seen.type),
            last_seen if most_read is None else null(),
        )
        .where(SightingRow.image_id.in_(image_ids))
        .group_by(SightingRow.image_id)
    ).all()
    stood = {
        image_id: Stand(count, still_there, first_seen, seen)
        for image_id, count, still_there, first_seen, seen in counted
    }
    if most_read is not None:
        few = [image_id for image_id, stand in stood.items() if stand.sightings <= most_read]
        for image_id, seen in session.execute(
            select(SightingRow.image_id, last_seen)
            .where(SightingRow.image_id.in_(few))
            .group_by(SightingRow.image_id)
        ):
            stood[image_id] = replace(stood[image_id], last_seen=seen)
    return stood


def first_sightings(session: Session, image_ids: Collection[int]) -> dict[int, MatchSighting]:
    """Return, for each image, the first of its sightings that is still there, or else the first."""
    # For each image by the index, however many sightings it has: ordering them all takes long.
    first = func.coalesce(
        _first().where(SightingRow.gone_at.is_(None)).scalar_subquery(), _first().scalar_subquery()
    )
    chosen = select(first).where(ImageRow.image_id.in_(image_ids))
    rows = session.execute(_placed().where(SightingRow.sighting_id.in_(chosen)))
    return {row.image_id: _sighting(row, *names) for row, *names in rows}


def sightings(session: Session, image_id: int, *, limit: int = 1000) -> list[MatchSighting]:
    """Return where an image is, and then where it was, each in the order of first sight."""
    found: list[MatchSighting] = []
    for there in (True, False):
        left = limit - len(found)
        if left > 0:
            gone = SightingRow.gone_at
            rows = session.execute(
                _placed()
                .where(
                    SightingRow.image_id == image_id,
                    gone.is_(None) if there else gone.is_not(None),
                )
                .order_by(SightingRow.first_seen, SightingRow.sighting_id)
                .limit(left)
            )
            found += [_sighting(row, *names) for row, *names in rows]
    return found


def _first() -> Select[int]:
    return (
        select(SightingRow.sighting_id)
        .where(SightingRow.image_id == ImageRow.image_id)
        .correlate(ImageRow)
        .order_by(SightingRow.first_seen, SightingRow.sighting_id)
        .limit(1)
    )


def _placed() -> Select[SightingRow, str, str, str]:
    return (
        select(SightingRow, SiteRow.name, PageRow.url, ImageUrlRow.url)
        .join(PageRow, PageRow.page_id == SightingRow.page_id)
        .join(SiteRow, SiteRow.site_id == PageRow.site_id)
        .join(ImageUrlRow, ImageUrlRow.image_url_id == SightingRow.image_url_id)
    )


def _sighting(row: SightingRow, site: str, page: str, image_url: str) -> MatchSighting:
    return MatchSighting(
        site=site,
        page=page,
        image_url=image_url,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        gone_at=row.gone_at,
        links_to=row.links_to,
    )
