"""Erasing a case: what withdrawing leaves of it goes as well, and the chain says that it was there.

Withdrawing keeps the case and its registrations as bare numbers with dates, so that a person who
asks can be told what became of them. Whoever wants even that gone has the case erased.
"""

from dataclasses import dataclass
from datetime import datetime

from casework import withdrawing
from domain.case import read_number
from domain.case_state import CaseState
from storage import audit, cases, erased_cases
from storage.database import Database


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased; ``scrubbed`` as in `casework.withdrawing.Withdrawn`."""

    number: str
    registrations: int
    matches: int
    images: int
    scrubbed: bool


def erase(
    database: Database, number: str, *, actor: str, reason: str | None, now: datetime
) -> Erased:
    """Erase a case with all that is known of it; it is withdrawn first, if it was not.

    Should anything stop it in between, the case is withdrawn, and can be erased again.

    Raises:
        InvalidInput: it is no case's number.
        NotFound: there is no case of that number.
        OutsideDown: this machine's copies of signals could not be erased; see the message.
    """
    number = read_number("C", number)
    with database.reading() as session:
        state = cases.state_of(cases.case_row(session, number))
    matches, images = 0, 0
    if state is not CaseState.WITHDRAWN:
        done = withdrawing.withdraw(database, number, actor=actor, reason=reason, now=now)
        matches, images = done.matches, done.images
    with database.writing() as session:
        left = erased_cases.erase(session, number)
        audit.append(
            session,
            now=now,
            actor=actor,
            action="case erased",
            subject=number,
            reason=reason,
            details={"registrations": left.registrations},
        )
    return Erased(
        number,
        left.registrations,
        matches + left.matches,
        images + left.images,
        scrubbed=database.scrub(),
    )
