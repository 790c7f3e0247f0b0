"""Accounts of the people who work with the console."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from domain.errors import InvalidInput, Refused
from domain.permission import Permission, Role, permissions_of
from storage.account_tables import AccountRow


@dataclass(frozen=True, slots=True)
class Account:
    """One person's account."""

    account_id: int
    name: str
    roles: tuple[Role, ...]
    active: bool
    session_key: str
    timezone: str | None
    language: str | None
    theme: str | None
    added_at: datetime

    @property
    def permissions(self) -> frozenset[Permission]:
        """What she may do."""
        return permissions_of(self.roles)


def add(session: Session, name: str, roles: Collection[Role], *, now: datetime) -> Account:
    """Make an account that nobody can log in to yet.

    Raises:
        InvalidInput: no role is given.
        Refused: there is one of that name.
    """
    if not roles:
        msg = "An account needs a role at least."
        raise InvalidInput(msg)
    row = AccountRow(
        name=name,
        roles=sorted(role.value for role in roles),
        active=True,
        session_key=secrets.token_hex(32),
        added_at=now,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        msg = f"There is an account {name!r} already."
        raise Refused(msg) from None
    return _told(row)


def by_session_key(session: Session, key: str) -> Account | None:
    """Return the account that a session belongs to."""
    row = session.scalars(select(AccountRow).where(AccountRow.session_key == key)).first()
    return None if row is None else _told(row)


def by_name(session: Session, name: str) -> Account | None:
    """Return the account of that name."""
    row = session.scalars(select(AccountRow).where(AccountRow.name == name)).first()
    return None if row is None else _told(row)


def _told(row: AccountRow) -> Account:
    return Account(
        account_id=row.account_id,
        name=row.name,
        roles=tuple(Role(role) for role in row.roles),
        active=row.active,
        session_key=row.session_key,
        timezone=row.timezone,
        language=row.language,
        theme=row.theme,
        added_at=row.added_at,
    )
