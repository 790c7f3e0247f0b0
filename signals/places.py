"""Places of a picture that stand out at their scale, wherever the picture is cropped or turned.

Source: D. G. Lowe, "Distinctive Image Features from Scale-Invariant Keypoints" (2004): extrema of
differences of blurs, refined to parts of a pixel, without those that lie along an edge.
"""

import math
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from signals.compiled import compiled
from signals.scale_space import FIRST_BLUR, SCALES, Levels, Octave, ScaleSpace

FAINTEST: Final = 0.34
"""Least height of an extremum, in steps of brightness of which a picture has 255."""

_BORDER: Final = 4
_LONGEST_EDGE: Final = 12.0
"""Greatest ratio of the curvatures across and along: beyond, a place could lie anywhere along."""

_MOST_RAW: Final = 20_000
"""Extrema looked at in one octave. Noise and wallpapers have more; the rest is left out."""

_MOVES: Final = 4
_WITHIN: Final = 0.6
_FAR: Final = 3.0

_BINS: Final = 36
_MOST_DIRECTIONS: Final = 2
_SECOND_DIRECTION: Final = 0.8
"""Share of the highest peak that another direction has to reach to count as well."""


class Place(NamedTuple):
    """Columns of an array of places."""

    x: int = 0
    y: int = 1
    scale: int = 2
    direction: int = 3


COLUMNS: Final = Place()


@dataclass(frozen=True, slots=True)
class RawPlaces:
    """Places before they have a direction, strongest first: float32, shape (n, 5).

    Columns: x, y and level in pixels and levels of the octave, height of the extremum, octave.
    """

    rows: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.rows)


def find_places(space: ScaleSpace) -> RawPlaces:
    """Find every place of a picture, the highest extrema first."""
    found = [
        _extrema_of(octave, number)
        for number, octave in enumerate(space.octaves)
        if min(octave.differences.shape[1:]) > 2 * _BORDER + 2
    ]
    rows = np.concatenate([np.empty((0, 5), np.float32), *found])
    return RawPlaces(rows[np.argsort(-rows[:, 3], kind="stable")])


def _extrema_of(octave: Octave, number: int) -> NDArray[np.float32]:
    rows = np.empty((_MOST_RAW, 5), np.float32)
    count = _extrema(octave.differences, np.float32(FAINTEST), np.float32(number), rows)
    return rows[:count]


def spread(raw: RawPlaces, space: ScaleSpace, most: int) -> RawPlaces:
    """Choose at most so many: half the strongest, half the strongest of each part of the picture.

    Writing laid over a picture has stronger places than the picture: it must not take them all.
    """
    rows = raw.rows
    if len(rows) <= most:
        return raw
    units = np.array([octave.unit for octave in space.octaves], np.float32)
    number = rows[:, 4].astype(np.int64)
    side = max(space.width, space.height) / _PARTS
    across = (rows[:, 0] * units[number] / side).astype(np.int64)
    down = (rows[:, 1] * units[number] / side).astype(np.int64)
    part = (np.minimum(number, _PART_OCTAVES) * _PARTS + down) * _PARTS + across
    # Rows are in order of strength, so a stable sort by part ranks each within its part.
    order = np.argsort(part, kind="stable")
    starts = np.flatnonzero(np.diff(part[order], prepend=-1))
    rank = np.empty(len(rows), np.int64)
    rank[order] = np.arange(len(rows)) - np.repeat(starts, np.diff(starts, append=len(rows)))
    strongest = most // 2
    rest = np.argsort(rank[strongest:], kind="stable")[: most - strongest] + strongest
    return RawPlaces(rows[np.sort(np.concatenate([np.arange(strongest), rest]))])


_PARTS: Final = 10
_PART_OCTAVES: Final = 3


def with_directions(raw: RawPlaces, space: ScaleSpace) -> NDArray[np.float32]:
    """Give each place its one or two main directions: as many rows for one place.

    Returns:
        Shape (n, 4), float32: x and y in pixels of the picture, the scale as log2 of the blur in
        pixels, and the direction in degrees from 0 to 360, from the x axis towards the y axis. In
        the order of ``raw``.
    """
    parts = []
    order = []
    for number, octave in enumerate(space.octaves):
        chosen = np.flatnonzero(raw.rows[:, 4] == number)
        if len(chosen) == 0:
            continue
        out = np.empty((len(chosen) * _MOST_DIRECTIONS, 4), np.float32)
        source = np.empty(len(out), np.int64)
        count = _directed(
            octave.levels, raw.rows[chosen], np.float32(octave.unit), _DISK, out, source
        )
        parts.append(out[:count])
        order.append(chosen[source[:count]])
    if not parts:
        return np.empty((0, 4), np.float32)
    # Of one place, the main direction stays before the other.
    return np.concatenate(parts)[np.argsort(np.concatenate(order), kind="stable")]


@compiled
def _marked(
    here: Levels,
    left: Levels,
    right: Levels,
    above: Levels,
    below: Levels,
    finer: Levels,
    coarser: Levels,
    least: np.float32,
    out: NDArray[np.bool_],
) -> None:
    """Mark what is no less, or no more, than its six nearest: a row at a time, many at once."""
    for x in range(here.shape[0]):
        value = here[x]
        high = (
            (value > least)
            & (value >= left[x])
            & (value >= right[x])
            & (value >= above[x])
            & (value >= below[x])
            & (value >= finer[x])
            & (value >= coarser[x])
        )
        low = (
            (value < -least)
            & (value <= left[x])
            & (value <= right[x])
            & (value <= above[x])
            & (value <= below[x])
            & (value <= finer[x])
            & (value <= coarser[x])
        )
        out[x] = high | low


@compiled
def _is_extremum(differences: Levels, level: int, y: int, x: int) -> bool:
    value = differences[level, y, x]
    sign = np.float32(1.0) if value > 0 else np.float32(-1.0)
    for other in range(level - 1, level + 2):
        for row in range(y - 1, y + 2):
            for column in range(x - 1, x + 2):
                if differences[other, row, column] * sign > value * sign:
                    return False
    return True


@compiled
def _refined(  # noqa: PLR0911 - a place falls away for many reasons
    differences: Levels, level: int, y: int, x: int, least: np.float32, out: NDArray[np.float32]
) -> bool:
    """Fit a parabola through the neighbours; say whether its top is a place, and write it."""
    levels, height, width = differences.shape
    for _ in range(_MOVES):
        d = differences
        value = d[level, y, x]
        gx = (d[level, y, x + 1] - d[level, y, x - 1]) * np.float32(0.5)
        gy = (d[level, y + 1, x] - d[level, y - 1, x]) * np.float32(0.5)
        gs = (d[level + 1, y, x] - d[level - 1, y, x]) * np.float32(0.5)
        xx = d[level, y, x + 1] + d[level, y, x - 1] - 2 * value
        yy = d[level, y + 1, x] + d[level, y - 1, x] - 2 * value
        ss = d[level + 1, y, x] + d[level - 1, y, x] - 2 * value
        quarter = np.float32(0.25)
        xy = (
            d[level, y + 1, x + 1]
            - d[level, y + 1, x - 1]
            - d[level, y - 1, x + 1]
            + d[level, y - 1, x - 1]
        ) * quarter
        xs = (
            d[level + 1, y, x + 1]
            - d[level + 1, y, x - 1]
            - d[level - 1, y, x + 1]
            + d[level - 1, y, x - 1]
        ) * quarter
        ys = (
            d[level + 1, y + 1, x]
            - d[level + 1, y - 1, x]
            - d[level - 1, y + 1, x]
            + d[level - 1, y - 1, x]
        ) * quarter
        det = xx * (yy * ss - ys * ys) - xy * (xy * ss - ys * xs) + xs * (xy * ys - yy * xs)
        if det == 0:
            return False
        ox = -(gx * (yy * ss - ys * ys) - xy * (gy * ss - ys * gs) + xs * (gy * ys - yy * gs)) / det
        oy = -(xx * (gy * ss - ys * gs) - gx * (xy * ss - ys * xs) + xs * (xy * gs - gy * xs)) / det
        os = -(xx * (yy * gs - gy * ys) - xy * (xy * gs - gy * xs) + gx * (xy * ys - yy * xs)) / det
        if max(abs(ox), abs(oy), abs(os)) < _WITHIN:
            top = abs(value + np.float32(0.5) * (gx * ox + gy * oy + gs * os))
            trace, product = xx + yy, xx * yy - xy * xy
            along = np.float32(_LONGEST_EDGE)
            if top < least or product <= 0:
                return False
            if trace * trace * along >= (along + 1) * (along + 1) * product:
                return False
            out[0], out[1], out[2], out[3] = x + ox, y + oy, level + os, top
            return True
        if max(abs(ox), abs(oy), abs(os)) > _FAR:
            return False
        x, y, level = x + round(ox), y + round(oy), level + round(os)
        if not (
            1 <= level <= levels - 2
            and _BORDER <= y < height - _BORDER
            and _BORDER <= x < width - _BORDER
        ):
            return False
    return False


@compiled
def _extrema(
    differences: Levels, least: np.float32, number: np.float32, out: NDArray[np.float32]
) -> int:
    """Write the places of one octave, and return how many."""
    levels, height, width = differences.shape
    first, last = _BORDER, width - _BORDER
    # Eight at a time are none, nearly always.
    words = np.zeros((last - first + 7) // 8, np.uint64)
    marks = words.view(np.bool_)
    count = 0
    for level in range(1, levels - 1):
        for y in range(_BORDER, height - _BORDER):
            row = differences[level, y]
            _marked(
                row[first:last],
                row[first - 1 : last - 1],
                row[first + 1 : last + 1],
                differences[level, y - 1, first:last],
                differences[level, y + 1, first:last],
                differences[level - 1, y, first:last],
                differences[level + 1, y, first:last],
                least * np.float32(0.5),
                marks,
            )
            for word in range(len(words)):
                if words[word] == 0:
                    continue
                for i in range(8 * word, min(8 * word + 8, last - first)):
                    if not marks[i] or not _is_extremum(differences, level, y, first + i):
                        continue
                    if count == out.shape[0]:
                        return count
                    if _refined(differences, level, y, first + i, least, out[count]):
                        out[count, 4] = number
                        count += 1
    return count


def _disk() -> NDArray[np.float32]:
    """Give the points around a place that count for its direction, in blurs, and their weights."""
    step, radius, fall = 0.75, 4.5, 1.5
    reach = int(radius / step)
    points = [
        (i * step, j * step, math.exp(-((i * step) ** 2 + (j * step) ** 2) / (2 * fall * fall)))
        for i in range(-reach, reach + 1)
        for j in range(-reach, reach + 1)
        if math.hypot(i * step, j * step) <= radius
    ]
    return np.array(points, np.float32)


_DISK: Final = _disk()


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
def _directed(
    levels: Levels,
    raw: NDArray[np.float32],
    unit: np.float32,
    disk: NDArray[np.float32],
    out: NDArray[np.float32],
    source: NDArray[np.int64],
) -> int:
    """Write a row for each main direction of each place of an octave, and return how many."""
    directions = np.empty(_MOST_DIRECTIONS, np.float32)
    votes = np.empty(_BINS, np.float32)
    smooth = np.empty(_BINS, np.float32)
    across, down = np.empty(len(disk), np.float32), np.empty(len(disk), np.float32)
    count = 0
    for place in range(raw.shape[0]):
        x, y, level = raw[place, 0], raw[place, 1], raw[place, 2]
        blur = np.float32(FIRST_BLUR * 2.0 ** (level / SCALES))
        nearest = min(max(int(level + 0.5), 0), levels.shape[0] - 1)
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
    """Write the directions in which brightness rises most around a point; return how many."""
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
        votes[first] += weight * (1 - share)
        votes[second] += weight * share
    highest = np.float32(0.0)
    for b in range(_BINS):
        near = votes[(b + 1) % _BINS] + votes[(b + _BINS - 1) % _BINS]
        far = votes[(b + 2) % _BINS] + votes[(b + _BINS - 2) % _BINS]
        smooth[b] = (6 * votes[b] + 4 * near + far) / 16
        highest = max(highest, smooth[b])
    if highest <= 0:
        return 0
    count = 0
    for main in (True, False):
        for b in range(_BINS):
            here = smooth[b]
            before, after = smooth[(b + _BINS - 1) % _BINS], smooth[(b + 1) % _BINS]
            if here <= before or here < after or (here == highest) != main:
                continue
            if here < np.float32(_SECOND_DIRECTION) * highest or count == out.shape[0]:
                continue
            bend = before - 2 * here + after
            off = np.float32(0.5) * (before - after) / bend if bend != 0 else np.float32(0.0)
            out[count] = (b + np.float32(0.5) + off) * np.float32(360 / _BINS) % np.float32(360)
            count += 1
    return count
