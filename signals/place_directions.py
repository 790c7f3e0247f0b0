"""In which directions brightness rises around a place: by the main ones it is turned upright.

Source: D. G. Lowe, "Distinctive Image Features from Scale-Invariant Keypoints" (2004).
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from signals.compiled import compiled
from signals.pixels_around import fetch_around
from signals.scale_space import Levels, blur_of_level, nearest_level

MOST_DIRECTIONS: Final = 2
"""Directions of one place; each makes a place of its own."""

_SECOND_DIRECTION: Final = 0.8
"""Share of the highest peak that another direction has to reach to count as well."""

_BINS: Final = 36
_RADIUS: Final = 4.5
"""Blurs around a place that count for its direction."""


def _disk() -> NDArray[np.float32]:
    """Give the points around a place that count for its direction, in blurs, and their weights."""
    step, fall = 0.75, 1.5
    reach = int(_RADIUS / step)
    points = [
        (i * step, j * step, math.exp(-((i * step) ** 2 + (j * step) ** 2) / (2 * fall * fall)))
        for i in range(-reach, reach + 1)
        for j in range(-reach, reach + 1)
        if math.hypot(i * step, j * step) <= _RADIUS
    ]
    return np.array(points, np.float32)


DISK: Final = _disk()


@compiled
def direction_of(down: np.float32, across: np.float32) -> np.float32:
    """Give the direction of a step in brightness, in eighths of a turn from 0 to 8.

    Within 0.002 eighths of the arctangent, by a polynomial that is the same on every machine.
    """
    width, height = abs(across), abs(down)
    larger, smaller = max(width, height), min(width, height)
    if larger == 0:
        return np.float32(0.0)
    ratio = smaller / larger
    square = ratio * ratio
    angle = (
        (np.float32(-0.0592011) * square + np.float32(0.2028451)) * square - np.float32(0.4171422)
    ) * square * ratio + ratio * np.float32(1.2732395)
    if height > width:
        angle = np.float32(2.0) - angle
    if across < 0:
        angle = np.float32(4.0) - angle
    if down < 0:
        angle = np.float32(8.0) - angle
    return angle


@compiled
def directed(
    levels: Levels,
    raw: NDArray[np.float32],
    unit: np.float32,
    disk: NDArray[np.float32],
    out: NDArray[np.float32],
    source: NDArray[np.int64],
) -> int:
    """Write a row for each main direction of each place of an octave, and return how many."""
    directions = np.empty(MOST_DIRECTIONS, np.float32)
    votes = np.empty(_BINS + 4, np.float32)
    smooth = np.empty(_BINS + 2, np.float32)
    across, down = np.empty(len(disk), np.float32), np.empty(len(disk), np.float32)
    deep, height, width = levels.shape
    pixels = levels.reshape(deep * height * width)
    count = 0
    for place in range(raw.shape[0]):
        if place + 1 < raw.shape[0]:
            x, y, level = raw[place + 1, 0], raw[place + 1, 1], raw[place + 1, 2]
            begin = nearest_level(levels, level) * height * width
            reach = np.float32(_RADIUS) * blur_of_level(level) + np.float32(1)
            fetch_around(pixels, begin, height, width, x, y, reach)
        x, y, level = raw[place, 0], raw[place, 1], raw[place, 2]
        blur = blur_of_level(level)
        nearest = nearest_level(levels, level)
        many = _directions(
            levels[nearest], x, y, blur, disk, across, down, votes, smooth, directions
        )
        for i in range(many):
            out[count, 0] = x * unit
            out[count, 1] = y * unit
            out[count, 2] = math.log2(blur * unit)
            out[count, 3] = directions[i]
            source[count] = place
            count += 1
    return count


@compiled
def _directions(
    level: Levels,
    x: np.float32,
    y: np.float32,
    blur: np.float32,
    disk: NDArray[np.float32],
    across: NDArray[np.float32],
    down: NDArray[np.float32],
    votes: NDArray[np.float32],
    smooth: NDArray[np.float32],
    out: NDArray[np.float32],
) -> int:
    """Write the directions in which brightness rises most around a point; return how many.

    ``votes`` has two more at each end, and ``smooth`` one, for those that follow all around.
    """
    height, width = level.shape
    pixels = level.reshape(height * width)
    row = np.uint64(width)
    one = np.uint64(1)
    # What is far apart in memory is fetched first, and then worked on many at once.
    for i in range(disk.shape[0]):
        column = np.int32(x + disk[i, 0] * blur + np.float32(0.5))
        line = np.int32(y + disk[i, 1] * blur + np.float32(0.5))
        if column < 1 or line < 1 or column >= width - 1 or line >= height - 1:
            across[i] = down[i] = 0
            continue
        # Unsigned, or each index would be looked at for counting from the end.
        at = np.uint64(line) * row + np.uint64(column)
        across[i] = pixels[at + one] - pixels[at - one]
        down[i] = pixels[at + row] - pixels[at - row]
    for i in range(disk.shape[0]):
        right, below = across[i], down[i]
        across[i] = np.float32(math.sqrt(right * right + below * below)) * disk[i, 2]
        down[i] = direction_of(below, right) * np.float32(_BINS / 8) + np.float32(_BINS - 0.5)
    votes[:] = 0
    for i in range(disk.shape[0]):
        weight, place = across[i], down[i]
        lower = np.int32(place)
        share = place - np.float32(lower)
        first = lower - _BINS if lower >= _BINS else lower
        second = first + 1 if first < _BINS - 1 else 0
        votes[first + 2] += weight * (1 - share)
        votes[second + 2] += weight * share
    votes[0], votes[1] = votes[_BINS], votes[_BINS + 1]
    votes[_BINS + 2], votes[_BINS + 3] = votes[2], votes[3]
    for b in range(_BINS):
        near = votes[b + 3] + votes[b + 1]
        far = votes[b + 4] + votes[b]
        smooth[b + 1] = (6 * votes[b + 2] + 4 * near + far) / 16
    smooth[0], smooth[_BINS + 1] = smooth[_BINS], smooth[1]
    highest = np.float32(0.0)
    for b in range(_BINS):
        highest = max(highest, smooth[b + 1])
    if highest <= 0:
        return 0
    count = 0
    for main in (True, False):
        for b in range(_BINS):
            before, here, after = smooth[b], smooth[b + 1], smooth[b + 2]
            if here <= before or here < after or (here == highest) != main:
                continue
            if here < np.float32(_SECOND_DIRECTION) * highest or count == out.shape[0]:
                continue
            bend = before - 2 * here + after
            off = np.float32(0.5) * (before - after) / bend if bend != 0 else np.float32(0.0)
            out[count] = (b + np.float32(0.5) + off) * np.float32(360 / _BINS) % np.float32(360)
            count += 1
    return count
