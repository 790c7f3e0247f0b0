"""Signing in: with what, how long it lasts, and how long to wait after failing. Pure rules."""

import hashlib
import re
import secrets
from datetime import timedelta
from enum import StrEnum
from typing import Final

from domain.errors import InvalidInput
from domain.sentence import sentence

LINK_LASTS: Final = timedelta(hours=24)
"""How long a one-time code can be used."""

HALFWAY_LASTS: Final = timedelta(minutes=15)
"""How long somebody may take between her password and what comes after it."""

CONFIRMED_LASTS: Final = timedelta(minutes=10)
"""How long a proof that it is still she who sits there counts."""

FORGOTTEN_AFTER: Final = timedelta(hours=1)
"""Failures count no more once none was added for so long."""

FREE_FAILURES: Final = 4
"""Failures of one account or device that cost no waiting: people mistype."""

FREE_FAILURES_OF_AN_ADDRESS: Final = 20
"""The same for one address, which a whole office may share."""

LONGEST_WAIT: Final = timedelta(minutes=15)
"""Nobody is locked out for longer, whatever somebody else tries."""

_FIRST_WAIT: Final = timedelta(seconds=5)
_CODE_BYTES: Final = 15
_SIGNS: Final = "ABCDEFGHJKMNPQRSTVWXYZ0123456789"
_GROUP: Final = 4
_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?")


class Entered(StrEnum):
    """What somebody signed in with."""

    PASSWORD_AND_CODE = "password+code"  # noqa: S105 - no password
    PASSWORD_AND_PASSKEY = "password+passkey"  # noqa: S105
    PASSWORD_AND_RECOVERY = "password+backup"  # noqa: S105
    PASSKEY = "passkey"
    PROVIDER = "provider"
    VISIT = "visit"


class LinkPurpose(StrEnum):
    """What a one-time code lets somebody do."""

    SET_UP = "set up"
    VISIT = "visit"


def wait_after(failures: int, free: int = FREE_FAILURES) -> timedelta:
    """Return how long to wait after so many failures in a row: twice as long each time."""
    beyond = failures - free
    if beyond <= 0:
        return timedelta()
    # Past ten doublings it is the longest anyway; a greater power would overflow.
    doubled: int = 2 ** min(beyond, 10)
    return min(LONGEST_WAIT, _FIRST_WAIT * doubled)


def told_of(failures: int, free: int = FREE_FAILURES) -> bool:
    """Say whether the audit chain is told of so many: of the first wait, and of each doubling.

    An entry for each of them would let a stranger fill the chain.
    """
    first = free + 1
    return failures >= first and failures % first == 0 and (failures // first).bit_count() == 1


def account_name(text: str) -> str:
    """Return the name of an account as it is kept, in small letters.

    Raises:
        InvalidInput: it could not be typed at every keyboard, or told apart from others.
    """
    name = text.strip().lower()
    if not _NAME.fullmatch(name):
        msg = sentence(
            "%(text)r cannot be an account's name: it takes up to 64 letters from a to z, digits, "
            "and dots, hyphens or underscores between them.",
            text=text,
        )
        raise InvalidInput(msg)
    return name


def new_code() -> str:
    """Make a one-time code: 120 random bits in groups that can be read out."""
    number = int.from_bytes(secrets.token_bytes(_CODE_BYTES))
    signs = "".join(_SIGNS[number >> shift & 31] for shift in range(0, _CODE_BYTES * 8, 5))
    return "-".join(signs[at : at + _GROUP] for at in range(0, len(signs), _GROUP))


def code_digest(code: str) -> str:
    """Return what is kept of a one-time code, however its groups and letters are written."""
    plain = re.sub(r"[^A-Z0-9]", "", code.upper().replace("O", "0").replace("I", "1"))
    return hashlib.sha256(plain.replace("L", "1").encode()).hexdigest()


def one_time_link(console_url: str, code: str) -> str:
    """Return the address that a one-time code is used at.

    The code stands behind a ``#``: browsers send that to nobody, so it is in no log of a proxy.
    """
    return f"{console_url.rstrip('/')}/enter/first#{code}"
