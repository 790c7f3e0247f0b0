"""Asking again who sits there, before an account or what somebody signs in with is changed."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Final, ParamSpec
from urllib.parse import urlsplit

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from console import attempts, passkeys, proving
from console.access import needs
from console.local_path import local_path
from console.sign_in import WRONG
from console.sign_in_passkey import as_json, problem, signed
from console.surroundings import account, now, reading, writing
from domain.entering import CONFIRMED_LASTS
from domain.permission import Permission
from storage import account_sessions, credentials

page = Blueprint("confirming", __name__)

P = ParamSpec("P")

_OWN_PAGE: Final = "/own"


def confirmed(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Ask first whether it is still she who sits there, unless she proved it minutes ago.

    A screen that was left open is no reason for what she signs in with to be changed, nor for
    accounts to be made at it.
    """

    @wraps(view)
    def ask_first(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        if now() - current_user.session.confirmed_at <= CONFIRMED_LASTS:
            return view(*args, **kwargs)
        to = request.full_path.rstrip("?") if request.method == "GET" else _page_before()
        where = url_for("confirming.ask", next=to)
        if request.is_json:
            return {"to": where, "words": _("Please confirm first that it is you.")}, WRONG
        return redirect(where, HTTPStatus.SEE_OTHER)

    return ask_first


def _page_before() -> str:
    """Return the page that a form was sent from; what was typed there is typed again."""
    return local_path(urlsplit(request.referrer or "").path or _OWN_PAGE)


@page.get("/own/confirm")
@needs(Permission.OWN_ACCOUNT)
def ask() -> ResponseReturnValue:
    """Ask for her password or passkey once more."""
    return _asked(local_path(request.args.get("next")))


@page.post("/own/confirm")
@needs(Permission.OWN_ACCOUNT)
def check() -> ResponseReturnValue:
    """Compare her password."""
    own, to = account(), local_path(request.form.get("next"))
    tried, words = attempts.begin(own.name)
    if words:
        return _asked(to, wrong=words, code=attempts.TOO_MANY)
    with reading() as reader:
        known = credentials.of_account(reader, own.account_id)
    if not proving.is_password(request.form.get("password", ""), known):
        attempts.failed(tried, own)
        return _asked(to, wrong=_("The password is wrong."))
    attempts.succeeded(tried)
    _keep()
    return redirect(to, HTTPStatus.SEE_OTHER)


@page.post("/own/confirm/passkey/ask")
@needs(Permission.OWN_ACCOUNT)
def ask_passkey() -> ResponseReturnValue:
    """Say what the browser is to sign."""
    with reading() as reader:
        keys = credentials.passkeys(reader, account().account_id)
    return as_json(passkeys.signing_options(keys, alone=True))


@page.post("/own/confirm/passkey")
@needs(Permission.OWN_ACCOUNT)
def check_passkey() -> ResponseReturnValue:
    """Compare what her passkey signed."""
    answer = passkeys.read(request.get_data())
    if signed(answer, alone=True, account=account()) is None:
        return problem(_("This passkey is not known here, was not unlocked, or took too long."))
    _keep()
    return {"to": local_path(str(answer.get("next", "")))}


def _keep() -> None:
    with writing() as writer:
        account_sessions.confirmed(writer, current_user.session.session_id, now=now())


def _asked(to: str, wrong: str | None = None, code: int = WRONG) -> ResponseReturnValue:
    with reading() as reader:
        has_passkey = bool(credentials.passkeys(reader, account().account_id))
    text = render_template("own_confirm.html", to=to, wrong=wrong, has_passkey=has_passkey)
    return text, 200 if wrong is None else code
