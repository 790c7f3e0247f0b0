"""The watched sites at a glance: what the table of sites and a site's page show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy.orm import Session

from domain.quiet_hours import quiet_until
from storage import (
    crawl_listing,
    crawls,
    leases,
    recipe_checks,
    site_days,
    site_known,
    site_warnings,
    sites,
    turns,
    wanted_crawls,
)
from storage.crawls import CrawlSummary
from storage.recipe_checks import RecipeCheck
from storage.site_known import SiteKnown
from storage.site_warnings import StandingWarning
from storage.sites import StoredSite
from storage.wanted_crawls import WantedCrawl

DAYS_SHOWN: Final = 14
MOST_WARNINGS: Final = 1_000


class Watch(StrEnum):
    """How a site is watched at the moment."""

    CRAWLING = "crawling"
    WANTED = "wanted"
    WATCHED = "watched"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class SiteLine:
    """One site with what an operator looks for first.

    ``new_images`` are of the last days, in UTC, the present one last. ``next_at`` is when the next
    visit begins at the earliest, its quiet hours considered; None where none is planned.
    """

    stored: StoredSite
    watch: Watch
    newest: CrawlSummary | None
    next_at: datetime | None
    rests: bool
    new_images: tuple[int, ...]
    open_matches: int
    warnings: tuple[StandingWarning, ...]
    calling: int
    """Warnings that nobody has acknowledged."""


@dataclass(frozen=True, slots=True)
class SitePage:
    """One site whole."""

    line: SiteLine
    known: SiteKnown | None
    wanted: WantedCrawl | None
    check: RecipeCheck | None
    check_is_under_way: bool
    led: bool
    """Whether a scheduler leads, so that visits begin by themselves."""


def is_led(session: Session, now: datetime) -> bool:
    """Say whether a scheduler leads: without one, no visit begins by itself."""
    return leases.holder(session, leases.SCHEDULER, now) is not None


def site_lines(session: Session, *, now: datetime) -> list[SiteLine]:
    """Return every watched site, by name."""
    since = _first_day(now)
    newest = crawl_listing.newest_of_sites(session)
    days = site_days.new_images(session, since=since)
    wanted = {each.site for each in wanted_crawls.open_ones(session)}
    planned = turns.next_turns(session)
    matches = site_known.open_matches(session)
    warnings: dict[str, list[StandingWarning]] = {}
    for each in site_warnings.open_ones(session, limit=MOST_WARNINGS):
        warnings.setdefault(each.site, []).append(each)
    return [
        _line(
            stored,
            newest.get(stored.site.name),
            stored.site.name in wanted,
            planned.get(stored.site.name),
            _spread(days.get(stored.site_id, {}), since),
            matches.get(stored.site_id, 0),
            warnings.get(stored.site.name, ()),
            now,
        )
        for stored in sites.all_sites(session)
    ]


def site_page(session: Session, name: str, *, now: datetime) -> SitePage:
    """Return one site whole.

    Raises:
        NotFound: there is none of that name.
    """
    stored = sites.get(session, name)
    since = _first_day(now)
    wanted = wanted_crawls.of_site(session, name)
    days = site_days.days_of(session, stored.site_id, since=since)
    check = recipe_checks.newest(session, name)
    line = _line(
        stored,
        crawl_listing.newest_of_site(session, stored.site_id),
        wanted is not None,
        turns.next_turns(session).get(name),
        _spread({day.day: day.new_images for day in days}, since),
        site_known.open_matches(session, stored.site_id).get(stored.site_id, 0),
        site_warnings.open_of(session, name),
        now,
    )
    return SitePage(
        line,
        site_known.get(session, stored.site_id),
        wanted,
        check,
        check is not None
        and check.ended_at is None
        and now - check.alive_at < recipe_checks.SILENT_AFTER,
        is_led(session, now),
    )


def _line(
    stored: StoredSite,
    newest: CrawlSummary | None,
    wanted: bool,
    due: datetime | None,
    new_images: tuple[int, ...],
    open_matches: int,
    warnings: Sequence[StandingWarning],
    now: datetime,
) -> SiteLine:
    if newest is not None and crawls.is_alive(newest, now):
        watch = Watch.CRAWLING
    elif stored.paused_at is not None:
        watch = Watch.PAUSED
    else:
        watch = Watch.WANTED if wanted else Watch.WATCHED
    next_at = None if stored.paused_at is not None or due is None else max(due, now)
    rest = None if next_at is None else quiet_until(stored.site.quiet_hours, next_at)
    return SiteLine(
        stored,
        watch,
        newest,
        rest or next_at,
        rest is not None,
        new_images,
        open_matches,
        tuple(warnings),
        sum(not each.stands_back(now) for each in warnings),
    )


def _first_day(now: datetime) -> date:
    return now.date() - timedelta(days=DAYS_SHOWN - 1)


def _spread(days: Mapping[date, int], since: date) -> tuple[int, ...]:
    return tuple(days.get(since + timedelta(days=place), 0) for place in range(DAYS_SHOWN))
