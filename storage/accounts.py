"""Accounts of the people who work with the console."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches

from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from domain.entering import LinkPurpose, account_name
from domain.errors import InvalidInput, NotFound, Refused
from domain.permission import Permission, Role, permissions_of
from domain.sentence import sentence
from storage import entry_links
from storage.account_tables import AccountRow, PasskeyRow

_HANDLE_BYTES = 32


@dataclass(frozen=True, slots=True)
class Account:
    """One person's account. ``session_key`` is new whenever what she signs in with is."""

    account_id: int
    name: str
    roles: tuple[Role, ...]
    active: bool
    practice: bool
    session_key: str
    timezone: str | None
    language: str | None
    theme: str | None
    added_at: datetime
    entered_at: datetime | None
    has_password: bool
    has_totp: bool
    by_provider: bool
    recovery_codes_left: int

    @property
    def permissions(self) -> frozenset[Permission]:
        """What she may do."""
        return permissions_of(self.roles)


@dataclass(frozen=True, slots=True)
class ListedAccount:
    """An account in the list of all, with whether anything but a password guards it."""

    account: Account
    second_factor: bool


def add(
    session: Session,
    name: str,
    roles: Collection[Role],
    *,
    now: datetime,
    practice: bool = False,
) -> Account:
    """Make an account that nobody can sign in to yet.

    Raises:
        InvalidInput: no role is given, or the name is none that everybody can type.
        Refused: there is one of that name.
    """
    name = account_name(name)
    row = AccountRow(
        name=name,
        roles=_kept(roles),
        active=True,
        practice=practice,
        session_key=secrets.token_hex(32),
        passkey_handle=secrets.token_bytes(_HANDLE_BYTES),
        added_at=now,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        msg = sentence("There is an account %(name)r already.", name=name)
        raise Refused(msg) from None
    return told(row)


def by_name(session: Session, name: str) -> Account | None:
    """Return the account of that name, however its letters are written."""
    wanted = name.strip().lower()
    row = session.scalars(select(AccountRow).where(AccountRow.name == wanted)).first()
    return None if row is None else told(row)


def get(session: Session, name: str) -> Account:
    """Return the account of that name.

    Raises:
        NotFound: there is none.
    """
    found = by_name(session, name)
    if found is None:
        names = session.scalars(select(AccountRow.name)).all()
        near = get_close_matches(name, names, n=3)
        hint = f" Did you mean {' or '.join(near)}?" if near else ""
        msg = sentence("There is no account %(name)r.", name=name).with_command(
            f"{hint} `vigil user list` shows them all."
        )
        raise NotFound(msg)
    return found


def by_id(session: Session, account_id: int, *, alone: bool = False) -> Account | None:
    """Return the account of that number; ``alone``: others who ask so wait until the commit."""
    row = session.get(AccountRow, account_id, populate_existing=True, with_for_update=alone)
    return None if row is None else told(row)


def by_provider_subject(session: Session, subject: str) -> Account | None:
    """Return the account that somebody at the sign-in provider has used before."""
    row = session.scalars(select(AccountRow).where(AccountRow.provider_subject == subject)).first()
    return None if row is None else told(row)


def list_accounts(session: Session, *, limit: int, after: str = "") -> list[ListedAccount]:
    """Return accounts by name, those after a name."""
    wanted = (
        select(AccountRow, exists().where(PasskeyRow.account_id == AccountRow.account_id))
        .where(AccountRow.name > after)
        .order_by(AccountRow.name)
        .limit(limit)
    )
    return [
        ListedAccount(
            account=told(row),
            second_factor=row.totp is not None or has_passkey,
        )
        for row, has_passkey in session.execute(wanted)
    ]


def set_roles(session: Session, account_id: int, roles: Collection[Role]) -> None:
    """Let somebody work as something else, from her next click on.

    Raises:
        InvalidInput: no role is given.
    """
    row_of(session, account_id).roles = _kept(roles)
    session.flush()


def set_active(session: Session, account_id: int, *, active: bool) -> None:
    """Let somebody in again, or no more."""
    row_of(session, account_id).active = active
    session.flush()


def set_taste(
    session: Session,
    account_id: int,
    *,
    timezone: str | None,
    language: str | None,
    theme: str | None,
) -> None:
    """Keep how somebody wants her pages; None for what her browser says."""
    row = row_of(session, account_id)
    row.timezone, row.language, row.theme = timezone, language, theme
    session.flush()


def set_entered(session: Session, account_id: int, *, now: datetime) -> None:
    """Keep when somebody signed in last."""
    row_of(session, account_id).entered_at = now
    session.flush()


def one_time_visit(session: Session, name: str, *, now: datetime) -> str:
    """Make a code that a practice account is entered with once, without a second factor.

    Raises:
        NotFound: there is no such account.
        Refused: it is a real person's: she sets up a second factor.
    """
    account = get(session, name)
    if not account.practice:
        msg = sentence(
            "%(name)s is no practice account, so it takes a second factor to sign in.",
            name=account.name,
        ).with_command(f" For a link to set that up: vigil user reset {account.name}")
        raise Refused(msg)
    return entry_links.issue(session, account.account_id, LinkPurpose.VISIT, now=now)


def row_of(session: Session, account_id: int) -> AccountRow:
    """Return the row of an account that there is, as it is now."""
    return session.get_one(AccountRow, account_id, populate_existing=True)


def _kept(roles: Collection[Role]) -> list[str]:
    if not roles:
        msg = sentence("An account needs one role at least, of: %(role)s.", role=", ".join(Role))
        raise InvalidInput(msg)
    return sorted({role.value for role in roles})


def told(row: AccountRow) -> Account:
    """Make an account of its row, also for queries that join it."""
    return Account(
        account_id=row.account_id,
        name=row.name,
        roles=tuple(Role(role) for role in row.roles),
        active=row.active,
        practice=row.practice,
        session_key=row.session_key,
        timezone=row.timezone,
        language=row.language,
        theme=row.theme,
        added_at=row.added_at,
        entered_at=row.entered_at,
        has_password=row.password_hash is not None,
        has_totp=row.totp is not None,
        by_provider=row.provider_subject is not None,
        recovery_codes_left=len(row.recovery_codes or ()),
    )
