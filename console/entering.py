"""The last step of signing in, whatever came before it, and the first of signing out."""

from http import HTTPStatus

from flask import redirect, request, session
from flask.typing import ResponseReturnValue
from flask_security.utils import login_user

from casework import signing_in
from console import account_store, attempts
from console.account_store import User
from console.device import device_words
from console.surroundings import config, now, writing
from domain.entering import Entered
from storage.accounts import Account


def enter(
    account: Account, entered_with: Entered, *, to: str, failed_before: int = 0
) -> ResponseReturnValue:
    """Sign somebody in, and lead her to where she wanted.

    Raises:
        Refused: her account was disabled, or what she signs in with changed, meanwhile.
    """
    sign_in(account, entered_with, failed_before=failed_before)
    return redirect(to, HTTPStatus.SEE_OTHER)


def sign_in(account: Account, entered_with: Entered, *, failed_before: int = 0) -> None:
    """Sign somebody in: nothing of what her cookie held before stays in it."""
    with writing() as writer:
        token = signing_in.enter(
            writer,
            account,
            entered_with=entered_with,
            device=device_words(request.user_agent.string),
            limits=account_store.limits(config()),
            now=now(),
            failed_before=failed_before,
        )
    session.clear()
    login_user(User(account, None, token), remember=False, authn_via=[entered_with.value])
    attempts.remember_device(account)
