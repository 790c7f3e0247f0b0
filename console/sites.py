"""The watched sites: how each of them goes, and what can be done about it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from console.access import needs
from console.layout import say
from console.sentences import words_of
from console.sparkline import sparkline
from console.surroundings import actor, config, database, now, reading, writing
from console.watch_words import LEVELS, OUTCOMES, STATES, WARNINGS, WATCHES, checked
from domain.errors import VigilError
from domain.permission import Permission
from domain.site import written_interval, written_rate
from watching import acting, checking
from watching.overview import SiteLine, SitePage, Watch, is_led, site_lines, site_page

page = Blueprint("sites", __name__)

MOST_SHOWN: Final = 200
"""Sites on one page; more are narrowed down by name."""

_SOON: Final = timedelta(seconds=30)

_LAST: Final = datetime.max.replace(tzinfo=UTC)
_FIRST: Final = datetime.min.replace(tzinfo=UTC)
_SHOWN: Final[dict[str, Callable[[SiteLine], bool]]] = {
    "warnings": lambda line: line.calling > 0,
    "crawling": lambda line: line.watch in {Watch.CRAWLING, Watch.WANTED},
    "paused": lambda line: line.watch is Watch.PAUSED,
}
_SORTED: Final[dict[str, Callable[[SiteLine], object]]] = {
    "warnings": lambda line: -line.calling,
    "matches": lambda line: -line.open_matches,
    "new": lambda line: -sum(line.new_images),
    "last": lambda line: line.newest.started_at if line.newest else _FIRST,
    "next": lambda line: line.next_at or _LAST,
}


@page.app_context_processor
def words() -> dict[str, object]:
    """Give all templates the words for sites and crawls."""
    return {
        "crawl_states": STATES,
        "crawl_outcomes": OUTCOMES,
        "warning_words": WARNINGS,
        "watch_words": WATCHES,
        "level_words": LEVELS,
        "sparkline": sparkline,
        "checked": checked,
        "stands_as": _stands,
        "looked_at_again": _looked_at_again,
        "written_interval": written_interval,
        "written_rate": written_rate,
    }


@page.get("/sites")
@needs(Permission.SITE_VIEW)
def show_all() -> ResponseReturnValue:
    """List the watched sites."""
    asked = request.args.get("q", "").strip().lower()
    shown, order = request.args.get("show", ""), request.args.get("sort", "")
    with reading() as session:
        lines = site_lines(session, now=now())
        led = is_led(session, now())
    found = [line for line in lines if asked in line.stored.site.name]
    if shown in _SHOWN:
        found = list(filter(_SHOWN[shown], found))
    if order in _SORTED:
        found.sort(key=_SORTED[order])  # type: ignore[arg-type]  # each gives one kind of value
    return render_template(
        "sites.html",
        lines=found[:MOST_SHOWN],
        found=len(found),
        watched=len(lines),
        visited=sum(line.watch is not Watch.PAUSED for line in lines),
        calling=sum(line.calling for line in lines),
        led=led,
        asked=asked,
        shown=shown,
        order=order,
        now=now,
    )


@page.get("/sites/<name>")
@needs(Permission.SITE_VIEW)
def show(name: str) -> ResponseReturnValue:
    """Show one site: how it stands, what is amiss, its policy."""
    with reading() as session:
        whole = site_page(session, name, now=now())
    return render_template("site.html", whole=whole, site=whole.line.stored.site, now=now)


@page.get("/sites/<name>/standing")
@needs(Permission.SITE_VIEW)
def standing(name: str) -> ResponseReturnValue:
    """Show how a site stands at the moment: a part of its page, asked for again and again."""
    with reading() as session:
        whole = site_page(session, name, now=now())
    return render_template(
        "site_standing.html",
        whole=whole,
        site=whole.line.stored.site,
        now=now,
        # What stands around it changes with that, and is replaced only then: it may have the focus.
        anew=request.args.get("was") != _stands(whole),
    )


def _stands(whole: SitePage) -> str:
    """Name what the rest of a site's page depends on: buttons, warnings, what is known."""
    line, known = whole.line, whole.known
    parts = (
        line.watch.value,
        line.stored.paused_at is not None,
        whole.check_is_under_way,
        whole.led,
        None if known is None else known.judged_at.isoformat(),
    )
    return " ".join(map(str, parts))


def _looked_at_again(whole: SitePage) -> str | None:
    """Say after how long it is worth looking again how a site stands, in the words of htmx."""
    line = whole.line
    if line.watch in {Watch.CRAWLING, Watch.WANTED} or whole.check_is_under_way:
        return "2s"
    if line.watch is Watch.PAUSED:
        return None
    # Before its first crawl there is a row of it, its process is starting: the visit has its turn.
    due = line.newest is None or line.next_at is None or line.next_at - now() < _SOON
    return "2s" if whole.led and due else "15s"


@page.post("/sites/<name>/pause")
@needs(Permission.SITE_EDIT)
def pause(name: str) -> ResponseReturnValue:
    """Visit a site no more until it is resumed."""
    done = _done(
        lambda session: acting.pause_site(
            session,
            name,
            actor=actor(),
            now=now(),
            reason=request.form.get("reason", "").strip() or None,
        )
    )
    if done:
        said = _("%(site)s is paused. A crawl of it that is under way ends now.", site=name)
        say(said, undo=url_for("sites.resume", name=name))
    return _back(name)


@page.post("/sites/<name>/resume")
@needs(Permission.SITE_EDIT)
def resume(name: str) -> ResponseReturnValue:
    """Visit a paused site again."""
    if _done(lambda session: acting.resume_site(session, name, actor=actor(), now=now())):
        said = _("%(site)s is visited again; its turn is now.", site=name)
        say(said, undo=url_for("sites.pause", name=name))
    return _back(name)


@page.post("/sites/<name>/crawl")
@needs(Permission.CRAWL_START)
def crawl(name: str) -> ResponseReturnValue:
    """Have a site visited now."""
    if _done(lambda session: acting.crawl_now(session, name, actor=actor(), now=now())):
        said = _("%(site)s is visited as soon as there is room, within seconds mostly.", site=name)
        say(said, undo=url_for("sites.crawl_not", name=name))
    return _back(name)


@page.post("/sites/<name>/crawl/take-back")
@needs(Permission.CRAWL_START)
def crawl_not(name: str) -> ResponseReturnValue:
    """Take the wish for a visit back."""
    if _done(lambda session: acting.crawl_not_now(session, name, actor=actor(), now=now())):
        say(_("%(site)s is visited in its usual turn.", site=name))
    return _back(name)


@page.post("/sites/<name>/check")
@needs(Permission.CRAWL_START)
def check(name: str) -> ResponseReturnValue:
    """Try a site's recipe out, for about a minute."""
    try:
        checking.begin(database(), config(), name, actor=actor(), now=now())
    except VigilError as error:
        say(words_of(error), kind="problem")
    return _back(name)


def _done(act: Callable[[Session], object]) -> bool:
    """Do something; say why if it is refused, and whether it was done."""
    try:
        with writing() as session:
            act(session)
    except VigilError as error:
        say(words_of(error), kind="problem")
        return False
    return True


def _back(name: str) -> ResponseReturnValue:
    return redirect(url_for("sites.show", name=name), HTTPStatus.SEE_OTHER)
