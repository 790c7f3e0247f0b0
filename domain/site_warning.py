"""What can be amiss with a watched site, and the rules by which it is noticed.

Each rule looks at what crawls left behind and says nothing, or what was found, its likely cause and
what to do. A warning stands until its rule finds nothing any more.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Final

from domain.counted import counted
from domain.crawl import ASKED_TOO_MUCH, CrawlState
from domain.site_entry import Login

QUIET_DAYS: Final = 7
"""Days without a new picture that are nothing to speak of anywhere."""

QUIET_TIMES: Final = 3
"""Times longer than its longest pause so far, before a site's quiet is odd."""

DAYS_NEEDED: Final = 4
"""Days with new pictures, before a site's pauses mean anything."""

CUT_SHORT_IN_A_ROW: Final = 3
"""Crawls that did not come to their end one after the other: one may have had a reason."""

_TURNS_AWAY: Final = re.compile(r"\banswers (401|403|407|429|451|503)\b")


class WarningKind(StrEnum):
    """What is amiss with a site."""

    DOWN = "down"
    BLOCKED = "blocked"
    FEWER = "fewer"
    NOTHING_NEW = "nothing_new"
    CRASHED = "crashed"
    CUT_SHORT = "cut_short"
    LOG_IN_MISSING = "log_in_missing"


@dataclass(frozen=True, slots=True)
class SiteWarning:
    """One thing amiss with a site: what was found, why that may be, and what to do about it.

    ``crawl_id`` is the crawl that shows it, if one does.
    """

    kind: WarningKind
    found: str
    cause: str
    advice: str
    crawl_id: int | None = None


@dataclass(frozen=True, slots=True)
class EndedCrawl:
    """How one crawl ended. ``by_hand``: a person told it to stop."""

    crawl_id: int
    state: CrawlState
    reason: str | None = None
    by_hand: bool = False


def end_warning(
    site: str, ended: Sequence[EndedCrawl], troubles: Iterable[str]
) -> SiteWarning | None:
    """Judge how the newest crawls of a site ended.

    Args:
        site: its name, for the advice.
        ended: its crawls that are over, newest first.
        troubles: the reasons for which pages of the newest one could not be read.
    """
    if not ended:
        return None
    newest = ended[0]
    if newest.state is CrawlState.FAILED:
        times = _in_a_row(ended, CrawlState.FAILED)
        found = (
            "The last crawl could not read a single page"
            if times == 1
            else f"The last {times} crawls could not read a single page"
        )
        cause = (newest.reason or "").removeprefix("No page could be read. ").strip()
        if _turned_away(troubles) or "robots.txt" in cause:
            return SiteWarning(
                WarningKind.BLOCKED,
                found,
                cause,
                f"Open a start page in a browser. If it shows there, ask more slowly or through "
                f"another address: vigil site edit {site} --rate 10/m, or --proxy.",
                newest.crawl_id,
            )
        return SiteWarning(
            WarningKind.DOWN,
            found,
            cause,
            "Open a start page in a browser. If it has moved, correct the start pages.",
            newest.crawl_id,
        )
    if newest.state is CrawlState.STOPPED and newest.reason is not None:
        return _stopped(site, ended)
    if newest.state is CrawlState.CRASHED:
        times = _in_a_row(ended, CrawlState.CRASHED)
        return SiteWarning(
            WarningKind.CRASHED,
            "The last crawl died" if times == 1 else f"The last {times} crawls died",
            "Its process ended without a word. What it had seen is kept.",
            f"Its last words are in the file logs/{site}.log of VIGIL_DATA.",
            newest.crawl_id,
        )
    return None


def quiet_warning(days: Mapping[date, int], today: date) -> SiteWarning | None:
    """Judge how long a site has shown no new picture, by its own habits.

    Args:
        days: new pictures by day, of days on which it was crawled; its first day is left out of
            account, since everything is new then.
        today: the present day.
    """
    with_new = sorted(day for day, number in days.items() if number)[1:]
    if len(with_new) < DAYS_NEEDED:
        return None
    last = with_new[-1]
    if not any(day > last for day in days):
        return None  # it was not looked at since, so nothing is known
    longest = max(later - earlier for earlier, later in pairwise(with_new))
    quiet = today - last
    if quiet <= max(timedelta(days=QUIET_DAYS), QUIET_TIMES * longest):
        return None
    return SiteWarning(
        WarningKind.NOTHING_NEW,
        f"No new picture for {counted(quiet.days, 'day')}, since {last:%d %B %Y}",
        f"Until then, never more than {counted(longest.days, 'day')} passed without one. The site "
        "may have moved, hidden its newest pages, or fallen asleep.",
        "Open its newest page in a browser, and compare it with the start pages.",
    )


def log_in_warning(login: Login | None, environment: Mapping[str, str]) -> SiteWarning | None:
    """Say which variables of a log-in are not set where crawls run; never what they hold."""
    missing = missing_variables(login, environment)
    if not missing:
        return None
    return SiteWarning(
        WarningKind.LOG_IN_MISSING,
        f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not set",
        "Nobody is logged in without, so that only what strangers see is crawled.",
        "Set it where crawls run: in the environment of scheduler.py and of vigil crawl.",
    )


def missing_variables(login: Login | None, environment: Mapping[str, str]) -> list[str]:
    """Return the variables that a log-in needs and an environment lacks."""
    if login is None:
        return []
    return [name for name in (login.user, login.password) if not environment.get(name)]


def _stopped(site: str, ended: Sequence[EndedCrawl]) -> SiteWarning | None:
    newest = ended[0]
    if newest.reason is not None and newest.reason.startswith(ASKED_TOO_MUCH):
        return SiteWarning(
            WarningKind.BLOCKED,
            "The last crawl was turned away",
            ASKED_TOO_MUCH,
            f"Ask it more slowly: vigil site edit {site} --rate 10/m",
            newest.crawl_id,
        )
    cut = 0
    for crawl in ended:
        if crawl.state is not CrawlState.STOPPED or crawl.by_hand:
            break
        cut += 1
    if cut < CUT_SHORT_IN_A_ROW:
        return None
    return SiteWarning(
        WarningKind.CUT_SHORT,
        f"The last {cut} crawls did not come to their end",
        newest.reason or "",
        "Give them more time (VIGIL_CRAWL_MINUTES, rate, quiet hours) or fewer pages.",
        newest.crawl_id,
    )


def _in_a_row(ended: Sequence[EndedCrawl], state: CrawlState) -> int:
    times = 0
    for crawl in ended:
        if crawl.state is not state:
            break
        times += 1
    return times


def _turned_away(troubles: Iterable[str]) -> bool:
    """Say whether most of what went wrong is that the site does not want us."""
    said = Counter(_TURNS_AWAY.search(reason) is not None for reason in troubles)
    return said[True] > said[False]
