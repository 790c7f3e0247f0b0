"""The first time: a one-time code, a password of her own, and a second factor."""

from http import HTTPStatus
from typing import Final

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from casework import keeping_credentials, signing_in
from console import attempts, halfway, proving
from console.access import open_to_anyone
from console.entering import enter as let_in
from console.entering import sign_in
from console.halfway import Step
from console.password_words import fault_words
from console.sign_in import WRONG, begin_again
from console.surroundings import now, reading, writing
from domain.entering import Entered, LinkPurpose, code_digest
from storage.accounts import Account

page = Blueprint("first", __name__)

TOTP: Final = "authenticator being set up"
"""Where the cookie holds an authenticator's secret, encrypted, until its first code is right."""


@page.get("/enter/first")
@open_to_anyone
def code() -> ResponseReturnValue:
    """Ask for a one-time code; a script takes it from behind the ``#`` of a link."""
    return render_template("enter_first.html", wrong=None)


@page.post("/enter/first")
@open_to_anyone
def check_code() -> ResponseReturnValue:
    """Look at a one-time code: with it somebody chooses a password, or visits to practise."""
    typed = request.form.get("code", "")
    tried, words = attempts.begin(None)
    if words:
        return render_template("enter_first.html", wrong=words), attempts.TOO_MANY
    with reading() as reader:
        found = signing_in.owner_of_code(reader, typed, now=now())
    if found is None:
        attempts.failed(tried, None)
        words = _(
            "This code is not known, was used already, or is older than a day. Whoever gave it "
            "to you can make a new one."
        )
        return render_template("enter_first.html", wrong=words), WRONG
    attempts.succeeded(tried)
    account, purpose = found
    if purpose is LinkPurpose.VISIT:
        return _visit(typed)
    halfway.begin(account, Step.PASSWORD, to="/", code=code_digest(typed))
    return redirect(url_for("first.password"), HTTPStatus.SEE_OTHER)


@page.get("/enter/password")
@open_to_anyone
def password() -> ResponseReturnValue:
    """Ask for a password of her own."""
    found = halfway.current(Step.PASSWORD)
    if found is None:
        return begin_again()
    return render_template("enter_password.html", name=found[1].name, wrong=None)


@page.post("/enter/password")
@open_to_anyone
def choose_password() -> ResponseReturnValue:
    """Keep the password that somebody chose, and use her one-time code up."""
    found = halfway.current(Step.PASSWORD)
    if found is None:
        return begin_again()
    state, account = found
    chosen = request.form.get("password", "")
    wrong = fault_words(chosen, request.form.get("again", ""), account.name)
    if wrong is not None:
        return render_template("enter_password.html", name=account.name, wrong=wrong), WRONG
    password_hash = proving.hashed(chosen)
    with writing() as writer:
        changed = signing_in.choose_first_password(
            writer, account, digest=state.code, password_hash=password_hash, now=now()
        )
    step = Step.SECOND if proving.second_factors(changed) else Step.FACTOR
    halfway.begin(changed, step, to=state.to)
    where = "sign_in.second" if step is Step.SECOND else "first.factor"
    return redirect(url_for(where), HTTPStatus.SEE_OTHER)


@page.get("/enter/factor")
@open_to_anyone
def factor() -> ResponseReturnValue:
    """Ask for a second factor to be set up: nobody is let in without one."""
    found = halfway.current(Step.FACTOR)
    if found is None:
        return begin_again()
    return _factor(found[1])


@page.post("/enter/factor")
@open_to_anyone
def set_up_factor() -> ResponseReturnValue:
    """Keep an authenticator once its first code is right, and let her in."""
    found = halfway.current(Step.FACTOR)
    if found is None:
        return begin_again()
    state, account = found
    totp = authenticator_being_set_up()
    counter = proving.counter_of(request.form.get("code", ""), totp)
    if counter is None:
        return _factor(account, wrong=wrong_code())
    with writing() as writer:
        keeping_credentials.check_unguarded(writer, account)
        keeping_credentials.set_up_totp(writer, account, totp=totp, counter=counter, now=now())
    sign_in(account, Entered.PASSWORD_AND_CODE, failed_before=state.failed_before)
    return redirect(url_for("own.recovery", next=state.to), HTTPStatus.SEE_OTHER)


def authenticator_being_set_up() -> str:
    """Return the encrypted secret that this browser is setting up, or make it."""
    if TOTP not in session:
        session[TOTP] = proving.new_authenticator()
    return str(session[TOTP])


def wrong_code() -> str:
    """Say what to do when the first code of an authenticator is wrong."""
    return _(
        "This code is not right. Type the one that your authenticator shows now; if it never "
        "fits, let your telephone set its clock by itself."
    )


def _factor(account: Account, wrong: str | None = None) -> ResponseReturnValue:
    facts = proving.authenticator_facts(account, authenticator_being_set_up())
    page_text = render_template("enter_factor.html", facts=facts, wrong=wrong)
    return page_text, 200 if wrong is None else WRONG


def _visit(typed: str) -> ResponseReturnValue:
    with writing() as writer:
        account = signing_in.use_visit(writer, typed, now=now())
    if account is None:
        return begin_again()
    return let_in(account, Entered.VISIT, to="/")
