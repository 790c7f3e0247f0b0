"""Withdrawing: what a person takes back is erased, everywhere."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from domain.case import read_number
from domain.errors import InvalidInput, OutsideDown, Refused
from matching.sighted_images import SightedImages
from storage import audit, cases, registrations, registry, withdrawals
from storage.database import Database
from storage.tables import RegistrationRow


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
        alike = _with_its_frames(session, rows, SightedImages(database.snapshots))
        signals, matches, images = withdrawals.erase(
            session, rows, version=version, now=now, alike=alike
        )
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


def _with_its_frames(
    session: Session, rows: Collection[RegistrationRow], sighted: SightedImages
) -> set[int]:
    """Find the images that hold the very signal of a registered video's frame.

    One that shows too little of the video was never a match, and would keep that signal.
    """
    held = registrations.pdq_signals(session, [row.registration_id for row in rows], of_videos=True)
    frames = [signal for signals in held.values() for signal in signals]
    return sighted.holding(session, frames)


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
