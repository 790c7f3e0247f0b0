"""The review queue: what waits, and the next one that nobody else has."""

from http import HTTPStatus
from typing import Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from casework import claiming
from console.access import needs
from console.evidence_terms import GRADES
from console.evidence_words import headline
from console.layout import say
from console.match_words import KINDS, STATES, VERDICTS
from console.queue_filter import read_filter
from console.surroundings import account, actor, now, reading, writing
from domain.permission import Permission
from storage import review_decisions, review_queue

page = Blueprint("queue", __name__)

ON_A_PAGE: Final = 50
_SITES_PROPOSED: Final = 500
_DECIDED_SHOWN: Final = 50


@page.get("/queue")
@needs(Permission.MATCH_VIEW)
def show() -> ResponseReturnValue:
    """Show what waits for a decision, the most urgent first."""
    after = request.args.get("after")
    with reading() as session:
        chosen = read_filter(session, request.args)
        # Of what could not be read, nobody knows which part was meant: none of it is shown.
        found = (
            []
            if chosen.problems
            else review_queue.entries(
                session, chosen.wanted, actor=actor(), now=now(), after=after, limit=ON_A_PAGE + 1
            )
        )
        counts = review_queue.counts(session, actor=actor(), now=now())
        names = review_queue.site_names(session, limit=_SITES_PROPOSED)
    return render_template(
        "queue.html",
        chosen=chosen,
        entries=found[:ON_A_PAGE],
        following=found[ON_A_PAGE - 1].number if len(found) > ON_A_PAGE else None,
        after=after,
        counts=counts,
        sites=names,
        grades=GRADES,
        headline=headline,
        now=now(),
    )


@page.post("/queue/next")
@needs(Permission.MATCH_DECIDE)
def next_one() -> ResponseReturnValue:
    """Claim the next match that nobody has, and open it."""
    with writing() as session:
        chosen = read_filter(session, request.form)
        number = claiming.next_free(
            session,
            chosen.wanted,
            actor=actor(),
            settles=Permission.MATCH_SETTLE in account().permissions,
            now=now(),
            after=request.form.get("after") or None,
        )
    if number is None:
        say(_("Nothing else is free at the moment: the rest is decided, or others have it."))
        return redirect(url_for("queue.show", **chosen.args), code=HTTPStatus.SEE_OTHER)
    return redirect(
        url_for("matches.show", number=number, **chosen.args), code=HTTPStatus.SEE_OTHER
    )


@page.get("/queue/decided")
@needs(Permission.MATCH_VIEW)
def decided() -> ResponseReturnValue:
    """Show what the reader decided lately, to look at it again."""
    with reading() as session:
        found = review_decisions.decided_by(session, actor(), limit=_DECIDED_SHOWN)
    return render_template(
        "queue_decided.html", decided=found, verdicts=VERDICTS, kinds=KINDS, states=STATES
    )
