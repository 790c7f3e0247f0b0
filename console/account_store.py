"""Accounts as Flask-Security sees them, and its hashing, codes and sessions for our own pages.

Flask-Security's own pages stay off: they ask for mail addresses, bring scripts inside the page and
write by themselves. What changes an account is done by ``casework``, with its audit entry.
"""

import base64
from datetime import timedelta
from typing import Any, Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import Flask
from flask_security import RoleMixin, Security, UserMixin
from flask_security.datastore import UserDatastore

from config import Config
from console.proving import Authenticator
from console.surroundings import config, now, reading
from storage import account_sessions
from storage.account_sessions import AccountSession, Limits
from storage.accounts import Account

ISSUER: Final = "Vigil"
"""What an authenticator app calls us."""

RECOVERY_CODES: Final = 10


class User(UserMixin):
    """Whoever is signed in, with the browser that she is signed in with."""

    fs_uniquifier: str = ""

    def __init__(self, account: Account, session: AccountSession | None, token: str) -> None:
        self.account = account
        self.session = session
        self.id = account.account_id
        self.username = account.name
        self.active = account.active
        self.fs_uniquifier = token
        self.roles: list[Any] = []  # what somebody may do is asked of her account
        self.mf_recovery_codes: list[str] = []


class AccountStore(UserDatastore):
    """Finds who is signed in. It writes nothing."""

    def __init__(self) -> None:
        super().__init__(User, RoleMixin)

    def find_user(self, case_insensitive: bool = False, **wanted: Any) -> User | None:
        """Return who is signed in with the token of a cookie."""
        token = wanted.get("fs_uniquifier")
        if not token:
            return None
        with reading() as session:
            found = account_sessions.find(session, token, limits=limits(config()), now=now())
        return None if found is None else User(*found, token)

    def find_role(self, role: str) -> None:
        """Find none: roles are ours."""

    def put(self, model: Any) -> Any:
        """Keep nothing by itself."""
        return model


def limits(settings: Config) -> Limits:
    """Return how long somebody stays signed in here."""
    return Limits(
        longest=timedelta(hours=settings.console_hours),
        idle=timedelta(minutes=settings.console_idle_minutes),
    )


def apply(app: Flask, secret: bytes) -> Security:
    """Give an application Flask-Security, without its pages."""
    app.config.update(
        SECURITY_PASSWORD_HASH="argon2",  # noqa: S106 - argon2id, as argon2-cffi has it
        SECURITY_PASSWORD_SCHEMES=["argon2"],
        SECURITY_DEPRECATED_PASSWORD_SCHEMES=[],
        # Passwords are keyed besides: who has the database alone cannot even try.
        SECURITY_PASSWORD_SALT=_derived(secret, "passwords"),
        SECURITY_TWO_FACTOR=True,
        SECURITY_TWO_FACTOR_ENABLED_METHODS=["authenticator"],
        SECURITY_TOTP_SECRETS={"1": _derived(secret, "authenticators")},
        SECURITY_TOTP_ISSUER=ISSUER,
        SECURITY_MULTI_FACTOR_RECOVERY_CODES=True,
        SECURITY_MULTI_FACTOR_RECOVERY_CODES_N=RECOVERY_CODES,
        SECURITY_MULTI_FACTOR_RECOVERY_CODES_KEYS=[_derived(secret, "recovery codes").encode()],
        SECURITY_CLI_USERS_NAME=False,
        SECURITY_CLI_ROLES_NAME=False,
        # What somebody may do from another address is what she may do from hers.
        SESSION_PROTECTION=None,
    )
    security = Security(app, AccountStore(), register_blueprint=False, totp_cls=Authenticator)
    security.principal.skip_static = True  # nobody is asked for on account of a style
    # Nobody is signed in by a header or by an address: by the session alone.
    app.login_manager.request_loader(lambda _: None)  # type: ignore[attr-defined]
    return security


def _derived(secret: bytes, purpose: str) -> str:
    # One secret for each purpose, so that none can be had from another.
    made = HKDF(SHA256(), 32, salt=None, info=f"vigil console: {purpose}".encode())
    return base64.urlsafe_b64encode(made.derive(secret)).decode()
