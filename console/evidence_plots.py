"""Where a match stands among what was measured: reposts, and pictures of different things.

Every number comes from a measurement: `domain.measured`, or the calibration in use.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _

from console.plot_shapes import ABOVE, LEFT, WIDTH, Anchor, Label, Line, Plot, bars, heights
from domain.measured import (
    BITS_A_BAR,
    MEASURED_AT,
    NEAREST_DIFFERENT,
    PAIRS_OF_PHOTOS,
    PDQ_OF_DIFFERENT,
    PDQ_OF_REPOSTS,
    REPOSTS,
    REPOSTS_WITHIN,
    STRENGTH_OF_REPOSTS,
    reposts_reaching,
)
from signals.calibration import Calibration
from storage.matches import MatchSignal

_TOP: Final = 34.0
_BELOW: Final = 44.0
_STRENGTH_A_BAR: Final = 0.5
_STRONGEST: Final = 10.0
_BITS_APART: Final = 32
_MIDDLE: Final = 0.5
_BESIDE: Final = 5.0


def distance_plot(signal: MatchSignal, match_distance: int) -> Plot:
    """Draw how near a picture is by PDQ, beside reposts and pairs of different photos."""
    end = len(PDQ_OF_DIFFERENT) * BITS_A_BAR
    says = [
        ngettext("It differs in %(num)d bit.", "It differs in %(num)d bits.", signal.distance)
        if signal.distance
        else _("It differs in no bit.")
    ]
    if signal.distance < len(REPOSTS_WITHIN):
        says.append(
            _(
                "Of %(all)s measured reposts, %(some)s are as near or nearer.",
                all=format_decimal(REPOSTS),
                some=format_decimal(REPOSTS_WITHIN[signal.distance]),
            )
        )
    says.append(
        _(
            "Of %(pairs)s pairs of different photos, the nearest two differ in %(bits)d bits; "
            "with each 10.5 bits fewer, pairs become ten times rarer.",
            pairs=format_decimal(PAIRS_OF_PHOTOS),
            bits=NEAREST_DIFFERENT,
        )
    )
    if signal.laid is not None:
        says.append(_("That was measured of whole pictures; here, a part of the image is one."))
    if signal.at_ms is not None:
        says.append(_("That was measured of still pictures; here, it is one picture of many."))
    return _compared(
        title=_("How near, among reposts and different photos"),
        says=says,
        reposts=heights(PDQ_OF_REPOSTS, logarithmic=False),
        different=heights(PDQ_OF_DIFFERENT, logarithmic=True),
        ticks=[(bits / end, str(bits)) for bits in range(0, end + 1, _BITS_APART)],
        unit=_("bits that differ"),
        at=signal.distance / end,
        limit=(match_distance / end, _("flagged up to %(bits)d", bits=match_distance)),
    )


def strength_plot(strength: float, calibration: Calibration) -> Plot:
    """Draw how strongly the places of a picture agree, beside reposts and different pictures."""
    tail = calibration.tail
    pieces = round(_STRONGEST / _STRENGTH_A_BAR)
    borders = [place * _STRENGTH_A_BAR for place in range(pieces + 1)]
    different = [
        tail.pairs * (calibration.at(low).rate - calibration.at(high).rate)
        for low, high in pairwise(borders)
    ]
    says = [_("The strength is %(strength)s.", strength=format_decimal(round(strength, 1)))]
    reposts: list[float] = [0.0] * pieces
    if calibration.measured_at == MEASURED_AT:
        for (low, reach), (_high, reach_more) in pairwise(STRENGTH_OF_REPOSTS):
            reposts[round(low / _STRENGTH_A_BAR)] = reach - reach_more
        some, of = reposts_reaching(strength), format_decimal(REPOSTS)
        says.append(
            _(
                "Of %(all)s measured reposts, at least %(some)s are as strong or stronger.",
                all=of,
                some=format_decimal(some),
            )
            if some
            else _("Hardly any of %(all)s measured reposts is as strong.", all=of)
        )
    pairs, point = format_decimal(tail.pairs), calibration.at(strength)
    reaching = round(point.rate * tail.pairs)
    if reaching and not point.extrapolated:
        says.append(
            _(
                "Of %(pairs)s pairs of different pictures, about %(some)s would be, and no more "
                "than %(most)s.",
                pairs=pairs,
                some=format_decimal(reaching),
                most=format_decimal(math.ceil(point.high * tail.pairs)),
            )
        )
    elif tail.strongest is not None:
        says.append(
            _(
                "Of %(pairs)s pairs of different pictures none is; the strongest has %(most)s.",
                pairs=pairs,
                most=format_decimal(round(tail.strongest, 1)),
            )
        )
    return _compared(
        title=_("How strong, among reposts and different pictures"),
        says=says,
        reposts=heights(reposts, logarithmic=False),
        different=heights(different, logarithmic=True),
        ticks=[(place / _STRONGEST, str(place)) for place in range(0, int(_STRONGEST) + 1, 2)],
        unit=_("strength"),
        at=min(max(strength, 0.0) / _STRONGEST, 1.0),
        limit=(
            calibration.strictest / _STRONGEST,
            _("flagged from %(strength)s", strength=format_decimal(calibration.strictest)),
        ),
    )


def _compared(
    *,
    title: str,
    says: Sequence[str],
    reposts: Sequence[float],
    different: Sequence[float],
    ticks: Sequence[tuple[float, str]],
    unit: str,
    at: float,
    limit: tuple[float, str],
) -> Plot:
    """Lay out reposts above an axis and what is different below it, with this one across."""
    room = WIDTH - 2 * LEFT
    wide = room / len(different)
    axis = _TOP + ABOVE
    low = axis + 16
    labels = [Label(LEFT + room * x, axis + 12, words, _anchor(x)) for x, words in ticks]
    beside = (
        Label(WIDTH - LEFT, _TOP + 8, _("reposts"), "end")
        if at < _MIDDLE
        else Label(LEFT, _TOP + 8, _("reposts"), "start")
    )
    labels.append(beside)
    labels.append(Label(LEFT, low + _BELOW + 12, _("different pictures"), "start"))
    labels.append(Label(WIDTH - LEFT, low + _BELOW + 12, unit, "end"))
    return Plot(
        title=title,
        says=tuple(says),
        height=low + _BELOW + 18,
        axis=axis,
        above=bars(reposts, wide, up_from=axis, most=ABOVE),
        below=bars(different, wide, down_from=low, most=_BELOW),
        labels=tuple(labels),
        mark=_line(at, 11, _("this image"), after=at < _MIDDLE),
        limit=_line(limit[0], 26, limit[1], after=limit[0] > at),
    )


def _line(share: float, y: float, words: str, *, after: bool) -> Line:
    """Draw a line, with its words after or before it."""
    x = round(LEFT + (WIDTH - 2 * LEFT) * share, 1)
    anchor: Anchor = "start" if after else "end"
    return Line(x, Label(x + (_BESIDE if after else -_BESIDE), y, words, anchor))


def _anchor(share: float) -> Anchor:
    return "start" if share == 0 else "end" if share == 1 else "middle"
