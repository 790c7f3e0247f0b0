"""What was counted of each site after its last crawl: counting anew would take too long."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.review import MatchState
from storage.review_tables import MatchSiteRow
from storage.tables import CrawlRow, MatchRow, SiteRow
from storage.watching_tables import SiteKnownRow


@dataclass(frozen=True, slots=True)
class SiteKnown:
    """What is known of a site as of ``judged_at``; ``sightings`` are those not gone."""

    judged_at: datetime
    pages: int
    images: int
    sightings: int
    sightings_gone: int


def get(session: Session, site_id: int) -> SiteKnown | None:
    """Return what was counted of a site; None if it was never judged."""
    row = session.get(SiteKnownRow, site_id)
    if row is None:
        return None
    return SiteKnown(row.judged_at, row.pages, row.images, row.sightings, row.sightings_gone)


def put(session: Session, site_id: int, known: SiteKnown, *, crawl_id: int | None) -> None:
    """Keep what was counted of a site after a crawl, in place of what was before."""
    session.merge(
        SiteKnownRow(
            site_id=site_id,
            judged_at=known.judged_at,
            crawl_id=crawl_id,
            pages=known.pages,
            images=known.images,
            sightings=known.sightings,
            sightings_gone=known.sightings_gone,
        )
    )


def to_be_judged(session: Session, *, before: datetime, limit: int) -> list[str]:
    """Return sites that are to be judged anew, those longest not looked at first.

    A crawl of theirs ended since, or they were changed, or they were last judged before ``before``.
    """
    newest = (
        select(CrawlRow.crawl_id)  # by its order, so that only the newest are looked at
        .where(CrawlRow.site_id == SiteRow.site_id, CrawlRow.ended_at.is_not(None))
        .order_by(CrawlRow.crawl_id.desc())
        .limit(1)
        .correlate(SiteRow)
        .scalar_subquery()
    )
    rows = session.scalars(
        select(SiteRow.name)
        .outerjoin(SiteKnownRow, SiteKnownRow.site_id == SiteRow.site_id)
        .where(SiteRow.removed_at.is_(None))
        .where(
            SiteKnownRow.site_id.is_(None)
            | (SiteKnownRow.judged_at < before)
            | (SiteKnownRow.judged_at < SiteRow.changed_at)
            | (func.coalesce(newest, 0) > func.coalesce(SiteKnownRow.crawl_id, 0))
        )
        .order_by(SiteKnownRow.judged_at.is_not(None), SiteKnownRow.judged_at, SiteRow.name)
        .limit(limit)
    )
    return list(rows)


def open_matches(session: Session, site_id: int | None = None) -> dict[int, int]:
    """Count the flagged matches that were sighted on each site, by the site's id."""
    wanted = (
        select(MatchSiteRow.site_id, func.count())
        .join(MatchRow, MatchRow.match_id == MatchSiteRow.match_id)
        .where(MatchRow.state == MatchState.FLAGGED.value)
        .group_by(MatchSiteRow.site_id)
    )
    if site_id is not None:
        wanted = wanted.where(MatchSiteRow.site_id == site_id)
    return dict(session.execute(wanted).all())
