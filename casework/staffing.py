"""Staffing: letting people in to work here, as what, and out again. The audit chain is told."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from domain.entering import LinkPurpose
from domain.errors import Refused
from domain.permission import Role
from domain.sentence import sentence
from storage import account_sessions, accounts, audit, credentials, entry_links
from storage.accounts import Account
from storage.audit import JsonValue


@dataclass(frozen=True, slots=True)
class Invited:
    """An account, and the one-time code that it is entered with the first time."""

    account: Account
    code: str = field(repr=False)


def add(
    session: Session, name: str, roles: Collection[Role], *, actor: str, now: datetime
) -> Invited:
    """Make an account, and a one-time code for the person to set it up with.

    Raises:
        InvalidInput: no role is given, or the name cannot be one.
        Refused: there is one of that name.
    """
    account = accounts.add(session, name, roles, now=now)
    code = entry_links.issue(session, account.account_id, LinkPurpose.SET_UP, now=now)
    _tell(session, account, "account added", actor, now, {"roles": list(account.roles)})
    return Invited(account, code)


def set_roles(
    session: Session,
    name: str,
    roles: Collection[Role],
    *,
    actor: str,
    now: datetime,
    person: Account | None = None,
) -> Account:
    """Let somebody work as something else, from her next click on.

    Args:
        session: a writing one.
        name: her account's.
        roles: all that she is to have.
        actor: who is named in the audit chain.
        now: the present moment.
        person: who asks in the console; None on the command line.

    Raises:
        NotFound: there is no such account.
        InvalidInput: no role is given.
        Refused: it is the account of whoever asks.
    """
    account = _others(session, name, person)
    before = account.roles
    accounts.set_roles(session, account.account_id, roles)
    changed = accounts.get(session, name)
    if changed.roles != before:
        details = {"before": list(before), "now": list(changed.roles)}
        _tell(session, account, "roles changed", actor, now, details)
    return changed


def disable(
    session: Session, name: str, *, actor: str, now: datetime, person: Account | None = None
) -> Account:
    """Let somebody in no more; wherever she is signed in, she is out at once.

    Raises:
        NotFound: there is no such account.
        Refused: it is the account of whoever asks, or it is disabled already.
    """
    account = _others(session, name, person)
    if not account.active:
        msg = sentence("%(name)s is disabled already.", name=account.name)
        raise Refused(msg)
    accounts.set_active(session, account.account_id, active=False)
    credentials.renew_key(session, account.account_id)
    account_sessions.end_all(session, account.account_id)
    entry_links.revoke(session, account.account_id)
    _tell(session, account, "account disabled", actor, now)
    return account


def enable(
    session: Session, name: str, *, actor: str, now: datetime, person: Account | None = None
) -> Account:
    """Let somebody in again, with what she signed in with before.

    Raises:
        NotFound: there is no such account.
        Refused: it is not disabled.
    """
    account = _others(session, name, person)
    if account.active:
        msg = sentence("%(name)s is not disabled.", name=account.name)
        raise Refused(msg)
    accounts.set_active(session, account.account_id, active=True)
    _tell(session, account, "account enabled", actor, now)
    return account


def reset(
    session: Session, name: str, *, actor: str, now: datetime, person: Account | None = None
) -> Invited:
    """Take away all that somebody signs in with, sign her out, and make a new one-time code.

    Raises:
        NotFound: there is no such account.
        Refused: it is the account of whoever asks, or it is disabled.
    """
    account = _others(session, name, person)
    if not account.active:
        msg = sentence(
            "%(name)s is disabled. Enable the account first, then reset it.",
            name=account.name,
        )
        raise Refused(msg)
    credentials.forget_all(session, account.account_id)
    account_sessions.end_all(session, account.account_id)
    code = entry_links.issue(session, account.account_id, LinkPurpose.SET_UP, now=now)
    _tell(session, account, "sign-in reset", actor, now)
    return Invited(accounts.get(session, name), code)


def _others(session: Session, name: str, person: Account | None) -> Account:
    account = accounts.get(session, name)
    if person is not None and person.account_id == account.account_id:
        msg = sentence(
            "Nobody changes her own roles, or disables or resets herself: so there is always "
            "somebody left who can. Ask another supervisor.",
        )
        raise Refused(msg)
    return account


def _tell(
    session: Session,
    account: Account,
    action: str,
    actor: str,
    now: datetime,
    details: Mapping[str, JsonValue] | None = None,
) -> None:
    audit.append(
        session, now=now, actor=actor, action=action, subject=account.name, details=details
    )
