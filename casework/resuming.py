"""Resuming: a registration that was suspended flags again, also what was sighted meanwhile."""

from datetime import datetime

from sqlalchemy.orm import Session

from casework import registering
from casework.registering import Registered
from domain.signal import PictureSignals
from domain.video import VIDEO_SHARE
from storage import registrations, suspensions
from storage.database import Database
from storage.tables import CaseRow, RegistrationRow


def resume(
    database: Database,
    number: str,
    *,
    reason: str,
    actor: str,
    now: datetime,
    match_distance: int,
    video_share: int = VIDEO_SHARE,
) -> Registered:
    """Have a registration flag again, and compare it with everything ever sighted.

    Raises:
        NotFound: there is no such registration.
        Refused: it is withdrawn, or not suspended.
    """
    with database.writing() as session:
        registration_id = suspensions.resume(session, number, actor=actor, now=now, reason=reason)
        case, source, picture = _held(session, registration_id)
    # As if it were registered once more: what it finds that is no match yet becomes one.
    return registering.register(
        database,
        case,
        picture,
        source="file" if source == "file" else "signals",
        actor=actor,
        now=now,
        match_distance=match_distance,
        video_share=video_share,
    )


def _held(session: Session, registration_id: int) -> tuple[str, str, PictureSignals]:
    row = session.get_one(RegistrationRow, registration_id)
    case = session.get_one(CaseRow, row.case_id).number
    return case, row.source, registrations.picture_of(session, registration_id)
