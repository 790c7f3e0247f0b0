"""Cases: all of them, one found by its number, and what happened in one."""

from typing import Final

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from console import cases_changing, cases_ending, cases_opening, cases_pictures, cases_places
from console.access import needs
from console.case_words import EVENTS, SHOWN, WISHES, wish
from console.cases_page import looked_at, page
from console.sentences import words_of
from console.surroundings import reading
from domain.case import read_any_number, read_number
from domain.errors import InvalidInput, NotFound
from domain.permission import Permission
from storage import case_wishes, cases
from storage.case_timeline import FLAGGED, Place, timeline
from storage.cases import ShownCases

__all__ = (
    "cases_changing",
    "cases_ending",
    "cases_opening",
    "cases_pictures",
    "cases_places",
    "page",
)

CASES_AT_ONCE: Final = 50
EVENTS_AT_ONCE: Final = 25


@page.get("/cases")
@needs(Permission.CASE_VIEW)
def show_all() -> ResponseReturnValue:
    """List cases, the newest first: the open ones, unless others are asked for."""
    return _list(shown=_shown(), after=_after())


@page.get("/cases/find")
@needs(Permission.CASE_VIEW)
def find() -> ResponseReturnValue:
    """Lead to the case of a number, however it was typed: its own, a picture's or a match's."""
    typed = request.args.get("number", "").strip()
    try:
        number = read_any_number(typed)
        with reading() as session:
            case = number if number.startswith("C") else cases.case_of(session, number)
            cases.case_row(session, case)
    except (InvalidInput, NotFound) as error:
        return _list(shown=ShownCases.OPEN, after=None, typed=typed, wrong=words_of(error)), 404
    if number.startswith("R"):
        return redirect(url_for("cases.show_pictures", number=case, _anchor=number))
    return redirect(url_for("cases.show", number=case))


@page.get("/cases/<number>")
@needs(Permission.CASE_VIEW)
def show(number: str) -> ResponseReturnValue:
    """Show how a case stands and what happened in it."""
    number = looked_at(number)
    written = request.args.get("before")
    looks = request.args.get("looks") == "yes"
    with reading() as session:
        case = cases.get_case(session, number)
        wished = case_wishes.wishes_of(session, number)
        happened = timeline(
            session,
            number,
            before=None if written is None else Place.read(written),
            limit=EVENTS_AT_ONCE,
            looks=looks,
        )
    return render_template(
        "case.html",
        case=case,
        wished=wished,
        happened=happened,
        looks=looks,
        first=written is None,
        event_words=EVENTS,
        flagged=FLAGGED,
        wish_names=WISHES,
        wish=wish,
    )


def _list(
    *, shown: ShownCases, after: str | None, typed: str = "", wrong: str | None = None
) -> str:
    with reading() as session:
        found = cases.page_of_cases(session, shown=shown, after=after, limit=CASES_AT_ONCE)
        counts = cases.count_cases(session)
    return render_template(
        "cases.html",
        found=found,
        shown=shown,
        counts=counts,
        shown_words=SHOWN,
        most=cases.MOST_COUNTED,
        first=after is None,
        typed=typed,
        wrong=wrong,
    )


def _shown() -> ShownCases:
    asked = request.args.get("shown", ShownCases.OPEN.value)
    return ShownCases(asked) if asked in {each.value for each in ShownCases} else ShownCases.OPEN


def _after() -> str | None:
    asked = request.args.get("after")
    return None if asked is None else read_number("C", asked)
