"""Changing a case: closed, reopened, and what its person wishes."""

from collections.abc import Mapping
from http import HTTPStatus

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from casework import closing, consenting
from console.access import needs
from console.case_words import CONSENTS, CONTACTS, NEWS, languages
from console.cases_page import looked_at, page
from console.layout import say
from console.sentences import words_of
from console.surroundings import actor, now, reading, writing
from domain.case import read_number
from domain.case_state import CloseReason
from domain.case_wishes import as_read, as_written
from domain.errors import InvalidInput
from domain.permission import Permission
from storage import case_wishes, cases


@page.post("/cases/<number>/close")
@needs(Permission.CASE_EDIT)
def close(number: str) -> ResponseReturnValue:
    """Close a case for one of the reasons there are."""
    number = read_number("C", number)
    asked = request.values.get("reason", "")
    if asked not in {each.value for each in CloseReason}:
        say(_("Choose why the case is closed. It is still open."), kind="problem")
        return redirect(url_for("cases.show", number=number, _anchor="close"), HTTPStatus.SEE_OTHER)
    with writing() as session:
        closing.close(session, number, CloseReason(asked), actor=actor(), now=now())
    undo = url_for("cases.reopen", number=number)
    say(_("%(number)s is closed.", number=number), undo=undo)
    return redirect(url_for("cases.show", number=number), HTTPStatus.SEE_OTHER)


@page.post("/cases/<number>/reopen")
@needs(Permission.CASE_EDIT)
def reopen(number: str) -> ResponseReturnValue:
    """Reopen a case."""
    number = read_number("C", number)
    with writing() as session:
        before = closing.reopen(session, number, actor=actor(), now=now())
    undo = url_for("cases.close", number=number, reason=before.value)
    say(_("%(number)s is open again.", number=number), undo=undo)
    return redirect(url_for("cases.show", number=number), HTTPStatus.SEE_OTHER)


@page.get("/cases/<number>/wishes")
@needs(Permission.CASE_VIEW)
def show_wishes(number: str) -> ResponseReturnValue:
    """Show what the person agreed to and wishes, to be changed by those who may."""
    number = looked_at(number)
    with reading() as session:
        wished = as_written(case_wishes.wishes_of(session, number))
    return _form(number, wished)


@page.post("/cases/<number>/wishes")
@needs(Permission.CASE_EDIT)
def change_wishes(number: str) -> ResponseReturnValue:
    """Keep what the person wishes from now on."""
    number = read_number("C", number)
    try:
        wishes = as_read(request.form)
    except InvalidInput as error:
        return _form(number, request.form.to_dict(), wrong=words_of(error)), 400
    with writing() as session:
        changed = consenting.change_wishes(session, number, wishes, actor=actor(), now=now())
    if changed:
        undo = url_for("cases.take_wishes_back", number=number)
        say(_("What the person of %(number)s wishes is kept.", number=number), undo=undo)
    else:
        say(_("Nothing was different, so nothing was changed."))
    return redirect(url_for("cases.show_wishes", number=number), HTTPStatus.SEE_OTHER)


@page.post("/cases/<number>/wishes/undo")
@needs(Permission.CASE_EDIT)
def take_wishes_back(number: str) -> ResponseReturnValue:
    """Take the last change of wishes back."""
    number = read_number("C", number)
    with writing() as session:
        consenting.take_back(session, number, actor=actor(), now=now())
    say(_("The wishes of %(number)s are as they were.", number=number))
    return redirect(url_for("cases.show_wishes", number=number), HTTPStatus.SEE_OTHER)


def _form(number: str, chosen: Mapping[str, str | bool | None], wrong: str | None = None) -> str:
    with reading() as session:
        case = cases.get_case(session, number)
    return render_template(
        "case_wishes.html",
        case=case,
        chosen=chosen,
        wrong=wrong,
        consents=CONSENTS,
        contacts=CONTACTS,
        news=NEWS,
        languages=languages(),
    )
