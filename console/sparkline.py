"""A small plot of a few numbers, drawn here: bars as SVG, with the numbers as its text."""

from collections.abc import Sequence
from typing import Final

from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

_WIDE: Final = 6
_GAP: Final = 2
_HIGH: Final = 24

# Put together here and not by a template, and all bars of a kind as one shape: a table has one of
# these in each of its lines.
_PLOT: Final = Markup(
    '<svg class="spark" viewBox="0 0 {width} {high}" width="{width}" height="{high}" role="img">'
    '<title>{words}</title><path class="some" d="{some}"/><path class="none" d="{none}"/></svg>'
)


def sparkline(numbers: Sequence[int]) -> Markup:
    """Draw the new images of the last days, the present one last.

    A day without any is a line at the foot, and one with few a bar that can still be seen.
    """
    most = max((*numbers, 1))
    some: list[str] = []
    none: list[str] = []
    for place, number in enumerate(numbers):
        tall = max(3, round(_HIGH * number / most)) if number else 1
        bar = f"M{place * (_WIDE + _GAP)} {_HIGH}v-{tall}h{_WIDE}v{tall}z"
        (some if number else none).append(bar)
    return _PLOT.format(
        width=len(numbers) * (_WIDE + _GAP) - _GAP,
        high=_HIGH,
        words=words_of(numbers),
        some="".join(some),
        none="".join(none),
    )


def words_of(numbers: Sequence[int]) -> str:
    """Say the same numbers in words."""
    if not any(numbers):
        return ngettext(
            "No new image in the last day", "No new image in the last %(num)d days", len(numbers)
        )
    return _(
        "New images on each of the last %(days)d days, today last: %(each)s",
        days=len(numbers),
        each=", ".join(map(str, numbers)),
    )
