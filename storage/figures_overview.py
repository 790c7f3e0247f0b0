"""A week in a few figures, counted at this moment from indexes."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Float, cast, func, select
from sqlalchemy.orm import Session

from domain.review import MatchState, Verdict
from storage.tables import MatchRow, ReviewDecisionRow
from storage.watching_tables import SiteDayRow


@dataclass(frozen=True, slots=True)
class Span:
    """Some days in UTC, the last of them included."""

    first: date
    last: date

    @property
    def begins(self) -> datetime:
        """The moment at which it begins."""
        return datetime.combine(self.first, time(), UTC)

    @property
    def ends(self) -> datetime:
        """The moment at which it is over."""
        return datetime.combine(self.last + timedelta(days=1), time(), UTC)


@dataclass(frozen=True, slots=True)
class SpanFigures:
    """What happened in some days. ``median`` is from flag to decision; None without decisions."""

    new_images: int
    flagged: int
    confirmed: int
    rejected: int
    referred: int
    unsure: int
    median: timedelta | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """The matches that wait for a decision, and since when the oldest does."""

    matches: int
    since: datetime | None


def figures_of(session: Session, span: Span) -> SpanFigures:
    """Return the figures of some days."""
    images = session.scalar(
        select(func.coalesce(func.sum(SiteDayRow.new_images), 0)).where(
            SiteDayRow.day >= span.first, SiteDayRow.day <= span.last
        )
    )
    flagged = session.scalar(
        select(func.count())
        .select_from(MatchRow)
        .where(
            # All there are, which lets the index of states and moments answer.
            MatchRow.state.in_([state.value for state in MatchState]),
            MatchRow.flagged_at >= span.begins,
            MatchRow.flagged_at < span.ends,
        )
    )
    decided = dict(
        session.execute(
            select(ReviewDecisionRow.verdict, func.count())
            .where(*_in_force(span))
            .group_by(ReviewDecisionRow.verdict)
        ).all()
    )
    return SpanFigures(
        new_images=int(images or 0),
        flagged=flagged or 0,
        confirmed=decided.get(Verdict.CONFIRMED.value, 0),
        rejected=decided.get(Verdict.REJECTED.value, 0),
        referred=decided.get(Verdict.MAY_BE_UNDER_18.value, 0),
        unsure=decided.get(Verdict.UNSURE.value, 0),
        median=_median(session, span),
    )


def waiting(session: Session) -> Waiting:
    """Return how many matches wait, and since when."""
    number, since = session.execute(
        select(func.count(), func.min(MatchRow.flagged_at, type_=MatchRow.flagged_at.type)).where(
            MatchRow.state == MatchState.FLAGGED.value
        )
    ).one()
    return Waiting(number, since)


def _median(session: Session, span: Span) -> timedelta | None:
    """Return the lower median of the time from flag to decision."""
    seconds = _seconds(
        session.get_bind().dialect.name, MatchRow.flagged_at, ReviewDecisionRow.decided_at
    )
    settled = (
        *_in_force(span),
        ReviewDecisionRow.verdict != Verdict.UNSURE.value,
    )
    number = session.scalar(select(func.count()).select_from(ReviewDecisionRow).where(*settled))
    if not number:
        return None
    middle = session.scalar(
        select(seconds)
        .select_from(ReviewDecisionRow)
        .join(MatchRow, MatchRow.match_id == ReviewDecisionRow.match_id)
        .where(*settled)
        .order_by(seconds)
        .offset((number - 1) // 2)
        .limit(1)
    )
    return None if middle is None else timedelta(seconds=float(middle))


def _in_force(span: Span) -> tuple[ColumnElement[bool], ...]:
    return (
        ReviewDecisionRow.decided_at >= span.begins,
        ReviewDecisionRow.decided_at < span.ends,
        ReviewDecisionRow.undone_at.is_(None),
    )


def _seconds(dialect: str, begins: Any, ends: Any) -> ColumnElement[float]:
    if dialect == "sqlite":
        return (func.julianday(ends, type_=Float()) - func.julianday(begins, type_=Float())) * 86400
    return cast(func.extract("epoch", ends - begins), Float)
