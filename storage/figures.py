"""The figures as they were last counted: totals by week and site."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from storage.figures_tables import (
    FigureCrawlWeekRow,
    FigureDecisionWeekRow,
    FigureMatchWeekRow,
)
from storage.tables import SiteRow

CRAWL_COUNTS: Final = (
    "crawls",
    "pages_fetched",
    "pages_failed",
    "image_references",
    "hashed",
    "failed",
    "flagged",
)
"""What crawls are summed up by."""


@dataclass(frozen=True, slots=True)
class Weeks:
    """Whole weeks, both named by the Monday that they begin on, and one site or all."""

    first: date
    last: date
    site: str | None = None


@dataclass(frozen=True, slots=True)
class WeekOfSite:
    """What was counted of one site in one week, by its kind; ``site`` is empty for none known."""

    week: date
    site: str
    counts: Mapping[str, int]


def matches(
    session: Session, weeks: Weeks, *, state: str | None = None, signal: str | None = None
) -> list[WeekOfSite]:
    """Return the matches flagged in some weeks by how they stand now, newest week first."""
    row = FigureMatchWeekRow
    wanted = (
        select(row.week, SiteRow.name, row.state, row.matches)
        .select_from(row)
        .where(row.signal == (signal or ""))
    )
    if state is not None:
        wanted = wanted.where(row.state == state)
    return _pivoted(session, wanted, row, weeks)


def decisions(
    session: Session, weeks: Weeks, *, verdict: str | None = None, kind: str | None = None
) -> list[WeekOfSite]:
    """Return the decisions of some weeks that are in force by verdict, newest week first."""
    row = FigureDecisionWeekRow
    wanted = (
        select(row.week, SiteRow.name, row.verdict, func.sum(row.decisions))
        .select_from(row)
        .group_by(row.week, row.site_id, SiteRow.name, row.verdict)
    )
    if verdict is not None:
        wanted = wanted.where(row.verdict == verdict)
    if kind is not None:
        wanted = wanted.where(row.kind == kind)
    return _pivoted(session, wanted, row, weeks)


def crawls(session: Session, weeks: Weeks, *, state: str | None = None) -> list[WeekOfSite]:
    """Return what the crawls begun in some weeks came to, newest week first."""
    row = FigureCrawlWeekRow
    wanted = (
        select(
            row.week,
            SiteRow.name,
            *(func.sum(getattr(row, name)) for name in CRAWL_COUNTS),
        )
        .select_from(row)
        .group_by(row.week, row.site_id, SiteRow.name)
    )
    if state is not None:
        wanted = wanted.where(row.state == state)
    return [
        WeekOfSite(week, site or "", dict(zip(CRAWL_COUNTS, map(int, counts), strict=True)))
        for week, site, *counts in session.execute(_of(wanted, row, weeks))
    ]


def site_names(session: Session) -> Sequence[str]:
    """Return the names of all sites there ever were."""
    return session.scalars(select(SiteRow.name).order_by(SiteRow.name)).all()


def _pivoted(
    session: Session, wanted: Select[*tuple[Any, ...]], row: Any, weeks: Weeks
) -> list[WeekOfSite]:
    found: dict[tuple[date, str], dict[str, int]] = {}
    for week, site, kind, number in session.execute(_of(wanted, row, weeks)):
        found.setdefault((week, site or ""), {})[kind] = int(number)
    return [WeekOfSite(week, site, counts) for (week, site), counts in found.items()]


def _of(wanted: Select[*tuple[Any, ...]], row: Any, weeks: Weeks) -> Select[*tuple[Any, ...]]:
    wanted = (
        wanted.outerjoin(SiteRow, SiteRow.site_id == row.site_id)
        .where(row.week >= weeks.first, row.week <= weeks.last)
        .order_by(row.week.desc(), SiteRow.name)
    )
    return wanted if weeks.site is None else wanted.where(SiteRow.name == weeks.site)
