"""What the query page says: of each view and column, of what went wrong, and its examples."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_babel.speaklater import LazyString

from storage.analyst_query import QueryStopped
from storage.analyst_query_limits import COLUMNS, QUERY_LETTERS, SECONDS, Trouble

_WEEK: Final = lazy_gettext("the Monday on which its week began")

VIEWS_SAY: Final[Mapping[str, LazyString]] = {
    "analyst_match": lazy_gettext(
        "One row for each match: an image near something registered, however often it was seen."
    ),
    "analyst_decision": lazy_gettext(
        "One row for each decision about a match, those that were taken back as well."
    ),
    "analyst_crawl": lazy_gettext("One row for each crawl: one run over one site."),
    "analyst_site_day": lazy_gettext(
        "One row for each site and day on which a crawl of it ended. "
        "Quick, whatever the number of images."
    ),
    "analyst_sighting_day": lazy_gettext(
        "One row for each site and day on which images were first seen somewhere. Goes through "
        "every sighting: with millions of them it may not end in time."
    ),
    "analyst_site": lazy_gettext(
        "One row for each site, those that are not watched any more as well."
    ),
}
"""What one row of each view is."""

COLUMNS_SAY: Final[Mapping[str, Mapping[str, LazyString]]] = {
    "analyst_match": {
        "flagged_on": lazy_gettext("when it was flagged"),
        "week": _WEEK,
        "site": lazy_gettext("the site on which the image was seen first; empty if none is known"),
        "state": lazy_gettext("flagged, confirmed, rejected or referred"),
        "sightings": lazy_gettext("how many places it was seen at so far"),
        "moves": lazy_gettext("whether it is a video or an animation"),
        "same_bytes": lazy_gettext("whether it is the same file"),
        "by_pdq": lazy_gettext("whether PDQ agreed"),
        "by_phash": lazy_gettext("whether pHash agreed"),
        "by_constellation": lazy_gettext(
            "whether its constellation agreed: parts and edited copies"
        ),
        "by_embedding": lazy_gettext("whether its embedding agreed"),
        "distance": lazy_gettext(
            "bits in which PDQ differs, at the nearest; empty if PDQ did not agree"
        ),
        "decided_on": lazy_gettext("when it was last decided; empty while it waits"),
        "hours_to_decision": lazy_gettext("hours from the flag to that decision"),
    },
    "analyst_decision": {
        "decided_on": lazy_gettext("when it was made"),
        "week": _WEEK,
        "site": lazy_gettext("the site on which the image was seen first"),
        "verdict": lazy_gettext("confirmed, rejected, unsure or may_be_under_18"),
        "kind": lazy_gettext("why it was rejected; empty otherwise"),
        "taken_back": lazy_gettext("whether it was taken back"),
        "hours_since_flag": lazy_gettext("hours since the match was flagged"),
    },
    "analyst_crawl": {
        "started_on": lazy_gettext("when it began"),
        "week": _WEEK,
        "site": lazy_gettext("the site"),
        "state": lazy_gettext("running, finished, stopped, failed or crashed"),
        "hours": lazy_gettext("how long it took; empty while it runs"),
        "pages_fetched": lazy_gettext("pages read"),
        "pages_unchanged": lazy_gettext("pages that had not changed"),
        "pages_failed": lazy_gettext("pages that could not be read"),
        "pages_refused": lazy_gettext("pages that were not allowed"),
        "pages_left": lazy_gettext("pages known and not visited"),
        "image_references": lazy_gettext("images that pages pointed to"),
        "hashed": lazy_gettext("images fetched, hashed and compared"),
        "duplicate": lazy_gettext("the same address or bytes were handled already"),
        "unchanged": lazy_gettext("unchanged since the last crawl, the site says"),
        "too_small": lazy_gettext("too small to be compared"),
        "undecodable": lazy_gettext("no picture that can be opened"),
        "refused": lazy_gettext("a rule forbids fetching them"),
        "failed": lazy_gettext("could not be fetched"),
        "flagged": lazy_gettext("new matches"),
    },
    "analyst_site_day": {
        "day": lazy_gettext("the day"),
        "week": _WEEK,
        "site": lazy_gettext("the site"),
        "crawls": lazy_gettext("crawls that ended on it"),
        "new_images": lazy_gettext("images hashed in them"),
        "flagged": lazy_gettext("new matches in them"),
    },
    "analyst_sighting_day": {
        "day": lazy_gettext("the day"),
        "week": _WEEK,
        "site": lazy_gettext("the site"),
        "sightings": lazy_gettext("places that images were first seen at"),
        "gone": lazy_gettext("those of them that are known to be gone"),
    },
    "analyst_site": {
        "site": lazy_gettext("its name"),
        "watched_since": lazy_gettext("when it was added"),
        "state": lazy_gettext("watched, paused or removed"),
        "visited_every_minutes": lazy_gettext("minutes between two visits"),
    },
}
"""What each column of each view holds."""


KINDS_SAY: Final[Mapping[str, LazyString]] = {
    "day": lazy_gettext("day"),
    "text": lazy_gettext("text"),
    "number": lazy_gettext("number"),
    "0 or 1": lazy_gettext("0 or 1"),
}
"""What columns of each kind hold."""


@dataclass(frozen=True, slots=True)
class Example:
    """A query to begin with, and what it answers."""

    says: LazyString
    query: str


EXAMPLES: Final[Mapping[str, Example]] = {
    "weeks": Example(
        lazy_gettext("How many matches were flagged each week, and what became of them?"),
        """SELECT week, state, count(*) AS matches
FROM analyst_match
GROUP BY week, state
ORDER BY week DESC, state""",
    ),
    "yield": Example(
        lazy_gettext("Which sites bring how many matches in ten thousand new images?"),
        """SELECT site, sum(new_images) AS new_images, sum(flagged) AS flagged,
       round(10000.0 * sum(flagged) / nullif(sum(new_images), 0), 1) AS in_10000
FROM analyst_site_day
GROUP BY site
ORDER BY flagged DESC, site""",
    ),
    "hours": Example(
        lazy_gettext("How long do decisions take, week by week?"),
        """SELECT week, count(*) AS decisions,
       round(avg(hours_since_flag), 1) AS mean_hours,
       sum(CASE WHEN hours_since_flag > 48 THEN 1 ELSE 0 END) AS over_48_hours
FROM analyst_decision
WHERE taken_back = 0 AND verdict <> 'unsure'
GROUP BY week
ORDER BY week DESC""",
    ),
    "wrong": Example(
        lazy_gettext("How often is a match wrong, by the signal that found it?"),
        """SELECT CASE WHEN same_bytes = 1 THEN 'same file'
            WHEN by_pdq = 1 THEN 'PDQ'
            WHEN by_constellation = 1 THEN 'constellation'
            WHEN by_embedding = 1 THEN 'embedding'
            ELSE 'other' END AS found_by,
       sum(CASE WHEN state = 'confirmed' THEN 1 ELSE 0 END) AS confirmed,
       sum(CASE WHEN state = 'rejected' THEN 1 ELSE 0 END) AS rejected
FROM analyst_match
GROUP BY 1
ORDER BY 1""",
    ),
    "kinds": Example(
        lazy_gettext("Why are matches rejected?"),
        """SELECT coalesce(kind, 'no reason given') AS kind, count(*) AS rejections
FROM analyst_decision
WHERE verdict = 'rejected' AND taken_back = 0
GROUP BY 1
ORDER BY rejections DESC""",
    ),
    "trouble": Example(
        lazy_gettext("On which sites do crawls not come to their end?"),
        """SELECT site, count(*) AS crawls,
       sum(CASE WHEN state IN ('failed', 'crashed', 'stopped') THEN 1 ELSE 0 END) AS not_finished
FROM analyst_crawl
GROUP BY site
ORDER BY not_finished DESC, site""",
    ),
}
"""Queries to begin with, by the name that stands in the page's address."""


def why(stopped: QueryStopped) -> str:
    """Say why a query gave no answer, and what to do."""
    detail = stopped.detail
    match stopped.trouble:
        case Trouble.OFF:
            said = _(
                "Queries are off: on PostgreSQL they need a role that can read the analysts' views "
                "and nothing else, named in VIGIL_ANALYST_DATABASE_URL. docs/analyst-views.md says "
                "how to make one."
            )
        case Trouble.UNSAFE:
            said = _(
                "Queries are off, because they would not be safe: the role for analysts may do "
                "more than it should (%(detail)s). docs/analyst-views.md says what its rights are.",
                detail=detail,
            )
        case Trouble.LACKING:
            said = _(
                "Queries are off: the role for analysts cannot read %(detail)s. "
                "docs/analyst-views.md says how it is given the right to.",
                detail=detail,
            )
        case Trouble.NOT_LET_IN:
            said = _("The database does not let analysts in. It says: %(detail)s", detail=detail)
        case Trouble.TABLE:
            said = _(
                "This may not be read here: %(detail)s. Only the views that are listed below can.",
                detail=detail,
            )
        case Trouble.FUNCTION:
            said = _("%(detail)s cannot be used here.", detail=detail)
        case Trouble.WRONG:
            said = _("The database does not understand this. It says: %(detail)s", detail=detail)
        case Trouble.TOO_LONG:
            said = _(
                "The query has %(detail)s letters; at most %(most)d can be run.",
                detail=detail,
                most=QUERY_LETTERS,
            )
        case Trouble.MANY_COLUMNS:
            said = _(
                "This gives %(detail)s columns; at most %(most)d can be shown.",
                detail=detail,
                most=COLUMNS,
            )
        case Trouble.LATE:
            said = _(
                "This took more than %(seconds)d seconds and was stopped. Ask for fewer days, or "
                "sum up before joining.",
                seconds=SECONDS,
            )
        case Trouble.BUSY:
            said = _(
                "%(detail)s queries are running already. Try again in a few seconds.",
                detail=detail,
            )
        case other:
            said = str(_PLAIN[other])
    return said


_PLAIN: Final[Mapping[Trouble, LazyString]] = {
    Trouble.EMPTY: lazy_gettext("Write a query first, or press one of the examples."),
    Trouble.UNREADABLE: lazy_gettext(
        "The query holds a sign that no database reads. Write it anew."
    ),
    Trouble.NOT_SELECT: lazy_gettext(
        "Only SELECT can be used here, so that nothing is changed. Begin with SELECT or WITH."
    ),
    Trouble.NOT_ONE: lazy_gettext("Ask one thing at a time: only one SELECT can be run."),
    Trouble.NO_COLUMNS: lazy_gettext(
        "This gives no columns. After SELECT, name what you want to see."
    ),
    Trouble.LARGE: lazy_gettext(
        "This needed more memory or space than a query may have. Ask for less at once."
    ),
}
