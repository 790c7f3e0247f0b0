"""Small drawings of time beside a match: how its image spread, and when in a video it agrees."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from flask_babel import format_date, format_datetime, format_decimal, ngettext
from flask_babel import gettext as _

from console.evidence_words import clock
from console.layout import MOMENT
from console.plot_shapes import ABOVE, LEFT, WIDTH, Label, Plot, bars, heights
from storage.matches import MatchSignal

_BARS_OF_TIME: Final = 28
_SECOND: Final = 1000


@dataclass(frozen=True, slots=True)
class Film:
    """Where in what moves it agrees, along its length; ``nearest`` is where most."""

    title: str
    says: str
    moments: tuple[float, ...]
    nearest: float | None
    ends: tuple[Label, ...]


def borders_of_time(first: datetime, now: datetime) -> list[datetime]:
    """Cut the time since a first sight into hours, days or several days, ending now.

    The last piece reaches a little beyond, since what happens at this moment belongs to it.
    """
    passed = max(now - first, timedelta(0))
    length = timedelta(hours=1)
    if passed > _BARS_OF_TIME * length:
        length = timedelta(days=max(1, math.ceil(passed / timedelta(days=1) / _BARS_OF_TIME)))
    pieces = min(max(1, math.ceil(passed / length)), _BARS_OF_TIME)
    borders = [now - length * piece for piece in range(pieces, -1, -1)]
    borders[0] = min(borders[0], first)
    borders[-1] += timedelta(seconds=1)
    return borders


def spread_plot(borders: Sequence[datetime], new: Sequence[int]) -> Plot:
    """Draw at how many places an image was newly found, hour by hour or day by day."""
    length = borders[-2] - borders[-3] if len(new) > 1 else borders[-1] - borders[-2]
    days = length // timedelta(days=1)
    each = (
        ngettext("New places, day by day", "New places, every %(num)d days", days)
        if days
        else _("New places, hour by hour")
    )
    counts = {"new": format_decimal(new[-1]), "most": format_decimal(max(new))}
    says = (
        ngettext(
            "In the last day: %(new)s. At most in one: %(most)s.",
            "In the last %(num)d days: %(new)s. At most in as many: %(most)s.",
            days,
            **counts,
        )
        if days
        else _("In the last hour: %(new)s. At most in one: %(most)s.", **counts),
    )
    room = WIDTH - 2 * LEFT
    wide = min(room / len(new), room / 7)
    axis = ABOVE + 6
    drawn = bars(heights(new, logarithmic=False), wide, up_from=axis, most=ABOVE)
    begin = format_date(borders[0], "d MMM y") if days else format_datetime(borders[0], MOMENT)
    return Plot(
        title=each,
        says=says,
        height=axis + 20,
        axis=axis,
        above=drawn,
        labels=(
            Label(LEFT, axis + 15, begin, "start"),
            Label(LEFT + wide * len(new), axis + 15, _("now"), "end"),
        )
        if len(new) > 1
        else (),
    )


def film(
    signals: Iterable[MatchSignal], duration_ms: int | None, *, in_part: bool = False
) -> Film | None:
    """Draw where in a video or an animation it agrees; None of what does not move.

    ``in_part``: only its beginning was read.
    """
    moving = [each for each in signals if each.at_ms is not None]
    if not duration_ms or not moving:
        return None
    moments = sorted({moment for each in moving for moment in (each.moments or ())})
    moments = moments or sorted({each.at_ms for each in moving if each.at_ms is not None})
    nearest = moving[0].at_ms
    room = WIDTH - 2 * LEFT

    def place(moment: int) -> float:
        return round(LEFT + room * min(moment / duration_ms, 1.0), 1)

    says = ngettext(
        "It lasts %(length)s, and agrees at one moment of that.",
        "It lasts %(length)s, and agrees at %(num)d moments of that.",
        len(moments),
        length=_length(duration_ms),
    )
    if in_part:
        says = f"{says} {_('Only its beginning was read: it lasts longer.')}"
    if nearest is not None:
        says = f"{says} {_('It is nearest at %(time)s.', time=clock(nearest))}"
    return Film(
        title=_("When it agrees, along its length"),
        says=says,
        moments=tuple(dict.fromkeys(map(place, moments))),
        nearest=None if nearest is None else place(nearest),
        ends=(
            Label(LEFT, 46, clock(0), "start"),
            Label(WIDTH - LEFT, 46, _length(duration_ms), "end"),
        ),
    )


def _length(milliseconds: int) -> str:
    """Write how long something lasts; a clip of four seconds lasts 3.999 s, it says."""
    if milliseconds < _SECOND:
        return _("%(seconds)s s", seconds=format_decimal(round(milliseconds / _SECOND, 1)))
    return clock(milliseconds + 10)
