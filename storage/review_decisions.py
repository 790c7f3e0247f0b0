"""What was decided and by whom: a person's own decisions, and who was unsure of what."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from domain.review import Verdict
from storage.tables import CaseRow, MatchRow, ReviewDecisionRow


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision that somebody made, and where its match stands now."""

    number: str
    case: str
    verdict: str
    kind: str | None
    decided_at: datetime
    undone_at: datetime | None
    state: str


def decided_by(session: Session, actor: str, *, limit: int) -> list[Decided]:
    """Return what somebody decided, the latest first."""
    rows = session.execute(
        select(ReviewDecisionRow, MatchRow.number, MatchRow.state, CaseRow.number)
        .join(MatchRow, MatchRow.match_id == ReviewDecisionRow.match_id)
        .join(CaseRow, CaseRow.case_id == MatchRow.case_id)
        .where(ReviewDecisionRow.actor == actor)
        .order_by(ReviewDecisionRow.decision_id.desc())
        .limit(limit)
    )
    return [
        Decided(number, case, row.verdict, row.kind, row.decided_at, row.undone_at, state)
        for row, number, state, case in rows
    ]


def unsure_of(session: Session, match_ids: Collection[int]) -> dict[int, frozenset[str]]:
    """Return who was unsure of some matches, and has not taken that back."""
    found: dict[int, set[str]] = {}
    for match_id, actor in session.execute(
        select(ReviewDecisionRow.match_id, ReviewDecisionRow.actor)
        .where(ReviewDecisionRow.match_id.in_(match_ids))
        .where(ReviewDecisionRow.verdict == Verdict.UNSURE.value)
        .where(ReviewDecisionRow.undone_at.is_(None))
    ):
        found.setdefault(match_id, set()).add(actor)
    return {match_id: frozenset(actors) for match_id, actors in found.items()}


def was_unsure(actor: str) -> ColumnElement[bool]:
    """Ask whether somebody was unsure of a match, and has not taken that back."""
    return (
        select(ReviewDecisionRow.decision_id)
        .where(
            and_(
                ReviewDecisionRow.match_id == MatchRow.match_id,
                ReviewDecisionRow.verdict == Verdict.UNSURE.value,
                ReviewDecisionRow.actor == actor,
                ReviewDecisionRow.undone_at.is_(None),
            )
        )
        .correlate(MatchRow)
        .exists()
    )
