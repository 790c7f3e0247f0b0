"""The audit record: who did what to which record and why, each entry checked before it is shown."""

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import MAXYEAR, MINYEAR, date, datetime, time, timedelta
from http import HTTPStatus
from typing import Final

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from casework import exporting_audit
from console.access import needs
from console.audit_export import WRITERS
from console.audit_watch import watch
from console.languages import zone
from console.layout import say
from console.surroundings import actor, database, now, reading, writing
from domain.case import read_any_number
from domain.errors import InvalidInput
from domain.permission import Permission
from storage import audit_reading
from storage.audit_reading import AuditFilter

page = Blueprint("audit", __name__)

ENTRIES_AT_ONCE: Final = 50
_FILTERS: Final = ("actor", "action", "subject", "from", "to")


@page.get("/audit")
@needs(Permission.AUDIT_VIEW)
def show_all() -> ResponseReturnValue:
    """Show entries, the newest first, and how the whole chain stands."""
    typed = {name: request.args.get(name, "").strip() for name in _FILTERS}
    wanted, wrong = _read(typed)
    after = request.args.get("after", type=int)
    with reading() as session:
        found = audit_reading.page_of_entries(session, wanted, after=after, limit=ENTRIES_AT_ONCE)
        actors = audit_reading.actors(session)
        actions = audit_reading.actions(session)
    standing = watch().look(database())
    shown = render_template(
        "audit.html",
        found=found,
        standing=standing,
        actors=actors,
        actions=actions,
        typed=typed,
        asked={name: value for name, value in typed.items() if value},
        wrong=wrong,
        first=after is None,
        details=_details,
    )
    return (shown, 400) if wrong else shown


@page.post("/audit/check")
@needs(Permission.AUDIT_VIEW)
def check_all() -> ResponseReturnValue:
    """Begin to check the whole chain; the page shows how far it is."""
    if not watch().check_all(database(), actor=actor(), now=now()):
        say(_("The whole record is being checked already."))
    return redirect(url_for("audit.show_all"), HTTPStatus.SEE_OTHER)


@page.get("/audit/check")
@needs(Permission.AUDIT_VIEW)
def show_check() -> ResponseReturnValue:
    """Show how the chain stands, for a page that is open while it is checked."""
    return render_template("audit_chain.html", standing=watch().look(database()))


@page.post("/audit/export")
@needs(Permission.AUDIT_EXPORT)
def export() -> ResponseReturnValue:
    """Send what is filtered as a file; that it was taken out is on record."""
    wanted, wrong = _read({name: request.form.get(name, "").strip() for name in _FILTERS})
    form = request.form.get("form", "")
    if wrong or form not in WRITERS:
        raise InvalidInput(wrong or _("Choose CSV or JSON. Nothing was exported."))
    moment = now()
    with writing() as session:
        through = exporting_audit.note_export(session, wanted, form=form, actor=actor(), now=moment)
    write, kind = WRITERS[form]
    rows = audit_reading.all_entries(database(), wanted, through=through)
    name = f"vigil-audit-{moment:%Y-%m-%d}.{form}"
    return Response(
        write(rows),
        content_type=kind,
        headers={"Content-Disposition": f"attachment; filename={name}"},
    )


def _read(typed: Mapping[str, str]) -> tuple[AuditFilter, str | None]:
    """Read what is to be filtered by; with what is wrong, if a day is none."""
    wrong = None
    days: dict[str, date | None] = {"from": None, "to": None}
    for name in days:
        try:
            days[name] = _day(typed[name]) if typed[name] else None
        except ValueError:
            wrong = _("%(typed)s is no day, such as 2026-03-31.", typed=typed[name])
    first, last = days["from"], days["to"]
    if first and last and first > last:
        wrong = _("The first day is after the last: there is nothing between them.")
    subject = typed["subject"]
    if subject:
        with suppress(InvalidInput):  # a site, or another record that is not known by a number
            subject = read_any_number(subject)
    wanted = AuditFilter(
        actor=typed["actor"] or None,
        action=typed["action"] or None,
        subject=subject or None,
        since=None if first is None else _midnight(first),
        until=None if last is None else _midnight(last + timedelta(days=1)),
    )
    return wanted, wrong


def _day(typed: str) -> date:
    """Read a day.

    Raises:
        ValueError: it is none, or one so far away that the next or its midnight elsewhere is none.
    """
    day = date.fromisoformat(typed)
    if not MINYEAR < day.year < MAXYEAR:
        raise ValueError(typed)
    return day


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone())


def _details(details: Mapping[str, object]) -> str:
    return "; ".join(
        f"{name}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
        for name, value in details.items()
    )
