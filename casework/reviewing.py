"""Reviewing: a person decides about a flagged match, and may take it back."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.errors import InvalidInput, Refused
from domain.review import MatchState, Verdict, check_decision, state_after
from storage import audit, matches
from storage.tables import ReviewDecisionRow


def decide(
    session: Session,
    number: str,
    verdict: Verdict,
    *,
    reason: str,
    actor: str,
    now: datetime,
) -> MatchState:
    """Record a decision about a match and return where the match stands now.

    Raises:
        NotFound: there is no such match.
        InvalidInput: no reason is given.
        Refused: it was decided so already.
    """
    reason = _checked(reason)
    match = matches.match_row(session, number, alone=True)
    check_decision(number, MatchState(match.state), verdict)
    session.add(
        ReviewDecisionRow(
            match_id=match.match_id,
            verdict=verdict.value,
            reason=reason,
            actor=audit.storable(actor),
            decided_at=now,
        )
    )
    match.state = state_after(verdict).value
    session.flush()
    audit.append(
        session,
        now=now,
        actor=actor,
        action=f"match {verdict.value}",
        subject=number,
        reason=reason,
    )
    return MatchState(match.state)


def undo(session: Session, number: str, *, actor: str, reason: str, now: datetime) -> MatchState:
    """Take the last decision in force back; the one before it, if any, is in force again.

    Raises:
        NotFound: there is no such match.
        InvalidInput: no reason is given.
        Refused: no decision is in force.
    """
    reason = _checked(reason)
    match = matches.match_row(session, number, alone=True)
    in_force = list(
        session.scalars(
            select(ReviewDecisionRow)
            .where(ReviewDecisionRow.match_id == match.match_id)
            .where(ReviewDecisionRow.undone_at.is_(None))
            .order_by(ReviewDecisionRow.decision_id)
        )
    )
    if not in_force:
        msg = f"No decision about match {number} is in force, so there is none to take back."
        raise Refused(msg)
    last = in_force.pop()
    last.undone_at, last.undone_by = now, audit.storable(actor)
    state = state_after(Verdict(in_force[-1].verdict)) if in_force else MatchState.FLAGGED
    match.state = state.value
    session.flush()
    audit.append(
        session,
        now=now,
        actor=actor,
        action="decision undone",
        subject=number,
        reason=reason,
        details={"verdict": last.verdict},
    )
    return state


def _checked(reason: str) -> str:
    if not reason.strip():
        msg = "A decision needs a reason; it is kept with it. Give one with --reason."
        raise InvalidInput(msg)
    return audit.storable(reason.strip())
