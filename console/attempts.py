"""Attempts to prove who somebody is: counted for her account or browser, and for her address."""

import ipaddress
import secrets
from datetime import timedelta
from typing import Any, Final

from flask import Flask, Response, current_app, g, request
from flask_babel import gettext as _
from itsdangerous import BadSignature, URLSafeTimedSerializer

from casework import signing_in
from casework.signing_in import Tried
from console.layout import since
from console.surroundings import now, writing
from storage.accounts import Account

TOO_MANY: Final = 429

_COOKIE: Final = "device"
_LASTS: Final = 90 * 24 * 3600
_NETWORK_BITS: Final = 64
"""Of an IPv6 address: a household has so many that each attempt could come from another one."""


def begin(name: str | None, what: str = "password") -> tuple[Tried, str | None]:
    """Count an attempt for an account before it is made; the words say why it is not to be.

    ``what`` is counted by itself: the six digits of a code are few. Without a name it is counted
    for the address alone.
    """
    device = None if name is None else _known_device(name.strip().lower())
    tried = signing_in.tried(_key(), what=what, name=name, address=_address(), device=device)
    with writing() as session:
        left = signing_in.begin_attempt(session, tried, now=now())
    if left <= timedelta():
        return tried, None
    words = _(
        "Too many attempts that failed. Nothing was tried now; try again in %(time)s.",
        time=since(left + timedelta(seconds=1)),
    )
    return tried, words


def failed(tried: Tried, account: Account | None) -> None:
    """Say that an attempt was in vain."""
    with writing() as session:
        signing_in.failed(session, tried, account=account, now=now())


def succeeded(tried: Tried) -> int:
    """Say that an attempt was not; return how many were in vain before."""
    with writing() as session:
        return signing_in.succeeded(session, tried)


def remember_device(account: Account) -> None:
    """Let this browser be counted by itself from now on: somebody has signed in with it."""
    g.remember_device = {"name": account.name, "device": secrets.token_hex(16)}


def apply(app: Flask) -> None:
    """Send the cookie that a known browser is told by."""

    @app.after_request
    def send(response: Response) -> Response:
        if "remember_device" in g:
            response.set_cookie(
                _cookie_name(),
                _serializer().dumps(g.remember_device),
                max_age=_LASTS,
                secure=current_app.config["SESSION_COOKIE_SECURE"],
                httponly=True,
                samesite="Lax",
            )
        return response


def _known_device(name: str) -> str | None:
    try:
        kept: Any = _serializer().loads(request.cookies.get(_cookie_name(), ""), max_age=_LASTS)
    except BadSignature:
        return None
    return str(kept["device"]) if kept["name"] == name else None


def _address() -> str:
    text = request.remote_addr or ""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return text
    if address.version == 4 or (mapped := getattr(address, "ipv4_mapped", None)):  # noqa: PLR2004
        return str(address if address.version == 4 else mapped)  # noqa: PLR2004
    return str(ipaddress.ip_network((text, _NETWORK_BITS), strict=False))


def _cookie_name() -> str:
    return "__Host-vigil-device" if current_app.config["SESSION_COOKIE_SECURE"] else "vigil-device"


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="a known device")


def _key() -> bytes:
    key: bytes = current_app.config["SECRET_KEY"]
    return b"attempts to sign in: " + key
