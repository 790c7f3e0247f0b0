"""What a person has looked at and decided: for her own sake, and so that the load can be spread."""

from datetime import datetime
from http import HTTPStatus
from urllib.parse import urlsplit

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date
from flask_babel import gettext as _
from flask_login import current_user

from casework import exposure
from console.access import needs
from console.languages import zone
from console.layout import say
from console.surroundings import account, now, reading, writing
from domain.errors import InvalidInput
from domain.exposure import LOOKS_ALLOWED, MINUTES_ALLOWED, Reminder
from domain.permission import Permission
from storage.exposure import care_of

page = Blueprint("exposure", __name__)


@page.get("/exposure")
@needs(Permission.OWN_ACCOUNT)
def show() -> ResponseReturnValue:
    """Show a person what she has seen of late, and what she has chosen."""
    return _own({}, None, 200)


@page.post("/exposure")
@needs(Permission.OWN_ACCOUNT)
def choose() -> ResponseReturnValue:
    """Keep when she wants to be reminded, and how much she wants to see."""
    typed = {name: request.form.get(name, "").strip() for name in ("looks", "minutes")}
    heavy_only = request.form.get("heavy_only") == "yes"
    if not all(text.isascii() and text.isdecimal() for text in typed.values()):
        return _own(typed | {"heavy_only": heavy_only}, _wrong(), 400)
    try:
        with writing() as session:
            exposure.choose(
                session,
                account().account_id,
                looks=int(typed["looks"]),
                minutes=int(typed["minutes"]),
                heavy_only=heavy_only,
            )
    except (InvalidInput, OverflowError, ValueError):  # thousands of digits are no number here
        return _own(typed | {"heavy_only": heavy_only}, _wrong(), 400)
    say(_("Kept. It holds from now on."))
    return redirect(url_for("exposure.show"), HTTPStatus.SEE_OTHER)


@page.post("/exposure/later")
@needs(Permission.OWN_ACCOUNT)
def later() -> ResponseReturnValue:
    """Keep the reminder away for a quarter of an hour, and go on where she was."""
    with writing() as session:
        exposure.remind_later(session, account().account_id, now=now())
    return redirect(_where_she_was(), HTTPStatus.SEE_OTHER)


@page.get("/exposure/team")
@needs(Permission.EXPOSURE_VIEW)
def team() -> ResponseReturnValue:
    """Show what everybody has seen, by name, so that the load can be spread."""
    with reading() as session:
        people = exposure.team(session, now=now(), zone=zone())
    return render_template("exposure_team.html", people=people)


@page.app_template_filter("weekday")
def weekday(began: datetime) -> str:
    """Write a day in the reader's zone, as ``Mon 2 Nov``."""
    return format_date(began, "EEE d MMM")


@page.app_context_processor
def shared() -> dict[str, object]:
    """Let templates ask whether the reader is to be reminded of a pause."""
    return {"pause_due": pause_due}


def pause_due() -> Reminder | None:
    """Say whether the reader is to be reminded of a pause."""
    if not current_user.is_authenticated:
        return None
    with reading() as session:
        return exposure.reminder_due(session, account().account_id, now())


def _own(typed: dict[str, str | bool], wrong: str | None, code: int) -> ResponseReturnValue:
    with reading() as session:
        days = exposure.days(session, account().account_id, now=now(), zone=zone())
        care = care_of(session, account().account_id)
    chosen = {"looks": care.looks, "minutes": care.minutes, "heavy_only": care.heavy_only}
    return render_template(
        "exposure.html",
        days=days,
        chosen=chosen | typed,
        wrong=wrong,
        looks_allowed=LOOKS_ALLOWED,
        minutes_allowed=MINUTES_ALLOWED,
    ), code


def _wrong() -> str:
    return _(
        "Write whole numbers: from %(few)d to %(many)d pictures, and from %(short)d to %(long)d "
        "minutes. Nothing was changed.",
        few=LOOKS_ALLOWED[0],
        many=LOOKS_ALLOWED[-1],
        short=MINUTES_ALLOWED[0],
        long=MINUTES_ALLOWED[-1],
    )


def _where_she_was() -> str:
    """Return the page of ours that she pressed the button on."""
    try:
        parts = urlsplit(request.referrer or "")
    except ValueError:
        parts = urlsplit("")
    path = parts.path
    if parts.netloc != request.host or not path.startswith("/") or path[1:2] in {"/", "\\"}:
        return url_for("exposure.show")
    return f"{path}?{parts.query}" if parts.query else path
