"""The three kinds of figures, each with its columns, filters and where it is read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from flask_babel import lazy_gettext
from flask_babel.speaklater import LazyString
from sqlalchemy.orm import Session

from console import figures_words
from console.figures_asked import Asked
from storage import figures
from storage.figures import WeekOfSite


@dataclass(frozen=True, slots=True)
class Filter:
    """One thing to choose: its label, and what there is."""

    words: LazyString
    choices: Mapping[str, LazyString]


@dataclass(frozen=True, slots=True)
class Figures:
    """One kind of figures.

    ``columns`` are what is counted, by name. Where ``adds_up``, they are parts of one number, and
    there is a column for all of it; files then have a row for each part. ``small`` are those that
    may point to a person. ``drawn`` is the column of the chart, None for the sum.
    """

    name: str
    title: LazyString
    says: LazyString
    counted: LazyString
    columns: Mapping[str, LazyString]
    filters: Mapping[str, Filter]
    read: Callable[[Session, Asked], Sequence[WeekOfSite]]
    small: frozenset[str]
    adds_up: bool
    part: str = ""
    drawn: str | None = None

    @property
    def choices(self) -> Mapping[str, Mapping[str, LazyString]]:
        """What may be chosen in each filter."""
        return {name: each.choices for name, each in self.filters.items()}


def _matches(session: Session, asked: Asked) -> Sequence[WeekOfSite]:
    return figures.matches(
        session, asked.weeks, state=asked.chosen.get("state"), signal=asked.chosen.get("signal")
    )


def _decisions(session: Session, asked: Asked) -> Sequence[WeekOfSite]:
    return figures.decisions(
        session, asked.weeks, verdict=asked.chosen.get("verdict"), kind=asked.chosen.get("kind")
    )


def _crawls(session: Session, asked: Asked) -> Sequence[WeekOfSite]:
    return figures.crawls(session, asked.weeks, state=asked.chosen.get("state"))


KINDS: Final[Mapping[str, Figures]] = {
    "matches": Figures(
        name="matches",
        title=lazy_gettext("Matches"),
        says=lazy_gettext(
            "Matches by the week in which they were flagged and the site on which the image was "
            "seen first, by how they stand now."
        ),
        counted=lazy_gettext("Matches"),
        columns=figures_words.STATES,
        filters={
            "state": Filter(lazy_gettext("State"), figures_words.STATES),
            "signal": Filter(lazy_gettext("Signal that agreed"), figures_words.SIGNALS),
        },
        read=_matches,
        small=frozenset(figures_words.STATES),
        adds_up=True,
        part="state",
    ),
    "decisions": Figures(
        name="decisions",
        title=lazy_gettext("Decisions"),
        says=lazy_gettext(
            "Decisions by the week in which they were made and the site on which the image was "
            "seen first. Those that were taken back are left out."
        ),
        counted=lazy_gettext("Decisions"),
        columns=figures_words.VERDICTS,
        filters={
            "verdict": Filter(lazy_gettext("Verdict"), figures_words.VERDICTS),
            "kind": Filter(lazy_gettext("Why it was rejected"), figures_words.KINDS),
        },
        read=_decisions,
        small=frozenset(figures_words.VERDICTS),
        adds_up=True,
        part="verdict",
    ),
    "crawls": Figures(
        name="crawls",
        title=lazy_gettext("Crawls"),
        says=lazy_gettext("Crawls by the week in which they began and their site."),
        counted=lazy_gettext("New images"),
        columns=figures_words.CRAWL_COUNTS,
        filters={"state": Filter(lazy_gettext("How they ended"), figures_words.CRAWL_STATES)},
        read=_crawls,
        small=frozenset({"flagged"}),
        adds_up=False,
        drawn="hashed",
    ),
}
"""Every kind of figures, in the order in which pages link to them."""
