"""Crawls: those under way as they go, and all others with every count and every single error."""

from http import HTTPStatus
from typing import Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from console.access import needs
from console.layout import say
from console.sentences import words_of
from console.surroundings import actor, now, reading, writing
from console.watch_words import SILENT, STATES, Words, about
from domain.crawl import CrawlState
from domain.errors import Refused
from domain.image import Outcome
from domain.permission import Permission
from storage import crawl_listing, crawls, sites
from storage.crawls import CrawlSummary
from watching import acting
from watching.crawl_warning import warning_of

page = Blueprint("crawls", __name__)

ON_A_PAGE: Final = 50
ERRORS_ON_A_PAGE: Final = 100


@page.app_context_processor
def words() -> dict[str, object]:
    """Give all templates what they say of crawls."""
    return {"about": about, "is_alive": _is_alive, "counts_of": counts_of, "state_of": state_of}


@page.get("/crawls")
@needs(Permission.CRAWL_VIEW)
def show_all() -> ResponseReturnValue:
    """List crawls, the newest first, and those under way above all."""
    name, state = request.args.get("site", ""), request.args.get("state", "")
    before = request.args.get("before", type=int)
    with reading() as session:
        names = [stored.site.name for stored in sites.all_sites(session)]
        site_id = sites.id_of(session, name) if name else None
        found = crawl_listing.crawls_before(
            session,
            site_id=site_id,
            state=CrawlState(state) if state in STATES else None,
            before=before,
            limit=ON_A_PAGE + 1,
        )
        under_way = crawl_listing.under_way(session)
    return render_template(
        "crawls.html",
        crawls=found[:ON_A_PAGE],
        more=len(found) > ON_A_PAGE,
        under_way=under_way,
        names=names,
        name=name,
        state=state,
        first=before is None,
    )


@page.get("/crawls/under-way")
@needs(Permission.CRAWL_VIEW)
def under_way() -> ResponseReturnValue:
    """Show the crawls under way: a part of the page, asked for again and again."""
    with reading() as session:
        found = crawl_listing.under_way(session)
    return render_template("crawls_under_way.html", under_way=found)


@page.get("/crawls/<int:crawl_id>")
@needs(Permission.CRAWL_VIEW)
def show(crawl_id: int) -> ResponseReturnValue:
    """Show one crawl: its counts, and its errors down to the single page or image."""
    what, outcome = request.args.get("what", ""), request.args.get("outcome", "")
    after = request.args.get("after", default=0, type=int)
    with reading() as session:
        crawl = crawls.get(session, crawl_id)
        kinds = crawl_listing.error_kinds(session, crawl_id)
        errors = crawl_listing.errors_after(
            session,
            crawl_id,
            what=what or None,
            outcome=outcome or None,
            after=after,
            limit=ERRORS_ON_A_PAGE + 1,
        )
        warning = warning_of(session, crawl)
        by_hand = crawl_listing.stopped_by_hand(session, [crawl_id]).get(crawl_id)
    return render_template(
        "crawl.html",
        crawl=crawl,
        kinds=kinds,
        errors=errors[:ERRORS_ON_A_PAGE],
        more=len(errors) > ERRORS_ON_A_PAGE,
        warning=warning,
        by_hand=by_hand,
        what=what,
        outcome=outcome,
        after=after,
        in_all=sum(kind.number for kind in kinds),
    )


@page.get("/crawls/<int:crawl_id>/standing")
@needs(Permission.CRAWL_VIEW)
def standing(crawl_id: int) -> ResponseReturnValue:
    """Show one crawl's counts as they are now: a part of its page."""
    with reading() as session:
        crawl = crawls.get(session, crawl_id)
    alive = _is_alive(crawl)
    part = render_template("crawl_standing.html", crawl=crawl, at_rest=not alive)
    return part, 200 if alive else 286  # by which htmx asks no more


@page.post("/crawls/<int:crawl_id>/stop")
@needs(Permission.CRAWL_START)
def stop(crawl_id: int) -> ResponseReturnValue:
    """Have a crawl stop; what it saw is kept."""
    try:
        with writing() as session:
            crawl = acting.stop_crawl(session, crawl_id, actor=actor(), now=now())
    except Refused as error:
        say(words_of(error), kind="problem")
    else:
        said = _(
            "The crawl of %(site)s was told to stop. It ends within seconds, and what it saw is "
            "kept.",
            site=crawl.site,
        )
        say(said)
    if request.form.get("from") == "site":
        with reading() as session:
            return redirect(
                url_for("sites.show", name=crawls.get(session, crawl_id).site), HTTPStatus.SEE_OTHER
            )
    return redirect(url_for("crawls.show", crawl_id=crawl_id), HTTPStatus.SEE_OTHER)


def state_of(crawl: CrawlSummary) -> Words:
    """Return the words for how a crawl stands; one that has gone silent is not said to go on."""
    if crawl.state == CrawlState.RUNNING.value and not _is_alive(crawl):
        return SILENT
    return STATES[crawl.state]


def counts_of(crawl: CrawlSummary) -> list[tuple[str, int]]:
    """Return how many references ended in which way; with those not ended, they add up."""
    return [(outcome.value, getattr(crawl, outcome.value)) for outcome in Outcome]


def _is_alive(crawl: CrawlSummary) -> bool:
    return crawls.is_alive(crawl, now())
