"""Signing in and out: the name and the password, then a second factor."""

from http import HTTPStatus
from typing import Final

from flask import Blueprint, Flask, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from casework import signing_in
from console import account_store, attempts, halfway, proving, sign_in_provider
from console.access import needs, open_to_anyone
from console.entering import enter as let_in
from console.halfway import Step
from console.layout import say
from console.local_path import local_path
from console.surroundings import now, reading, writing
from domain.entering import Entered
from domain.permission import Permission
from storage import account_sessions, accounts, credentials
from storage.accounts import Account

page = Blueprint("sign_in", __name__)

WRONG: Final = 422

_SEEN_EVERY: Final = 60
"""Seconds after which it is kept again that somebody is at work."""


@page.get("/enter")
@open_to_anyone
def enter() -> ResponseReturnValue:
    """Ask who is there."""
    to = local_path(request.args.get("next"))
    if current_user.is_authenticated:
        return redirect(to)
    return _asked(to=to)


@page.post("/enter")
@open_to_anyone
def check_password() -> ResponseReturnValue:
    """Compare a password, and ask for the second factor."""
    name, to = request.form.get("name", ""), local_path(request.form.get("next"))
    password = request.form.get("password", "")
    if not name.strip() or not password:
        return _asked(to=to, name=name, wrong=_("Both are needed: your name and your password."))
    tried, words = attempts.begin(name)
    if words:
        return _asked(to=to, name=name, wrong=words, code=attempts.TOO_MANY)
    with reading() as reader:
        account = accounts.by_name(reader, name)
        known = None if account is None else credentials.of_account(reader, account.account_id)
    right = proving.is_password(password, known)
    if not right or account is None or not account.active:
        attempts.failed(tried, account)
        # The same for all three, so that nobody learns here who works with us.
        return _asked(to=to, name=name, wrong=_("The name or the password is wrong."))
    failed_before = attempts.succeeded(tried)
    step = Step.SECOND if proving.second_factors(account) else Step.FACTOR
    halfway.begin(account, step, to=to, failed_before=failed_before)
    where = "sign_in.second" if step is Step.SECOND else "first.factor"
    return redirect(url_for(where), HTTPStatus.SEE_OTHER)


@page.get("/enter/second")
@open_to_anyone
def second() -> ResponseReturnValue:
    """Ask for the second factor."""
    found = halfway.current(Step.SECOND)
    if found is None:
        return begin_again()
    return _second(found[1])


@page.post("/enter/second")
@open_to_anyone
def check_code() -> ResponseReturnValue:
    """Compare a code of an authenticator."""
    found = halfway.current(Step.SECOND)
    if found is None:
        return begin_again()
    state, account = found
    tried, words = attempts.begin(account.name, "second factor")
    if words:
        return _second(account, wrong=words, code=attempts.TOO_MANY)
    if not proving.use_code(account, request.form.get("code", "")):
        attempts.failed(tried, account)
        words = _(
            "This code is not right, or was used already. Wait for the next one that your "
            "authenticator shows, and type that."
        )
        return _second(account, wrong=words)
    failed = attempts.succeeded(tried) + state.failed_before
    return let_in(account, Entered.PASSWORD_AND_CODE, to=state.to, failed_before=failed)


@page.get("/enter/recovery")
@open_to_anyone
def recovery() -> ResponseReturnValue:
    """Ask for a recovery code."""
    if halfway.current(Step.SECOND) is None:
        return begin_again()
    return render_template("enter_recovery.html", wrong=None)


@page.post("/enter/recovery")
@open_to_anyone
def check_recovery() -> ResponseReturnValue:
    """Use a recovery code up."""
    found = halfway.current(Step.SECOND)
    if found is None:
        return begin_again()
    state, account = found
    tried, words = attempts.begin(account.name, "second factor")
    if words:
        return render_template("enter_recovery.html", wrong=words), attempts.TOO_MANY
    if not proving.use_recovery_code(account, request.form.get("code", "")):
        attempts.failed(tried, account)
        words = _("This is none of your recovery codes, or it was used already.")
        return render_template("enter_recovery.html", wrong=words), WRONG
    failed = attempts.succeeded(tried) + state.failed_before
    answer = let_in(account, Entered.PASSWORD_AND_RECOVERY, to=state.to, failed_before=failed)
    left = account.recovery_codes_left - 1
    say(
        _(
            "You signed in with a recovery code; %(left)d are left. If your telephone is lost, "
            "set up another second factor on your own page.",
            left=left,
        ),
        kind="warning",
    )
    return answer


@page.post("/leave")
@needs(Permission.OWN_ACCOUNT)
def leave() -> ResponseReturnValue:
    """Sign somebody out of this browser."""
    with writing() as writer:
        signing_in.end_session(
            writer, current_user.account, current_user.session.session_id, now=now()
        )
    session.clear()
    say(_("You are signed out."))
    return redirect(url_for("sign_in.enter"), HTTPStatus.SEE_OTHER)


def begin_again() -> ResponseReturnValue:
    """Lead somebody back who took too long, or whose account was changed meanwhile.

    Whoever is signed in stays so: another site's link to this page may not sign her out.
    """
    if current_user.is_authenticated:
        return redirect(url_for("home.start"), HTTPStatus.SEE_OTHER)
    session.clear()
    say(_("That took too long, or your account was changed. Please begin again."), kind="problem")
    return redirect(url_for("sign_in.enter"), HTTPStatus.SEE_OTHER)


def apply(app: Flask, secret: bytes) -> None:
    """Let people sign in to an application."""
    account_store.apply(app, secret)
    sign_in_provider.apply(app)
    attempts.apply(app)
    app.jinja_env.filters["local"] = local_path

    @app.before_request
    def notice() -> None:
        """Keep that somebody is at work: not that a page which she left open asks by itself.

        That may be a GET or a POST, as that which keeps a match hers while its page is open.
        """
        by_itself = "HX-Request" in request.headers
        if request.endpoint in {None, "static"} or by_itself or not current_user.is_authenticated:
            return
        seen = current_user.session
        if (now() - seen.seen_at).total_seconds() > _SEEN_EVERY:
            with writing() as writer:
                account_sessions.saw(writer, seen.session_id, now=now())


def _asked(
    *, to: str, name: str = "", wrong: str | None = None, code: int = WRONG
) -> ResponseReturnValue:
    page_text = render_template(
        "enter.html", to=to, name=name, wrong=wrong, provider=sign_in_provider.name()
    )
    return page_text, 200 if wrong is None else code


def _second(account: Account, wrong: str | None = None, code: int = WRONG) -> ResponseReturnValue:
    factors = proving.second_factors(account)
    page_text = render_template(
        "enter_second.html",
        has_code=Entered.PASSWORD_AND_CODE in factors,
        has_passkey=Entered.PASSWORD_AND_PASSKEY in factors,
        has_recovery=account.recovery_codes_left > 0,
        wrong=wrong,
    )
    return page_text, 200 if wrong is None else code
