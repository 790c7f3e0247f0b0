"""Proving who somebody is: her password, her authenticator's code, a recovery code.

Hashing, codes and encryption are Flask-Security's. How often somebody may try is counted before.
"""

import base64
import logging
import re
from functools import cache
from threading import BoundedSemaphore
from typing import Any, Final

import qrcode
from flask import current_app
from flask_security import hash_password, verify_password
from flask_security.totp import Totp
from qrcode.image.svg import SvgPathFillImage

from casework import keeping_credentials
from console.surroundings import now, reading, writing
from domain.entering import Entered
from storage import credentials
from storage.accounts import Account
from storage.credentials import Credentials

_log = logging.getLogger("vigil.console")

_CLOCK_SECONDS: Final = 30
"""How far the clock of somebody's telephone may be off."""

_HASHES_AT_ONCE: Final = BoundedSemaphore(2)
"""Each takes 64 MB on purpose: whoever tries passwords is not to take all the memory there is."""

_SOME_PASSWORD: Final = "nobody has this one"  # noqa: S105 - nobody does


class Authenticator(Totp):
    """Says which code it was: that each is used once, the database sees to for all processes."""

    def set_last_counter(self, user: Any, tmatch: Any) -> None:
        """Note which code was used now."""
        user.counter = tmatch.counter


class _Codes:
    """Whose codes Flask-Security looks at, and which one of her authenticator's it was."""

    def __init__(self, recovery_codes: list[str] | None = None) -> None:
        self.counter: int | None = None
        self.mf_recovery_codes = recovery_codes or []


def hashed(password: str) -> str:
    """Hash a password for keeping."""
    with _HASHES_AT_ONCE:
        made: str = hash_password(_normalized(password))
    return made


def is_password(password: str, known: Credentials | None) -> bool:
    """Say whether it is somebody's password; it takes as long where there is nobody, or none."""
    kept = None if known is None else known.password_hash
    compared = kept or _hash_of_nobody()
    with _HASHES_AT_ONCE:
        right: bool = verify_password(_normalized(password), compared)
    return right and kept is not None


def new_authenticator() -> str:
    """Make an authenticator's secret, encrypted."""
    made: str = _totp().generate_totp_secret()
    return made


def authenticator_facts(account: Account, totp: str) -> dict[str, str]:
    """Return what an authenticator app is told: as an image of squares, and as letters."""
    app = _totp()
    return {
        "image": _squares(app.get_totp_uri(account.name, totp)),
        "letters": app.get_totp_pretty_key(totp),
        "uri": app.get_totp_uri(account.name, totp),
    }


def _squares(text: str) -> str:
    """Draw a text as a square code: one path, and so a tenth of what the library's default is."""
    drawn = qrcode.make(text, image_factory=SvgPathFillImage).to_string()
    return f"data:image/svg+xml;base64,{base64.b64encode(drawn).decode()}"


def counter_of(code: str, totp: str) -> int | None:
    """Return which code of an authenticator it is; None if it is none of now."""
    digits = re.sub(r"\s", "", code)
    whose = _Codes()
    try:
        if not _totp().verify_totp(digits, totp, whose, window=_CLOCK_SECONDS):
            return None
    except (ValueError, KeyError, TypeError):
        # What the secret was encrypted with is not there any more: a reset helps.
        _log.error("an authenticator cannot be read: was the console's secret replaced?")
        return None
    return whose.counter


def use_code(account: Account, code: str) -> bool:
    """Use a code of somebody's authenticator; False if it is wrong or was used before."""
    with reading() as session:
        known = credentials.of_account(session, account.account_id)
    if known.totp is None:
        return False
    counter = counter_of(code, known.totp)
    if counter is None:
        return False
    with writing() as session:
        return credentials.used_totp(session, account.account_id, counter)


def new_recovery_codes(account: Account) -> list[str]:
    """Make recovery codes, keep them encrypted, and return them to be shown once."""
    whose = _Codes()
    made: list[str] = _recovery().create_recovery_codes(whose)
    with writing() as session:
        keeping_credentials.renew_recovery_codes(
            session, account, codes=tuple(whose.mf_recovery_codes), now=now()
        )
    return made


def use_recovery_code(account: Account, code: str) -> bool:
    """Use one of somebody's recovery codes up; False if it is none, or was used before."""
    signs = re.sub(r"[^0-9a-f]", "", code.lower())
    plain = "-".join(signs[at : at + 4] for at in range(0, len(signs), 4))
    with reading() as session:
        known = credentials.of_account(session, account.account_id)
    for kept in known.recovery_codes:
        if _recovery().check_recovery_code(_Codes([kept]), plain):
            with writing() as session:
                return keeping_credentials.use_recovery_code(session, account, kept, now=now())
    return False


def second_factors(account: Account) -> tuple[Entered, ...]:
    """Return what somebody can prove herself with besides her password."""
    with reading() as session:
        has_passkey = bool(credentials.passkeys(session, account.account_id))
    return tuple(
        factor
        for factor, there in (
            (Entered.PASSWORD_AND_CODE, account.has_totp),
            (Entered.PASSWORD_AND_PASSKEY, has_passkey),
        )
        if there
    )


@cache
def _hash_of_nobody() -> str:
    return hashed(_SOME_PASSWORD)


def _normalized(password: str) -> str:
    normal: str = current_app.extensions["security"].password_util.normalize(password)
    return normal


def _totp() -> Any:
    return current_app.extensions["security"].totp_factory


def _recovery() -> Any:
    return current_app.extensions["security"].mf_recovery_codes_util
