"""What somebody signs in with, as she keeps it herself: each change is told to the audit chain."""

from datetime import datetime

from sqlalchemy.orm import Session

from domain.errors import Refused
from domain.sentence import sentence
from storage import account_sessions, accounts, audit, credentials, entry_links
from storage.accounts import Account
from storage.credentials import Passkey


def change_password(
    session: Session, account: Account, *, password_hash: str, keep: int, now: datetime
) -> int:
    """Keep another password, end every other session, and return how many those were."""
    credentials.set_password(session, account.account_id, password_hash)
    ended = account_sessions.end_all(session, account.account_id, but=keep)
    entry_links.revoke(session, account.account_id)
    _changed(session, account, "password changed", now)
    return ended


def check_unguarded(session: Session, account: Account) -> None:
    """Refuse a first second factor where there is one: a password alone is not to replace it.

    Raises:
        Refused: there is one, or what she signs in with changed meanwhile.
    """
    present = accounts.by_id(session, account.account_id, alone=True)
    if (
        present is None
        or present.session_key != account.session_key
        or present.has_totp
        or credentials.passkeys(session, account.account_id)
    ):
        msg = sentence("Your account has a second factor by now. Sign in again, with that.")
        raise Refused(msg)


def set_up_totp(
    session: Session, account: Account, *, totp: str, counter: int, now: datetime
) -> None:
    """Keep an authenticator whose first code was right."""
    credentials.set_totp(session, account.account_id, totp, counter)
    _changed(session, account, "authenticator set up", now)


def remove_totp(session: Session, account: Account, *, now: datetime) -> None:
    """Take an authenticator away.

    Raises:
        Refused: nothing else would guard the account.
    """
    if not credentials.passkeys(session, account.account_id):
        msg = sentence(
            "This is your only second factor. Add a passkey first; then this one can go.",
        )
        raise Refused(msg)
    credentials.set_totp(session, account.account_id, None, None)
    _changed(session, account, "authenticator removed", now)


def add_passkey(
    session: Session,
    account: Account,
    *,
    credential_id: bytes,
    public_key: bytes,
    sign_count: int,
    transports: list[str],
    name: str,
    now: datetime,
) -> None:
    """Keep a passkey that has just proved itself.

    Raises:
        Refused: it is in use already, or there are too many.
    """
    credentials.add_passkey(
        session,
        account.account_id,
        credential_id=credential_id,
        public_key=public_key,
        sign_count=sign_count,
        transports=transports,
        name=name,
        now=now,
    )
    _changed(session, account, "passkey added", now)


def remove_passkey(session: Session, account: Account, passkey_id: int, *, now: datetime) -> str:
    """Take a passkey away and return what it was called.

    Raises:
        Refused: it is gone already, or nothing else would guard the account.
    """
    left = [
        key
        for key in credentials.passkeys(session, account.account_id)
        if key.passkey_id != passkey_id
    ]
    if not left and not account.has_totp:
        msg = sentence(
            "This is your only second factor. Set up an authenticator first; then it can go.",
        )
        raise Refused(msg)
    name = credentials.remove_passkey(session, account.account_id, passkey_id)
    if name is None:
        msg = sentence("This passkey was removed already.")
        raise Refused(msg)
    _changed(session, account, "passkey removed", now)
    return name


def used_passkey(
    session: Session, passkey: Passkey, *, sign_count: int, asked_at: datetime, now: datetime
) -> bool:
    """Keep that a passkey was used; False if it was, since it was asked to sign for this."""
    return credentials.used_passkey(
        session, passkey.passkey_id, sign_count=sign_count, asked_at=asked_at, now=now
    )


def renew_recovery_codes(
    session: Session, account: Account, *, codes: tuple[str, ...], now: datetime
) -> None:
    """Keep new recovery codes, encrypted; the old ones are void."""
    credentials.set_recovery_codes(session, account.account_id, codes)
    _changed(session, account, "recovery codes made", now)


def use_recovery_code(session: Session, account: Account, code: str, *, now: datetime) -> bool:
    """Use one encrypted recovery code up; False if somebody else just did."""
    if not credentials.use_recovery_code(session, account.account_id, code):
        return False
    _changed(session, account, "recovery code used", now)
    return True


def _changed(session: Session, account: Account, what: str, now: datetime) -> None:
    audit.append(session, now=now, actor=account.name, action=what, subject=account.name)
