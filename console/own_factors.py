"""Somebody's second factors: her authenticator and her passkeys."""

from http import HTTPStatus

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from casework import keeping_credentials
from console import passkeys, proving
from console.access import needs
from console.confirming import confirmed
from console.device import device_words
from console.layout import say
from console.sentences import words_of
from console.sign_in import WRONG
from console.sign_in_first import TOTP, authenticator_being_set_up, wrong_code
from console.sign_in_passkey import as_json, keep, new_options, problem
from console.surroundings import account, now, writing
from domain.errors import Refused
from domain.permission import Permission

page = Blueprint("own_factors", __name__)


@page.get("/own/authenticator")
@needs(Permission.OWN_ACCOUNT)
@confirmed
def authenticator() -> ResponseReturnValue:
    """Show what an authenticator app is told."""
    return _authenticator()


@page.post("/own/authenticator")
@needs(Permission.OWN_ACCOUNT)
@confirmed
def set_up_authenticator() -> ResponseReturnValue:
    """Keep another authenticator once its first code is right."""
    totp = authenticator_being_set_up()
    counter = proving.counter_of(request.form.get("code", ""), totp)
    if counter is None:
        return _authenticator(wrong_code())
    with writing() as writer:
        keeping_credentials.set_up_totp(writer, account(), totp=totp, counter=counter, now=now())
    session.pop(TOTP, None)
    say(_("This authenticator is asked for from now on. An earlier one is void."))
    return _to_factors()


@page.post("/own/authenticator/remove")
@needs(Permission.OWN_ACCOUNT)
@confirmed
def remove_authenticator() -> ResponseReturnValue:
    """Take her authenticator away."""
    try:
        with writing() as writer:
            keeping_credentials.remove_totp(writer, account(), now=now())
    except Refused as error:
        say(words_of(error), kind="problem")
    else:
        say(_("The authenticator is removed. Your passkeys are asked for instead."))
    return _to_factors()


@page.get("/own/passkeys/new")
@needs(Permission.OWN_ACCOUNT)
@confirmed
def new_passkey() -> ResponseReturnValue:
    """Ask what another passkey is to be called."""
    called = device_words(request.user_agent.string)
    return render_template("own_passkey.html", called=called)


@page.post("/own/passkeys/ask")
@needs(Permission.OWN_ACCOUNT)
@confirmed
def ask_passkey() -> ResponseReturnValue:
    """Say what the browser is to make a passkey for."""
    return as_json(new_options(account()))


@page.post("/own/passkeys")
@needs(Permission.OWN_ACCOUNT)
@confirmed
def add_passkey() -> ResponseReturnValue:
    """Keep the passkey that a browser made."""
    words = keep(account(), passkeys.read(request.get_data()))
    if words is not None:
        return problem(words)
    say(_("The passkey is added. You can sign in with it from now on."))
    return {"to": url_for("own.show", _anchor="factors")}


@page.post("/own/passkeys/<int:passkey_id>/remove")
@needs(Permission.OWN_ACCOUNT)
@confirmed
def remove_passkey(passkey_id: int) -> ResponseReturnValue:
    """Take a passkey of hers away."""
    try:
        with writing() as writer:
            name = keeping_credentials.remove_passkey(writer, account(), passkey_id, now=now())
    except Refused as error:
        say(words_of(error), kind="problem")
    else:
        say(_("The passkey %(name)s is removed.", name=name))
    return _to_factors()


def _to_factors() -> ResponseReturnValue:
    return redirect(url_for("own.show", _anchor="factors"), HTTPStatus.SEE_OTHER)


def _authenticator(wrong: str | None = None) -> ResponseReturnValue:
    facts = proving.authenticator_facts(account(), authenticator_being_set_up())
    text = render_template("own_authenticator.html", facts=facts, wrong=wrong)
    return text, 200 if wrong is None else WRONG
