"""The registry's version, and what changed since one: how a crawl keeps up with registrations.

See ``RegistryRow``: an image is recorded only at the version that it was matched against, and a
registration takes the version alone before it searches, so the two always meet.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from domain.signal import Signal, SignalType, View
from storage.tables import RegistrationRow, RegistryRow, SignalRow

_ONLY_ROW: Final = 1


@dataclass(frozen=True, slots=True)
class RegistryChanges:
    """What to add and remove to come from an older version to ``version``."""

    version: int
    added: list[tuple[int, Signal]]
    withdrawn: list[int]


def version_shared(session: Session) -> int:
    """Return the version and keep it from moving until the transaction ends."""
    return session.scalars(
        select(RegistryRow.version)
        .where(RegistryRow.registry_id == _ONLY_ROW)
        .with_for_update(read=True)
    ).one()


def bump(session: Session) -> int:
    """Take the registry alone, move its version on, and return the new one.

    To be called first in a transaction that registers or withdraws.
    """
    return session.execute(
        update(RegistryRow)
        .where(RegistryRow.registry_id == _ONLY_ROW)
        .values(version=RegistryRow.version + 1)
        .returning(RegistryRow.version)
    ).scalar_one()


def changes_since(session: Session, version: int) -> RegistryChanges:
    """Return what was registered and withdrawn after ``version``; everything for version 0."""
    now_at = session.scalars(select(RegistryRow.version)).one()
    rows = session.execute(
        select(
            SignalRow.registration_id,
            SignalRow.type,
            SignalRow.value,
            SignalRow.view,
            SignalRow.quality,
        )
        .join(RegistrationRow, RegistrationRow.registration_id == SignalRow.registration_id)
        .where(RegistrationRow.withdrawn_at.is_(None), RegistrationRow.added_version > version)
        .order_by(SignalRow.signal_id)
    )
    added = [
        (registration_id, Signal(SignalType(kind), value, View(view), quality))
        for registration_id, kind, value, view, quality in rows
    ]
    withdrawn = session.scalars(
        select(RegistrationRow.registration_id)
        .where(RegistrationRow.withdrawn_version > version)
        .order_by(RegistrationRow.registration_id)
    ).all()
    return RegistryChanges(now_at, added, list(withdrawn))
