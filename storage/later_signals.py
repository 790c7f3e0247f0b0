"""Signals that are given to a registration later: of a type that was not made when it came."""

from collections.abc import Sequence

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from domain.signal import Signal, SignalType
from storage import embeddings, muted_places
from storage.sealed_constellations import rows_of
from storage.tables import RegistrationRow, SignalRow


def add(session: Session, row: RegistrationRow, signals: Sequence[Signal], *, version: int) -> None:
    """Add signals to a registration.

    For crawls it is as if it had been registered at ``version``, the registry's as moved on for
    this: they take in all of its signals. An embedding takes the place of another model's.
    """
    row.added_version = version
    # Crawls under way hold what it had before: they take that out first.
    row.suspension_version = version
    rows = rows_of(session, row.registration_id, signals)
    if any(signal.type is SignalType.CONSTELLATION for signal in signals):
        # Where it has some, they cannot be read any more: else nobody would give it others.
        session.execute(
            delete(SignalRow)
            .where(SignalRow.registration_id == row.registration_id)
            .where(SignalRow.type == SignalType.CONSTELLATION.value)
        )
        # It knows places by their number, and these are others.
        muted_places.forget(session, registration_ids=[row.registration_id])
    embeddings.forget_older(session, row.registration_id, signals)
    session.execute(insert(SignalRow), rows)
    session.flush()
