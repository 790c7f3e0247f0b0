"""The people who work here: who they are, as what, and letting them in and out."""

from http import HTTPStatus
from typing import Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from casework import staffing
from casework.staffing import Invited
from console.access import needs
from console.confirming import confirmed
from console.layout import say
from console.sentences import words_of
from console.sign_in import WRONG
from console.surroundings import account, actor, config, now, reading, writing
from domain.entering import one_time_link
from domain.errors import InvalidInput, Refused
from domain.permission import Permission, Role
from storage import accounts, credentials

page = Blueprint("people", __name__)

ROLE_WORDS: Final = {
    Role.CASEWORKER: (
        lazy_gettext("Caseworker"),
        lazy_gettext("reviews matches, opens and keeps cases"),
    ),
    Role.OPERATOR: (lazy_gettext("Operator"), lazy_gettext("keeps the sites and their crawls")),
    Role.ANALYST: (lazy_gettext("Analyst"), lazy_gettext("sees numbers, and no case")),
    Role.SUPERVISOR: (
        lazy_gettext("Supervisor"),
        lazy_gettext("all of casework, the policies, and the people who work here"),
    ),
    Role.AUDITOR: (
        lazy_gettext("Auditor"),
        lazy_gettext("reads who did what, and who works here"),
    ),
}
"""What the roles are called, and what whoever has them does; in the order that they are offered."""

_AT_ONCE: Final = 100


@page.get("/people")
@needs(Permission.ACCOUNT_VIEW)
def show_all() -> ResponseReturnValue:
    """List everybody who works here."""
    return _listed()


@page.post("/people")
@needs(Permission.ACCOUNT_EDIT)
@confirmed
def add() -> ResponseReturnValue:
    """Make an account, and show its one-time code this once."""
    name, roles = request.form.get("name", ""), request.form.getlist("role")
    try:
        with writing() as writer:
            invited = staffing.add(writer, name, _roles(roles), actor=actor(), now=now())
    except (InvalidInput, Refused) as error:
        return _listed(name=name, chosen=roles, wrong=words_of(error))
    return _shown_once(invited, new=True)


@page.get("/people/<name>")
@needs(Permission.ACCOUNT_VIEW)
def show(name: str) -> ResponseReturnValue:
    """Show one person's account."""
    with reading() as reader:
        person = accounts.get(reader, name)
        keys = len(credentials.passkeys(reader, person.account_id))
    return render_template(
        "people_person.html",
        person=person,
        keys=keys,
        herself=person.account_id == account().account_id,
        role_words=ROLE_WORDS,
    )


@page.post("/people/<name>/roles")
@needs(Permission.ACCOUNT_EDIT)
@confirmed
def set_roles(name: str) -> ResponseReturnValue:
    """Let somebody work as something else."""
    with reading() as reader:
        before = accounts.get(reader, name)
    try:
        with writing() as writer:
            staffing.set_roles(
                writer,
                name,
                _roles(request.values.getlist("role")),
                actor=actor(),
                now=now(),
                person=account(),
            )
    except (InvalidInput, Refused) as error:
        say(words_of(error), kind="problem")
    else:
        undo = url_for("people.set_roles", name=name, role=[role.value for role in before.roles])
        say(_("The roles of %(name)s are changed.", name=before.name), undo=undo)
    return redirect(url_for("people.show", name=name), HTTPStatus.SEE_OTHER)


@page.post("/people/<name>/disable")
@needs(Permission.ACCOUNT_EDIT)
def disable(name: str) -> ResponseReturnValue:
    """Let somebody in no more."""
    try:
        with writing() as writer:
            staffing.disable(writer, name, actor=actor(), now=now(), person=account())
    except Refused as error:
        say(words_of(error), kind="problem")
    else:
        say(
            _("%(name)s is signed out everywhere and cannot sign in any more.", name=name),
            undo=url_for("people.enable", name=name),
        )
    return redirect(url_for("people.show", name=name), HTTPStatus.SEE_OTHER)


@page.post("/people/<name>/enable")
@needs(Permission.ACCOUNT_EDIT)
@confirmed
def enable(name: str) -> ResponseReturnValue:
    """Let somebody in again."""
    try:
        with writing() as writer:
            staffing.enable(writer, name, actor=actor(), now=now(), person=account())
    except Refused as error:
        say(words_of(error), kind="problem")
    else:
        say(
            _("%(name)s can sign in again, as before.", name=name),
            undo=url_for("people.disable", name=name),
        )
    return redirect(url_for("people.show", name=name), HTTPStatus.SEE_OTHER)


@page.get("/people/<name>/reset")
@needs(Permission.ACCOUNT_EDIT)
@confirmed
def ask_reset(name: str) -> ResponseReturnValue:
    """Say what will be lost before it is."""
    with reading() as reader:
        person = accounts.get(reader, name)
    return render_template("people_reset.html", person=person)


@page.post("/people/<name>/reset")
@needs(Permission.ACCOUNT_EDIT)
@confirmed
def reset(name: str) -> ResponseReturnValue:
    """Take away all that somebody signs in with, and show her new one-time code this once."""
    try:
        with writing() as writer:
            invited = staffing.reset(writer, name, actor=actor(), now=now(), person=account())
    except Refused as error:
        say(words_of(error), kind="problem")
        return redirect(url_for("people.show", name=name), HTTPStatus.SEE_OTHER)
    return _shown_once(invited, new=False)


def _shown_once(invited: Invited, *, new: bool) -> ResponseReturnValue:
    # Not after a redirect: no address may lead to it, and no cookie hold it.
    return render_template(
        "people_code.html",
        person=invited.account,
        code=invited.code,
        link=one_time_link(config().console_url, invited.code),
        new=new,
    )


def _listed(
    name: str = "", chosen: list[str] | None = None, wrong: str | None = None
) -> ResponseReturnValue:
    after = request.args.get("after", "")
    with reading() as reader:
        found = accounts.list_accounts(reader, limit=_AT_ONCE + 1, after=after)
    text = render_template(
        "people.html",
        people=found[:_AT_ONCE],
        more=found[_AT_ONCE - 1].account.name if len(found) > _AT_ONCE else None,
        first=not after,
        role_words=ROLE_WORDS,
        name=name,
        chosen=chosen or [],
        wrong=wrong,
    )
    return text, 200 if wrong is None else WRONG


def _roles(chosen: list[str]) -> list[Role]:
    try:
        return [Role(each) for each in chosen]
    except ValueError:
        msg = f"{', '.join(chosen)}: not all of these are roles. There are: {', '.join(Role)}."
        raise InvalidInput(msg) from None
