"""What a page of figures is asked for: some weeks, a site, and one more thing or two."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from flask_babel import gettext as _

from storage.figures import Weeks

WEEKS: Final = 12
"""How many weeks are shown if nobody says which."""

MOST_WEEKS: Final = 156
"""How many are shown at once."""

_WEEK: Final = timedelta(days=7)
_YEARS: Final = range(2000, 2200)


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters of a page, as they were understood and as they were typed."""

    weeks: Weeks
    typed: Mapping[str, str]
    chosen: Mapping[str, str] = field(default_factory=dict)
    wrong: str | None = None

    @property
    def again(self) -> dict[str, str]:
        """What a link to the same figures is given."""
        return {name: value for name, value in self.typed.items() if value}


def asked(
    given: Mapping[str, str], choices: Mapping[str, Mapping[str, object]], *, today: date
) -> Asked:
    """Read the filters of a page.

    Args:
        given: what its address holds.
        choices: what may be chosen besides weeks and site, by the name of its field.
        today: the present day in UTC.
    """
    this_week = monday(today)
    typed = {name: given.get(name, "").strip() for name in ("from", "to", "site", *choices)}
    chosen = {name: typed[name] for name in choices if typed[name] in choices[name]}
    first, last, wrong = this_week - (WEEKS - 1) * _WEEK, this_week, None
    try:
        if typed["to"]:
            last = monday(_day(typed["to"]))
            first = last - (WEEKS - 1) * _WEEK
        if typed["from"]:
            first = monday(_day(typed["from"]))
    except ValueError as error:
        wrong = _("%(value)s is no day. Write it as 2026-01-31.", value=str(error))
    if wrong is None and first > last:
        wrong = _("The first day is after the last one. Exchange them.")
    if wrong is None and (last - first) // _WEEK >= MOST_WEEKS:
        first = last - (MOST_WEEKS - 1) * _WEEK
        wrong = _(
            "At most %(weeks)d weeks are shown at once: these are the last.", weeks=MOST_WEEKS
        )
    elif wrong is not None:
        first, last = this_week - (WEEKS - 1) * _WEEK, this_week
    return Asked(Weeks(first, last, typed["site"] or None), typed, chosen, wrong)


def monday(day: date) -> date:
    """Return the Monday on which the week of a day began."""
    return day - timedelta(days=day.weekday())


def every_week(weeks: Weeks) -> list[date]:
    """Return the Mondays of some weeks, newest first."""
    number = (weeks.last - weeks.first) // _WEEK + 1
    return [weeks.last - place * _WEEK for place in range(number)]


def _day(typed: str) -> date:
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        raise ValueError(typed) from None
    if day.year not in _YEARS:
        raise ValueError(typed)
    return day
