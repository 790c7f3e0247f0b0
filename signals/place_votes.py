"""Which pictures have places that agree with a found image's how the picture lies in it?

Two looks: by the few pairs that tables give, which pictures are worth comparing in full; and of
those, by every pair of places that look alike.
"""

import math
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from domain.places import FoundPlaces
from signals.alignment import LEAST_SCALE, MOST_SCALE
from signals.compiled import bit_count, compiled
from signals.place_bits import BITS
from signals.place_tables import MOST_DISTANCE

LEAST_AGREEING: Final = 3
"""Pairs that have to agree for a picture to be worth laying down."""

_SURE: Final = 20
"""Bits up to which one pair alone makes a picture worth comparing in full."""

_MOST_MET: Final = 64
"""Pairs of one picture, of those that tables gave, that are compared with each other."""

_MOST_TRIED: Final = 32
"""Pairs of one picture, the likest, by which it is laid down to see how many others agree."""

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


@dataclass(frozen=True, slots=True)
class Compared:
    """Pictures compared in full of which LEAST_AGREEING pairs agree: arrays of one length.

    ``places``: which of those compared it is; ``likeness``: how alike the pairs are that agree;
    ``ends``: up to where its pairs go in the room given for them, from the end of those before.
    """

    places: NDArray[np.int64]
    likeness: NDArray[np.uint32]
    ends: NDArray[np.int64]


def worth_comparing(
    met: NDArray[np.uint32], rows: Rows, found: FoundPlaces, often: NDArray[np.uint32], most: int
) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Choose pictures of which two pairs met agree, or one is very like, the likeliest first.

    Args:
        met: shape (k, 3), as `PlaceTables.meet` writes it.
        rows: the places that the tables are of.
        found: the places of the image.
        often: zeros, one for each picture; zeros again afterwards.
        most: how many to choose at most.

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
    likeliest = np.argsort(-worth[:count], kind="stable")[:most]
    return pictures[likeliest], worth[likeliest]


def compared(
    pictures: NDArray[np.uint32],
    rows: Rows,
    found: FoundPlaces,
    pairs: NDArray[np.int64],
    distances: NDArray[np.uint8],
) -> Compared:
    """Compare pictures in full; give those of which LEAST_AGREEING pairs agree, in their order.

    Args:
        pictures: their numbers.
        rows: their places.
        found: the places of the image.
        pairs: room for all pairs that look alike, shape (k, 2); where it ends, the rest is left.
        distances: the same room for their distances.
    """
    kept = np.empty(len(pictures), np.int64)
    likeness = np.empty(len(pictures), np.uint32)
    ends = np.empty(len(pictures), np.int64)
    # In two rows rather than in pairs, so that the processor takes many at once.
    words = np.ascontiguousarray(found.bits.T)
    count = _compare(
        pictures, rows.starts, rows.bits, rows.places, words, found.places,
        kept, likeness, ends, pairs, distances,
    )  # fmt: skip
    return Compared(kept[:count], likeness[:count], ends[:count])


@compiled
def _likeness(distance: np.uint8) -> int:
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
            alike = _likeness(met[i, 2])
            for j in range(start, last):
                if (
                    met[j, 0] != met[i, 0]
                    and met[j, 1] != met[i, 1]
                    and _agrees(mine, seen, registered[met[j, 0]], found[met[j, 1]])
                ):
                    several = True
                    alike += _likeness(met[j, 2])
            most = max(most, alike)
        if several or least <= _SURE:
            pictures[count], worth[count] = owners[start], most
            count += 1
        start = end
    return count


@compiled
def _compare(
    chosen: NDArray[np.uint32],
    starts: NDArray[np.int64],
    bits: NDArray[np.uint64],
    registered: NDArray[np.float32],
    words: NDArray[np.uint64],
    found: NDArray[np.float32],
    places: NDArray[np.int64],
    likeness: NDArray[np.uint32],
    ends: NDArray[np.int64],
    pairs: NDArray[np.int64],
    distances: NDArray[np.uint8],
) -> int:
    count = 0
    begin = 0
    differ = np.empty(found.shape[0], np.uint8)
    for place in range(chosen.shape[0]):
        picture = np.int64(chosen[place])
        first, last = starts[picture], starts[picture + 1]
        end = begin
        for i in range(first, last):
            one, other = bits[i, 0], bits[i, 1]
            for j in range(found.shape[0]):
                differ[j] = bit_count(one ^ words[0, j]) + bit_count(other ^ words[1, j])
            for j in range(found.shape[0]):
                if differ[j] <= MOST_DISTANCE and end < pairs.shape[0]:
                    pairs[end, 0], pairs[end, 1] = i - first, j
                    distances[end] = differ[j]
                    end += 1
        alike = _most_agreeing(
            registered[first:last], found, pairs[begin:end], distances[begin:end]
        )
        if alike:
            places[count], likeness[count], ends[count] = place, alike, end
            count += 1
            begin = end
    return count


@compiled
def _most_agreeing(
    registered: NDArray[np.float32],
    found: NDArray[np.float32],
    pairs: NDArray[np.int64],
    distances: NDArray[np.uint8],
) -> int:
    """Add up how alike the pairs are that agree about one way, that of which it is most.

    Returns:
        0 if fewer than LEAST_AGREEING places agree, registered or found.
    """
    up_to = _likest(distances)
    most = 0
    taken = np.full(found.shape[0], -1, np.int64)
    for i in range(pairs.shape[0]):
        if distances[i] > up_to:
            continue
        mine, seen = registered[pairs[i, 0]], found[pairs[i, 1]]
        agree = 1
        likeness = _likeness(distances[i])
        taken[pairs[i, 1]] = i
        last = -1  # pairs are in order of registered places, of which each counts once
        best = 0
        for j in range(pairs.shape[0]):
            if pairs[j, 0] == pairs[i, 0] or taken[pairs[j, 1]] == i:
                continue
            more = _likeness(distances[j])
            if pairs[j, 0] == last and more <= best:
                continue
            if _agrees(mine, seen, registered[pairs[j, 0]], found[pairs[j, 1]]):
                if pairs[j, 0] == last:
                    likeness += more - best
                else:
                    agree += 1
                    likeness += more
                last, best = pairs[j, 0], more
                taken[pairs[j, 1]] = i
        if agree >= LEAST_AGREEING:
            most = max(most, likeness)
    return most


@compiled
def _likest(distances: NDArray[np.uint8]) -> int:
    """Give the distance up to which there are not more than _MOST_TRIED pairs, or the least one."""
    counted = np.zeros(MOST_DISTANCE + 1, np.int64)
    for distance in distances:
        counted[distance] += 1
    total = 0
    for distance in range(MOST_DISTANCE + 1):
        total += counted[distance]
        if total > _MOST_TRIED:
            return max(distance - 1, 0) if total > counted[distance] else distance
    return MOST_DISTANCE


@compiled
def _agrees(
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
