"""Signals that are given to a registration later: of a type that was not made when it came."""

from collections.abc import Sequence

from sqlalchemy import insert
from sqlalchemy.orm import Session

from domain.signal import Signal
from storage.tables import RegistrationRow, SignalRow


def add(session: Session, row: RegistrationRow, signals: Sequence[Signal], *, version: int) -> None:
    """Add signals to a registration.

    For crawls it is as if it had been registered at ``version``, the registry's as moved on for
    this: they take in all of its signals.
    """
    row.added_version = version
    # Crawls under way hold what it had before: they take that out first.
    row.suspension_version = version
    session.execute(
        insert(SignalRow),
        [
            {
                "registration_id": row.registration_id,
                "type": signal.type.value,
                "view": signal.view.value,
                "value": signal.value,
                "quality": signal.quality,
                "at_ms": signal.at_ms,
            }
            for signal in signals
        ],
    )
    session.flush()
