"""Whoever is half-way through signing in: what she has proved, and what is still asked of her.

It is in her signed cookie, lasts a quarter of an hour, and is void once what she signs in with has
changed. It lets her see nothing.
"""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final

from flask import session

from console.local_path import FIRST_PAGE
from console.surroundings import now, reading
from domain.entering import HALFWAY_LASTS
from storage import accounts
from storage.accounts import Account

_NAME: Final = "halfway"


class Step(StrEnum):
    """What is asked of somebody next."""

    SECOND = "second factor"
    PASSWORD = "choose a password"  # noqa: S105 - no password
    FACTOR = "set up a second factor"


@dataclass(frozen=True, slots=True)
class Halfway:
    """How far somebody is."""

    account_id: int
    key: str
    step: Step
    since: float
    to: str = FIRST_PAGE
    code: str = ""
    """The digest of the one-time code that she came with."""

    failed_before: int = 0


def begin(account: Account, step: Step, *, to: str, code: str = "", failed_before: int = 0) -> None:
    """Keep how far somebody is, in place of all that her cookie held."""
    state = Halfway(
        account_id=account.account_id,
        key=account.session_key,
        step=step,
        since=now().timestamp(),
        to=to,
        code=code,
        failed_before=failed_before,
    )
    session.clear()
    session[_NAME] = asdict(state)


def current(*steps: Step) -> tuple[Halfway, Account] | None:
    """Return how far somebody is and who, if one of these steps is what is asked of her."""
    kept: Any = session.get(_NAME)
    if not isinstance(kept, dict):
        return None
    state = Halfway(**{**kept, "step": Step(kept["step"])})
    if state.step not in steps or now().timestamp() > state.since + HALFWAY_LASTS.total_seconds():
        return None
    with reading() as reader:
        account = accounts.by_id(reader, state.account_id)
    if account is None or not account.active or account.session_key != state.key:
        return None
    return state, account
