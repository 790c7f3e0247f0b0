"""What is said of sites and crawls: outcomes, states and warnings, each with what it means."""

from collections.abc import Mapping
from typing import Final

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_babel.speaklater import LazyString

from domain.crawl import CrawlState
from domain.finding import Level
from domain.image import Outcome
from domain.site_warning import WarningKind
from watching.overview import Watch

Words = tuple[str, LazyString, LazyString]
"""How it is shown (``good``, ``warn``, ``bad`` or nothing), the word, and its meaning."""

STATES: Final[Mapping[str, Words]] = {
    CrawlState.RUNNING.value: (
        "",
        lazy_gettext("under way"),
        lazy_gettext("It is reading the site now."),
    ),
    CrawlState.FINISHED.value: (
        "good",
        lazy_gettext("finished"),
        lazy_gettext("It came to its end."),
    ),
    CrawlState.STOPPED.value: (
        "",
        lazy_gettext("stopped"),
        lazy_gettext("It was told to stop, or ran into a limit. What it saw is kept."),
    ),
    CrawlState.FAILED.value: (
        "bad",
        lazy_gettext("failed"),
        lazy_gettext("It could not read a single page: the site is down, or turns us away."),
    ),
    CrawlState.CRASHED.value: (
        "bad",
        lazy_gettext("crashed"),
        lazy_gettext("Its process died. What it saw is kept, and the next crawl goes on."),
    ),
}

SILENT: Final[Words] = (
    "warn",
    lazy_gettext("silent"),
    lazy_gettext("It has given no sign of life for a minute: its process has probably died."),
)
"""A crawl that has not ended and gives no sign of life."""

OUTCOMES: Final[Mapping[str, tuple[LazyString, LazyString]]] = {
    Outcome.HASHED.value: (
        lazy_gettext("New"),
        lazy_gettext("Fetched for the first time, hashed and compared with every registration."),
    ),
    Outcome.DUPLICATE.value: (
        lazy_gettext("Known"),
        lazy_gettext("The same address or the same bytes were already handled."),
    ),
    Outcome.UNCHANGED.value: (
        lazy_gettext("Unchanged"),
        lazy_gettext("The site says that it has not changed since the last crawl."),
    ),
    Outcome.TOO_SMALL.value: (
        lazy_gettext("Too small"),
        lazy_gettext("An icon or a spacer, too small to hold a picture."),
    ),
    Outcome.UNDECODABLE.value: (
        lazy_gettext("No picture"),
        lazy_gettext("The bytes are no picture that can be opened."),
    ),
    Outcome.REFUSED.value: (
        lazy_gettext("Refused"),
        lazy_gettext(
            "A rule of ours forbids fetching it: robots.txt, a private address, its size."
        ),
    ),
    Outcome.FAILED.value: (
        lazy_gettext("Failed"),
        lazy_gettext("It could not be fetched. The next crawl tries again."),
    ),
    "left": (
        lazy_gettext("Left out"),
        lazy_gettext("Pages that this crawl did not visit, many in one line."),
    ),
    "note": (
        lazy_gettext("Note"),
        lazy_gettext("Nothing failed; this is worth knowing about the crawl."),
    ),
}
"""Every outcome that a line of a crawl's report can have."""

WARNINGS: Final[Mapping[WarningKind, Words]] = {
    WarningKind.DOWN: (
        "bad",
        lazy_gettext("Down"),
        lazy_gettext("Not a single page could be read."),
    ),
    WarningKind.BLOCKED: (
        "bad",
        lazy_gettext("Turns us away"),
        lazy_gettext("The site is up, and does not let our crawls read it."),
    ),
    WarningKind.FEWER: (
        "warn",
        lazy_gettext("Far fewer pictures"),
        lazy_gettext(
            "A crawl found far fewer than usual: the site's pages may have changed, or something "
            "stands before them."
        ),
    ),
    WarningKind.NOTHING_NEW: (
        "warn",
        lazy_gettext("Nothing new"),
        lazy_gettext("No new picture for much longer than this site ever paused before."),
    ),
    WarningKind.CRASHED: (
        "bad",
        lazy_gettext("Crashed"),
        lazy_gettext("The process of a crawl died."),
    ),
    WarningKind.CUT_SHORT: (
        "warn",
        lazy_gettext("Cut short"),
        lazy_gettext("Several crawls in a row did not come to their end."),
    ),
    WarningKind.LOG_IN_MISSING: (
        "warn",
        lazy_gettext("Log-in not set"),
        lazy_gettext("Variables with user name or password are missing where crawls run."),
    ),
}

WATCHES: Final[Mapping[Watch, Words]] = {
    Watch.CRAWLING: ("good", lazy_gettext("crawling now"), lazy_gettext("A crawl is under way.")),
    Watch.WANTED: (
        "",
        lazy_gettext("about to begin"),
        lazy_gettext("A visit was asked for, and begins as soon as there is room."),
    ),
    Watch.WATCHED: ("", lazy_gettext("watched"), lazy_gettext("It is visited in its turn.")),
    Watch.PAUSED: (
        "warn",
        lazy_gettext("paused"),
        lazy_gettext("It is not visited until somebody resumes it."),
    ),
}

LEVELS: Final[Mapping[Level, tuple[str, LazyString]]] = {
    Level.OK: ("good", lazy_gettext("works")),
    Level.WARN: ("warn", lazy_gettext("look at it")),
    Level.FAIL: ("bad", lazy_gettext("does not work")),
}
"""How a finding of a recipe check is shown."""


def checked(what: str) -> str:
    """Say what a line of a recipe check is about, as the form of a site calls it."""
    known = {
        "--follow": _("Follow"),
        "--leave": _("Leave alone"),
        "--item": _("Item pages"),
        "--listing": _("Listing pages"),
        "--image": _("Image links"),
        "Log-in": _("Log-in"),
        "Age gate": _("Age gate"),
        "Way in": _("Way in"),
        "Start page": _("Start page"),
        "Pages": _("Pages"),
        "Pictures": _("Pictures"),
        "Trouble": _("Trouble"),
    }
    return known.get(what, what)


def about(what: str) -> str:
    """Say what a line of a crawl's report is about."""
    known = {
        "page": _("Page"),
        "image": _("Image"),
        "log-in": _("Log-in"),
        "age gate": _("Age gate"),
        "way in": _("Way in"),
        "robots.txt": _("robots.txt"),
        "videos": _("Videos"),
        "images": _("Images"),
        "browser": _("Browser"),
        "cookies": _("Cookies"),
        "rate": _("Rate"),
        "embeddings": _("Embeddings"),
    }
    return known.get(what, what)
