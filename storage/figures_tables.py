"""The tables of figures: totals by week and site, so that no page counts a million rows.

They are counted anew from the other tables now and then (`storage.figures_counting`), hold nothing
that is not in those, and could be emptied at any time. ``week`` is the Monday it begins on, in UTC.
``site_id`` is the site on which an image was sighted first; 0 if it was never sighted, so that it
is no foreign key.
"""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Date, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.row import Row, RowId

NO_SITE = 0
"""Stands for the site of what was never sighted on one."""


class FigureMatchWeekRow(Row):
    """Matches by the week in which they were flagged and how they stand now.

    ``signal`` is empty for all of them, otherwise these are those in which that signal agreed; a
    match in which several agreed is counted under each.
    """

    __tablename__ = "figure_match_week"
    __table_args__ = ({"sqlite_with_rowid": False},)

    signal: Mapped[str] = mapped_column(String(16), primary_key=True)
    week: Mapped[date] = mapped_column(Date, primary_key=True)
    site_id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(String(16), primary_key=True)
    matches: Mapped[int] = mapped_column(BigInteger)


class FigureDecisionWeekRow(Row):
    """Decisions in force by the week in which they were made; ``kind`` is empty without one."""

    __tablename__ = "figure_decision_week"
    __table_args__ = ({"sqlite_with_rowid": False},)

    week: Mapped[date] = mapped_column(Date, primary_key=True)
    site_id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    verdict: Mapped[str] = mapped_column(String(16), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    decisions: Mapped[int] = mapped_column(BigInteger)


class FigureCrawlWeekRow(Row):
    """Crawls by the week in which they began, with the sums of what they counted."""

    __tablename__ = "figure_crawl_week"
    __table_args__ = ({"sqlite_with_rowid": False},)

    week: Mapped[date] = mapped_column(Date, primary_key=True)
    site_id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(String(16), primary_key=True)
    crawls: Mapped[int] = mapped_column(BigInteger)
    pages_fetched: Mapped[int] = mapped_column(BigInteger)
    pages_failed: Mapped[int] = mapped_column(BigInteger)
    image_references: Mapped[int] = mapped_column(BigInteger)
    hashed: Mapped[int] = mapped_column(BigInteger)
    failed: Mapped[int] = mapped_column(BigInteger)
    flagged: Mapped[int] = mapped_column(BigInteger)


class FigureCountRow(Row):
    """One row once figures were counted: up to which moment, and how long that took."""

    __tablename__ = "figure_count"
    __table_args__ = (CheckConstraint("figure_count_id = 1", name="single"),)

    figure_count_id: Mapped[int] = mapped_column(primary_key=True)
    counted_at: Mapped[datetime]
    took_ms: Mapped[int] = mapped_column(BigInteger)
