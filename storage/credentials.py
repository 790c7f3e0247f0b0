"""What people prove with that it is they: password, authenticator, passkeys, recovery codes.

Nothing here can be used as it is: passwords are hashed, passkeys are the public half, the rest is
encrypted with a secret of the console that is not in the database.
"""

import secrets
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from domain.errors import Refused
from domain.sentence import sentence
from storage.account_tables import AccountRow, PasskeyRow
from storage.accounts import Account, row_of, told

MOST_PASSKEYS = 10


@dataclass(frozen=True, slots=True)
class Credentials:
    """What an account is signed in to with."""

    password_hash: str | None = field(repr=False)
    totp: str | None = field(repr=False)
    recovery_codes: tuple[str, ...] = field(repr=False)
    passkey_handle: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Passkey:
    """A key that somebody signs in with."""

    passkey_id: int
    credential_id: bytes = field(repr=False)
    public_key: bytes = field(repr=False)
    sign_count: int
    transports: tuple[str, ...]
    name: str
    added_at: datetime
    used_at: datetime | None


def of_account(session: Session, account_id: int) -> Credentials:
    """Return what an account is signed in to with."""
    row = row_of(session, account_id)
    return Credentials(
        password_hash=row.password_hash,
        totp=row.totp,
        recovery_codes=tuple(row.recovery_codes or ()),
        passkey_handle=row.passkey_handle,
    )


def set_password(session: Session, account_id: int, password_hash: str) -> None:
    """Keep another password."""
    row_of(session, account_id).password_hash = password_hash
    renew_key(session, account_id)


def set_totp(session: Session, account_id: int, totp: str | None, counter: int | None) -> None:
    """Keep another authenticator, and the last of its codes that was used."""
    row = row_of(session, account_id)
    row.totp, row.totp_counter = totp, counter
    session.flush()


def used_totp(session: Session, account_id: int, counter: int) -> bool:
    """Keep which code was used; False if it, or a later one, was before: nobody may repeat it."""
    kept = session.execute(
        update(AccountRow)
        .where(AccountRow.account_id == account_id)
        .where(func.coalesce(AccountRow.totp_counter, -1) < counter)
        .values(totp_counter=counter)
        .returning(AccountRow.account_id)
        .execution_options(synchronize_session=False)
    )
    return kept.first() is not None


def set_recovery_codes(session: Session, account_id: int, codes: tuple[str, ...]) -> None:
    """Keep other recovery codes, encrypted."""
    row_of(session, account_id).recovery_codes = list(codes) or None
    session.flush()


def use_recovery_code(session: Session, account_id: int, code: str) -> bool:
    """Take one encrypted recovery code away; False if it is gone."""
    row = session.scalars(
        select(AccountRow).where(AccountRow.account_id == account_id).with_for_update()
    ).one()
    session.refresh(row)
    if code not in (row.recovery_codes or ()):
        return False
    row.recovery_codes = [each for each in row.recovery_codes or () if each != code]
    session.flush()
    return True


def set_provider_subject(session: Session, account_id: int, subject: str) -> bool:
    """Keep who somebody is at the sign-in provider; False if she is somebody else there.

    A name there may be given to another person later.
    """
    row = row_of(session, account_id)
    if row.provider_subject not in (None, subject):
        return False
    row.provider_subject = subject
    session.flush()
    return True


def renew_key(session: Session, account_id: int) -> None:
    """Let whoever is half-way through signing in begin again."""
    row_of(session, account_id).session_key = secrets.token_hex(32)
    session.flush()


def forget_all(session: Session, account_id: int) -> None:
    """Take away everything that somebody could sign in with."""
    row = row_of(session, account_id)
    row.password_hash = row.totp = row.totp_counter = row.recovery_codes = None
    row.provider_subject = None
    session.execute(delete(PasskeyRow).where(PasskeyRow.account_id == account_id))
    renew_key(session, account_id)


def passkeys(session: Session, account_id: int) -> list[Passkey]:
    """Return the passkeys of an account, in the order that they were added in."""
    rows = session.scalars(
        select(PasskeyRow)
        .where(PasskeyRow.account_id == account_id)
        .order_by(PasskeyRow.passkey_id)
        .limit(MOST_PASSKEYS)
    )
    return [_passkey(row) for row in rows]


def find_passkey(session: Session, credential_id: bytes) -> tuple[Account, Passkey] | None:
    """Return a passkey and whose it is."""
    row = session.execute(
        select(AccountRow, PasskeyRow)
        .join(PasskeyRow, PasskeyRow.account_id == AccountRow.account_id)
        .where(PasskeyRow.credential_id == credential_id)
    ).first()
    return None if row is None else (told(row[0]), _passkey(row[1]))


def add_passkey(
    session: Session,
    account_id: int,
    *,
    credential_id: bytes,
    public_key: bytes,
    sign_count: int,
    transports: list[str],
    name: str,
    now: datetime,
) -> None:
    """Keep another passkey.

    Raises:
        Refused: it is somebody's already, or there are too many.
    """
    if len(passkeys(session, account_id)) >= MOST_PASSKEYS:
        msg = sentence(
            "There are %(most_passkeys)s passkeys already. Remove one that is used no more.",
            most_passkeys=MOST_PASSKEYS,
        )
        raise Refused(msg)
    row = PasskeyRow(
        account_id=account_id,
        credential_id=credential_id,
        public_key=public_key,
        sign_count=sign_count,
        transports=transports,
        name=name,
        added_at=now,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        msg = sentence("This passkey is in use already.")
        raise Refused(msg) from None


def used_passkey(
    session: Session, passkey_id: int, *, sign_count: int, asked_at: datetime, now: datetime
) -> bool:
    """Keep that a passkey was used, and how often it says it was.

    False if it was used, or removed, since it was asked to sign: nobody may repeat what it signed.
    """
    kept = session.execute(
        update(PasskeyRow)
        .where(PasskeyRow.passkey_id == passkey_id)
        .where(PasskeyRow.used_at.is_(None) | (PasskeyRow.used_at <= asked_at))
        .values(sign_count=sign_count, used_at=now)
        .returning(PasskeyRow.passkey_id)
        .execution_options(synchronize_session=False)
    )
    return kept.first() is not None


def remove_passkey(session: Session, account_id: int, passkey_id: int) -> str | None:
    """Take a passkey of an account away, and return what it was called; None if it was gone."""
    removed = session.execute(
        delete(PasskeyRow)
        .where(PasskeyRow.account_id == account_id)
        .where(PasskeyRow.passkey_id == passkey_id)
        .returning(PasskeyRow.name)
    )
    return removed.scalar()


def _passkey(row: PasskeyRow) -> Passkey:
    return Passkey(
        passkey_id=row.passkey_id,
        credential_id=row.credential_id,
        public_key=row.public_key,
        sign_count=row.sign_count,
        transports=tuple(row.transports),
        name=row.name,
        added_at=row.added_at,
        used_at=row.used_at,
    )
