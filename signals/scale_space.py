"""A picture at every scale: blurred more and more.

Source: D. G. Lowe, "Distinctive Image Features from Scale-Invariant Keypoints" (2004), without its
doubled first octave. No sum here depends on the order in which a processor adds, so every machine
computes the same numbers.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from signals.compiled import compiled
from signals.weighted_rows import weighted_row

SCALES: Final = 3
"""Scales in an octave; from one to the next, blur grows by the cube root of two."""

FIRST_BLUR: Final = 1.6
"""Standard deviation of the first level's blur, in pixels of its octave."""

_TAKEN_BLUR: Final = 0.5
"""What a picture is blurred by before anything is done to it, in its own pixels."""

_LEVELS: Final = SCALES + 3
_SMALLEST: Final = 16
_MOST_OCTAVES: Final = 8

Levels = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Octave:
    """One octave: ``levels``, float32, shape (6, h, w), brightness 0 to 255.

    ``unit`` is the side of its pixels in pixels of the picture. Level i has a blur of
    FIRST_BLUR · 2^(i / SCALES) of its own pixels. What one blur takes away from the next is not
    kept: to subtract anew takes less time than to fetch it.
    """

    levels: Levels
    unit: float


class ScaleSpace:
    """All octaves of one picture. It is overwritten by the next one made of the same `Workspace`.

    ``width`` and ``height`` are those of the picture.
    """

    def __init__(self, grey: NDArray[np.uint8], workspace: "Workspace", *, doubled: bool) -> None:
        self.height, self.width = grey.shape
        self.octaves = list(_octaves(grey, workspace, doubled=doubled))


class Workspace:
    """Memory that is used again for each picture: to ask the system anew takes longer than to blur.

    For one picture at a time.
    """

    def __init__(self) -> None:
        self._memory = np.zeros(0, np.float32)
        self._taken = 0
        self._written = 0

    def reset(self, pixels: int) -> None:
        """Make room for octaves of so many pixels together; what was there is overwritten."""
        needed = _LEVELS * pixels
        if self._memory.size < needed:
            self.clear()
            self._memory = np.zeros(needed, np.float32)
        self._taken = 0

    def clear(self) -> None:
        """Leave nothing of any picture; the memory stays for the next one."""
        self._memory[: self._written] = 0
        self._written = 0

    def take(self, *shape: int) -> Levels:
        """Give an array of which nothing is known but its shape."""
        size = math.prod(shape)
        part = self._memory[self._taken : self._taken + size]
        self._taken += size
        self._written = max(self._written, self._taken)
        return part.reshape(shape)


def _octaves(grey: NDArray[np.uint8], workspace: Workspace, *, doubled: bool) -> "list[Octave]":
    height, width = grey.shape
    times = 2 if doubled else 1
    shapes = _shapes(height * times, width * times)
    workspace.reset(sum(math.prod(shape) for shape in shapes))
    levels = workspace.take(_LEVELS, *shapes[0])
    # Until the last level is made, its memory holds the picture itself.
    base = levels[-1]
    if doubled:
        _double(grey, base)
    else:
        base[:] = grey
    taken = _TAKEN_BLUR * times
    _blur(base, _weights(math.sqrt(FIRST_BLUR**2 - taken**2)), levels[0])
    octaves: list[Octave] = []
    for number, shape in enumerate(shapes):
        if octaves:
            levels = workspace.take(_LEVELS, *shape)
            levels[0] = octaves[-1].levels[SCALES, ::2, ::2]
        for i, weights in enumerate(_STEPS):
            _blur(levels[i], weights, levels[i + 1])
        octaves.append(Octave(levels, 2.0**number / times))
    return octaves


def _shapes(height: int, width: int) -> list[tuple[int, int]]:
    """Give the sizes of octaves, each half of the one before, while there is enough left."""
    shapes = [(height, width)]
    while len(shapes) < _MOST_OCTAVES:
        height, width = (height + 1) // 2, (width + 1) // 2
        if min(height, width) < _SMALLEST:
            break
        shapes.append((height, width))
    return shapes


def _weights(blur: float) -> NDArray[np.float32]:
    """Give half of a Gaussian: the weight of the middle, then those of its neighbours."""
    reach = max(1, math.ceil(3 * blur))
    weights = np.exp(-(np.arange(reach + 1) ** 2) / (2 * blur * blur))
    shares: NDArray[np.float32] = (weights / (weights[0] + 2 * weights[1:].sum())).astype(
        np.float32
    )
    return shares


def _blur_of(level: int) -> float:
    return float(FIRST_BLUR * 2 ** (level / SCALES))


_STEPS: Final = tuple(
    _weights(math.sqrt(_blur_of(level) ** 2 - _blur_of(level - 1) ** 2))
    for level in range(1, _LEVELS)
)


@compiled
def nearest_level(levels: Levels, level: np.float32) -> int:
    """Give the number of the level of an octave that is nearest to one between two of them."""
    nearest: int = min(max(int(level + 0.5), 0), levels.shape[0] - 1)
    return nearest


@compiled
def blur_of_level(level: np.float32) -> np.float32:
    """Give the blur of a level, which may lie between two, in pixels of its octave."""
    return np.float32(FIRST_BLUR * 2.0 ** (level / SCALES))


@compiled
def _mirrored(y: int, height: int) -> int:
    """Give the row that stands for one beyond an edge: the picture is its own mirror image."""
    if y < 0:
        return min(-y, height - 1)
    return y if y < height else max(2 * height - 2 - y, 0)


@compiled
def _blur(picture: Levels, weights: NDArray[np.float32], out: Levels) -> None:
    """Blur a picture, each row down and then across; beyond an edge, it is its mirror image."""
    height, width = picture.shape
    reach = len(weights) - 1
    pixels, blurred = picture.reshape(height * width), out.reshape(height * width)
    row = np.empty(width + 2 * reach, np.float32)
    down, across = np.empty(2 * reach + 1, np.int64), np.empty(2 * reach + 1, np.int64)
    across[0] = reach
    for away in range(1, reach + 1):
        across[2 * away - 1], across[2 * away] = reach - away, reach + away
    for y in range(height):
        down[0] = y * width
        for away in range(1, reach + 1):
            down[2 * away - 1] = _mirrored(y - away, height) * width
            down[2 * away] = _mirrored(y + away, height) * width
        weighted_row(pixels, down, weights, row, reach, width)
        for away in range(1, reach + 1):
            row[reach - away] = row[reach + min(away, width - 1)]
            row[reach + width - 1 + away] = row[reach + max(width - 1 - away, 0)]
        weighted_row(row, across, weights, blurred, y * width, width)


@compiled
def _double(grey: NDArray[np.uint8], out: Levels) -> None:
    """Put a pixel between every two."""
    height, width = grey.shape
    for y in range(2 * height):
        top = y // 2
        bottom = min(top + y % 2, height - 1)
        for x in range(2 * width):
            left = x // 2
            right = min(left + x % 2, width - 1)
            total = np.float32(grey[top, left]) + np.float32(grey[top, right])
            total += np.float32(grey[bottom, left]) + np.float32(grey[bottom, right])
            out[y, x] = total * np.float32(0.25)
