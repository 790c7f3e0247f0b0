"""Looking at a case is on record too: who looked, and when, at most once in ten minutes."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage import audit, cases
from storage.database import Database
from storage.tables import AuditEntryRow

VIEWED: Final = "case viewed"

ADDRESSES: Final = "addresses viewed"

AT_MOST_EVERY: Final = timedelta(minutes=10)
"""A person who goes to and fro between the pages of a case is told of once in this time."""


def note(
    database: Database, number: str, *, actor: str, now: datetime, action: str = VIEWED
) -> None:
    """Put on record that somebody looks at a case, or at the addresses of its matches.

    Nothing is to be shown before: whoever cannot be put on record sees nothing.

    Raises:
        NotFound: there is no case of that number.
    """
    with database.reading() as session:
        cases.case_row(session, number)
        if _noted(session, number, action, actor=actor, now=now):
            return
    with database.writing() as session:
        if not _noted(session, number, action, actor=actor, now=now):
            audit.append(session, now=now, actor=actor, action=action, subject=number)


def _noted(session: Session, number: str, action: str, *, actor: str, now: datetime) -> bool:
    return (
        session.scalars(
            select(AuditEntryRow.sequence)
            .where(AuditEntryRow.subject == number)
            .where(AuditEntryRow.happened_at > now - AT_MOST_EVERY)
            .where(AuditEntryRow.action == action, AuditEntryRow.actor == audit.storable(actor))
            .limit(1)
        ).first()
        is not None
    )
