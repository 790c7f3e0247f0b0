"""Leases: roles that one process at a time holds, such as leading the scheduler."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from storage.tables import LeaseRow

SCHEDULER: Final = "scheduler"
"""The lease of the one scheduler that leads."""


def acquire(session: Session, name: str, holder: str, *, now: datetime, ttl: timedelta) -> bool:
    """Take or renew a lease until ``now + ttl``; False while someone else holds it.

    One statement, so that of two who try at once one succeeds. The clocks of those who compete
    may differ by a small part of ``ttl`` only.
    """
    make = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    offer = make(LeaseRow).values(name=name, holder=holder, expires_at=now + ttl)
    taken = session.execute(
        offer.on_conflict_do_update(
            index_elements=[LeaseRow.name],
            set_={"holder": offer.excluded.holder, "expires_at": offer.excluded.expires_at},
            where=or_(LeaseRow.holder == holder, LeaseRow.expires_at <= now),
        ).returning(LeaseRow.name)
    )
    return taken.first() is not None


def release(session: Session, name: str, holder: str) -> None:
    """Give a lease back; nothing happens if it has passed to someone else."""
    session.execute(delete(LeaseRow).where(LeaseRow.name == name, LeaseRow.holder == holder))


def holder(session: Session, name: str, now: datetime) -> str | None:
    """Return who holds a lease at ``now``."""
    return session.scalars(
        select(LeaseRow.holder).where(LeaseRow.name == name, LeaseRow.expires_at > now)
    ).first()
