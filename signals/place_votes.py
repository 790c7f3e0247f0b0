"""Which pictures are worth comparing in full with a found image, by the few pairs that tables give?

Those of which pairs agree how the picture lies in it. `signals.place_comparison` takes it from
there.
"""

import math
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from domain.places import FoundPlaces
from signals.alignment import LEAST_SCALE, MOST_SCALE
from signals.compiled import compiled
from signals.place_bits import BITS
from signals.place_tables import MOST_DISTANCE

_SURE: Final = 20
"""Bits up to which one pair alone makes a picture worth comparing in full."""

_MOST_MET: Final = 64
"""Pairs of one picture, of those that tables gave, that are compared with each other."""

_SCALE_OFF: Final = 0.75
_TURN_OFF: Final = 28.0
_REACH: Final = 16.0
_REACH_AWAY: Final = 0.22


@dataclass(frozen=True, slots=True)
class Rows:
    """The places of some pictures: ``places`` and ``bits`` as `Constellation` has them, together.

    Those of picture i are the rows from ``starts``[i] to before ``starts``[i + 1]; ``owners`` says
    of each row whose it is.
    """

    places: NDArray[np.float32] = field(repr=False)
    bits: NDArray[np.uint64] = field(repr=False)
    starts: NDArray[np.int64] = field(repr=False)
    owners: NDArray[np.uint32] = field(repr=False)


def worth_comparing(
    met: NDArray[np.uint32], rows: Rows, found: FoundPlaces, often: NDArray[np.uint32]
) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Choose pictures of which two pairs met agree, or one is very like, the likeliest first.

    Args:
        met: shape (k, 3), as `PlaceTables.meet` writes it.
        rows: the places that the tables are of.
        found: the places of the image.
        often: zeros, one for each picture; zeros again afterwards.

    Returns:
        Their numbers, and how alike the pairs are that agree.
    """
    chosen = np.empty(len(met), np.int64)
    chosen = chosen[: _chosen(met, rows.owners, often, chosen)]
    owners = rows.owners[met[chosen, 0]]
    order = np.argsort(owners, kind="stable")
    pictures = np.empty(len(chosen), np.uint32)
    worth = np.empty(len(chosen), np.int64)
    count = _worth(met[chosen[order]], owners[order], rows.places, found.places, pictures, worth)
    likeliest = np.argsort(-worth[:count], kind="stable")
    return pictures[likeliest], worth[likeliest]


@compiled
def likeness_of(distance: np.uint8) -> int:
    """Say how much a pair is worth. Of chance, one 10 bits nearer is a hundred times rarer."""
    nearer = 1 + MOST_DISTANCE - int(distance)
    return nearer * nearer


@compiled
def _chosen(
    met: NDArray[np.uint32],
    owners: NDArray[np.uint32],
    often: NDArray[np.uint32],
    out: NDArray[np.int64],
) -> int:
    """Write which pairs are of pictures of which several were met, or one that is very like."""
    for i in range(met.shape[0]):
        often[owners[met[i, 0]]] += 2 if met[i, 2] <= _SURE else 1
    count = 0
    for i in range(met.shape[0]):
        if often[owners[met[i, 0]]] > 1:
            out[count] = i
            count += 1
    for i in range(met.shape[0]):
        often[owners[met[i, 0]]] = 0
    return count


@compiled
def _worth(
    met: NDArray[np.uint32],
    owners: NDArray[np.uint32],
    registered: NDArray[np.float32],
    found: NDArray[np.float32],
    pictures: NDArray[np.uint32],
    worth: NDArray[np.int64],
) -> int:
    """Write the pictures that are worth comparing, and how alike the pairs are that agree."""
    count = 0
    start = 0
    while start < met.shape[0]:
        end = start
        least = int(BITS)
        while end < met.shape[0] and owners[end] == owners[start]:
            least = min(least, int(met[end, 2]))
            end += 1
        last = min(end, start + _MOST_MET)
        several = False
        most = 0
        for i in range(start, last):
            mine, seen = registered[met[i, 0]], found[met[i, 1]]
            alike = likeness_of(met[i, 2])
            for j in range(start, last):
                if (
                    met[j, 0] != met[i, 0]
                    and met[j, 1] != met[i, 1]
                    and agrees(mine, seen, registered[met[j, 0]], found[met[j, 1]])
                ):
                    several = True
                    alike += likeness_of(met[j, 2])
            most = max(most, alike)
        if several or least <= _SURE:
            pictures[count], worth[count] = owners[start], most
            count += 1
        start = end
    return count


@compiled
def agrees(
    mine: NDArray[np.float32],
    seen: NDArray[np.float32],
    one: NDArray[np.float32],
    other: NDArray[np.float32],
) -> bool:
    """Say whether a pair agrees with another one, the first two, how the picture lies."""
    log_size = seen[2] - mine[2]
    if abs(other[2] - one[2] - log_size) > _SCALE_OFF:
        return False
    turn = seen[3] - mine[3]
    if abs((other[3] - one[3] - turn + 900.0) % 360.0 - 180.0) > _TURN_OFF:
        return False
    size = 2.0**log_size
    if size < LEAST_SCALE or size > MOST_SCALE:
        return False
    cosine, sine = size * math.cos(math.radians(turn)), size * math.sin(math.radians(turn))
    x, y = one[0] - mine[0], one[1] - mine[1]
    off_x = other[0] - seen[0] - (cosine * x - sine * y)
    off_y = other[1] - seen[1] - (sine * x + cosine * y)
    reach = (_REACH + _REACH_AWAY * math.sqrt(x * x + y * y)) * size
    return bool(off_x * off_x + off_y * off_y <= reach * reach)
