"""Signing in at an OpenID Connect provider, where the installation has one.

It is the provider that asks for a second factor then. It makes no account here: somebody's name
there has to be that of an account, and whose it was the first time is remembered.
"""

import logging
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import OAuth
from flask import Blueprint, Flask, current_app, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from joserfc.errors import JoseError

from casework import signing_in
from console.access import open_to_anyone
from console.entering import enter as let_in
from console.layout import say
from console.local_path import local_path
from console.surroundings import config, now, reading, writing
from domain.entering import Entered
from domain.errors import InvalidInput
from storage import accounts
from storage.accounts import Account

page = Blueprint("provider", __name__)

_log = logging.getLogger("vigil.console")

_PROVIDER: Final = "provider"
_TO: Final = "to after the provider"
_SECONDS: Final = 10


def name() -> str | None:
    """Return what the provider is called, its host; None where there is none."""
    issuer = config().oidc_issuer
    return None if issuer is None else urlsplit(issuer).hostname


@page.get("/enter/provider")
@open_to_anyone
def go() -> ResponseReturnValue:
    """Lead to the provider. By a link: browsers let no form of ours lead to another host."""
    if config().oidc_issuer is None:
        return redirect(url_for("sign_in.enter"))
    session[_TO] = local_path(request.args.get("next"))
    try:
        # Asked anew each time: else one click would undo that somebody was signed out for idleness.
        answer: ResponseReturnValue = _client().authorize_redirect(_back(), prompt="login")
    except (AuthlibBaseError, requests.RequestException, ValueError, KeyError) as error:
        return _away(error)
    return answer


@page.get("/enter/provider/back")
@open_to_anyone
def back() -> ResponseReturnValue:
    """Let in whom the provider says it was, if she has an account."""
    if config().oidc_issuer is None:
        return redirect(url_for("sign_in.enter"))
    to = local_path(session.get(_TO))
    try:
        claims: dict[str, Any] = _client().authorize_access_token()["userinfo"]
    except (AuthlibBaseError, JoseError) as error:
        _log.warning("sign-in provider refused: kind=%s", type(error).__name__)
        return _refused(_("The sign-in provider did not confirm who you are. Please try again."))
    except (requests.RequestException, ValueError, KeyError) as error:
        return _away(error)
    account = _account_of(claims)
    if account is None:
        return _refused(
            _(
                "The sign-in provider knows you, but there is no account of that name here. "
                "Ask a supervisor for one."
            )
        )
    return let_in(account, Entered.PROVIDER, to=to)


def apply(app: Flask) -> None:
    """Let an application know the provider of its settings, if there is one."""
    oauth = OAuth(app)
    app.extensions["vigil_oauth"] = oauth
    with app.app_context():
        settings = config()
    if settings.oidc_issuer is None or settings.oidc_client_secret_file is None:
        return
    try:
        secret = settings.oidc_client_secret_file.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        msg = (
            f"VIGIL_OIDC_CLIENT_SECRET_FILE names {settings.oidc_client_secret_file}, which "
            f"cannot be read: {error}. Put the secret there that the sign-in provider gave you."
        )
        raise InvalidInput(msg) from None
    oauth.register(
        _PROVIDER,
        client_id=settings.oidc_client_id,
        client_secret=secret,
        server_metadata_url=f"{settings.oidc_issuer}/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid profile",
            "code_challenge_method": "S256",
            "timeout": _SECONDS,
        },
    )


def _account_of(claims: dict[str, Any]) -> Account | None:
    """Return the account of whom a provider tells; the first time it is found by its name."""
    subject, called = str(claims["sub"]), str(claims.get("preferred_username") or "")
    with reading() as reader:
        account = accounts.by_provider_subject(reader, subject)
        named = accounts.by_name(reader, called) if called else None
    if account is None and named is not None and named.active and not named.practice:
        if not _linked(named, subject):
            return None
        account = named
    return account if account is not None and account.active else None


def _linked(account: Account, subject: str) -> bool:
    # A name at the provider may be given to somebody else later; who she is there may not.
    with writing() as writer:
        return signing_in.link_provider(writer, account, subject, now=now())


def _client() -> Any:
    return getattr(current_app.extensions["vigil_oauth"], _PROVIDER)


def _back() -> str:
    if config().console_https:
        return config().console_url + url_for("provider.back")
    return url_for("provider.back", _external=True)


def _refused(words: str) -> ResponseReturnValue:
    session.clear()
    say(words, kind="problem")
    return redirect(url_for("sign_in.enter"), HTTPStatus.SEE_OTHER)


def _away(error: Exception) -> ResponseReturnValue:
    _log.error("sign-in provider away: kind=%s", type(error).__name__)
    return _refused(
        _("The sign-in provider does not answer. Try again in a minute, or use your password.")
    )
