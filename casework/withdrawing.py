"""Withdrawing: what a person takes back is erased, everywhere."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from domain.case import read_number
from domain.errors import InvalidInput, OutsideDown, Refused
from domain.sentence import day, sentence
from domain.signal import Signal
from matching.sighted_images import SightedImages
from storage import (
    audit,
    case_wishes,
    cases,
    images,
    registrations,
    registry,
    withdrawals,
    withdrawn_signals,
)
from storage.database import Database
from storage.tables import RegistrationRow


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What was erased: registrations, their signals, matches on them, and images only they matched.

    ``scrubbed`` is False if another process kept the database from leaving no copy behind at once;
    they are overwritten in time.
    """

    number: str
    registrations: int
    signals: int
    matches: int
    images: int
    scrubbed: bool


def withdraw(
    database: Database, number: str, *, actor: str, reason: str | None, now: datetime
) -> Withdrawn:
    """Withdraw a case (C-…) with all its registrations, or one registration (R-…).

    Raises:
        InvalidInput: it is neither number.
        NotFound: there is no such case or registration.
        Refused: it was withdrawn before.
    """
    kind = number.strip()[:1].upper()
    if kind not in {"C", "R"}:
        msg = sentence(
            "%(number)r is neither a case's number (C-…) nor a registration's (R-…).",
            number=number,
        )
        raise InvalidInput(msg)
    number = read_number(kind, number)
    sighted = SightedImages(database.snapshots)
    with database.writing() as session:
        # Held for a moment, in which nobody records: see `casework.registering.register`.
        registry.hold(session)
        known = {row.registration_id for row in _to_withdraw(session, number)}
        through = images.settled_through(session)
    with database.reading() as session:
        pdq = _pdq_of(session, known)
    # A session of its own, which has been asked nothing: what it sees must be no older than the
    # files that are loaded, or those that another withdrawal has just cleaned would not fit it.
    with database.reading() as session:
        alike = sighted.holding(session, pdq)
        alike |= withdrawn_signals.images_with(session, known)
    with database.writing() as session:
        version = registry.bump(session)
        rows = _to_withdraw(session, number)
        if kind == "C":
            case = cases.case_row(session, number)
            case.withdrawn_at = now
            case_wishes.forget(session, case.case_id)
        alike |= sighted.holding(session, pdq, after=through)
        alike |= withdrawn_signals.images_with(session, known, after=through)
        # Of what was registered in the case while the others were looked for.
        late = {row.registration_id for row in rows} - known
        alike |= sighted.holding(session, _pdq_of(session, late) - pdq)
        alike |= withdrawn_signals.images_with(session, late)
        signals, matches, forgotten = withdrawals.erase(
            session,
            rows,
            version=version,
            now=now,
            alike=images.still_known(session, alike),
        )
        audit.append(
            session,
            now=now,
            actor=actor,
            action="case withdrawn" if kind == "C" else "picture withdrawn",
            subject=number,
            reason=reason,
            details={"registrations": len(rows), "matches": matches, "images": forgotten},
        )
    # Only now that nobody can make them anew with what was withdrawn.
    _erase_from_snapshots(database, number)
    return Withdrawn(number, len(rows), signals, matches, forgotten, scrubbed=database.scrub())


def _to_withdraw(session: Session, number: str) -> list[RegistrationRow]:
    if number.startswith("R"):
        row = registrations.registration_row(session, number)
        _refuse_again(number, row.withdrawn_at)
        return [row]
    case = cases.case_row(session, number)
    _refuse_again(number, case.withdrawn_at)
    return registrations.active_in(session, case.case_id)


def _pdq_of(session: Session, registration_ids: Collection[int]) -> set[Signal]:
    """Return the PDQ signals of registrations, with those of every frame.

    An image may hold the very signal without being a match: a found video that shows too little, or
    whatever came while a registration was suspended.
    """
    held = registrations.pdq_signals(session, list(registration_ids))
    return {signal for signals in held.values() for signal in signals}


def _erase_from_snapshots(database: Database, number: str) -> None:
    if database.snapshots is None:
        return
    try:
        database.snapshots.drop_registry()
        SightedImages(database.snapshots).forget(database)
    except OSError as error:
        msg = sentence(
            "%(number)s is withdrawn, but this machine's copies of signals in %(path)s could not "
            "be erased: %(error)s. Delete that folder; it is made anew.",
            number=number,
            path=database.snapshots.path,
            error=error.strerror,
        )
        raise OutsideDown(msg) from error


def _refuse_again(number: str, withdrawn_at: datetime | None) -> None:
    if withdrawn_at is not None:
        msg = sentence(
            "%(number)s was withdrawn on %(withdrawn_at)s; nothing of it is left to erase.",
            number=number,
            withdrawn_at=day(withdrawn_at),
        )
        raise Refused(msg)
