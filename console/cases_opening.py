"""Opening a case, and a new PIN: what is shown this once, to be handed to the person."""

import secrets
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from flask import redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _
from markupsafe import Markup

from casework import opening
from console.access import needs
from console.case_words import CONSENTS, CONTACTS, NEWS, languages
from console.cases_page import looked_at, page
from console.languages import LANGUAGES, language
from console.layout import say
from console.sentences import words_of
from console.surroundings import actor, database, now, reading
from domain.case import read_number
from domain.case_wishes import Wishes, as_read, as_written
from domain.errors import InvalidInput
from domain.permission import Permission
from storage import case_wishes
from storage.cases import OpenedCase

_ONCE: Final = "opens_once"
"""Where a session keeps what each form that shows a PIN is good for: one answer."""


@page.get("/cases/open")
@needs(Permission.CASE_OPEN)
def ask_to_open() -> ResponseReturnValue:
    """Ask how the person agreed, and what she wishes."""
    return _form(as_written(Wishes()))


@page.post("/cases/open")
@needs(Permission.CASE_OPEN)
def open_case() -> ResponseReturnValue:
    """Open a case, and show its number and PIN, which are told nowhere else."""
    try:
        wishes = as_read(request.form)
        if wishes.consent is None:
            raise InvalidInput(_("Choose how she agreed: without her consent nothing is begun."))
    except InvalidInput as error:
        return _form(request.form.to_dict(), wrong=words_of(error)), 400
    if not _first_time():
        return redirect(url_for("cases.show_all"), HTTPStatus.SEE_OTHER)
    opened = opening.open_case(database(), wishes, actor=actor(), now=now())
    return _slip(opened, wishes.language, anew=False)


@page.get("/cases/<number>/pin")
@needs(Permission.CASE_EDIT)
def ask_for_pin(number: str) -> ResponseReturnValue:
    """Ask whether a person is to have a new PIN."""
    return render_template("case_pin.html", number=looked_at(number), once=_good_for_once())


@page.post("/cases/<number>/pin")
@needs(Permission.CASE_EDIT)
def renew_pin(number: str) -> ResponseReturnValue:
    """Give a case a new PIN, and show it this once."""
    number = read_number("C", number)
    if not _first_time():
        return redirect(url_for("cases.show", number=number), HTTPStatus.SEE_OTHER)
    opened = opening.renew_pin(database(), number, actor=actor(), now=now())
    with reading() as stored:
        spoken = case_wishes.wishes_of(stored, number).language
    return _slip(opened, spoken, anew=True)


def _slip(opened: OpenedCase, spoken: str | None, *, anew: bool) -> ResponseReturnValue:
    # Answered at once and not by another page: a PIN that waits for the next request would have to
    # be kept somewhere. Written for the person, so in her language if there is one of ours.
    written = spoken if spoken in LANGUAGES else language()
    with force_locale(written):
        written_out = render_template("case_slip.html", opened=opened, written=written)
    # What a template of ours gave is escaped already.
    slip = Markup(written_out)  # noqa: S704
    return render_template("case_opened.html", opened=opened, slip=slip, anew=anew)


def _form(chosen: Mapping[str, str | bool | None], wrong: str | None = None) -> str:
    return render_template(
        "case_open.html",
        chosen=chosen,
        wrong=wrong,
        once=_good_for_once(),
        consents=CONSENTS,
        contacts=CONTACTS,
        news=NEWS,
        languages=languages(),
    )


def _good_for_once() -> str:
    # A form that is sent again, by reloading what it gave, must not open a second case.
    session[_ONCE] = token = secrets.token_urlsafe(16)
    return token


def _first_time() -> bool:
    if session.get(_ONCE) and session.pop(_ONCE) == request.form.get("once"):
        return True
    words = _(
        "This form was sent already, and what it gave was shown then. If the PIN is lost, open the "
        "case and give the person a new one."
    )
    say(words, kind="problem")
    return False
