"""What was drawn on a picture: stickers, boxes and writing are even areas with hard edges.

Photographs are seldom both. Where a registered place is not seen and something drawn is, it may be
covered; where another photograph is, it is another picture.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from signals.compiled import compiled
from signals.places import COLUMNS
from signals.scale_space import Levels, ScaleSpace

_REACH_BLURS: Final = 5.0
_STEPS: Final = 8
"""Samples from the place to each side."""

_EVEN: Final = 0.7
"""Steps in brightness from pixel to pixel, 0 to 255, below which a picture is even."""

_LEAST_EVEN: Final = 0.25
_HARD: Final = 8.0
"""Of all steps around a place, the root of the mean square from which there are hard edges."""


def drawn_over(space: ScaleSpace, places: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Say of which places the surroundings are even areas with hard edges.

    Args:
        space: the picture.
        places: shape (n, 4), columns as `signals.places.with_directions` gives them; none of those
            that lie outside the picture are.
    """
    finest = space.octaves[0]
    at = places.astype(np.float64)
    drawn = np.zeros(len(places), np.bool_)
    _drawn(
        finest.levels[0],
        at[:, COLUMNS.x] / finest.unit,
        at[:, COLUMNS.y] / finest.unit,
        _REACH_BLURS * np.exp2(at[:, COLUMNS.scale]) / finest.unit,
        (_EVEN * finest.unit) ** 2,
        (_HARD * finest.unit) ** 2,
        drawn,
    )
    return drawn


@compiled
def _drawn(
    level: Levels,
    across: NDArray[np.float64],
    down: NDArray[np.float64],
    reach: NDArray[np.float64],
    even: float,
    hard: float,
    out: NDArray[np.bool_],
) -> None:
    height, width = level.shape
    for i in range(len(out)):
        step = reach[i] / _STEPS
        count = evens = 0
        total = 0.0
        for row in range(-_STEPS, _STEPS + 1):
            y = math.floor(down[i] + row * step + 0.5)
            if y < 1 or y >= height - 1:
                continue
            for column in range(-_STEPS, _STEPS + 1):
                x = math.floor(across[i] + column * step + 0.5)
                if x < 1 or x >= width - 1:
                    continue
                right = (level[y, x + 1] - level[y, x - 1]) * 0.5
                below = (level[y + 1, x] - level[y - 1, x]) * 0.5
                square = right * right + below * below
                count += 1
                total += square
                if square < even:
                    evens += 1
        out[i] = count > 0 and evens >= _LEAST_EVEN * count and total >= hard * count
