"""Closing a case, and reopening it. Neither erases anything, nor ends the search for its copies."""

from datetime import datetime

from sqlalchemy.orm import Session

from domain.case_state import CloseReason, check_close, check_reopen
from storage import audit, cases


def close(session: Session, number: str, reason: CloseReason, *, actor: str, now: datetime) -> None:
    """Close a case. Its pictures are looked for as before, and new matches are reviewed.

    Raises:
        NotFound: there is no case of that number.
        Refused: it is closed or withdrawn.
    """
    row = cases.case_row(session, number, alone=True)
    check_close(number, cases.state_of(row))
    row.closed_at, row.closed_for, row.changed_at = now, reason.value, now
    session.flush()
    audit.append(
        session, now=now, actor=actor, action="case closed", subject=number, reason=reason.value
    )


def reopen(session: Session, number: str, *, actor: str, now: datetime) -> CloseReason:
    """Reopen a case that was closed; return what it was closed for.

    Raises:
        NotFound: there is no case of that number.
        Refused: it is open or withdrawn.
    """
    row = cases.case_row(session, number, alone=True)
    check_reopen(number, cases.state_of(row))
    before = CloseReason(row.closed_for or CloseReason.MISTAKE)
    row.closed_at, row.closed_for, row.changed_at = None, None, now
    session.flush()
    audit.append(
        session,
        now=now,
        actor=actor,
        action="case reopened",
        subject=number,
        details={"closed for": before.value},
    )
    return before
