"""Signing in with a passkey, alone or after the password, and making the first one."""

from datetime import datetime
from typing import Any

from flask import Blueprint, Response, current_app, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from casework import keeping_credentials
from console import attempts, halfway, passkeys
from console.access import open_to_anyone
from console.device import device_words
from console.entering import sign_in
from console.halfway import Step
from console.local_path import local_path
from console.sentences import words_of
from console.sign_in import WRONG
from console.surroundings import now, reading, writing
from domain.entering import Entered
from domain.errors import Refused
from storage import credentials
from storage.accounts import Account
from storage.credentials import Passkey

page = Blueprint("passkey", __name__)

_LONGEST_NAME = 64


@page.post("/enter/passkey/ask")
@open_to_anyone
def ask() -> ResponseReturnValue:
    """Say what the browser is to sign."""
    found = halfway.current(Step.SECOND)
    if found is None:
        return as_json(passkeys.signing_options([], alone=True))
    with reading() as reader:
        keys = credentials.passkeys(reader, found[1].account_id)
    return as_json(passkeys.signing_options(keys, alone=False))


@page.post("/enter/passkey")
@open_to_anyone
def enter() -> ResponseReturnValue:
    """Let in whoever's passkey signed what was asked."""
    answer = passkeys.read(request.get_data())
    found = halfway.current(Step.SECOND)
    tried, words = attempts.begin(None)
    if words:
        return problem(words, attempts.TOO_MANY)
    known = signed(answer, alone=found is None, account=None if found is None else found[1])
    if known is None:
        attempts.failed(tried, None if found is None else found[1])
        return problem(
            _(
                "This passkey is not known here, was not unlocked, or took too long. Try again, "
                "or sign in with your password."
            )
        )
    failed = attempts.succeeded(tried)
    to = local_path(str(answer.get("next", "")))
    how = Entered.PASSKEY
    if found is not None:
        failed, to, how = failed + found[0].failed_before, found[0].to, Entered.PASSWORD_AND_PASSKEY
    sign_in(known, how, failed_before=failed)
    return {"to": to}


@page.post("/enter/passkey/new/ask")
@open_to_anyone
def ask_first() -> ResponseReturnValue:
    """Say what the browser is to make a passkey for, as somebody's first second factor."""
    found = halfway.current(Step.FACTOR)
    if found is None:
        return problem(_("That took too long. Reload the page and begin again."))
    return as_json(new_options(found[1]))


@page.post("/enter/passkey/new")
@open_to_anyone
def make_first() -> ResponseReturnValue:
    """Keep the passkey that a browser made, and let her in."""
    found = halfway.current(Step.FACTOR)
    if found is None:
        return problem(_("That took too long. Reload the page and begin again."))
    state, account = found
    words = keep(account, passkeys.read(request.get_data()), first=True)
    if words is not None:
        return problem(words)
    sign_in(account, Entered.PASSWORD_AND_PASSKEY, failed_before=state.failed_before)
    return {"to": url_for("own.recovery", next=state.to)}


def new_options(account: Account) -> str:
    """Return, as JSON, what a browser is to make another passkey of somebody for."""
    with reading() as reader:
        known = credentials.of_account(reader, account.account_id)
        keys = credentials.passkeys(reader, account.account_id)
    return passkeys.creation_options(account, known, keys)


def keep(account: Account, answer: dict[str, Any], *, first: bool = False) -> str | None:
    """Keep a passkey that a browser made; the words say why it is not kept.

    ``first``: it is to be her first second factor.
    """
    made = passkeys.made(answer)
    if made is None:
        return _("The browser's answer was not what was asked for, or came too late. Try again.")
    name = " ".join(str(answer.get("name", "")).split())[:_LONGEST_NAME]
    try:
        with writing() as writer:
            if first:
                keeping_credentials.check_unguarded(writer, account)
            keeping_credentials.add_passkey(
                writer,
                account,
                credential_id=made.credential_id,
                public_key=made.credential_public_key,
                sign_count=made.sign_count,
                transports=passkeys.transports(answer),
                name=name or device_words(request.user_agent.string) or _("Passkey"),
                now=now(),
            )
    except Refused as error:
        return words_of(error)
    return None


def signed(answer: dict[str, Any], *, alone: bool, account: Account | None) -> Account | None:
    """Return whose passkey signed what was asked; None if none did, or it is another person's."""
    with reading() as reader:
        found = credentials.find_passkey(reader, passkeys.credential_id(answer))
    if found is None:
        session.pop("challenge", None)
        return None
    owner, key = found
    if not owner.active or (account is not None and account.account_id != owner.account_id):
        return None
    proved = passkeys.new_sign_count(answer, key, alone=alone)
    if proved is None or not _keep_used(key, *proved):
        return None
    return owner


def as_json(text: str) -> Response:
    """Answer a script with JSON that is written already."""
    return current_app.response_class(text, mimetype="application/json")


def problem(words: str, code: int = WRONG) -> ResponseReturnValue:
    """Answer a script with what went wrong, in words for the reader."""
    return {"words": words}, code


def _keep_used(key: Passkey, count: int, asked_at: datetime) -> bool:
    # The challenge is in the cookie, and a cookie can be sent twice: what was asked before the key
    # was last used counts no more.
    with writing() as writer:
        return keeping_credentials.used_passkey(
            writer, key, sign_count=count, asked_at=asked_at, now=now()
        )
