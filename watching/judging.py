"""Judging how the watch over each site goes, by what its crawls left behind."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from domain.crawl import CrawlState
from domain.site_warning import (
    EndedCrawl,
    SiteWarning,
    WarningKind,
    end_warning,
    log_in_warning,
    quiet_warning,
)
from storage import (
    crawl_listing,
    crawls,
    former_policies,
    site_days,
    site_known,
    site_warnings,
    sites,
)
from storage.crawls import CrawlSummary
from storage.database import Database
from storage.site_counts import site_counts
from storage.site_known import SiteKnown
from storage.sites import StoredSite
from watching.crawl_warning import warning_of

JUDGED_EVERY: Final = timedelta(hours=1)
"""How often a site is judged anew of which no crawl ends: its quiet grows by itself."""

_LOOKED_BACK: Final = timedelta(days=120)
_CRAWLS_LOOKED_AT: Final = 10
_ERRORS_LOOKED_AT: Final = 500


def judged(
    session: Session, stored: StoredSite, environment: Mapping[str, str], *, now: datetime
) -> list[SiteWarning]:
    """Return what is amiss with a site.

    Args:
        session: reads one moment.
        stored: the site; nothing is amiss with a paused one.
        environment: where crawls look for the variables that a site is logged in to with.
        now: the present moment.
    """
    if stored.paused_at is not None:
        return []
    return [each for each in _warnings(session, stored, environment, now) if each is not None]


def judge_due(
    database: Database, environment: Mapping[str, str], *, now: datetime, limit: int
) -> list[str]:
    """Judge the sites that are to be judged anew, so many at most; return their names."""
    with database.reading() as session:
        names = site_known.to_be_judged(session, before=now - JUDGED_EVERY, limit=limit)
    for name in names:
        judge(database, name, environment, now=now)
    return names


def judge(database: Database, name: str, environment: Mapping[str, str], *, now: datetime) -> None:
    """Judge one site, and keep what is amiss with it and what is known of it.

    Raises:
        NotFound: there is none of that name.
    """
    # Read on its own: counting takes long on a large site, and crawls would wait.
    with database.reading() as session:
        stored = sites.get(session, name)
        found = judged(session, stored, environment, now=now)
        newest = next(iter(_ended(session, stored.site_id)), None)
        counts = site_counts(session, stored.site_id)
    known = SiteKnown(now, counts.pages, counts.images, counts.sightings, counts.sightings_gone)
    crawl_id = None if newest is None else newest.crawl_id
    with database.writing() as session:
        former_policies.forget_old(session, now=now)
        site_known.put(session, stored.site_id, known, crawl_id=crawl_id)
        # They stand since the crawl that first shows them, whenever that is looked at.
        since = now if newest is None or newest.ended_at is None else newest.ended_at
        site_warnings.put(session, stored.site_id, found, since=since, now=now)


def _warnings(
    session: Session, stored: StoredSite, environment: Mapping[str, str], now: datetime
) -> Iterator[SiteWarning | None]:
    site = stored.site
    ended = _ended(session, stored.site_id)
    if ended:
        newest = ended[0]
        errors = crawls.errors(session, newest.crawl_id, _ERRORS_LOOKED_AT)
        troubles = (each.reason for each in errors if each.what == "page")
        yield end_warning(site.name, _as_judged(session, ended), troubles)
        drop = warning_of(session, newest)
        if drop is not None:
            yield SiteWarning(
                WarningKind.FEWER, drop.found, drop.cause, drop.advice, newest.crawl_id
            )
        days = site_days.days_of(session, stored.site_id, since=(now - _LOOKED_BACK).date())
        yield quiet_warning({day.day: day.new_images for day in days}, now.date())
    yield log_in_warning(site.login, environment)


def _ended(session: Session, site_id: int) -> list[CrawlSummary]:
    newest = crawl_listing.crawls_before(session, site_id=site_id, limit=_CRAWLS_LOOKED_AT + 1)
    return [crawl for crawl in newest if crawl.ended_at is not None]


def _as_judged(session: Session, ended: list[CrawlSummary]) -> list[EndedCrawl]:
    by_hand = crawl_listing.stopped_by_hand(session, [crawl.crawl_id for crawl in ended])
    return [
        EndedCrawl(crawl.crawl_id, CrawlState(crawl.state), crawl.reason, crawl.crawl_id in by_hand)
        for crawl in ended
    ]
