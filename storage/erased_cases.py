"""Erasing a withdrawn case: its row, and those of its registrations.

Their ids are kept, and nothing else: whoever still holds a copy of the registry learns by them that
it holds signals that were withdrawn.
"""

from dataclasses import dataclass

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from domain.errors import Refused
from domain.sentence import sentence
from storage import case_wishes, look_alikes, muted_places, registry, wanted_looks, withdrawals
from storage.case_tables import ErasedRegistrationRow
from storage.cases import case_row
from storage.registrations import in_parts
from storage.tables import CaseRow, MatchRow, RegistrationRow


@dataclass(frozen=True, slots=True)
class LeftOfCase:
    """What was left of a withdrawn case, and was erased: its registrations, as a rule."""

    registrations: int
    matches: int
    images: int


def erase(session: Session, number: str) -> LeftOfCase:
    """Erase a withdrawn case; return what was left of it. To be called first in a transaction.

    Raises:
        NotFound: there is no case of that number.
        Refused: it is not withdrawn, so signals of it are left.
    """
    registry.hold(session)
    case = case_row(session, number)
    if case.withdrawn_at is None:
        msg = sentence(
            "Case %(number)s is not withdrawn, so it cannot be erased yet.",
            number=number,
        )
        raise Refused(msg)
    rows = session.execute(
        select(RegistrationRow.registration_id, RegistrationRow.withdrawn_version).where(
            RegistrationRow.case_id == case.case_id
        )
    ).all()
    images = session.scalars(select(MatchRow.image_id).where(MatchRow.case_id == case.case_id))
    matches, unmatched = withdrawals.drop_bare_matches(session, images)
    withdrawals.forget(session, unmatched)
    look_alikes.erase_of_cases(session, [case.case_id])
    case_wishes.forget(session, case.case_id)
    for part in in_parts(registration_id for registration_id, _ in rows):
        wanted_looks.forget(session, registration_ids=part)
        muted_places.forget(session, registration_ids=part)
        session.execute(delete(RegistrationRow).where(RegistrationRow.registration_id.in_(part)))
    if rows:
        session.execute(
            insert(ErasedRegistrationRow),
            [
                {"registration_id": registration_id, "withdrawn_version": version}
                for registration_id, version in rows
            ],
        )
    session.execute(delete(CaseRow).where(CaseRow.case_id == case.case_id))
    return LeftOfCase(len(rows), matches, len(unmatched))
