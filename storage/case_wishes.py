"""What persons wish in their cases: kept, read, and forgotten with the case."""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from domain.case_wishes import Consent, Contact, News, Wishes
from storage.case_tables import CaseWishesRow
from storage.cases import case_row


def wishes_of(session: Session, number: str) -> Wishes:
    """Return what the person of a case wishes; the most careful of each where nothing is known.

    Raises:
        NotFound: there is no case of that number.
    """
    row = session.get(CaseWishesRow, case_row(session, number).case_id)
    if row is None:
        return Wishes()
    return Wishes(
        consent=None if row.consent is None else Consent(row.consent),
        contact=Contact(row.contact),
        news=News(row.news),
        name_in_notices=row.name_in_notices,
        police=row.police,
        language=row.language,
    )


def keep(session: Session, case_id: int, wishes: Wishes, *, now: datetime) -> None:
    """Keep what a person wishes, in place of what was known."""
    session.merge(
        CaseWishesRow(
            case_id=case_id,
            consent=None if wishes.consent is None else wishes.consent.value,
            contact=wishes.contact.value,
            news=wishes.news.value,
            name_in_notices=wishes.name_in_notices,
            police=wishes.police,
            language=wishes.language,
            changed_at=now,
        )
    )
    session.flush()


def forget(session: Session, case_id: int) -> None:
    """Erase what a person wished: she took the case back."""
    session.execute(delete(CaseWishesRow).where(CaseWishesRow.case_id == case_id))
