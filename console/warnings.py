"""What is amiss with the watched sites, who knows of it, and what is over."""

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from console.access import needs
from console.layout import say
from console.sentences import words_of
from console.surroundings import actor, now, reading, writing
from domain.errors import VigilError
from domain.permission import Permission
from storage import site_warnings
from watching import acting
from watching.overview import is_led

page = Blueprint("warnings", __name__)

MOST_SHOWN: Final = 200
_OVER_SHOWN: Final = timedelta(days=14)
_MOST_OVER: Final = 50
_UNTIL: Final = {"day": timedelta(days=1), "week": timedelta(days=7), "over": None}


@page.get("/warnings")
@needs(Permission.SITE_VIEW)
def show_all() -> ResponseReturnValue:
    """List what calls for attention, what somebody knows of, and what is over."""
    with reading() as session:
        standing = site_warnings.open_ones(session, limit=MOST_SHOWN)
        over = site_warnings.over_since(session, now() - _OVER_SHOWN, limit=_MOST_OVER)
        led = is_led(session, now())
    return render_template(
        "warnings.html",
        calling=[each for each in standing if not each.stands_back(now())],
        known=[each for each in standing if each.stands_back(now())],
        over=over,
        led=led,
        most=MOST_SHOWN if len(standing) == MOST_SHOWN else None,
    )


@page.post("/warnings/<int:site_warning_id>/acknowledge")
@needs(Permission.WARNING_ACKNOWLEDGE)
def acknowledge(site_warning_id: int) -> ResponseReturnValue:
    """Have a warning stand back for a while."""
    chosen = _UNTIL.get(request.form.get("until", "over"))
    until: datetime | None = None if chosen is None else now() + chosen
    try:
        with writing() as session:
            site = acting.acknowledge_warning(
                session, site_warning_id, until=until, actor=actor(), now=now()
            )
    except VigilError as error:
        say(words_of(error), kind="problem")
    else:
        said = _(
            "The warning about %(site)s stands back. It calls again if it comes anew.", site=site
        )
        say(said, undo=url_for("warnings.call_again", site_warning_id=site_warning_id))
    return redirect(url_for("warnings.show_all"), HTTPStatus.SEE_OTHER)


@page.post("/warnings/<int:site_warning_id>/call-again")
@needs(Permission.WARNING_ACKNOWLEDGE)
def call_again(site_warning_id: int) -> ResponseReturnValue:
    """Take back that a warning was acknowledged."""
    try:
        with writing() as session:
            site = acting.let_warning_call_again(session, site_warning_id, actor=actor(), now=now())
    except VigilError as error:
        say(words_of(error), kind="problem")
    else:
        say(_("The warning about %(site)s calls for attention again.", site=site))
    return redirect(url_for("warnings.show_all"), HTTPStatus.SEE_OTHER)
