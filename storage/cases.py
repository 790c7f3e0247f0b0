"""Cases: opening one, finding it by its number, its PIN, and listings of them."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import ColumnElement, and_, func, select, tuple_
from sqlalchemy.orm import Session

from domain.case import new_number, new_pin
from domain.case_state import CaseState, CloseReason, case_state, wants_attention
from domain.errors import NotFound
from domain.review import MatchState
from domain.sentence import sentence
from storage.case_tables import CaseWishesRow
from storage.referrals import stops_a_match
from storage.review_tables import ReferralRow
from storage.tables import CaseRow, MatchRow, RegistrationRow, ReviewDecisionRow

MOST_COUNTED: Final = 10_000
"""Cases of one state that are counted; of more, it is said that there are more."""


class ShownCases(StrEnum):
    """Which cases a listing shows. ``waiting``: with a match that somebody is to decide."""

    ALL = "all"
    WAITING = "waiting"
    OPEN = "open"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class NewPin:
    """A PIN, and its hash, which is all that is kept. To be made before a database is opened.

    Hashing takes a twentieth of a second on purpose, in which crawls would wait.
    """

    pin: str
    pin_hash: str


@dataclass(frozen=True, slots=True)
class OpenedCase:
    """What is told to the person once, when the case is opened."""

    number: str
    pin: str


@dataclass(frozen=True, slots=True)
class CaseSummary:
    """One case as listings show it; ``registrations`` are those not withdrawn.

    ``stopped`` are those of the flagged whose image was referred in another case: nothing is
    decided about them. ``last_event`` is when something last happened: a find, a decision, a change
    of the case.
    """

    number: str
    opened_at: datetime
    registrations: int
    flagged: int
    confirmed: int
    rejected: int
    withdrawn_at: datetime | None
    closed_at: datetime | None = None
    closed_for: str | None = None
    last_event: datetime | None = None
    referred: int = 0
    stopped: int = 0

    @property
    def waiting(self) -> int:
        """How many of its matches somebody is to decide."""
        return self.flagged - self.stopped

    @property
    def state(self) -> CaseState:
        """Where it stands."""
        return case_state(closed_at=self.closed_at, withdrawn_at=self.withdrawn_at)

    @property
    def reason(self) -> CloseReason | None:
        """Why it is closed, if it is."""
        return None if self.closed_for is None else CloseReason(self.closed_for)

    @property
    def waits(self) -> bool:
        """Whether somebody is to look at it."""
        return wants_attention(self.state, waiting=self.waiting)


@dataclass(frozen=True, slots=True)
class CasePage:
    """Some cases, and the number of the last of them if there are more after it."""

    cases: list[CaseSummary]
    after: str | None


def make_pin() -> NewPin:
    """Make a PIN and its argon2 hash."""
    pin = new_pin()
    return NewPin(pin, PasswordHasher().hash(pin))


def open_case(session: Session, *, now: datetime, pin: NewPin | None = None) -> OpenedCase:
    """Open a case. The PIN is told once; only its argon2 hash is kept."""
    pin = pin or make_pin()
    opened = OpenedCase(new_number("C"), pin.pin)
    session.add(CaseRow(number=opened.number, pin_hash=pin.pin_hash, opened_at=now))
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
    return page_of_cases(session, limit=limit).cases


def page_of_cases(
    session: Session,
    *,
    shown: ShownCases = ShownCases.ALL,
    after: str | None = None,
    limit: int,
) -> CasePage:
    """Return some cases, the newest first, from the one after that of a number on.

    Raises:
        NotFound: there is no case of that number.
    """
    wanted = select(CaseRow).order_by(CaseRow.opened_at.desc(), CaseRow.case_id.desc())
    condition = _condition(shown)
    if condition is not None:
        wanted = wanted.where(condition)
    if after is not None:
        last = case_row(session, after)
        wanted = wanted.where(
            tuple_(CaseRow.opened_at, CaseRow.case_id) < (last.opened_at, last.case_id)
        )
    rows = list(session.scalars(wanted.limit(limit + 1)))
    more = len(rows) > limit
    return CasePage(_summaries(session, rows[:limit]), rows[limit - 1].number if more else None)


def count_cases(session: Session) -> dict[ShownCases, int]:
    """Return how many cases each listing holds, MOST_COUNTED at most."""
    counts = {}
    for shown in ShownCases:
        wanted = select(CaseRow.case_id).limit(MOST_COUNTED)
        condition = _condition(shown)
        if condition is not None:
            wanted = wanted.where(condition)
        counts[shown] = session.scalars(select(func.count()).select_from(wanted.subquery())).one()
    return counts


def check_pin(session: Session, number: str, pin: str) -> bool:
    """Say whether a PIN is that of a case."""
    try:
        return PasswordHasher().verify(case_row(session, number).pin_hash, pin)
    except VerificationError:
        return False


def case_row(session: Session, number: str, *, alone: bool = False) -> CaseRow:
    """Return the row of a case; ``alone`` keeps others from changing it until the commit.

    Raises:
        NotFound: there is none of that number.
    """
    wanted = select(CaseRow).where(CaseRow.number == number)
    if alone:
        # Crawls may still flag matches of it meanwhile.
        wanted = wanted.with_for_update(key_share=True)
    row = session.scalars(wanted).first()
    if row is None:
        msg = sentence(
            "There is no case %(number)s.",
            number=number,
        ).with_command(" `vigil case list` shows those there are.")
        raise NotFound(msg)
    return row


def state_of(row: CaseRow) -> CaseState:
    """Return where the case of a row stands."""
    return case_state(closed_at=row.closed_at, withdrawn_at=row.withdrawn_at)


def case_of(session: Session, number: str) -> str:
    """Return the number of the case that a registration (R-…) or a match (M-…) belongs to.

    Raises:
        NotFound: there is none of that number.
    """
    of_match = number.startswith("M")
    held = MatchRow.case_id if of_match else RegistrationRow.case_id
    named = MatchRow.number if of_match else RegistrationRow.number
    found = session.scalars(
        select(CaseRow.number)
        .join_from(CaseRow, held.class_, held == CaseRow.case_id)
        .where(named == number)
    ).first()
    if found is None:
        msg = sentence(
            "There is no record %(number)s. It may have been withdrawn or erased.",
            number=number,
        )
        raise NotFound(msg)
    return found


def _condition(shown: ShownCases) -> ColumnElement[bool] | None:
    match shown:
        case ShownCases.ALL:
            return None
        case ShownCases.WAITING:
            # Case by case, from an index: matches may be many more than cases.
            return (
                select(MatchRow.match_id)
                .where(MatchRow.case_id == CaseRow.case_id)
                .where(MatchRow.state == MatchState.FLAGGED.value, ~stops_a_match())
                .exists()
            )
        case ShownCases.OPEN:
            return and_(CaseRow.closed_at.is_(None), CaseRow.withdrawn_at.is_(None))
        case ShownCases.CLOSED:
            return and_(CaseRow.closed_at.is_not(None), CaseRow.withdrawn_at.is_(None))
        case ShownCases.WITHDRAWN:
            return CaseRow.withdrawn_at.is_not(None)


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
    # By the few images that were referred, not by the many matches that wait.
    stopped = dict(
        session.execute(
            select(MatchRow.case_id, func.count())
            .where(
                MatchRow.image_id.in_(
                    select(ReferralRow.image_id).where(ReferralRow.undone_at.is_(None))
                ),
                MatchRow.case_id.in_(ids),
                MatchRow.state == MatchState.FLAGGED.value,
            )
            .group_by(MatchRow.case_id)
        ).all()
    )
    events = _last_events(session, ids)
    return [
        CaseSummary(
            number=row.number,
            opened_at=row.opened_at,
            registrations=registered.get(row.case_id, 0),
            flagged=matched.get((row.case_id, MatchState.FLAGGED.value), 0),
            confirmed=matched.get((row.case_id, MatchState.CONFIRMED.value), 0),
            rejected=matched.get((row.case_id, MatchState.REJECTED.value), 0),
            referred=matched.get((row.case_id, MatchState.REFERRED.value), 0),
            stopped=stopped.get(row.case_id, 0),
            withdrawn_at=row.withdrawn_at,
            closed_at=row.closed_at,
            closed_for=row.closed_for,
            last_event=max(
                moment
                for moment in (
                    row.opened_at,
                    row.changed_at,
                    row.withdrawn_at,
                    *events[row.case_id],
                )
                if moment is not None
            ),
        )
        for row in rows
    ]


def _last_events(session: Session, ids: Collection[int]) -> dict[int, list[datetime]]:
    """Return, for each case, when something of each kind last happened in it."""
    kinds = (
        select(CaseWishesRow.case_id, CaseWishesRow.changed_at).where(
            CaseWishesRow.case_id.in_(ids)
        ),
        select(
            RegistrationRow.case_id,
            func.max(RegistrationRow.registered_at, type_=RegistrationRow.registered_at.type),
        )
        .where(RegistrationRow.case_id.in_(ids))
        .group_by(RegistrationRow.case_id),
        select(MatchRow.case_id, func.max(MatchRow.flagged_at, type_=MatchRow.flagged_at.type))
        .where(MatchRow.case_id.in_(ids))
        .group_by(MatchRow.case_id),
        select(
            MatchRow.case_id,
            func.max(ReviewDecisionRow.decided_at, type_=ReviewDecisionRow.decided_at.type),
        )
        .join(ReviewDecisionRow, ReviewDecisionRow.match_id == MatchRow.match_id)
        .where(MatchRow.case_id.in_(ids))
        .group_by(MatchRow.case_id),
    )
    found: defaultdict[int, list[datetime]] = defaultdict(list)
    for wanted in kinds:
        for case_id, moment in session.execute(wanted):
            found[case_id].append(moment)
    return found
