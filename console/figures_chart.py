"""Bars for each week, drawn here: shapes with classes, no script and no style of their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from domain.small_count import ShownCount

HEIGHT: Final = 180
_TOP: Final = 14
_GROUND: Final = HEIGHT - 24
_LEFT: Final = 8
_WIDEST: Final = 44
_LABEL: Final = 64
"""Room that the name of a week takes, as all others are measured."""
_WIDTH: Final = 720


@dataclass(frozen=True, slots=True)
class Bar:
    """One week: a solid part for what is sure, a lighter one up to the most it may be."""

    week: date
    count: ShownCount
    x: float
    width: float
    top: float
    height: float
    range_top: float
    range_height: float
    named: bool

    @property
    def middle(self) -> float:
        """Where its name stands."""
        return round(self.x + self.width / 2, 1)


@dataclass(frozen=True, slots=True)
class Chart:
    """All weeks, oldest first, and the number that the topmost line stands for."""

    bars: Sequence[Bar]
    width: int
    height: int
    ground: int
    top: int
    most: int


def chart(counts: Sequence[tuple[date, ShownCount]]) -> Chart:
    """Draw counts of weeks, oldest first."""
    most = max((count.most for _, count in counts), default=0)
    scale = (_GROUND - _TOP) / most if most else 0.0
    step = min(_WIDEST, (_WIDTH - 2 * _LEFT) / max(1, len(counts)))
    every = max(1, -(-_LABEL // max(1, int(step))))
    bars = []
    for place, (week, count) in enumerate(counts):
        height, range_height = count.least * scale, (count.most - count.least) * scale
        bars.append(
            Bar(
                week=week,
                count=count,
                x=round(_LEFT + place * step + step * 0.1, 1),
                width=round(step * 0.8, 1),
                top=round(_GROUND - height, 1),
                height=round(height, 1),
                range_top=round(_GROUND - height - range_height, 1),
                range_height=round(range_height, 1),
                named=(len(counts) - 1 - place) % every == 0,
            )
        )
    return Chart(bars, _WIDTH, HEIGHT, _GROUND, _TOP, most)
