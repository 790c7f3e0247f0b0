"""Places of a picture that stand out at their scale, wherever the picture is cropped or turned.

Source: D. G. Lowe, "Distinctive Image Features from Scale-Invariant Keypoints" (2004): extrema of
differences of blurs, refined to parts of a pixel, without those that lie along an edge.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from signals.place_directions import DISK, MOST_DIRECTIONS, directed
from signals.place_extrema import BORDER, extrema
from signals.scale_space import SCALES, Octave, ScaleSpace

FAINTEST: Final = 0.34
"""Least height of an extremum, in steps of brightness of which a picture has 255."""

_MOST_RAW: Final = 20_000
"""Extrema looked at in one octave. Noise and wallpapers have more; the rest is left out."""


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
    room = np.empty((SCALES, _MOST_RAW, 4), np.float32)
    found = [
        _extrema_of(octave, number, room)
        for number, octave in enumerate(space.octaves)
        if min(octave.levels.shape[1:]) > 2 * BORDER + 2
    ]
    rows = np.concatenate([np.empty((0, 5), np.float32), *found])
    return RawPlaces(rows[np.argsort(-rows[:, 3], kind="stable")])


def _extrema_of(octave: Octave, number: int, room: NDArray[np.float32]) -> NDArray[np.float32]:
    counts = extrema(octave.levels, np.float32(FAINTEST), room)
    rows = np.concatenate([part[:count] for part, count in zip(room, counts, strict=True)])
    return np.column_stack([rows, np.full(len(rows), number, np.float32)])[:_MOST_RAW]


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
        out = np.empty((len(chosen) * MOST_DIRECTIONS, 4), np.float32)
        source = np.empty(len(out), np.int64)
        count = directed(
            octave.levels, raw.rows[chosen], np.float32(octave.unit), DISK, out, source
        )
        parts.append(out[:count])
        order.append(chosen[source[:count]])
    if not parts:
        return np.empty((0, 4), np.float32)
    # Of one place, the main direction stays before the other.
    return np.concatenate(parts)[np.argsort(np.concatenate(order), kind="stable")]
