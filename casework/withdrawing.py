"""Withdrawing: what a person takes back is erased, everywhere."""

from dataclasses import dataclass
from datetime import datetime

from domain.case import read_number
from domain.errors import InvalidInput, OutsideDown, Refused
from matching.sighted_images import SightedImages
from storage import audit, cases, registrations, registry
from storage.database import Database


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What was erased: registrations, their signals, matches on them, and images only they matched.

    ``scrubbed`` is False if another process kept the database from emptying its log at once; it
    is emptied at its next turn.
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
        msg = f"{number!r} is neither a case's number (C-…) nor a registration's (R-…)."
        raise InvalidInput(msg)
    number = read_number(kind, number)
    with database.writing() as session:
        version = registry.bump(session)
        if kind == "C":
            case = cases.case_row(session, number)
            _refuse_again(number, case.withdrawn_at)
            rows = registrations.active_in(session, case.case_id)
            case.withdrawn_at = now
        else:
            row = registrations.registration_row(session, number)
            _refuse_again(number, row.withdrawn_at)
            rows = [row]
        signals, matches, images = registrations.erase(session, rows, version=version, now=now)
        audit.append(
            session,
            now=now,
            actor=actor,
            action="case withdrawn" if kind == "C" else "picture withdrawn",
            subject=number,
            reason=reason,
            details={"registrations": len(rows), "matches": matches, "images": images},
        )
    # Only now that nobody can make them anew with what was withdrawn.
    _erase_from_snapshots(database, number)
    return Withdrawn(number, len(rows), signals, matches, images, scrubbed=database.scrub())


def _erase_from_snapshots(database: Database, number: str) -> None:
    if database.snapshots is None:
        return
    try:
        database.snapshots.drop_registry()
        SightedImages(database.snapshots).forget(database)
    except OSError as error:
        msg = (
            f"{number} is withdrawn, but this machine's copies of signals in "
            f"{database.snapshots.path} could not be erased: {error.strerror}. Delete that folder; "
            "it is made anew."
        )
        raise OutsideDown(msg) from error


def _refuse_again(number: str, withdrawn_at: datetime | None) -> None:
    if withdrawn_at is not None:
        msg = f"{number} was withdrawn on {withdrawn_at:%d %B %Y}; nothing of it is left to erase."
        raise Refused(msg)
