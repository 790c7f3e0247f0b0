"""Cases: opening one, finding it by its number, and its PIN."""

from dataclasses import dataclass
from datetime import datetime

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.case import new_number, new_pin
from domain.errors import NotFound
from domain.review import MatchState
from storage.tables import CaseRow, MatchRow, RegistrationRow


@dataclass(frozen=True, slots=True)
class OpenedCase:
    """What is told to the person once, when the case is opened."""

    number: str
    pin: str


@dataclass(frozen=True, slots=True)
class CaseSummary:
    """One case as listings show it; ``registrations`` are those not withdrawn."""

    number: str
    opened_at: datetime
    registrations: int
    flagged: int
    confirmed: int
    rejected: int
    withdrawn_at: datetime | None


def open_case(session: Session, *, now: datetime) -> OpenedCase:
    """Open a case. The PIN is told once; only its argon2 hash is kept."""
    opened = OpenedCase(new_number("C"), new_pin())
    session.add(
        CaseRow(number=opened.number, pin_hash=PasswordHasher().hash(opened.pin), opened_at=now)
    )
    session.flush()
    return opened


def get_case(session: Session, number: str) -> CaseSummary:
    """Return one case.

    Raises:
        NotFound: there is none of that number.
    """
    return _summaries(session, [case_row(session, number)])[0]


def list_cases(session: Session, *, limit: int = 1000) -> list[CaseSummary]:
    """Return cases, the newest first."""
    rows = session.scalars(
        select(CaseRow).order_by(CaseRow.opened_at.desc(), CaseRow.case_id.desc()).limit(limit)
    )
    return _summaries(session, list(rows))


def check_pin(session: Session, number: str, pin: str) -> bool:
    """Say whether a PIN is that of a case."""
    try:
        return PasswordHasher().verify(case_row(session, number).pin_hash, pin)
    except VerificationError:
        return False


def case_row(session: Session, number: str) -> CaseRow:
    """Return the row of a case, to be changed.

    Raises:
        NotFound: there is none of that number.
    """
    row = session.scalars(select(CaseRow).where(CaseRow.number == number)).first()
    if row is None:
        msg = f"There is no case {number}. `vigil case list` shows those there are."
        raise NotFound(msg)
    return row


def _summaries(session: Session, rows: list[CaseRow]) -> list[CaseSummary]:
    ids = [row.case_id for row in rows]
    matched: dict[tuple[int, str], int] = {}
    registered = dict(
        session.execute(
            select(RegistrationRow.case_id, func.count())
            .where(RegistrationRow.case_id.in_(ids), RegistrationRow.withdrawn_at.is_(None))
            .group_by(RegistrationRow.case_id)
        ).all()
    )
    for case_id, state, number in session.execute(
        select(MatchRow.case_id, MatchRow.state, func.count())
        .where(MatchRow.case_id.in_(ids))
        .group_by(MatchRow.case_id, MatchRow.state)
    ):
        matched[case_id, state] = number
    return [
        CaseSummary(
            number=row.number,
            opened_at=row.opened_at,
            registrations=registered.get(row.case_id, 0),
            flagged=matched.get((row.case_id, MatchState.FLAGGED.value), 0),
            confirmed=matched.get((row.case_id, MatchState.CONFIRMED.value), 0),
            rejected=matched.get((row.case_id, MatchState.REJECTED.value), 0),
            withdrawn_at=row.withdrawn_at,
        )
        for row in rows
    ]
