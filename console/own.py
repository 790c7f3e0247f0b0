"""Somebody's own page: how her pages look, her password, and where she is signed in."""

from functools import cache
from http import HTTPStatus
from typing import Final
from zoneinfo import available_timezones

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext
from flask_login import current_user

from casework import keeping_credentials, signing_in
from console import account_store, attempts, proving
from console.access import needs
from console.confirming import confirmed
from console.languages import LANGUAGES
from console.layout import say
from console.password_words import fault_words
from console.people import ROLE_WORDS
from console.sign_in import WRONG
from console.surroundings import account, config, now, reading, writing
from domain.entering import Entered
from domain.permission import Permission
from storage import account_sessions, accounts, credentials

page = Blueprint("own", __name__)

THEMES: Final = {
    "auto": lazy_gettext("As my device has it"),
    "light": lazy_gettext("Light"),
    "dark": lazy_gettext("Dark"),
    "grey": lazy_gettext("Grey: no colours"),
}

LANGUAGE_WORDS: Final = {"en": "English", "de": "Deutsch"}

ENTERED_WORDS: Final = {
    Entered.PASSWORD_AND_CODE: lazy_gettext("password and authenticator"),
    Entered.PASSWORD_AND_PASSKEY: lazy_gettext("password and passkey"),
    Entered.PASSWORD_AND_RECOVERY: lazy_gettext("password and recovery code"),
    Entered.PASSKEY: lazy_gettext("passkey"),
    Entered.PROVIDER: lazy_gettext("sign-in provider"),
    Entered.VISIT: lazy_gettext("one-time code for practice"),
}


@page.get("/own")
@needs(Permission.OWN_ACCOUNT)
def show() -> ResponseReturnValue:
    """Show somebody her own account."""
    own = account()
    with reading() as reader:
        keys = credentials.passkeys(reader, own.account_id)
        sessions = account_sessions.of_account(
            reader, own.account_id, limits=account_store.limits(config()), now=now()
        )
    return render_template(
        "own.html",
        keys=keys,
        sessions=sessions,
        here=current_user.session.session_id,
        entered_words=ENTERED_WORDS,
        themes=THEMES,
        languages={each: LANGUAGE_WORDS[each] for each in LANGUAGES},
        zones=_zones(),
        settings=config(),
        role_words=ROLE_WORDS,
    )


@page.post("/own/taste")
@needs(Permission.OWN_ACCOUNT)
def change_taste() -> ResponseReturnValue:
    """Keep how somebody wants her pages."""
    timezone = request.form.get("timezone", "")
    language, theme = request.form.get("language", ""), request.form.get("theme", "")
    unknown = (
        (timezone not in {"", *_zones()}, timezone),
        (language not in {"", *LANGUAGES}, language),
        (theme not in {"", *THEMES}, theme),
    )
    for wrong, value in unknown:
        if wrong:
            say(
                _("%(value)s cannot be chosen here. Nothing was changed.", value=value),
                kind="problem",
            )
            return redirect(url_for("own.show"), HTTPStatus.SEE_OTHER)
    with writing() as writer:
        accounts.set_taste(
            writer,
            account().account_id,
            timezone=timezone or None,
            language=language or None,
            theme=theme or None,
        )
    say(_("Your pages look like this from now on."))
    return redirect(url_for("own.show"), HTTPStatus.SEE_OTHER)


@page.get("/own/password")
@needs(Permission.OWN_ACCOUNT)
def password() -> ResponseReturnValue:
    """Ask for another password."""
    return render_template("own_password.html", wrong=None)


@page.post("/own/password")
@needs(Permission.OWN_ACCOUNT)
def change_password() -> ResponseReturnValue:
    """Keep another password, and end her other sessions."""
    own = account()
    wrong, code = _wrong_present_password(request.form.get("present", "")), WRONG
    if wrong is None:
        chosen = request.form.get("password", "")
        wrong = fault_words(chosen, request.form.get("again", ""), own.name)
    if wrong is not None:
        return render_template("own_password.html", wrong=wrong), code
    password_hash = proving.hashed(request.form["password"])
    with writing() as writer:
        ended = keeping_credentials.change_password(
            writer,
            own,
            password_hash=password_hash,
            keep=current_user.session.session_id,
            now=now(),
        )
    also = ngettext(
        "You were signed out of %(num)d other browser.",
        "You were signed out of %(num)d other browsers.",
        ended,
    )
    changed = _("Your password is changed.")
    say(f"{changed} {also}" if ended else changed)
    return redirect(url_for("own.show"), HTTPStatus.SEE_OTHER)


@page.post("/own/sessions/<int:session_id>/end")
@needs(Permission.OWN_ACCOUNT)
def end_session(session_id: int) -> ResponseReturnValue:
    """Sign somebody out of one browser."""
    with writing() as writer:
        ended = signing_in.end_session(writer, account(), session_id, now=now())
    say(_("That browser is signed out.") if ended else _("That browser was signed out already."))
    return redirect(url_for("own.show", _anchor="sessions"), HTTPStatus.SEE_OTHER)


@page.post("/own/sessions/end-others")
@needs(Permission.OWN_ACCOUNT)
def end_others() -> ResponseReturnValue:
    """Sign somebody out everywhere but here."""
    with writing() as writer:
        ended = signing_in.end_other_sessions(
            writer, account(), keep=current_user.session.session_id, now=now()
        )
    say(
        ngettext(
            "You were signed out of %(num)d other browser.",
            "You were signed out of %(num)d other browsers.",
            ended,
        )
    )
    return redirect(url_for("own.show", _anchor="sessions"), HTTPStatus.SEE_OTHER)


@page.get("/own/recovery")
@needs(Permission.OWN_ACCOUNT)
@confirmed
def recovery() -> ResponseReturnValue:
    """Say what recovery codes are for."""
    return render_template("own_recovery.html", codes=None, to=request.args.get("next"))


@page.post("/own/recovery")
@needs(Permission.OWN_ACCOUNT)
@confirmed
def make_recovery_codes() -> ResponseReturnValue:
    """Make recovery codes, and show them this once: no address leads to them."""
    codes = proving.new_recovery_codes(account())
    return render_template("own_recovery.html", codes=codes, to=request.form.get("next"))


def _wrong_present_password(typed: str) -> str | None:
    own = account()
    tried, words = attempts.begin(own.name)
    if words is not None:
        return words
    with reading() as reader:
        known = credentials.of_account(reader, own.account_id)
    if proving.is_password(typed, known):
        attempts.succeeded(tried)
        return None
    attempts.failed(tried, own)
    return _("Your present password is not right.")


@cache
def _zones() -> list[str]:
    # Those that are named for a place, and UTC; the rest are other names of the same.
    areas = (
        "Africa",
        "America",
        "Antarctica",
        "Asia",
        "Atlantic",
        "Australia",
        "Europe",
        "Indian",
        "Pacific",
    )
    return ["UTC", *sorted(z for z in available_timezones() if z.partition("/")[0] in areas)]
