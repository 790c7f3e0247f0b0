"""Passkeys: what a browser is asked to make or to sign with, and whether its answer is right.

The cryptography is py_webauthn's. A challenge is used once and lasts five minutes.
"""

import json
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import webauthn
from flask import current_app, request, session
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, options_to_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from console.account_store import ISSUER
from console.surroundings import config, now
from storage.accounts import Account
from storage.credentials import Credentials, Passkey

_NAME: Final = "challenge"
_LASTS: Final = timedelta(minutes=5)

# Whatever py_webauthn meets in what a browser sent: it may be anything.
_NOT_RIGHT: Final = (WebAuthnException, ValueError, KeyError, TypeError)


def creation_options(account: Account, known: Credentials, keys: list[Passkey]) -> str:
    """Return, as JSON, what a browser is asked to make a passkey for."""
    options = webauthn.generate_registration_options(
        rp_id=_host(),
        rp_name=ISSUER,
        user_name=account.name,
        user_id=known.passkey_handle,
        challenge=_new_challenge("make"),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED,
            user_verification=UserVerificationRequirement.PREFERRED,
        ),
        exclude_credentials=[_described(key) for key in keys],
    )
    return options_to_json(options)


def made(answer: dict[str, Any]) -> VerifiedRegistration | None:
    """Return the passkey that a browser made; None if it is not what was asked for."""
    challenge = _challenge("make")
    if challenge is None:
        return None
    try:
        return webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=_host(),
            expected_origin=_origin(),
        )
    except _NOT_RIGHT:
        return None


def signing_options(keys: list[Passkey], *, alone: bool) -> str:
    """Return, as JSON, what a browser is asked to sign.

    Args:
        keys: those of whoever it is; none while that is not known.
        alone: whether nothing but the passkey is asked for, so that it has to be unlocked.
    """
    options = webauthn.generate_authentication_options(
        rp_id=_host(),
        challenge=_new_challenge("alone" if alone else "second"),
        allow_credentials=[_described(key) for key in keys],
        user_verification=(
            UserVerificationRequirement.REQUIRED if alone else UserVerificationRequirement.PREFERRED
        ),
    )
    return options_to_json(options)


def credential_id(answer: dict[str, Any]) -> bytes:
    """Return which passkey a browser's answer says it is of; nothing if it does not say."""
    try:
        return base64url_to_bytes(str(answer["rawId"]))
    except _NOT_RIGHT:
        return b""


def new_sign_count(
    answer: dict[str, Any], key: Passkey, *, alone: bool
) -> tuple[int, datetime] | None:
    """Return how often a passkey says it was used, and when it was asked to sign.

    None if its signature is not right.
    """
    asked_at = _asked_at()
    challenge = _challenge("alone" if alone else "second")
    if challenge is None or asked_at is None:
        return None
    try:
        verified = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=_host(),
            expected_origin=_origin(),
            credential_public_key=key.public_key,
            credential_current_sign_count=key.sign_count,
            require_user_verification=alone,
        )
    except _NOT_RIGHT:
        return None
    return verified.new_sign_count, asked_at


def transports(answer: dict[str, Any]) -> list[str]:
    """Return how a new passkey says it can be reached."""
    known = {each.value for each in AuthenticatorTransport}
    response = answer.get("response")
    said = response.get("transports") if isinstance(response, dict) else None
    return sorted(known & {str(each) for each in said}) if isinstance(said, list) else []


def _described(key: Passkey) -> PublicKeyCredentialDescriptor:
    return PublicKeyCredentialDescriptor(
        id=key.credential_id,
        transports=[AuthenticatorTransport(each) for each in key.transports] or None,
    )


def _new_challenge(purpose: str) -> bytes:
    value = secrets.token_bytes(32)
    session[_NAME] = {
        "value": bytes_to_base64url(value),
        "purpose": purpose,
        "until": (now() + _LASTS).timestamp(),
    }
    return value


def _asked_at() -> datetime | None:
    kept: Any = session.get(_NAME)
    if not isinstance(kept, dict):
        return None
    return datetime.fromtimestamp(kept["until"], UTC) - _LASTS


def _challenge(purpose: str) -> bytes | None:
    kept: Any = session.pop(_NAME, None)
    if not isinstance(kept, dict) or kept["purpose"] != purpose:
        return None
    return base64url_to_bytes(kept["value"]) if now().timestamp() < kept["until"] else None


def _origin() -> str:
    # Behind a proxy, what people type is what the settings say; on this machine it is what they
    # typed, since localhost and 127.0.0.1 are both this.
    if current_app.config["SESSION_COOKIE_SECURE"] and config().console_https:
        return config().console_url
    return f"{request.scheme}://{request.host}"


def _host() -> str:
    return urlsplit(_origin()).hostname or ""


def read(text: bytes) -> dict[str, Any]:
    """Read what a script of ours sent; nothing if it is no JSON object."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
