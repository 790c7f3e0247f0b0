"""A week at a glance as one reader may see it: no total gives away what the tables hide."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy.orm import Session

from domain.review import MatchState, Verdict
from domain.small_count import ShownCount, shown, summed
from storage import figures, figures_overview
from storage.figures import WeekOfSite, Weeks
from storage.figures_overview import Span, SpanFigures, Waiting

_VERDICTS: Final = {
    "confirmed": Verdict.CONFIRMED.value,
    "rejected": Verdict.REJECTED.value,
    "unsure": Verdict.UNSURE.value,
    "referred": Verdict.MAY_BE_UNDER_18.value,
}
_COUNTS: Final = ("flagged", *_VERDICTS)


@dataclass(frozen=True, slots=True)
class Glance:
    """What the first page of figures shows: ``counts`` of each span by name."""

    waiting: Waiting
    waiting_shown: ShownCount
    found: Sequence[SpanFigures]
    counts: Sequence[Mapping[str, ShownCount]]


def glance(session: Session, this: Span, part: Span, last: Span, *, exact: bool) -> Glance:
    """Return this week so far, as much of the last one, and all of that.

    Whoever may not see ``exact`` small counts is told the sums of what the tables by week and site
    show her: of exact ones she could take off all that these tell, and what is left is hidden.
    """
    waiting = figures_overview.waiting(session)
    found = [figures_overview.figures_of(session, span) for span in (this, part, last)]
    if exact:
        counts = [{name: ShownCount(getattr(each, name)) for name in _COUNTS} for each in found]
        return Glance(waiting, ShownCount(waiting.matches), found, counts)
    whole = _of_week(session, last.first)
    rest = {name: getattr(found[2], name) - getattr(found[1], name) for name in _COUNTS}
    counts = [
        _of_week(session, this.first),
        {
            name: _less(whole[name], rest[name], shown(getattr(found[1], name), exact=False))
            for name in _COUNTS
        },
        whole,
    ]
    ever = Weeks(date.min, date.max)
    flagged = figures.matches(session, ever, state=MatchState.FLAGGED.value)
    return Glance(waiting, _sum(flagged), found, counts)


def _of_week(session: Session, monday: date) -> dict[str, ShownCount]:
    week = Weeks(monday, monday)
    decided = figures.decisions(session, week)
    return {
        "flagged": _sum(figures.matches(session, week)),
        **{name: _sum(decided, verdict) for name, verdict in _VERDICTS.items()},
    }


def _sum(cells: Iterable[WeekOfSite], kind: str | None = None) -> ShownCount:
    return summed(
        shown(number, exact=False)
        for cell in cells
        for name, number in cell.counts.items()
        if kind in {None, name}
    )


def _less(whole: ShownCount, rest: int, part: ShownCount) -> ShownCount:
    """Say how much a part of a week is, of which the whole is a range: as wide a one."""
    if whole.exact or part.most == 0:
        return part
    least = max(whole.least - rest, 1)
    wide = max(whole.most - rest - least, 1)
    return ShownCount(least - wide, wide, wide)
