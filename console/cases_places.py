"""Where the pictures of a case were found: the sites, and the addresses for whoever asks."""

from typing import Final

from flask import render_template, request
from flask.typing import ResponseReturnValue

from casework import looking_at_cases
from console.access import needs
from console.case_words import MATCH_STATES
from console.cases_page import looked_at, page
from console.surroundings import actor, database, now, reading
from domain.permission import Permission
from storage import case_places, cases

ADDRESSES_AT_ONCE: Final = 50


@page.get("/cases/<number>/places")
@needs(Permission.CASE_VIEW)
def show_places(number: str) -> ResponseReturnValue:
    """Show on which sites the pictures of a case were found, and how much of it is left."""
    number = looked_at(number)
    with reading() as session:
        case = cases.get_case(session, number)
        sites = case_places.sites_of_case(session, number)
    return render_template("case_places.html", case=case, sites=sites)


@page.get("/cases/<number>/places/<site>")
@needs(Permission.CASE_VIEW)
def show_addresses(number: str, site: str) -> ResponseReturnValue:
    """Show the addresses on one site; that somebody saw them is on record."""
    number = looked_at(number)
    looking_at_cases.note(
        database(), number, actor=actor(), now=now(), action=looking_at_cases.ADDRESSES
    )
    after = request.args.get("after", type=int)
    with reading() as session:
        case = cases.get_case(session, number)
        found = case_places.places_of_case(
            session, number, site, after=after, limit=ADDRESSES_AT_ONCE
        )
    return render_template(
        "case_addresses.html",
        case=case,
        site=site,
        found=found,
        first=after is None,
        match_states=MATCH_STATES,
    )
