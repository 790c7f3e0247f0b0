"""Pixels around a place, asked for before they are needed.

Levels are larger than what a processor holds near itself, and the pixels around a place lie in
dozens of rows. Asked for while the place before is worked on, they need not be waited for.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from signals.compiled import compiled, prefetch

_IN_ONE_FETCH: Final = 16
"""Pixels, float32, that memory gives at once."""


@compiled
def fetch_around(
    pixels: NDArray[np.float32],
    begin: int,
    height: int,
    width: int,
    x: np.float32,
    y: np.float32,
    reach: np.float32,
) -> None:
    """Ask for the pixels of a square around a point, as far as they are in the picture.

    Args:
        pixels: numbers that hold the picture, shape (n,).
        begin: where in them it begins.
        height: rows of the picture.
        width: pixels of each row.
        x: the point.
        y: the point.
        reach: half a side of the square.
    """
    left, right = max(int(x - reach), 0), min(int(x + reach), width - 1)
    for row in range(max(int(y - reach), 0), min(int(y + reach), height - 1) + 1):
        first = begin + row * width
        for at in range(first + left, first + right, _IN_ONE_FETCH):
            prefetch(pixels, at)
        prefetch(pixels, first + right)
