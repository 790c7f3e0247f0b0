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
        self._memory = np.empty(0, np.float32)
        self._taken = 0

    def reset(self, pixels: int) -> None:
        """Make room for the octaves of so many pixels; what was there before is overwritten."""
        needed = pixels * (2 * _LEVELS + 1) * 4 // 3 + 4 * _MOST_OCTAVES * _LEVELS
        if self._memory.size < needed:
            self._memory = np.empty(needed, np.float32)
        self._taken = 0

    def take(self, *shape: int) -> Levels:
        """Give an array of which nothing is known but its shape."""
        size = math.prod(shape)
        part = self._memory[self._taken : self._taken + size]
        self._taken += size
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
            _blur(levels[i], weights, levels[i + 1])
            np.subtract(levels[i + 1], levels[i], out=differences[i])
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
def _blur(picture: Levels, weights: NDArray[np.float32], out: Levels) -> None:
    """Blur down and then across; beyond an edge, the picture is its own mirror image."""
    height, width = picture.shape
    reach = len(weights) - 1
    # Whole rows in views of their own: the compiler then adds sixteen pixels at a time.
    row = np.empty(width + 2 * reach, np.float32)
    middle = row[reach : reach + width]
    for y in range(height):
        _set(middle, picture[y], weights[0])
        for away in range(1, reach + 1):
            above = abs(y - away)
            below = y + away
            if below >= height:
                below = 2 * height - 2 - below
            _add(
                middle,
                picture[min(above, height - 1)],
                picture[max(below, 0)],
                weights[away],
            )
        for away in range(1, reach + 1):
            row[reach - away] = row[reach + min(away, width - 1)]
            row[reach + width - 1 + away] = row[reach + max(width - 1 - away, 0)]
        _set(out[y], middle, weights[0])
        for away in range(1, reach + 1):
            left = row[reach - away : reach - away + width]
            right = row[reach + away : reach + away + width]
            _add(out[y], left, right, weights[away])


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
