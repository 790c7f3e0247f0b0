"""What cannot be undone: taking a case or a picture back, and erasing a case."""

from http import HTTPStatus

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from casework import erasing, withdrawing
from console.access import needs
from console.case_words import END_REASONS
from console.cases_page import check_typed_again, looked_at, page
from console.layout import say
from console.sentences import words_of
from console.surroundings import actor, database, now, reading
from domain.case import read_number
from domain.errors import InvalidInput, OutsideDown
from domain.permission import Permission
from domain.picture_reasons import EndReason
from storage import case_pictures, cases


@page.get("/cases/<number>/withdraw")
@needs(Permission.CASE_WITHDRAW)
def ask_to_withdraw(number: str) -> ResponseReturnValue:
    """Say what withdrawing a case erases, and ask for its number."""
    return _ask_about_case("case_withdraw.html", looked_at(number))


@page.post("/cases/<number>/withdraw")
@needs(Permission.CASE_WITHDRAW)
def withdraw(number: str) -> ResponseReturnValue:
    """Withdraw a case: what was registered in it is erased."""
    number = read_number("C", number)
    try:
        reason = _checked(number)
    except InvalidInput as error:
        return _ask_about_case("case_withdraw.html", number, wrong=words_of(error)), 400
    _withdraw(number, reason)
    return redirect(url_for("cases.show", number=number), HTTPStatus.SEE_OTHER)


@page.get("/cases/<number>/pictures/<registration>/withdraw")
@needs(Permission.CASE_WITHDRAW)
def ask_to_withdraw_picture(number: str, registration: str) -> ResponseReturnValue:
    """Say what withdrawing one picture erases, and ask for its number."""
    return _ask_about_picture(looked_at(number), read_number("R", registration))


@page.post("/cases/<number>/pictures/<registration>/withdraw")
@needs(Permission.CASE_WITHDRAW)
def withdraw_picture(number: str, registration: str) -> ResponseReturnValue:
    """Withdraw one picture of a case."""
    number, registration = read_number("C", number), read_number("R", registration)
    try:
        reason = _checked(registration)
    except InvalidInput as error:
        return _ask_about_picture(number, registration, wrong=words_of(error)), 400
    _withdraw(registration, reason)
    return redirect(
        url_for("cases.show_pictures", number=number, _anchor=registration), HTTPStatus.SEE_OTHER
    )


@page.get("/cases/<number>/erase")
@needs(Permission.CASE_ERASE)
def ask_to_erase(number: str) -> ResponseReturnValue:
    """Say what erasing a case leaves, and ask for its number."""
    return _ask_about_case("case_erase.html", looked_at(number))


@page.post("/cases/<number>/erase")
@needs(Permission.CASE_ERASE)
def erase(number: str) -> ResponseReturnValue:
    """Erase a case with all that is known of it."""
    number = read_number("C", number)
    try:
        reason = _checked(number)
    except InvalidInput as error:
        return _ask_about_case("case_erase.html", number, wrong=words_of(error)), 400
    try:
        done = erasing.erase(database(), number, actor=actor(), reason=reason, now=now())
    except OutsideDown as error:
        return _half_done(number, error)
    say(_("%(number)s is erased. Only the audit record says that it was there.", number=number))
    _say_scrubbed(scrubbed=done.scrubbed)
    return redirect(url_for("cases.show_all"), HTTPStatus.SEE_OTHER)


def _withdraw(number: str, reason: str) -> None:
    try:
        done = withdrawing.withdraw(database(), number, actor=actor(), reason=reason, now=now())
    except OutsideDown as error:
        # It is withdrawn: only copies on this machine are left, and the message says where.
        say(words_of(error), kind="problem")
        return
    words = ngettext(
        "%(number)s is withdrawn. %(num)d picture, its matches and what was known of their images "
        "are erased.",
        "%(number)s is withdrawn. %(num)d pictures, their matches and what was known of their "
        "images are erased.",
        done.registrations,
        number=number,
    )
    say(words)
    _say_scrubbed(scrubbed=done.scrubbed)


def _half_done(number: str, error: OutsideDown) -> ResponseReturnValue:
    with reading() as session:
        withdrawn = cases.get_case(session, number).withdrawn_at is not None
    if not withdrawn:
        raise error
    say(words_of(error), kind="problem")
    return redirect(url_for("cases.show", number=number), HTTPStatus.SEE_OTHER)


def _say_scrubbed(*, scrubbed: bool) -> None:
    if not scrubbed:
        words = _(
            "Another process kept the database from clearing its files at once; the bytes are "
            "overwritten in time. To be sure, whoever runs this machine can run: vigil db scrub"
        )
        say(words, kind="warning")


def _checked(number: str) -> str:
    asked = request.form.get("reason", "")
    if asked not in EndReason.__members__:
        raise InvalidInput(_("Choose why; it is kept on record."))
    check_typed_again(number)
    return EndReason[asked].value


def _ask_about_case(template: str, number: str, wrong: str | None = None) -> str:
    with reading() as session:
        case = cases.get_case(session, number)
    return render_template(
        template, case=case, wrong=wrong, chosen=request.form, end_reasons=END_REASONS
    )


def _ask_about_picture(number: str, registration: str, wrong: str | None = None) -> str:
    with reading() as session:
        case = cases.get_case(session, number)
        picture = case_pictures.picture_of_case(session, number, registration)
    return render_template(
        "case_withdraw_picture.html",
        case=case,
        picture=picture,
        wrong=wrong,
        chosen=request.form,
        end_reasons=END_REASONS,
    )
