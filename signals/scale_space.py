"""A picture at every scale: blurred more and more, and what each blur took away.

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
    """One octave: ``levels`` (6, h, w) and ``differences`` (5, h, w), float32, brightness 0 to 255.

    ``unit`` is the side of its pixels in pixels of the picture. Level i has a blur of
    FIRST_BLUR · 2^(i / SCALES) of its own pixels; difference i lies between levels i and i + 1.
    """

    levels: Levels
    differences: Levels
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
        """Make room for the octaves of so many pixels; what was there before is overwritten."""
        needed = pixels * (2 * _LEVELS + 1) * 4 // 3 + 4 * _MOST_OCTAVES * _LEVELS
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
    workspace.reset(height * width * times * times)
    base = workspace.take(height * times, width * times)
    if doubled:
        _double(grey, base)
    else:
        base[:] = grey
    first = workspace.take(_LEVELS, *base.shape)
    taken = _TAKEN_BLUR * times
    _blur(base, _weights(math.sqrt(FIRST_BLUR**2 - taken**2)), first[0])
    unit = 1 / times
    octaves = []
    levels = first
    while True:
        differences = workspace.take(_LEVELS - 1, *levels.shape[1:])
        for i, weights in enumerate(_STEPS):
            _blur_further(levels[i], weights, levels[i + 1], differences[i])
        octaves.append(Octave(levels, differences, unit))
        half = levels[SCALES, ::2, ::2]
        if min(half.shape) < _SMALLEST or len(octaves) == _MOST_OCTAVES:
            return octaves
        levels = workspace.take(_LEVELS, *half.shape)
        levels[0] = half
        unit *= 2


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
def _set(out: Levels, row: Levels, weight: float) -> None:
    for x in range(out.shape[0]):
        out[x] = weight * row[x]


@compiled
def _add(out: Levels, one: Levels, other: Levels, weight: float) -> None:
    for x in range(out.shape[0]):
        out[x] += weight * (one[x] + other[x])


@compiled
def _add_two(
    out: Levels,
    one: Levels,
    other: Levels,
    weight: float,
    farther: Levels,
    other_farther: Levels,
    less: float,
) -> None:
    """Add as `_add` twice, in its order, without putting down what lies between."""
    for x in range(out.shape[0]):
        out[x] = (out[x] + weight * (one[x] + other[x])) + less * (farther[x] + other_farther[x])


@compiled
def _subtract(one: Levels, other: Levels, out: Levels) -> None:
    for x in range(out.shape[0]):
        out[x] = one[x] - other[x]


@compiled
def _mirrored(y: int, height: int) -> int:
    """Give the row that stands for one beyond an edge: the picture is its own mirror image."""
    if y < 0:
        return min(-y, height - 1)
    return y if y < height else max(2 * height - 2 - y, 0)


@compiled
def _blur_row(
    picture: Levels, y: int, weights: NDArray[np.float32], row: Levels, out: Levels
) -> None:
    """Blur down and then across, one row; ``row`` is to work in."""
    height, width = picture.shape
    reach = len(weights) - 1
    # Whole rows in views of their own: the compiler then adds sixteen pixels at a time.
    middle = row[reach : reach + width]
    _set(middle, picture[y], weights[0])
    for away in range(1, reach, 2):
        _add_two(
            middle,
            picture[_mirrored(y - away, height)],
            picture[_mirrored(y + away, height)],
            weights[away],
            picture[_mirrored(y - away - 1, height)],
            picture[_mirrored(y + away + 1, height)],
            weights[away + 1],
        )
    if reach % 2:
        above, below = _mirrored(y - reach, height), _mirrored(y + reach, height)
        _add(middle, picture[above], picture[below], weights[reach])
    for away in range(1, reach + 1):
        row[reach - away] = row[reach + min(away, width - 1)]
        row[reach + width - 1 + away] = row[reach + max(width - 1 - away, 0)]
    _set(out, middle, weights[0])
    for away in range(1, reach, 2):
        left, right = reach - away, reach + away
        _add_two(
            out,
            row[left : left + width],
            row[right : right + width],
            weights[away],
            row[left - 1 : left - 1 + width],
            row[right + 1 : right + 1 + width],
            weights[away + 1],
        )
    if reach % 2:
        _add(out, row[:width], row[2 * reach : 2 * reach + width], weights[reach])


@compiled
def _blur(picture: Levels, weights: NDArray[np.float32], out: Levels) -> None:
    """Blur a picture; beyond an edge, it is its own mirror image."""
    row = np.empty(picture.shape[1] + 2 * len(weights) - 2, np.float32)
    for y in range(picture.shape[0]):
        _blur_row(picture, y, weights, row, out[y])


@compiled
def _blur_further(
    level: Levels, weights: NDArray[np.float32], out: Levels, difference: Levels
) -> None:
    """Blur a level, and say at once what that takes away: each row is still at hand then."""
    row = np.empty(level.shape[1] + 2 * len(weights) - 2, np.float32)
    for y in range(level.shape[0]):
        _blur_row(level, y, weights, row, out[y])
        _subtract(out[y], level[y], difference[y])


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
