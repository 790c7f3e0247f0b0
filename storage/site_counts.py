"""What is known of one site: pages, images, sightings, and its matches by how they stand."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.review import MatchState
from storage.tables import MatchRow, PageRow, SightingRow


@dataclass(frozen=True, slots=True)
class SiteCounts:
    """Counts of one site; ``sightings`` are those not gone."""

    pages: int
    images: int
    sightings: int
    sightings_gone: int
    flagged: int
    confirmed: int
    rejected: int


def site_counts(session: Session, site_id: int) -> SiteCounts:
    """Count what is known of a site."""
    pages = session.scalar(
        select(func.count())
        .select_from(PageRow)
        .where(PageRow.site_id == site_id, PageRow.gone_at.is_(None))
    )
    seen = session.execute(
        select(
            func.count(SightingRow.image_id.distinct()),
            func.count(),
            func.count(SightingRow.gone_at),
        )
        .join(PageRow, PageRow.page_id == SightingRow.page_id)
        .where(PageRow.site_id == site_id)
    ).one()
    here = (
        select(SightingRow.sighting_id)
        .join(PageRow, PageRow.page_id == SightingRow.page_id)
        .where(PageRow.site_id == site_id, SightingRow.image_id == MatchRow.image_id)
        .exists()
    )
    per_state = select(MatchRow.state, func.count()).where(here).group_by(MatchRow.state)
    states = dict(session.execute(per_state).all())
    images, sightings, gone = seen
    return SiteCounts(
        pages=pages or 0,
        images=images,
        sightings=sightings - gone,
        sightings_gone=gone,
        flagged=states.get(MatchState.FLAGGED.value, 0),
        confirmed=states.get(MatchState.CONFIRMED.value, 0),
        rejected=states.get(MatchState.REJECTED.value, 0),
    )
