"""Flagging: an image near registrations becomes a match of each of their cases."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.case import new_number
from domain.review import MatchState
from domain.signal import Agreement, SignalType
from storage import look_alikes, match_urgency, registry, suspensions
from storage.tables import EvidenceRow, MatchRow, RegistrationRow

_SAYS_OF_EVERY_FRAME = frozenset({SignalType.PDQ, SignalType.CONSTELLATION})


def flag(session: Session, *, image_id: int, agreements: Sequence[Agreement], now: datetime) -> int:
    """Keep the evidence that an image is near registrations; return how many matches are new.

    One match for each case, however many of its registrations agree and however often this is
    called. A match that was decided stays as it was decided. An image that moves may come with an
    agreement for each of its frames.

    Nothing is flagged of a registration that is withdrawn or suspended, nor what is known for a
    look-alike. A registration that floods is suspended then and there.
    """
    cases = _active_cases(session, {agreement.registration_id for agreement in agreements})
    by_case: dict[int, list[Agreement]] = {}
    for agreement in agreements:
        if agreement.registration_id in cases:
            by_case.setdefault(cases[agreement.registration_id], []).append(agreement)
    flagged = 0
    newly: set[int] = set()
    for case_id, agreeing in sorted(by_case.items()):
        match = session.scalars(
            select(MatchRow).where(MatchRow.case_id == case_id, MatchRow.image_id == image_id)
        ).first()
        if match is None:
            look_alike = look_alikes.known_look_alike(session, case_id, image_id, agreeing)
            if look_alike is not None:
                look_alikes.count_spared(session, look_alike)
                continue
            match = MatchRow(
                number=new_number("M"),
                case_id=case_id,
                image_id=image_id,
                state=MatchState.FLAGGED.value,
                flagged_at=now,
            )
            session.add(match)
            session.flush()
            match_urgency.place(session, match.match_id)
            flagged += 1
            newly.update(agreement.registration_id for agreement in agreeing)
        if _keep_evidence(session, match.match_id, agreeing):
            match_urgency.weigh(session, match.match_id)
    if newly:
        suspensions.stop_floods(session, newly, now=now)
    return flagged


def _active_cases(session: Session, registrations: set[int]) -> dict[int, int]:
    """Return the cases of registrations that may flag."""
    if not registrations:
        return {}
    rows = session.execute(
        select(
            RegistrationRow.registration_id,
            RegistrationRow.case_id,
            RegistrationRow.suspended_at,
            RegistrationRow.suspension_version,
        )
        .where(RegistrationRow.registration_id.in_(registrations))
        .where(RegistrationRow.withdrawn_at.is_(None))
    ).all()
    if any(row.suspended_at is not None and row.suspension_version is None for row in rows):
        # Nobody was told of it yet, and so it is still compared with everything.
        registry.bump_if_free(session)
    return {row.registration_id: row.case_id for row in rows if row.suspended_at is None}


def _keep_evidence(session: Session, match_id: int, agreements: Sequence[Agreement]) -> bool:
    """Keep what agrees, and return whether any of it is new or stronger than before."""
    changed = False
    held = {
        (row.registration_id, row.type): row
        for row in session.scalars(select(EvidenceRow).where(EvidenceRow.match_id == match_id))
    }
    moments: dict[tuple[int, str], set[int]] = {}
    for agreement in agreements:
        of = agreement.registration_id, agreement.type.value
        row = held.get(of)
        if row is None:
            row = held[of] = EvidenceRow(
                match_id=match_id,
                registration_id=agreement.registration_id,
                type=agreement.type.value,
            )
            _say(row, agreement)
            session.add(row)
            changed = True
        elif _is_stronger(agreement, row):
            _say(row, agreement)
            changed = True
        if agreement.at_ms is not None and agreement.type in _SAYS_OF_EVERY_FRAME:
            moments.setdefault(of, set()).add(agreement.at_ms)
    for of, seen in moments.items():
        held[of].moments = sorted(seen.union(held[of].moments or ()))
    session.flush()
    return changed


def _say(row: EvidenceRow, agreement: Agreement) -> None:
    row.view, row.distance = agreement.view.value, agreement.distance
    row.at_ms = agreement.at_ms
    row.laid = agreement.laid
    row.strength = None if agreement.laid is None else agreement.laid.strength


def _is_stronger(agreement: Agreement, row: EvidenceRow) -> bool:
    if agreement.laid is not None and row.strength is not None:
        return agreement.laid.strength > row.strength
    return agreement.distance < row.distance
