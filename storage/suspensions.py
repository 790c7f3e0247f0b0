"""Suspending registrations: for a while, nothing of them flags, and nothing of them is erased.

A registered picture may show something that is everywhere, such as a logo or an empty page: it
flags image after image, and whoever reviews them finds nothing else any more. Such a flood ends by
itself: the registration is suspended, with the reason, and a person looks at it and resumes it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from domain.errors import InvalidInput, Refused
from domain.review import MatchState
from domain.sentence import day, sentence
from storage import audit, registry
from storage.registrations import registration_row
from storage.tables import (
    AuditEntryRow,
    CaseRow,
    EvidenceRow,
    MatchRow,
    RegistrationRow,
)
from storage.unlike_images import by_places_only, unlike_matches

FLOOD_FLAGS: Final = 50
"""New matches within FLOOD_WITHIN, only by places, of images that look unlike each other; one that
has more, and none of them confirmed, is suspended. A picture that is posted again and again is no
flood: its reposts look alike."""

FLOOD_WITHIN: Final = timedelta(hours=24)

FLOOD_CONFIRMED: Final = 0.1
"""Where this share of its new matches or more is confirmed, it is no flood, however many."""

BY_ITSELF: Final = "vigil"
"""Who suspends a registration that floods, as the audit chain has it."""

_SUSPENDED: Final = "picture suspended"
_RESUMED: Final = "picture resumed"


@dataclass(frozen=True, slots=True)
class Suspension:
    """A registration that is suspended, since when and why, and how its matches stand."""

    number: str
    case: str
    suspended_at: datetime
    reason: str
    flagged: int
    confirmed: int
    rejected: int


@dataclass(frozen=True, slots=True)
class Flood:
    """A registration with many new matches: how many, of how many pictures, and what came of them.

    Only those count that have no evidence but places. ``pictures`` look unlike each other, so that
    one posted many times counts a few times at most. They are counted up to 500.
    """

    registration_id: int
    number: str
    case: str
    flags: int
    pictures: int
    confirmed: int
    rejected: int


def suspend(session: Session, number: str, *, reason: str, actor: str, now: datetime) -> None:
    """Have nothing of a registration flag until it is resumed. Its matches and signals stay.

    To be called first in a transaction.

    Raises:
        NotFound: there is no such registration.
        InvalidInput: no reason is given.
        Refused: it is withdrawn, or suspended already.
    """
    if not reason.strip():
        msg = sentence(
            "A suspension needs a reason; it is shown with it.",
        ).with_command(" Give one with --reason.")
        raise InvalidInput(msg)
    version = registry.bump(session)
    row = registration_row(session, number)
    _refuse_withdrawn(row, sentence("suspended"))
    if row.suspended_at is not None:
        msg = sentence(
            "%(number)s is suspended already, since %(suspended_at)s.",
            number=number,
            suspended_at=day(row.suspended_at),
        )
        raise Refused(msg)
    row.suspended_at, row.suspended_for = now, audit.storable(reason.strip())
    row.suspension_version = version
    session.flush()
    audit.append(
        session, now=now, actor=actor, action=_SUSPENDED, subject=number, reason=reason.strip()
    )


def resume(
    session: Session, number: str, *, actor: str, now: datetime, reason: str | None = None
) -> int:
    """Have a registration flag again; return its id.

    What was sighted meanwhile is not looked at here: whoever resumes it has it compared. To be
    called first in a transaction.

    Raises:
        NotFound: there is no such registration.
        Refused: it is withdrawn, or not suspended.
    """
    version = registry.bump(session)
    row = suspended(session, number)
    since = row.suspended_at or now
    row.suspended_at, row.suspended_for, row.suspension_version = None, None, version
    session.flush()
    audit.append(
        session,
        now=now,
        actor=actor,
        action=_RESUMED,
        subject=number,
        reason=reason,
        details={"suspended": since.isoformat()},
    )
    return row.registration_id


def suspended(session: Session, number: str) -> RegistrationRow:
    """Return a registration that can be resumed. Raises what `resume` does."""
    row = registration_row(session, number)
    _refuse_withdrawn(row, sentence("resumed"))
    if row.suspended_at is None:
        msg = sentence(
            "%(number)s is not suspended.",
            number=number,
        ).with_command(" `vigil registration list` shows those that are.")
        raise Refused(msg)
    return row


def list_suspended(session: Session, *, limit: int = 1000) -> list[Suspension]:
    """Return registrations that are suspended, the latest first."""
    rows = session.execute(
        select(
            RegistrationRow,
            CaseRow.number,
            *(
                select(func.count(MatchRow.match_id.distinct()))
                .join(EvidenceRow, EvidenceRow.match_id == MatchRow.match_id)
                .where(EvidenceRow.registration_id == RegistrationRow.registration_id)
                .where(MatchRow.state == state.value)
                .correlate(RegistrationRow)
                .scalar_subquery()
                for state in (MatchState.FLAGGED, MatchState.CONFIRMED, MatchState.REJECTED)
            ),
        )
        .join(CaseRow, CaseRow.case_id == RegistrationRow.case_id)
        .where(RegistrationRow.suspended_at.is_not(None))
        .order_by(RegistrationRow.suspended_at.desc(), RegistrationRow.registration_id.desc())
        .limit(limit)
    )
    return [
        Suspension(row.number, case, row.suspended_at, row.suspended_for or "", *counts)
        for row, case, *counts in rows
        if row.suspended_at is not None
    ]


def floods(
    session: Session,
    *,
    now: datetime,
    flags: int = FLOOD_FLAGS,
    within: timedelta = FLOOD_WITHIN,
    among: Collection[int] | None = None,
) -> list[Flood]:
    """Return registrations with more than so many new matches that look unlike, the most first.

    Less than FLOOD_CONFIRMED of them are confirmed, and none is suspended or withdrawn. ``among``
    says which may be asked for at all.
    """
    count = func.count(MatchRow.match_id.distinct())
    confirmed, rejected = (
        func.count(MatchRow.match_id.distinct()).filter(MatchRow.state == state.value)
        for state in (MatchState.CONFIRMED, MatchState.REJECTED)
    )
    wanted = (
        select(
            RegistrationRow.registration_id,
            RegistrationRow.number,
            CaseRow.number,
            count,
            confirmed,
            rejected,
        )
        .join(CaseRow, CaseRow.case_id == RegistrationRow.case_id)
        .join(EvidenceRow, EvidenceRow.registration_id == RegistrationRow.registration_id)
        .join(MatchRow, MatchRow.match_id == EvidenceRow.match_id)
        .where(MatchRow.flagged_at > now - within, by_places_only())
        .where(RegistrationRow.withdrawn_at.is_(None), RegistrationRow.suspended_at.is_(None))
        .group_by(RegistrationRow.registration_id, RegistrationRow.number, CaseRow.number)
        .having(count > flags, confirmed < FLOOD_CONFIRMED * count)
        .order_by(count.desc(), RegistrationRow.registration_id)
    )
    if among is not None:
        wanted = wanted.where(RegistrationRow.registration_id.in_(among))
    found: list[Flood] = []
    for registration_id, number, case, new, of_these, others in session.execute(wanted).all():
        pictures = unlike_matches(session, registration_id, since=now - within)
        if pictures > flags:
            found.append(Flood(registration_id, number, case, new, pictures, of_these, others))
    return found


def stop_floods(session: Session, registration_ids: Collection[int], *, now: datetime) -> int:
    """Suspend those of some registrations that flood; return how many.

    What was found at once as one was registered, or resumed, is no flood: whoever did that is told
    of it. One of which a person has confirmed a match, ever, is left: it finds what it is to find.

    For whoever records, who holds the registry shared: its version moves on at once if nobody else
    holds it, and else with the next change. Until then the registration is still compared, and
    flags nothing.
    """
    held = session.scalars(
        select(RegistrationRow.registration_id)
        .where(RegistrationRow.registration_id.in_(registration_ids))
        .where(~_ever_confirmed())
    ).all()
    stopped = 0
    for known in floods(session, now=now, among=held) if held else ():
        within = min(FLOOD_WITHIN, now - _began(session, known))
        for flood in floods(session, now=now, within=within, among=[known.registration_id]):
            stopped += _stop(session, flood, now=now)
    if stopped:
        registry.bump_if_free(session)
    return stopped


def _stop(session: Session, flood: Flood, *, now: datetime) -> bool:
    # Somebody else who has hold of it is suspending, withdrawing or resuming it.
    free = session.scalars(
        select(RegistrationRow.registration_id)
        .where(RegistrationRow.registration_id == flood.registration_id)
        .where(RegistrationRow.suspended_at.is_(None), RegistrationRow.withdrawn_at.is_(None))
        .with_for_update(key_share=True, skip_locked=True)
    ).first()
    if free is None:
        return False
    reason = (
        f"It had {flood.flags} new matches within {FLOOD_WITHIN.total_seconds() / 3600:.0f} hours, "
        "and nobody has confirmed one of its matches."
    )
    session.execute(
        update(RegistrationRow)
        .where(RegistrationRow.registration_id == flood.registration_id)
        .values(suspended_at=now, suspended_for=reason, suspension_version=None)
    )
    audit.append(
        session,
        now=now,
        actor=BY_ITSELF,
        action=_SUSPENDED,
        subject=flood.number,
        reason=reason,
        details={"case": flood.case, "flags": flood.flags, "pictures": flood.pictures},
    )
    return True


def _ever_confirmed() -> ColumnElement[bool]:
    return (
        select(MatchRow.match_id)
        .join(EvidenceRow, EvidenceRow.match_id == MatchRow.match_id)
        .where(EvidenceRow.registration_id == RegistrationRow.registration_id)
        .where(MatchRow.state == MatchState.CONFIRMED.value)
        .correlate(RegistrationRow)
        .exists()
    )


def _began(session: Session, flood: Flood) -> datetime:
    """Return when a registration was registered, or resumed for the last time."""
    resumed = session.scalars(
        select(AuditEntryRow.happened_at)
        .where(AuditEntryRow.subject == flood.number, AuditEntryRow.action == _RESUMED)
        .order_by(AuditEntryRow.sequence.desc())
        .limit(1)
    ).first()
    return resumed or session.get_one(RegistrationRow, flood.registration_id).registered_at


def _refuse_withdrawn(row: RegistrationRow, what: str) -> None:
    if row.withdrawn_at is not None:
        msg = sentence(
            "%(number)s was withdrawn on %(withdrawn_at)s, so it cannot be %(what)s: nothing of "
            "it is left.",
            number=row.number,
            withdrawn_at=day(row.withdrawn_at),
            what=what,
        )
        raise Refused(msg)
