"""What small drawings are made of: bars, lines and labels, in pixels of a drawing `WIDTH` wide."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

WIDTH: Final = 340.0
LEFT: Final = 6.0
"""Pixels that are free at the left, and as many at the right."""

ABOVE: Final = 56.0
"""Pixels of the highest bar above an axis."""

_LEAST: Final = 1.5
"""Pixels that a bar has at least where it stands for anything."""

Anchor = Literal["start", "middle", "end"]


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar, by its upper left corner."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Label:
    """Words at a place."""

    x: float
    y: float
    words: str
    anchor: Anchor


@dataclass(frozen=True, slots=True)
class Line:
    """An upright line across a drawing, with its words."""

    x: float
    words: Label


@dataclass(frozen=True, slots=True)
class Plot:
    """A drawing of bars over an axis, and below it where two things are compared.

    ``title`` names it, and ``says`` is what it shows in sentences, for whoever does not see it too.
    """

    title: str
    says: tuple[str, ...]
    height: float
    axis: float
    above: tuple[Bar, ...]
    below: tuple[Bar, ...] = ()
    labels: tuple[Label, ...] = ()
    mark: Line | None = None
    limit: Line | None = None


def heights(numbers: Sequence[float], *, logarithmic: bool) -> list[float]:
    """Give each number's share of the greatest; by its digits, where few and many are compared.

    What was counted less than once is nothing.
    """
    counted = [number if round(number) else 0.0 for number in numbers]
    scaled = [math.log10(number + 1) for number in counted] if logarithmic else counted
    most = max(scaled) or 1
    return [number / most for number in scaled]


def bars(
    shares: Sequence[float],
    wide: float,
    *,
    most: float,
    up_from: float | None = None,
    down_from: float | None = None,
) -> tuple[Bar, ...]:
    """Lay out bars side by side, each so wide, upwards or downwards from an axis.

    ``shares`` are of the height of the greatest, ``most``; nothing is drawn for 0.
    """
    drawn = []
    for place, share in enumerate(shares):
        if share:
            high = max(share * most, _LEAST)
            y = up_from - high if up_from is not None else down_from or 0.0
            drawn.append(Bar(round(LEFT + place * wide, 1), round(y, 1), wide - 1, round(high, 1)))
    return tuple(drawn)
