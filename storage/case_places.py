"""Where the pictures of a case were found: the sites with counts, and the addresses on one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import nlargest

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from domain.review import MatchState
from storage.cases import case_row
from storage.registrations import in_parts
from storage.tables import ImageUrlRow, MatchRow, PageRow, SightingRow, SiteRow


@dataclass(frozen=True, slots=True)
class CaseSite:
    """A site that shows, or showed, what was found for a case and not rejected.

    ``still_there`` and ``gone`` count places, an image at an address on a page each. ``waiting``
    counts matches that nobody has decided about, ``confirmed`` those that somebody confirmed.
    """

    name: str
    still_there: int
    gone: int
    waiting: int
    confirmed: int
    last_seen: datetime


@dataclass(frozen=True, slots=True)
class CasePlace:
    """One place of a found image, with the match it belongs to."""

    place: int
    match: str
    state: str
    page: str
    image_url: str
    first_seen: datetime
    last_seen: datetime
    gone_at: datetime | None


@dataclass(frozen=True, slots=True)
class CasePlaces:
    """Some places on a site, and the last of them if there are more after it."""

    places: list[CasePlace]
    after: int | None


def sites_of_case(session: Session, number: str) -> list[CaseSite]:
    """Return the sites with places of a case, those with most of them still there first.

    Raises:
        NotFound: there is no case of that number.
    """
    found: dict[str, CaseSite] = {}
    for state, image_ids in _images(session, case_row(session, number).case_id).items():
        for part in in_parts(image_ids):
            for row in session.execute(_counted_by_site(part)):
                each = CaseSite(
                    name=row.name,
                    still_there=row.still_there,
                    gone=row.gone,
                    waiting=row.images if state == MatchState.FLAGGED.value else 0,
                    confirmed=row.images if state == MatchState.CONFIRMED.value else 0,
                    last_seen=row.last_seen,
                )
                found[row.name] = _together(found[row.name], each) if row.name in found else each
    return sorted(found.values(), key=lambda site: (-site.still_there, site.name))


def places_of_case(
    session: Session, number: str, site: str, *, after: int | None = None, limit: int
) -> CasePlaces:
    """Return the places of a case on one site, the latest found first.

    Raises:
        NotFound: there is no case of that number.
    """
    case = case_row(session, number)
    sighting_ids: list[int] = []
    for image_ids in _images(session, case.case_id).values():
        for part in in_parts(image_ids):
            wanted = (
                select(SightingRow.sighting_id)
                .join(PageRow, PageRow.page_id == SightingRow.page_id)
                .join(SiteRow, SiteRow.site_id == PageRow.site_id)
                .where(SightingRow.image_id.in_(part), SiteRow.name == site)
            )
            if after is not None:
                wanted = wanted.where(SightingRow.sighting_id < after)
            sighting_ids += nlargest(limit + 1, session.scalars(wanted))
    shown = nlargest(limit + 1, sighting_ids)
    rows = session.execute(
        select(
            SightingRow.sighting_id,
            MatchRow.number,
            MatchRow.state,
            PageRow.url,
            ImageUrlRow.url,
            SightingRow.first_seen,
            SightingRow.last_seen,
            SightingRow.gone_at,
        )
        .join(MatchRow, MatchRow.image_id == SightingRow.image_id)
        .join(PageRow, PageRow.page_id == SightingRow.page_id)
        .join(ImageUrlRow, ImageUrlRow.image_url_id == SightingRow.image_url_id)
        .where(SightingRow.sighting_id.in_(shown[:limit]), MatchRow.case_id == case.case_id)
        .order_by(SightingRow.sighting_id.desc())
    )
    more = len(shown) > limit
    return CasePlaces([CasePlace(*row) for row in rows], shown[limit - 1] if more else None)


def _images(session: Session, case_id: int) -> dict[str, list[int]]:
    """Return the images of a case's matches that were not rejected, by how these stand.

    Asked first, and for them by their ids then: a database that is asked for all at once may go
    through every sighting there is.
    """
    found: dict[str, list[int]] = {}
    for state, image_id in session.execute(
        select(MatchRow.state, MatchRow.image_id)
        .where(MatchRow.case_id == case_id, MatchRow.state != MatchState.REJECTED.value)
        .order_by(MatchRow.image_id)
    ):
        found.setdefault(state, []).append(image_id)
    return found


def _counted_by_site(image_ids: Sequence[int]) -> Select[str, int, int, int, datetime]:
    seen = SightingRow.last_seen
    return (
        select(
            SiteRow.name,
            func.count().filter(SightingRow.gone_at.is_(None)).label("still_there"),
            func.count(SightingRow.gone_at).label("gone"),
            func.count(SightingRow.image_id.distinct()).label("images"),
            func.max(seen, type_=seen.type).label("last_seen"),
        )
        .select_from(SightingRow)
        .join(PageRow, PageRow.page_id == SightingRow.page_id)
        .join(SiteRow, SiteRow.site_id == PageRow.site_id)
        .where(SightingRow.image_id.in_(image_ids))
        .group_by(SiteRow.name)
    )


def _together(one: CaseSite, other: CaseSite) -> CaseSite:
    return CaseSite(
        name=one.name,
        still_there=one.still_there + other.still_there,
        gone=one.gone + other.gone,
        waiting=one.waiting + other.waiting,
        confirmed=one.confirmed + other.confirmed,
        last_seen=max(one.last_seen, other.last_seen),
    )
