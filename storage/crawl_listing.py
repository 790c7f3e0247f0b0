"""Crawls as pages list them: the newest of each site, those under way, and errors one by one."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.crawl import CrawlState
from storage.crawls import CrawlError, CrawlSummary, summaries, summary_of
from storage.tables import CrawlErrorRow, CrawlRow, SiteRow


@dataclass(frozen=True, slots=True)
class ErrorKind:
    """How many of a crawl's errors are about one thing and ended one way."""

    what: str
    outcome: str
    number: int


@dataclass(frozen=True, slots=True)
class ListedError:
    """One error of a crawl; ``key`` is what the next page of a listing begins after."""

    key: int
    error: CrawlError


def newest_of_sites(session: Session) -> dict[str, CrawlSummary]:
    """Return the newest crawl of every watched site, by the site's name."""
    newest = (
        select(CrawlRow.crawl_id)
        .where(CrawlRow.site_id == SiteRow.site_id)
        .order_by(CrawlRow.crawl_id.desc())
        .limit(1)
        .correlate(SiteRow)
        .scalar_subquery()
    )
    # First the numbers, one short search a site; then the rows by their numbers.
    numbers = session.scalars(
        select(newest).select_from(SiteRow).where(SiteRow.removed_at.is_(None))
    ).all()
    rows = session.execute(
        summaries().where(CrawlRow.crawl_id.in_([number for number in numbers if number]))
    )
    return {crawl.site: crawl for crawl in map(summary_of, rows)}


def newest_of_site(session: Session, site_id: int) -> CrawlSummary | None:
    """Return the newest crawl of a site."""
    return next(iter(crawls_before(session, site_id=site_id, limit=1)), None)


def under_way(session: Session) -> list[CrawlSummary]:
    """Return the crawls under way, by their sites' names."""
    rows = session.execute(
        summaries().where(CrawlRow.state == CrawlState.RUNNING.value).order_by(SiteRow.name)
    )
    return [summary_of(row) for row in rows]


def crawls_before(
    session: Session,
    *,
    site_id: int | None = None,
    state: CrawlState | None = None,
    before: int | None = None,
    limit: int,
) -> list[CrawlSummary]:
    """Return crawls, newest first; ``before`` is the number of the last one that was shown."""
    wanted = summaries().order_by(CrawlRow.crawl_id.desc()).limit(limit)
    if site_id is not None:
        wanted = wanted.where(CrawlRow.site_id == site_id)
    if state is not None:
        wanted = wanted.where(CrawlRow.state == state.value)
    if before is not None:
        wanted = wanted.where(CrawlRow.crawl_id < before)
    return [summary_of(row) for row in session.execute(wanted)]


def error_kinds(session: Session, crawl_id: int) -> list[ErrorKind]:
    """Count a crawl's errors by what they are about and how that ended, the commonest first."""
    number = func.count()
    rows = session.execute(
        select(CrawlErrorRow.what, CrawlErrorRow.outcome, number)
        .where(CrawlErrorRow.crawl_id == crawl_id)
        .group_by(CrawlErrorRow.what, CrawlErrorRow.outcome)
        .order_by(number.desc(), CrawlErrorRow.what, CrawlErrorRow.outcome)
    )
    return [ErrorKind(*row) for row in rows]


def errors_after(
    session: Session,
    crawl_id: int,
    *,
    what: str | None = None,
    outcome: str | None = None,
    after: int = 0,
    limit: int,
) -> list[ListedError]:
    """Return a crawl's errors in the order in which they happened, from after a key on."""
    wanted = (
        select(CrawlErrorRow)
        .where(CrawlErrorRow.crawl_id == crawl_id, CrawlErrorRow.crawl_error_id > after)
        .order_by(CrawlErrorRow.crawl_error_id)
        .limit(limit)
    )
    if what is not None:
        wanted = wanted.where(CrawlErrorRow.what == what)
    if outcome is not None:
        wanted = wanted.where(CrawlErrorRow.outcome == outcome)
    return [
        ListedError(
            row.crawl_error_id,
            CrawlError(row.what, row.outcome, row.url, row.reason, row.happened_at),
        )
        for row in session.scalars(wanted)
    ]


def stopped_by_hand(session: Session, crawl_ids: list[int]) -> Mapping[int, str]:
    """Return who told which of these crawls to stop."""
    rows = session.execute(
        select(CrawlRow.crawl_id, CrawlRow.stop_asked_by).where(
            CrawlRow.crawl_id.in_(crawl_ids), CrawlRow.stop_asked_by.is_not(None)
        )
    )
    return {crawl_id: by for crawl_id, by in rows if by is not None}
