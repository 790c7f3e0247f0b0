"""Flagging: an image near registrations becomes a match of each of their cases."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.case import new_number
from domain.review import MatchState
from domain.signal import Agreement, SignalType
from storage.tables import EvidenceRow, MatchRow, RegistrationRow


def flag(session: Session, *, image_id: int, agreements: Sequence[Agreement], now: datetime) -> int:
    """Keep the evidence that an image is near registrations; return how many matches are new.

    One match for each case, however many of its registrations agree and however often this is
    called. A match that was decided stays as it was decided. An image that moves may come with an
    agreement for each of its frames.
    """
    cases = _active_cases(session, {agreement.registration_id for agreement in agreements})
    flagged = 0
    by_case: dict[int, list[Agreement]] = {}
    for agreement in agreements:
        if agreement.registration_id in cases:
            by_case.setdefault(cases[agreement.registration_id], []).append(agreement)
    for case_id, agreeing in sorted(by_case.items()):
        match = session.scalars(
            select(MatchRow).where(MatchRow.case_id == case_id, MatchRow.image_id == image_id)
        ).first()
        if match is None:
            match = MatchRow(
                number=new_number("M"),
                case_id=case_id,
                image_id=image_id,
                state=MatchState.FLAGGED.value,
                flagged_at=now,
            )
            session.add(match)
            session.flush()
            flagged += 1
        _keep_evidence(session, match.match_id, agreeing)
    return flagged


def _active_cases(session: Session, registrations: set[int]) -> dict[int, int]:
    if not registrations:
        return {}
    rows = session.execute(
        select(RegistrationRow.registration_id, RegistrationRow.case_id)
        .where(RegistrationRow.registration_id.in_(registrations))
        .where(RegistrationRow.withdrawn_at.is_(None))
    )
    return dict(rows.all())


def _keep_evidence(session: Session, match_id: int, agreements: Sequence[Agreement]) -> None:
    held = {
        (row.registration_id, row.type): row
        for row in session.scalars(select(EvidenceRow).where(EvidenceRow.match_id == match_id))
    }
    moments: dict[tuple[int, str], set[int]] = {}
    for agreement in agreements:
        of = agreement.registration_id, agreement.type.value
        row = held.get(of)
        if row is None:
            row = EvidenceRow(
                match_id=match_id,
                registration_id=agreement.registration_id,
                type=agreement.type.value,
                view=agreement.view.value,
                distance=agreement.distance,
                at_ms=agreement.at_ms,
            )
            session.add(row)
            held[of] = row
        elif agreement.distance < row.distance:
            row.view, row.distance = agreement.view.value, agreement.distance
            row.at_ms = agreement.at_ms
        # Only PDQ says of every frame whether it agrees.
        if agreement.at_ms is not None and agreement.type is SignalType.PDQ:
            moments.setdefault(of, set()).add(agreement.at_ms)
    for of, seen in moments.items():
        held[of].moments = sorted(seen.union(held[of].moments or ()))
    session.flush()
