"""One match: what it rests on, who has it, and what is to be decided."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from casework import claiming
from casework.desk import desk_of
from console.access import needs
from console.evidence import evidence_of
from console.layout import say
from console.match_words import KINDS, STATES, VERDICTS
from console.queue_filter import read_filter
from console.surroundings import account, actor, config, now, reading, writing
from domain.case import read_number
from domain.errors import Refused
from domain.permission import Permission
from domain.review import SECOND_OPINIONS

page = Blueprint("matches", __name__)

_TRAIL: Final = "trail"
_TRAIL_LENGTH: Final = 30


@page.get("/matches/<number>")
@needs(Permission.MATCH_VIEW)
def show(number: str) -> ResponseReturnValue:
    """Show a match. Looking claims nothing; the page then asks for that by itself."""
    return page_of(read_number("M", number), request.args)


def page_of(number: str, given: Mapping[str, str], *, note: str = "") -> str:
    """Write the page of a match; ``note`` is what was typed before, if nothing came of it."""
    with reading() as reader:
        chosen = read_filter(reader, given)
        desk = desk_of(reader, number, actor=actor(), settles=may_settle(), now=now())
        evidence = evidence_of(reader, desk.detail, now=now())
    return render_template(
        "match.html",
        desk=desk,
        detail=desk.detail,
        match=desk.detail.summary,
        evidence=evidence,
        chosen=chosen,
        previous=_previous(number),
        hotline=config().hotline,
        verdicts=VERDICTS,
        states=STATES,
        kinds=KINDS,
        actor=actor(),
        settles=may_settle(),
        second_opinions=SECOND_OPINIONS,
        now=now(),
        note=note,
    )


@page.post("/matches/<number>/hold")
@needs(Permission.MATCH_DECIDE)
def hold(number: str) -> ResponseReturnValue:
    """Claim a match that is open in somebody's browser, or renew that; say who has it."""
    number = read_number("M", number)
    with writing() as writer:
        held = claiming.hold(writer, number, actor=actor(), settles=may_settle(), now=now())
    return render_template(
        "match_hold.html",
        number=number,
        held=held,
        blocked=bool(request.form.get("blocked")),
        now=now(),
    )


@page.post("/matches/<number>/release")
@needs(Permission.MATCH_DECIDE)
def release(number: str) -> ResponseReturnValue:
    """Give a match back to the queue. Browsers say so as well when its page is left."""
    number = read_number("M", number)
    with writing() as writer:
        chosen = read_filter(writer, request.form)
        claiming.release(writer, number, actor=actor())
    if request.form.get("left"):
        return "", 204
    say(_("%(number)s is back in the queue, for anybody to take.", number=number))
    return redirect(url_for("queue.show", **chosen.args), code=HTTPStatus.SEE_OTHER)


@page.post("/matches/<number>/take-over")
@needs(Permission.MATCH_DECIDE)
def take_over(number: str) -> ResponseReturnValue:
    """Take a match that somebody else had and has let lapse."""
    number = read_number("M", number)
    try:
        with writing() as writer:
            chosen = read_filter(writer, request.form)
            claiming.take_over(writer, number, actor=actor(), now=now())
    except Refused:
        say(
            _("%(number)s was touched a moment ago, so it is not free yet.", number=number),
            kind="problem",
        )
    else:
        say(_("You have %(number)s now.", number=number))
    return redirect(
        url_for("matches.show", number=number, **chosen.args), code=HTTPStatus.SEE_OTHER
    )


def may_settle() -> bool:
    """Say whether the reader may decide what two people were unsure of."""
    return Permission.MATCH_SETTLE in account().permissions


def _previous(number: str) -> str | None:
    """Return the match that the reader had open before this one, and remember this one."""
    trail: list[str] = session.get(_TRAIL, [])
    if number not in trail:
        trail = [*trail, number][-_TRAIL_LENGTH:]
        session[_TRAIL] = trail
    place = trail.index(number)
    return trail[place - 1] if place else None
