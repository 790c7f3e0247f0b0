"""What a picture looks like around a place, turned and scaled as the place is: 128 numbers.

Four by four cells, and in each the steps in brightness by their direction, in eight parts; then
the square root of each share (R. Arandjelović, A. Zisserman, "Three things everyone should know to
improve object retrieval", 2012). The cells' histograms are Lowe's (2004).
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from signals.compiled import compiled
from signals.places import COLUMNS, direction_of
from signals.scale_space import FIRST_BLUR, SCALES, Levels, ScaleSpace

NUMBERS: Final = 128
CELLS: Final = 4
_PARTS: Final = 8
_CELL_BLURS: Final = 3.0
"""Side of a cell, in blurs of the place."""

_SAMPLES: Final = 18
_REACH: Final = 2.5
"""Cells from the place to the last sample: half a cell beyond the outer ones, which share it."""

_MOST_SHARE: Final = 0.2
_DEGREES: Final = 45.0

_FINEST: Final = -1.5
_COARSEST: Final = SCALES + 2.4
"""Levels of an octave for which its nearest level still stands."""

_slots: Final = CELLS + 2
"""Cells across, with one outside at each end, whose sums are dropped."""

_places: Final = (np.arange(_SAMPLES) + 0.5) / _SAMPLES * 2 * _REACH - _REACH
_from_first: Final = _places + (CELLS - 1) / 2
_cells: Final = np.floor(_from_first)
_falls: Final = np.exp(-(_places**2) / (CELLS * CELLS / 2))

_AT: Final = (_places * _CELL_BLURS).astype(np.float32)
_SLOT: Final = (_cells + 1).astype(np.uint64)
_NEXT_WEIGHT: Final = ((_from_first - _cells) * _falls).astype(np.float32)
_WEIGHT: Final = ((1 - (_from_first - _cells)) * _falls).astype(np.float32)

MIRRORED: Final = np.array(
    [
        ((CELLS - 1 - row) * CELLS + column) * _PARTS + (_PARTS - part) % _PARTS
        for row in range(CELLS)
        for column in range(CELLS)
        for part in range(_PARTS)
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
        _describe_all(octave.levels, inside, _AT, _SLOT, _WEIGHT, _NEXT_WEIGHT, part)
        out[chosen] = part
    return out, seen


@compiled
def _describe_all(
    levels: Levels,
    places: NDArray[np.float32],
    at: NDArray[np.float32],
    slot: NDArray[np.uint64],
    weight: NDArray[np.float32],
    next_weight: NDArray[np.float32],
    out: NDArray[np.float32],
) -> None:
    sums = np.empty(_slots * _slots * _PARTS, np.float32)
    line = np.empty(_slots * _PARTS, np.float32)
    steps = np.empty((4, _SAMPLES * _SAMPLES), np.float32)
    for i in range(places.shape[0]):
        level = places[i, 2]
        blur = np.float32(FIRST_BLUR * 2.0 ** (level / SCALES))
        nearest = min(max(int(level + 0.5), 0), levels.shape[0] - 1)
        _describe(
            levels[nearest],
            places[i, 0],
            places[i, 1],
            blur,
            places[i, 3],
            at,
            slot,
            weight,
            next_weight,
            sums,
            line,
            steps,
        )
        _shares(sums, out[i])


@compiled
def _describe(
    level: Levels,
    x: np.float32,
    y: np.float32,
    blur: np.float32,
    direction: np.float32,
    at: NDArray[np.float32],
    slot: NDArray[np.uint64],
    weight: NDArray[np.float32],
    next_weight: NDArray[np.float32],
    sums: NDArray[np.float32],
    line: NDArray[np.float32],
    steps: NDArray[np.float32],
) -> None:
    """Add up the steps in brightness around a place: by row of cells, cell and direction."""
    height, width = level.shape
    pixels = level.reshape(height * width)
    row, one = np.uint64(width), np.uint64(1)
    parts, across_parts = np.uint64(_PARTS), np.uint64(_slots * _PARTS)
    angle = direction * np.float32(math.pi / 180)
    cosine = np.float32(math.cos(angle)) * blur
    sine = np.float32(math.sin(angle)) * blur
    reach = np.float32(_REACH * _CELL_BLURS * 1.42) * blur + np.float32(2.0)
    inside = x - reach > 0 and y - reach > 0 and x + reach < width - 1 and y + reach < height - 1
    turn = np.float32(2 * _PARTS) - direction * np.float32(1 / _DEGREES)
    # What is far apart in memory is fetched first, and then worked on many at once.
    across, down, lower_steps, upper_steps = steps[0], steps[1], steps[2], steps[3]
    sample = 0
    for j in range(_SAMPLES):
        from_x = x - sine * at[j] + np.float32(0.5)
        from_y = y + cosine * at[j] + np.float32(0.5)
        for i in range(_SAMPLES):
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
    _split(across, down, turn, lower_steps, upper_steps)
    sums[:] = 0
    for j in range(_SAMPLES):
        line[:] = 0
        for i in range(_SAMPLES):
            sample = j * _SAMPLES + i
            lower_step, upper_step = lower_steps[sample], upper_steps[sample]
            lower = np.int32(across[sample])
            low, high = np.uint64(lower & 7), np.uint64((lower + 1) & 7)
            cell = slot[i] * parts
            line[cell + low] += lower_step * weight[i]
            line[cell + high] += upper_step * weight[i]
            cell += parts
            line[cell + low] += lower_step * next_weight[i]
            line[cell + high] += upper_step * next_weight[i]
        first = slot[j] * across_parts
        upper, lower_row = sums[first : first + across_parts], sums[first + across_parts :]
        for k in range(line.shape[0]):
            upper[k] += weight[j] * line[k]
            lower_row[k] += next_weight[j] * line[k]


@compiled
def _split(
    across: NDArray[np.float32],
    down: NDArray[np.float32],
    turn: np.float32,
    lower_steps: NDArray[np.float32],
    upper_steps: NDArray[np.float32],
) -> None:
    """Share each step out between the two directions nearest to its own.

    The lower of them is written over ``across``, in eighths of a turn.
    """
    for k in range(across.shape[0]):
        right, below = across[k], down[k]
        step = np.float32(math.sqrt(right * right + below * below))
        place = direction_of(below, right) + turn
        lower = np.int32(place)
        upper_step = step * (place - np.float32(lower))
        upper_steps[k] = upper_step
        lower_steps[k] = step - upper_step
        across[k] = np.float32(lower)


@compiled
def _shares(sums: NDArray[np.float32], out: NDArray[np.float32]) -> None:
    """Turn sums into the roots of shares, none of which is much larger than the others."""
    total = np.float32(0.0)
    k = 0
    for row in range(1, CELLS + 1):
        for cell in range(1, CELLS + 1):
            for part in range(_PARTS):
                value = sums[(row * _slots + cell) * _PARTS + part]
                out[k] = value
                total += value * value
                k += 1
    if total <= 0:
        out[:] = 0
        return
    most = np.float32(_MOST_SHARE) * np.float32(math.sqrt(total))
    total = np.float32(0.0)
    for k in range(NUMBERS):
        out[k] = min(out[k], most)
        total += out[k]
    for k in range(NUMBERS):
        out[k] = math.sqrt(out[k] / total)
