"""What a picture looks like around a place, turned and scaled as the place is: 128 numbers.

Four by four cells, and in each the steps in brightness by their direction, in eight parts; then
the square root of each share (R. Arandjelović, A. Zisserman, "Three things everyone should know to
improve object retrieval", 2012). The cells' histograms are Lowe's (2004).
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from signals.cell_sums import AT, CELLS, PARTS, REACH, ROWS, SAMPLES, add_up
from signals.compiled import compiled
from signals.pixels_around import fetch_around
from signals.place_directions import direction_of
from signals.places import COLUMNS
from signals.scale_space import (
    FIRST_BLUR,
    SCALES,
    Levels,
    ScaleSpace,
    blur_of_level,
    nearest_level,
)

NUMBERS: Final = 128
_CELL_BLURS: Final = 3.0
"""Side of a cell, in blurs of the place."""

_MOST_SHARE: Final = 0.2
_DEGREES: Final = 45.0

_FINEST: Final = -1.5
_COARSEST: Final = SCALES + 2.4
"""Levels of an octave for which its nearest level still stands."""

_AT_BLURS: Final = (AT * _CELL_BLURS).astype(np.float32)
_ALL_SAMPLES: Final = SAMPLES * SAMPLES
_ANY_TURN: Final = 1.42
"""How much farther the corners of a square reach than its sides."""

MIRRORED: Final = np.array(
    [
        ((CELLS - 1 - row) * CELLS + column) * PARTS + (PARTS - part) % PARTS
        for row in range(CELLS)
        for column in range(CELLS)
        for part in range(PARTS)
    ]
)
"""``surroundings[:, MIRRORED]`` are those of the same places in the picture's mirror image."""


def surroundings(
    space: ScaleSpace, places: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Describe the surroundings of places, found there or looked for there.

    Args:
        space: the picture.
        places: shape (n, 4), columns as `signals.places.with_directions` gives them.

    Returns:
        Float32, shape (n, 128), each row of length 1; and which of them lie in the picture, at a
        scale that it has: the others are zeros.
    """
    out = np.zeros((len(places), NUMBERS), np.float32)
    x, y = places[:, COLUMNS.x], places[:, COLUMNS.y]
    # Octaves above the first level's blur; half a level below an octave is its own business.
    above = places[:, COLUMNS.scale] - math.log2(FIRST_BLUR * space.octaves[0].unit)
    last = len(space.octaves) - 1
    number = np.clip(np.floor(above + 0.5 / SCALES), 0, last).astype(np.int64)
    level = (above - number) * SCALES
    seen = (x >= 0) & (y >= 0) & (x < space.width) & (y < space.height)
    seen &= (level > _FINEST) & (level < _COARSEST)
    for octave_number, octave in enumerate(space.octaves):
        chosen = np.flatnonzero(seen & (number == octave_number))
        if len(chosen) == 0:
            continue
        part = np.empty((len(chosen), NUMBERS), np.float32)
        inside = np.column_stack(
            [
                x[chosen] / octave.unit,
                y[chosen] / octave.unit,
                level[chosen],
                places[chosen, COLUMNS.direction],
            ]
        ).astype(np.float32)
        _describe_all(octave.levels, inside, _AT_BLURS, ROWS, part)
        out[chosen] = part
    return out, seen


@compiled
def _describe_all(
    levels: Levels,
    places: NDArray[np.float32],
    at: NDArray[np.float32],
    rows: tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.float32]],
    out: NDArray[np.float32],
) -> None:
    count, height, width = levels.shape
    pixels = levels.reshape(count * height * width)
    sums = np.empty(NUMBERS, np.float32)
    line = np.empty(CELLS * PARTS, np.float32)
    steps = np.empty((4, _ALL_SAMPLES), np.float32)
    lower = np.empty(_ALL_SAMPLES, np.int32)
    for i in range(places.shape[0]):
        if i + 1 < places.shape[0]:
            begin = nearest_level(levels, places[i + 1, 2]) * height * width
            reach = _reach(blur_of_level(places[i + 1, 2]))
            fetch_around(pixels, begin, height, width, places[i + 1, 0], places[i + 1, 1], reach)
        level = places[i, 2]
        _take_steps(
            levels[nearest_level(levels, level)], places[i], blur_of_level(level), at, steps
        )
        turn = np.float32(2 * PARTS) - places[i, 3] * np.float32(1 / _DEGREES)
        _split(steps[0], steps[1], turn, lower, steps[2], steps[3])
        add_up(lower, steps[2], steps[3], rows[0], rows[1], rows[2], line, sums)
        _shares(sums, out[i])


@compiled
def _reach(blur: np.float32) -> np.float32:
    """Say how far from a place a sample may lie, in pixels, with its neighbours."""
    return np.float32(REACH * _CELL_BLURS * _ANY_TURN) * blur + np.float32(2.0)


@compiled
def _take_steps(
    level: Levels,
    place: NDArray[np.float32],
    blur: np.float32,
    at: NDArray[np.float32],
    steps: NDArray[np.float32],
) -> None:
    """Write how brightness steps across and down at every sample around a place."""
    height, width = level.shape
    pixels = level.reshape(height * width)
    row, one = np.uint64(width), np.uint64(1)
    x, y = place[0], place[1]
    angle = place[3] * np.float32(math.pi / 180)
    cosine = np.float32(math.cos(angle)) * blur
    sine = np.float32(math.sin(angle)) * blur
    reach = _reach(blur)
    inside = x - reach > 0 and y - reach > 0 and x + reach < width - 1 and y + reach < height - 1
    across, down = steps[0], steps[1]
    sample = 0
    for j in range(SAMPLES):
        from_x = x - sine * at[j] + np.float32(0.5)
        from_y = y + cosine * at[j] + np.float32(0.5)
        for i in range(SAMPLES):
            column = np.int32(from_x + cosine * at[i])
            down_at = np.int32(from_y + sine * at[i])
            if not inside and (
                column < 1 or down_at < 1 or column >= width - 1 or down_at >= height - 1
            ):
                across[sample] = down[sample] = 0
            else:
                pixel = np.uint64(down_at) * row + np.uint64(column)
                across[sample] = pixels[pixel + one] - pixels[pixel - one]
                down[sample] = pixels[pixel + row] - pixels[pixel - row]
            sample += 1


@compiled
def _split(
    across: NDArray[np.float32],
    down: NDArray[np.float32],
    turn: np.float32,
    lowers: NDArray[np.int32],
    lower_steps: NDArray[np.float32],
    upper_steps: NDArray[np.float32],
) -> None:
    """Share each step out between the two directions nearest to its own, in eighths of a turn."""
    for k in range(across.shape[0]):
        right, below = across[k], down[k]
        step = np.float32(math.sqrt(right * right + below * below))
        place = direction_of(below, right) + turn
        lower = np.int32(place)
        upper_step = step * (place - np.float32(lower))
        upper_steps[k] = upper_step
        lower_steps[k] = step - upper_step
        lowers[k] = lower


@compiled
def _shares(sums: NDArray[np.float32], out: NDArray[np.float32]) -> None:
    """Turn sums into the roots of shares, none of which is much larger than the others."""
    total = np.float32(0.0)
    for k in range(NUMBERS):
        total += sums[k] * sums[k]
    if total <= 0:
        out[:] = 0
        return
    most = np.float32(_MOST_SHARE) * np.float32(math.sqrt(total))
    total = np.float32(0.0)
    for k in range(NUMBERS):
        out[k] = min(sums[k], most)
        total += out[k]
    for k in range(NUMBERS):
        out[k] = math.sqrt(out[k] / total)
