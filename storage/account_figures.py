"""How the accounts stand, for those who run the installation."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from storage.account_tables import AccountRow, PasskeyRow

_NAMED: Final = 20


@dataclass(frozen=True, slots=True)
class AccountFigures:
    """Accounts that can be used, and the names of some that want attention.

    ``unguarded`` have a password and nothing else to sign in with; ``practice`` come in without
    any second factor.
    """

    active: int
    unguarded: tuple[str, ...]
    practice: tuple[str, ...]


def accounts(session: Session) -> AccountFigures:
    """Count the accounts that can be used."""
    active = session.scalars(
        select(func.count()).select_from(AccountRow).where(AccountRow.active)
    ).one()
    has_passkey = exists().where(PasskeyRow.account_id == AccountRow.account_id)
    unguarded = (
        AccountRow.password_hash.is_not(None)
        & AccountRow.totp.is_(None)
        & ~has_passkey
        & ~AccountRow.practice
    )
    return AccountFigures(
        active=active,
        unguarded=_names(session, unguarded),
        practice=_names(session, AccountRow.practice.is_(True)),
    )


def _names(session: Session, which: ColumnElement[bool]) -> tuple[str, ...]:
    wanted = select(AccountRow.name).where(AccountRow.active, which).order_by(AccountRow.name)
    return tuple(session.scalars(wanted.limit(_NAMED)))
