"""One-time codes: what an account is entered with the first time, and after everything is lost."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from domain.entering import LINK_LASTS, LinkPurpose, code_digest, new_code
from storage.account_tables import AccountRow, EntryLinkRow


def issue(session: Session, account_id: int, purpose: LinkPurpose, *, now: datetime) -> str:
    """Make a code for an account, valid for a day; any earlier one is void."""
    code = new_code()
    revoke(session, account_id)
    session.add(
        EntryLinkRow(
            account_id=account_id,
            digest=code_digest(code),
            purpose=purpose.value,
            expires_at=now + LINK_LASTS,
        )
    )
    session.flush()
    return code


def find(session: Session, digest: str, *, now: datetime) -> tuple[int, LinkPurpose] | None:
    """Return whose code has this digest and what it is for; None if it is used or too old."""
    row = session.execute(
        select(EntryLinkRow.account_id, EntryLinkRow.purpose)
        .join(AccountRow, AccountRow.account_id == EntryLinkRow.account_id)
        .where(EntryLinkRow.digest == digest)
        .where(EntryLinkRow.expires_at > now)
        .where(AccountRow.active.is_(True))
    ).first()
    return None if row is None else (row.account_id, LinkPurpose(row.purpose))


def use(session: Session, digest: str, *, now: datetime) -> bool:
    """Use a code up; False if it cannot be used, or somebody else just did."""
    used = session.execute(
        delete(EntryLinkRow)
        .where(EntryLinkRow.digest == digest)
        .where(EntryLinkRow.expires_at > now)
        .returning(EntryLinkRow.account_id)
    )
    return used.first() is not None


def revoke(session: Session, account_id: int) -> None:
    """Make the code of an account void."""
    session.execute(delete(EntryLinkRow).where(EntryLinkRow.account_id == account_id))
