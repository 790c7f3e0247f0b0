"""Opening a case, and giving its person a new PIN."""

from datetime import datetime

from domain.case_state import check_changeable
from domain.case_wishes import Wishes, as_written
from domain.errors import InvalidInput
from domain.sentence import sentence
from storage import audit, case_wishes, cases
from storage.cases import OpenedCase
from storage.database import Database


def open_case(
    database: Database, wishes: Wishes | None = None, *, actor: str, now: datetime
) -> OpenedCase:
    """Open a case with what its person wishes, as far as that is known; return what she is told.

    Raises:
        InvalidInput: wishes are given, and how she consented is not.
    """
    if wishes is not None and wishes.consent is None:
        msg = sentence("Say how the person agreed. Nothing is looked for without her consent.")
        raise InvalidInput(msg)
    pin = cases.make_pin()
    with database.writing() as session:
        opened = cases.open_case(session, now=now, pin=pin)
        if wishes is not None:
            row = cases.case_row(session, opened.number)
            case_wishes.keep(session, row.case_id, wishes, now=now)
        audit.append(
            session,
            now=now,
            actor=actor,
            action="case opened",
            subject=opened.number,
            details={} if wishes is None else as_written(wishes),
        )
    return opened


def renew_pin(database: Database, number: str, *, actor: str, now: datetime) -> OpenedCase:
    """Give a case a new PIN, told this once; the old one is worth nothing from now on.

    Raises:
        NotFound: there is no case of that number.
        Refused: it was withdrawn.
    """
    pin = cases.make_pin()
    with database.writing() as session:
        row = cases.case_row(session, number, alone=True)
        check_changeable(number, cases.state_of(row))
        row.pin_hash, row.changed_at = pin.pin_hash, now
        session.flush()
        audit.append(session, now=now, actor=actor, action="case PIN renewed", subject=number)
    return OpenedCase(number, pin.pin)
