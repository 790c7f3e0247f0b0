"""Counting the figures anew, and writing down only what has changed.

The slow part reads, and holds nobody up; what is written are a few rows. Everything is counted from
the beginning, so that no figure is ever off: a decision may be taken back weeks later, and a
withdrawal erases matches.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    Table,
    bindparam,
    cast,
    delete,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from storage import leases
from storage.database import Database
from storage.figures_tables import (
    NO_SITE,
    FigureCountRow,
    FigureCrawlWeekRow,
    FigureDecisionWeekRow,
    FigureMatchWeekRow,
)
from storage.row import Row
from storage.tables import (
    CrawlRow,
    EvidenceRow,
    MatchRow,
    PageRow,
    ReviewDecisionRow,
    SightingRow,
)

_LEASE: Final = "figures"
_LONGEST: Final = timedelta(minutes=10)
"""After so long, whoever began to count is taken for dead."""
_ROWS_AT_ONCE: Final = 500
_SUMS: Final = (
    "pages_fetched",
    "pages_failed",
    "image_references",
    "hashed",
    "failed",
    "flagged",
)


@dataclass(frozen=True, slots=True)
class Counted:
    """When the figures were last counted, and how long that took."""

    at: datetime
    took: timedelta


@dataclass(frozen=True, slots=True)
class _Kept:
    """One table of figures: what tells its rows apart, what it counts, and from what."""

    table: Table
    keys: tuple[str, ...]
    counts: tuple[str, ...]
    query: Any


def counted(session: Session) -> Counted | None:
    """Say when the figures were last counted; None if never."""
    row = session.get(FigureCountRow, 1)
    return None if row is None else Counted(row.counted_at, timedelta(milliseconds=row.took_ms))


def count(database: Database, *, now: datetime, holder: str) -> bool:
    """Count every figure anew; False if somebody else is counting at this moment.

    Args:
        database: where everything is.
        now: what the figures are true for.
        holder: who counts, another for every process and thread.
    """
    began = time.monotonic()
    with database.writing() as session:
        if not leases.acquire(session, _LEASE, holder, now=now, ttl=_LONGEST):
            return False
    try:
        for kept in _every(database.dialect):
            with database.reading() as session:
                fresh, stored = _counts(session, kept, kept.query), _stored(session, kept)
            _write(database, kept, fresh, stored)
        took = round((time.monotonic() - began) * 1000)
        with database.writing() as session:
            session.merge(FigureCountRow(figure_count_id=1, counted_at=now, took_ms=took))
    finally:
        with database.writing() as session:
            leases.release(session, _LEASE, holder)
    return True


def week_of(column: Any, dialect: str) -> ColumnElement[date]:
    """Say on which Monday the week of a moment began, in UTC."""
    if dialect == "sqlite":
        return func.date(column, "weekday 0", "-6 days", type_=Date())
    return cast(func.date_trunc("week", func.timezone("UTC", column)), Date)


def site_of_match() -> ColumnElement[int]:
    """Return the site on which the image of a match was sighted first."""
    first = (
        select(PageRow.site_id)
        .join(SightingRow, SightingRow.page_id == PageRow.page_id)
        .where(SightingRow.image_id == MatchRow.image_id)
        .order_by(SightingRow.first_seen, SightingRow.sighting_id)
        .limit(1)
        .correlate(MatchRow)
        .scalar_subquery()
    )
    return func.coalesce(first, NO_SITE)


def _every(dialect: str) -> tuple[_Kept, ...]:
    return (
        _Kept(
            _table(FigureMatchWeekRow),
            ("signal", "week", "site_id", "state"),
            ("matches",),
            _matches(dialect),
        ),
        _Kept(
            _table(FigureDecisionWeekRow),
            ("week", "site_id", "verdict", "kind"),
            ("decisions",),
            _decisions(dialect),
        ),
        _Kept(
            _table(FigureCrawlWeekRow),
            ("week", "site_id", "state"),
            ("crawls", *_SUMS),
            _crawls(dialect),
        ),
    )


def _table(row: type[Row]) -> Table:
    return row.metadata.tables[row.__tablename__]


def _matches(dialect: str) -> Any:
    each = (
        select(
            MatchRow.match_id,
            week_of(MatchRow.flagged_at, dialect).label("week"),
            site_of_match().label("site_id"),
            MatchRow.state,
        )
    ).cte("each_match")
    where = (each.c.week, each.c.site_id, each.c.state)
    of_all = select(literal("").label("signal"), *where, func.count()).group_by(*where)
    types = select(EvidenceRow.match_id, EvidenceRow.type).distinct().subquery()
    of_signals = (
        select(types.c.type, *where, func.count())
        .join(types, types.c.match_id == each.c.match_id)
        .group_by(types.c.type, *where)
    )
    return union_all(of_all, of_signals)


def _decisions(dialect: str) -> Select[*tuple[Any, ...]]:
    each = (
        select(
            week_of(ReviewDecisionRow.decided_at, dialect).label("week"),
            site_of_match().label("site_id"),
            ReviewDecisionRow.verdict,
            func.coalesce(ReviewDecisionRow.kind, "").label("kind"),
        )
        .join(MatchRow, MatchRow.match_id == ReviewDecisionRow.match_id)
        .where(ReviewDecisionRow.undone_at.is_(None))
    ).subquery()
    where = (each.c.week, each.c.site_id, each.c.verdict, each.c.kind)
    return select(*where, func.count()).group_by(*where)


def _crawls(dialect: str) -> Select[*tuple[Any, ...]]:
    week = week_of(CrawlRow.started_at, dialect).label("week")
    return select(
        week,
        CrawlRow.site_id,
        CrawlRow.state,
        func.count(),
        *(func.sum(getattr(CrawlRow, name)) for name in _SUMS),
    ).group_by(week, CrawlRow.site_id, CrawlRow.state)


_Figures = Mapping[tuple[Any, ...], tuple[int, ...]]


def _counts(session: Session, kept: _Kept, query: Any) -> _Figures:
    width = len(kept.keys)
    return {
        tuple(row[:width]): tuple(int(number) for number in row[width:])
        for row in session.execute(query)
    }


def _stored(session: Session, kept: _Kept) -> _Figures:
    columns = (kept.table.c[name] for name in (*kept.keys, *kept.counts))
    return _counts(session, kept, select(*columns))


def _write(database: Database, kept: _Kept, fresh: _Figures, stored: _Figures) -> None:
    changed = [
        dict(zip((*kept.keys, *kept.counts), (*key, *numbers), strict=True))
        for key, numbers in fresh.items()
        if stored.get(key) != numbers
    ]
    gone = [
        {f"old_{name}": part for name, part in zip(kept.keys, key, strict=True)}
        for key in stored
        if key not in fresh
    ]
    make = sqlite.insert if database.dialect == "sqlite" else postgresql.insert
    new = make(kept.table)
    put = new.on_conflict_do_update(
        index_elements=list(kept.keys), set_={name: new.excluded[name] for name in kept.counts}
    )
    take = delete(kept.table).where(
        *(kept.table.c[name] == bindparam(f"old_{name}") for name in kept.keys)
    )
    for statement, rows in ((put, changed), (take, gone)):
        for start in range(0, len(rows), _ROWS_AT_ONCE):
            # A little at a time: crawls wait while something is written.
            with database.writing() as session:
                session.connection().execute(statement, rows[start : start + _ROWS_AT_ONCE])
