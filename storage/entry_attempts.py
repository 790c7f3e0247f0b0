"""Attempts to sign in that were in vain, counted for each account, device and address.

Each is counted before it is tried and taken back once it succeeds: however many are sent at once,
no more are tried than the rule allows.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Insert, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from domain.entering import FORGOTTEN_AFTER, wait_after
from storage.account_tables import EntryAttemptRow


def count(session: Session, allowed: Mapping[str, int], *, now: datetime) -> timedelta:
    """Count an attempt for some subjects, unless one of them has to wait.

    Args:
        session: a writing one.
        allowed: for each subject, how many failures cost it no waiting.
        now: the present moment.

    Returns:
        How long it has to wait, and then nothing is counted; no time at all if it may be tried.
    """
    session.execute(delete(EntryAttemptRow).where(EntryAttemptRow.last_at < now - FORGOTTEN_AFTER))
    longest = timedelta()
    for subject in sorted(allowed):  # in one order, so that no two wait for each other
        session.execute(_unless_there(session, {"subject": subject, "failures": 0, "last_at": now}))
        row = session.execute(
            select(EntryAttemptRow.failures, EntryAttemptRow.last_at)
            .where(EntryAttemptRow.subject == subject)
            .with_for_update()
        ).one()
        left = row.last_at + wait_after(row.failures, allowed[subject]) - now
        longest = max(longest, left)
    if longest > timedelta():
        return longest
    session.execute(
        update(EntryAttemptRow)
        .where(EntryAttemptRow.subject.in_(allowed))
        .values(failures=EntryAttemptRow.failures + 1, last_at=now)
        .execution_options(synchronize_session=False)
    )
    return timedelta()


def failures(session: Session, subject: str) -> int:
    """Return how many attempts of a subject were in vain of late."""
    found = session.scalar(
        select(EntryAttemptRow.failures).where(EntryAttemptRow.subject == subject)
    )
    return found or 0


def forget(session: Session, subject: str) -> int:
    """Forget the attempts of a subject, and return how many there were."""
    gone = session.execute(
        delete(EntryAttemptRow)
        .where(EntryAttemptRow.subject == subject)
        .returning(EntryAttemptRow.failures)
        .execution_options(synchronize_session=False)
    ).scalar()
    return int(gone or 0)


def take_back(session: Session, subject: str) -> None:
    """Take one attempt back: it was none in vain."""
    session.execute(
        update(EntryAttemptRow)
        .where(EntryAttemptRow.subject == subject)
        .where(EntryAttemptRow.failures > 0)
        .values(failures=EntryAttemptRow.failures - 1)
        .execution_options(synchronize_session=False)
    )


def _unless_there(session: Session, values: dict[str, Any]) -> Insert:
    dialect = session.connection().dialect.name
    new = sqlite.insert if dialect == "sqlite" else postgresql.insert
    return new(EntryAttemptRow).values(values).on_conflict_do_nothing()
