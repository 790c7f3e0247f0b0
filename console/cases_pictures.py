"""The registered pictures of a case, and what its registrations are not to be taken for."""

from enum import StrEnum
from http import HTTPStatus
from typing import Final, TypeVar

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from casework import resuming, unmuting
from console.access import needs
from console.case_words import (
    RESUME_REASONS,
    SHOWS,
    SUSPEND_REASONS,
    UNMUTE_REASONS,
    finds,
)
from console.cases_page import looked_at, page
from console.layout import say
from console.surroundings import actor, config, database, now, reading, writing
from domain.case import read_number
from domain.errors import InvalidInput
from domain.permission import Permission
from domain.picture_reasons import ResumeReason, SuspendReason, UnmuteReason
from storage import case_pictures, cases, look_alikes, suspensions

PICTURES_AT_ONCE: Final = 25

Reason = TypeVar("Reason", bound=StrEnum)


@page.get("/cases/<number>/pictures")
@needs(Permission.CASE_VIEW)
def show_pictures(number: str) -> ResponseReturnValue:
    """Show what is registered in a case, and what it is not to be taken for."""
    number = looked_at(number)
    after = request.args.get("after")
    with reading() as session:
        case = cases.get_case(session, number)
        found = case_pictures.pictures_of_case(
            session,
            number,
            after=None if after is None else read_number("R", after),
            limit=PICTURES_AT_ONCE,
        )
        alike = look_alikes.list_look_alikes(session, number, limit=100)
    return render_template(
        "case_pictures.html",
        case=case,
        found=found,
        alike=alike,
        first=after is None,
        shows=SHOWS,
        finds=finds,
        suspend_reasons=SUSPEND_REASONS,
        resume_reasons=RESUME_REASONS,
        unmute_reasons=UNMUTE_REASONS,
    )


@page.post("/cases/<number>/pictures/<registration>/suspend")
@needs(Permission.CASE_EDIT)
def suspend(number: str, registration: str) -> ResponseReturnValue:
    """Have nothing of a picture flagged until it is resumed."""
    registration = read_number("R", registration)
    reason = _reason(SuspendReason)
    with writing() as session:
        suspensions.suspend(session, registration, reason=reason, actor=actor(), now=now())
    say(_("%(number)s is suspended: nothing is flagged for it.", number=registration))
    return _back(number, registration)


@page.post("/cases/<number>/pictures/<registration>/resume")
@needs(Permission.CASE_EDIT)
def resume(number: str, registration: str) -> ResponseReturnValue:
    """Have a suspended picture flag again, also what was sighted meanwhile."""
    registration = read_number("R", registration)
    settings = config()
    found = resuming.resume(
        database(),
        registration,
        reason=_reason(ResumeReason),
        actor=actor(),
        now=now(),
        match_distance=settings.match_distance,
        video_share=settings.video_share,
        embedding_least=settings.embeddings_flag_from,
    )
    words = ngettext(
        "%(number)s flags again. It matches %(num)d image of those seen so far.",
        "%(number)s flags again. It matches %(num)d images of those seen so far.",
        found.images,
        number=registration,
    )
    say(words)
    return _back(number, registration)


@page.post("/cases/<number>/pictures/<registration>/unmute")
@needs(Permission.CASE_EDIT)
def unmute(number: str, registration: str) -> ResponseReturnValue:
    """Have every place of a picture count again, for good."""
    registration = read_number("R", registration)
    settings = config()
    done = unmuting.unmute(
        database(),
        registration,
        reason=_reason(UnmuteReason),
        actor=actor(),
        now=now(),
        match_distance=settings.match_distance,
        video_share=settings.video_share,
    )
    words = ngettext(
        "%(num)d place of %(number)s counts again.",
        "%(num)d places of %(number)s count again.",
        done.places,
        number=registration,
    )
    say(words)
    return _back(number, registration)


@page.post("/cases/<number>/look-alikes/<look_alike>/remove")
@needs(Permission.CASE_EDIT)
def remove_look_alike(number: str, look_alike: str) -> ResponseReturnValue:
    """Take a look-alike off the list of a case."""
    look_alike = read_number("L", look_alike)
    with writing() as session:
        look_alikes.remove(session, look_alike, actor=actor(), now=now())
    words = _(
        "%(number)s is off the list. What is like it is flagged when it is next seen.",
        number=look_alike,
    )
    say(words)
    return redirect(
        url_for("cases.show_pictures", number=read_number("C", number), _anchor="look-alikes"),
        HTTPStatus.SEE_OTHER,
    )


def _reason(choices: type[Reason]) -> str:
    asked = request.form.get("reason", "")
    if asked not in choices.__members__:
        raise InvalidInput(_("Choose a reason; it is kept on record. Nothing was changed."))
    return choices[asked].value


def _back(number: str, registration: str) -> ResponseReturnValue:
    case = read_number("C", number)
    return redirect(
        url_for("cases.show_pictures", number=case, _anchor=registration), HTTPStatus.SEE_OTHER
    )
