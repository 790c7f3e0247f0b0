"""Browsers that people are signed in with. A cookie holds a token, the database its digest."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from domain.entering import Entered
from storage.account_tables import AccountRow, AccountSessionRow
from storage.accounts import Account, told


@dataclass(frozen=True, slots=True)
class AccountSession:
    """One browser that somebody is signed in with."""

    session_id: int
    device: str
    entered_with: Entered
    began_at: datetime
    seen_at: datetime
    confirmed_at: datetime


@dataclass(frozen=True, slots=True)
class Limits:
    """How long somebody stays signed in: at most, and while nothing is done."""

    longest: timedelta
    idle: timedelta


def begin(
    session: Session, account_id: int, *, entered_with: Entered, device: str, now: datetime
) -> str:
    """Sign somebody in, and return the token that her cookie is to hold."""
    token = secrets.token_urlsafe(32)
    session.add(
        AccountSessionRow(
            account_id=account_id,
            digest=_digest(token),
            device=device,
            entered_with=entered_with.value,
            began_at=now,
            seen_at=now,
            confirmed_at=now,
        )
    )
    session.flush()
    return token


def find(
    session: Session, token: str, *, limits: Limits, now: datetime
) -> tuple[Account, AccountSession] | None:
    """Return who is signed in with a token; None once that is over, or her account disabled."""
    row = session.execute(
        select(AccountRow, AccountSessionRow)
        .join(AccountSessionRow, AccountSessionRow.account_id == AccountRow.account_id)
        .where(AccountSessionRow.digest == _digest(token))
        .where(AccountSessionRow.began_at > now - limits.longest)
        .where(AccountSessionRow.seen_at > now - limits.idle)
        .where(AccountRow.active.is_(True))
    ).first()
    return None if row is None else (told(row[0]), _session(row[1]))


def of_account(
    session: Session, account_id: int, *, limits: Limits, now: datetime
) -> list[AccountSession]:
    """Return where somebody is signed in, what was used last first."""
    rows = session.scalars(
        select(AccountSessionRow)
        .where(AccountSessionRow.account_id == account_id)
        .where(AccountSessionRow.began_at > now - limits.longest)
        .where(AccountSessionRow.seen_at > now - limits.idle)
        .order_by(AccountSessionRow.seen_at.desc(), AccountSessionRow.account_session_id)
        .limit(50)
    )
    return [_session(row) for row in rows]


def saw(session: Session, session_id: int, *, now: datetime) -> None:
    """Keep that somebody just did something."""
    _change(session, session_id, seen_at=now)


def confirmed(session: Session, session_id: int, *, now: datetime) -> None:
    """Keep that somebody just proved that it is she."""
    _change(session, session_id, confirmed_at=now, seen_at=now)


def end(session: Session, account_id: int, session_id: int) -> bool:
    """End one session of an account; False if it was over."""
    ended = session.execute(
        delete(AccountSessionRow)
        .where(AccountSessionRow.account_id == account_id)
        .where(AccountSessionRow.account_session_id == session_id)
        .returning(AccountSessionRow.account_session_id)
    )
    return ended.first() is not None


def end_all(session: Session, account_id: int, *, but: int | None = None) -> int:
    """End every session of an account but one, and return how many."""
    ended = session.execute(
        delete(AccountSessionRow)
        .where(AccountSessionRow.account_id == account_id)
        .where(AccountSessionRow.account_session_id != (-1 if but is None else but))
        .returning(AccountSessionRow.account_session_id)
    )
    return len(ended.all())


def sweep(session: Session, *, limits: Limits, now: datetime) -> None:
    """Forget the sessions that are over."""
    session.execute(
        delete(AccountSessionRow).where(
            (AccountSessionRow.began_at <= now - limits.longest)
            | (AccountSessionRow.seen_at <= now - limits.idle)
        )
    )


def _change(session: Session, session_id: int, **moments: datetime) -> None:
    session.execute(
        update(AccountSessionRow)
        .where(AccountSessionRow.account_session_id == session_id)
        .values(**moments)
    )


def _session(row: AccountSessionRow) -> AccountSession:
    return AccountSession(
        session_id=row.account_session_id,
        device=row.device,
        entered_with=Entered(row.entered_with),
        began_at=row.began_at,
        seen_at=row.seen_at,
        confirmed_at=row.confirmed_at,
    )


def _digest(token: str) -> str:
    # A plain digest does: the token is 256 random bits, nothing that could be guessed.
    return hashlib.sha256(token.encode()).hexdigest()
