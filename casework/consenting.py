"""What the person of a case agrees to and wishes: changed, and taken back."""

import json
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.case_state import check_changeable
from domain.case_wishes import Wishes, as_read, as_written, differing
from domain.errors import Refused
from domain.sentence import sentence
from storage import audit, case_wishes, cases
from storage.tables import AuditEntryRow

_CHANGED = "wishes changed"
_TAKEN_BACK = "change of wishes undone"


def change_wishes(
    session: Session, number: str, wishes: Wishes, *, actor: str, now: datetime
) -> bool:
    """Keep what a person wishes from now on; return whether that is anything new.

    What changed is on record, as it was and as it is.

    Raises:
        NotFound: there is no case of that number.
        Refused: it was withdrawn.
    """
    return _change(session, number, wishes, action=_CHANGED, actor=actor, now=now)


def take_back(session: Session, number: str, *, actor: str, now: datetime) -> None:
    """Take the last change of wishes back, if it is the actor's.

    Raises:
        NotFound: there is no case of that number.
        Refused: it was withdrawn, there is no change to take back, or somebody else has changed
            them since.
    """
    cases.case_row(session, number, alone=True)
    last = session.scalars(
        select(AuditEntryRow)
        .where(AuditEntryRow.subject == number)
        .where(AuditEntryRow.action.in_((_CHANGED, _TAKEN_BACK)))
        .order_by(AuditEntryRow.happened_at.desc(), AuditEntryRow.sequence.desc())
        .limit(1)
    ).first()
    if last is None or last.action == _TAKEN_BACK:
        msg = sentence(
            "There is no change of wishes in case %(number)s to take back.",
            number=number,
        )
        raise Refused(msg)
    if last.actor != audit.storable(actor):
        msg = sentence(
            "%(actor)s has changed the wishes of case %(number)s since, so nothing was taken "
            "back. Look at them again.",
            actor=last.actor,
            number=number,
        )
        raise Refused(msg)
    before = as_written(case_wishes.wishes_of(session, number)) | json.loads(last.details)["before"]
    _change(session, number, as_read(before), action=_TAKEN_BACK, actor=actor, now=now)


def _change(
    session: Session, number: str, wishes: Wishes, *, action: str, actor: str, now: datetime
) -> bool:
    # Alone: a withdrawal at the same moment must not leave behind what is written here.
    row = cases.case_row(session, number, alone=True)
    check_changeable(number, cases.state_of(row))
    was, is_now = differing(case_wishes.wishes_of(session, number), wishes)
    if not is_now:
        return False
    case_wishes.keep(session, row.case_id, wishes, now=now)
    audit.append(
        session,
        now=now,
        actor=actor,
        action=action,
        subject=number,
        details={"before": was, "after": is_now},
    )
    return True
