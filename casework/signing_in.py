"""Signing in: attempts are counted, what was used is used up, and the audit chain is told."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from domain.entering import (
    FREE_FAILURES,
    FREE_FAILURES_OF_AN_ADDRESS,
    Entered,
    LinkPurpose,
    code_digest,
    told_of,
)
from domain.errors import Refused
from domain.sentence import sentence
from storage import account_sessions, accounts, audit, credentials, entry_attempts, entry_links
from storage.account_sessions import Limits
from storage.accounts import Account

NOBODY: Final = "nobody signed in"
"""Who acts, in the audit chain, before it is known who it is."""

_NO_ACCOUNT: Final = "no account"


@dataclass(frozen=True, slots=True)
class Tried:
    """Whom, or what, attempts are counted for: an account or a device, and an address."""

    account: str | None
    address: str

    @property
    def allowed(self) -> Mapping[str, int]:
        """How many failures cost no waiting."""
        of_address = {self.address: FREE_FAILURES_OF_AN_ADDRESS}
        return of_address if self.account is None else {self.account: FREE_FAILURES, **of_address}


def tried(
    secret: bytes, *, what: str, name: str | None, address: str, device: str | None = None
) -> Tried:
    """Name what attempts at something are counted for, without telling what was typed.

    Whoever has signed in with a browser before is counted for that browser: a stranger who tries
    her name all night cannot keep her out. What nobody can guess has no name: it is counted for
    the address alone, so that nobody can hold up everybody else.
    """
    whose = None
    if name is not None:
        whom = f"account {name.strip().lower()}" if device is None else f"device {device}"
        whose = _keyed(secret, f"{what} of {whom}")
    return Tried(whose, _keyed(secret, f"address {address}"))


def begin_attempt(session: Session, tried: Tried, *, now: datetime) -> timedelta:
    """Count an attempt before it is made; return how long to wait instead, if so."""
    return entry_attempts.count(session, tried.allowed, now=now)


def failed(session: Session, tried: Tried, *, account: Account | None, now: datetime) -> None:
    """Say that an attempt was in vain: the audit chain is told of the first wait and its doublings.

    An entry holds a count and, if there is one, the account; never what was typed.
    """
    for subject, free in tried.allowed.items():
        count = entry_attempts.failures(session, subject)
        if not told_of(count, free):
            continue
        of_address = subject == tried.address
        audit.append(
            session,
            now=now,
            actor=NOBODY,
            action="sign-in failed",
            subject=_NO_ACCOUNT if account is None or of_address else account.name,
            details={"attempts": count, "counted for": "address" if of_address else "account"},
        )


def succeeded(session: Session, tried: Tried) -> int:
    """Forget the attempts of whoever proved who she is; return how many were in vain before."""
    entry_attempts.take_back(session, tried.address)
    if tried.account is None:
        return 0
    return max(0, entry_attempts.forget(session, tried.account) - 1)


def enter(
    session: Session,
    account: Account,
    *,
    entered_with: Entered,
    device: str,
    limits: Limits,
    now: datetime,
    failed_before: int = 0,
) -> str:
    """Sign somebody in and return the token of her session.

    Raises:
        Refused: her account was disabled, or what she signs in with changed, meanwhile.
    """
    present = accounts.by_id(session, account.account_id)
    if present is None or not present.active or present.session_key != account.session_key:
        msg = sentence("Your account was changed meanwhile. Sign in again.")
        raise Refused(msg)
    account_sessions.sweep(session, limits=limits, now=now)
    token = account_sessions.begin(
        session, account.account_id, entered_with=entered_with, device=device, now=now
    )
    accounts.set_entered(session, account.account_id, now=now)
    details: dict[str, str | int] = {"with": entered_with.value}
    if failed_before:
        details["failed before"] = failed_before
    audit.append(
        session,
        now=now,
        actor=account.name,
        action="signed in",
        subject=account.name,
        details=details,
    )
    return token


def use_visit(session: Session, code: str, *, now: datetime) -> Account | None:
    """Use up the code of a visit to a practice installation; None if it is none."""
    found = entry_links.find(session, code_digest(code), now=now)
    if found is None or found[1] is not LinkPurpose.VISIT:
        return None
    account = accounts.by_id(session, found[0])
    if account is None or not account.practice:
        return None
    return account if entry_links.use(session, code_digest(code), now=now) else None


def owner_of_code(
    session: Session, code: str, *, now: datetime
) -> tuple[Account, LinkPurpose] | None:
    """Return whose a one-time code is, without using it up."""
    found = entry_links.find(session, code_digest(code), now=now)
    if found is None:
        return None
    account = accounts.by_id(session, found[0])
    return None if account is None else (account, found[1])


def choose_first_password(
    session: Session, account: Account, *, digest: str, password_hash: str, now: datetime
) -> Account:
    """Use a one-time code up and keep the password that was chosen with it.

    Raises:
        Refused: the code was used meanwhile, or is too old now.
    """
    if not entry_links.use(session, digest, now=now):
        msg = sentence("This code was used already or is too old. Ask for a new one.")
        raise Refused(msg)
    credentials.set_password(session, account.account_id, password_hash)
    return _changed(session, account, "password set", now)


def link_provider(session: Session, account: Account, subject: str, *, now: datetime) -> bool:
    """Remember who somebody is at the sign-in provider, the first time that she comes from there.

    False if somebody else came from there under this name before: it is not she.
    """
    if not credentials.set_provider_subject(session, account.account_id, subject):
        return False
    _changed(session, account, "sign-in provider linked", now)
    return True


def end_session(session: Session, account: Account, session_id: int, *, now: datetime) -> bool:
    """End one of somebody's sessions; False if it was over."""
    ended = account_sessions.end(session, account.account_id, session_id)
    if ended:
        _changed(session, account, "signed out", now)
    return ended


def end_other_sessions(session: Session, account: Account, *, keep: int, now: datetime) -> int:
    """End all of somebody's sessions but one, and return how many."""
    ended = account_sessions.end_all(session, account.account_id, but=keep)
    if ended:
        _changed(session, account, "signed out elsewhere", now)
    return ended


def _changed(session: Session, account: Account, what: str, now: datetime) -> Account:
    audit.append(session, now=now, actor=account.name, action=what, subject=account.name)
    present = accounts.by_id(session, account.account_id)
    return account if present is None else present


def _keyed(secret: bytes, text: str) -> str:
    return hmac.new(secret, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
