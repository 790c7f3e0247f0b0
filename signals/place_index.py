"""Which registered pictures have places that look like those of a found image?

Each place's 128 bits are cut into pieces; places with the same piece stand together in a table, one
table for each piece. A found place is looked up by its pieces, and again with those bits turned
over that it is least sure of: what an edit changes is nearly always among them. So the work for one
found image grows with the registry only by what happens to be in the same bucket.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from signals.alignment import LEAST_SCALE, MOST_SCALE
from signals.compiled import bit_count, compiled, prefetch
from signals.constellation import Constellation
from signals.found_places import FoundPlaces
from signals.place_bits import BITS

MOST_DISTANCE: Final = 38
"""Bits in which places of one pair may differ."""

MOST_PICTURES: Final = 64
"""Pictures looked at in full for one image: those of which most pairs agree."""

_WORD: Final = 64
_MOST_MET: Final = 400_000
_MOST_PROBES: Final = 1 << 9
_CHECK_BITS: Final = 32
_CHECK_DISTANCE: Final = 13
_FULLEST: Final = 512
"""Places of one bucket that are looked at: a fuller one holds what recurs everywhere."""

_MOST_COMPARED: Final = 64
"""Pairs of one picture that are compared with each other."""

_SCALE_OFF: Final = 0.75
_TURN_OFF: Final = 28.0
_REACH: Final = 16.0
_REACH_AWAY: Final = 0.22


@dataclass(frozen=True, slots=True)
class _Plan:
    """How bits are cut: ``size`` bits a piece, of which up to ``turned`` are turned over."""

    size: int
    turned: int

    @property
    def pieces(self) -> int:
        return BITS // self.size


_PLANS: Final = (
    (100_000, _Plan(14, 4)),
    (1_500_000, _Plan(18, 5)),
    (math.inf, _Plan(20, 4)),
)
"""Up to how many places each serves: buckets should hold a handful."""


def _plan_for(places: int) -> _Plan:
    return next(plan for most, plan in _PLANS if places < most)


@dataclass(frozen=True, slots=True)
class LikePlaces:
    """One registered picture and the pairs of its places and found ones that look alike.

    ``picture`` counts from 0, in the order in which they were given. ``pairs``: int64, shape
    (n, 2), registered and found places, in order of the registered ones; ``distances``: uint8,
    shape (n,).
    """

    picture: int
    pairs: NDArray[np.int64] = field(repr=False)
    distances: NDArray[np.uint8] = field(repr=False)


class PlaceIndex:
    """The places of many registered pictures. Not for several threads at once."""

    def __init__(self, constellations: Sequence[Constellation]) -> None:
        counts = [len(constellation) for constellation in constellations]
        self._starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        no_bits, no_places = np.empty((0, BITS // 64), np.uint64), np.empty((0, 4), np.float32)
        self._bits = np.concatenate([no_bits, *(c.bits for c in constellations)])
        self._places = np.concatenate([no_places, *(c.places for c in constellations)])
        self._owners = np.repeat(np.arange(len(counts)), counts).astype(np.uint32)
        self._plan = _plan_for(len(self._bits))
        size, pieces, buckets = self._plan.size, self._plan.pieces, 1 << self._plan.size
        self._heads = np.zeros(pieces * buckets + 1, np.uint32)
        self._items = np.empty(pieces * len(self._bits), np.uint32)
        self._checks = np.empty(pieces * len(self._bits), np.uint32)
        counted = np.zeros(pieces * buckets, np.int64)
        for piece in range(pieces):
            keys = _keys(self._bits, piece * size, size)
            order = np.argsort(keys, kind="stable")
            part = slice(piece * len(self._bits), (piece + 1) * len(self._bits))
            self._items[part] = order
            self._checks[part] = _keys(self._bits, (piece + 1) * size, _CHECK_BITS)[order]
            counted[piece * buckets : (piece + 1) * buckets] = np.bincount(keys, minlength=buckets)
        np.cumsum(counted, out=self._heads[1:], dtype=np.uint32)
        self._met = np.empty((_MOST_MET, 3), np.uint32)
        self._often = np.zeros(len(counts), np.uint32)

    @property
    def nbytes(self) -> int:
        """Bytes of memory of everything that is held."""
        held = (self._bits, self._places, self._owners, self._heads, self._items, self._checks)
        return sum(array.nbytes for array in held)

    def like(self, found: FoundPlaces) -> Iterator[LikePlaces]:
        """Give the pictures of which places look like found ones in one arrangement, most first.

        Args:
            found: the places of an image, or of its mirror image.
        """
        count = _meet(
            found.bits, found.unsure, self._bits, self._owners, self._heads, self._items,
            self._checks, self._plan.size, self._plan.pieces, self._plan.turned, self._met,
        )  # fmt: skip
        met = self._met[:count]
        for picture in _agreeing(met, self._places, found.places, self._often):
            first, last = self._starts[picture], self._starts[picture + 1]
            pairs = np.empty(((last - first) * len(found), 2), np.int64)
            distances = np.empty(len(pairs), np.uint8)
            alike = _pairs(self._bits[first:last], found.bits, MOST_DISTANCE, pairs, distances)
            yield LikePlaces(int(picture), pairs[:alike], distances[:alike])


def _agreeing(
    met: NDArray[np.uint32],
    registered: NDArray[np.float32],
    found: NDArray[np.float32],
    often: NDArray[np.uint32],
) -> NDArray[np.uint32]:
    """Give the pictures of which at least two pairs met agree how it lies, most first."""
    several = np.empty(len(met), np.uint32)
    count = _several(met, often, several)
    chosen = met[several[:count]]
    chosen = chosen[np.argsort(chosen[:, 0], kind="stable")]
    pictures = np.empty(len(chosen), np.uint32)
    votes = np.empty(len(chosen), np.uint32)
    kept = _votes(chosen, registered, found, pictures, votes)
    order = np.argsort(-votes[:kept].astype(np.int64), kind="stable")
    return pictures[:kept][order[:MOST_PICTURES]]


def _keys(bits: NDArray[np.uint64], start: int, size: int) -> NDArray[np.uint32]:
    """Cut so many bits out, from one on; after the last comes the first."""
    out = np.empty(len(bits), np.uint32)
    _cut_all(bits, start, size, out)
    return out


@compiled
def _cut(first: np.uint64, second: np.uint64, start: int, size: int) -> np.uint64:
    start %= BITS
    if start >= _WORD:
        first, second = second, first
        start -= _WORD
    word = first >> np.uint64(start)
    if start:
        word |= second << np.uint64(_WORD - start)
    return word & ((np.uint64(1) << np.uint64(size)) - np.uint64(1))


@compiled
def _cut_all(bits: NDArray[np.uint64], start: int, size: int, out: NDArray[np.uint32]) -> None:
    for i in range(bits.shape[0]):
        out[i] = _cut(bits[i, 0], bits[i, 1], start, size)


@compiled
def _meet(
    bits: NDArray[np.uint64],
    unsure: NDArray[np.uint64],
    registered: NDArray[np.uint64],
    owners: NDArray[np.uint32],
    heads: NDArray[np.uint32],
    items: NDArray[np.uint32],
    checks: NDArray[np.uint32],
    size: int,
    pieces: int,
    turned: int,
    out: NDArray[np.uint32],
) -> int:
    """Write the picture, its place and the found one of each pair met, and return how many."""
    count = 0
    keys = np.empty(pieces, np.uint64)
    free = np.empty(pieces, np.uint64)
    buckets = np.empty(_MOST_PROBES, np.uint64)
    begins = np.empty(_MOST_PROBES, np.uint64)
    ends = np.empty(_MOST_PROBES, np.uint64)
    asked_for = np.empty(pieces, np.int64)
    for i in range(bits.shape[0]):
        # Each look into memory takes longer than what is done with it: all are asked for at once.
        asked = _asked(bits[i], unsure[i], size, turned, keys, free, buckets, asked_for, heads)
        for at in range(asked):
            begin = np.uint64(heads[buckets[at]])
            end = np.uint64(heads[buckets[at] + np.uint64(1)])
            begins[at], ends[at] = begin, min(end, begin + np.uint64(_FULLEST))
            if begin < end:
                prefetch(checks, begin)
        at = 0
        for piece in range(pieces):
            check = _cut(bits[i, 0], bits[i, 1], (piece + 1) * size, _CHECK_BITS)
            for _ in range(asked_for[piece]):
                for item in range(begins[at], ends[at]):
                    if bit_count(np.uint64(checks[item]) ^ check) > _CHECK_DISTANCE:
                        continue
                    place = items[item]
                    if not _alike(bits[i], registered[place]) or _met_before(
                        registered[place], piece, size, keys, free
                    ):
                        continue
                    if count == out.shape[0]:
                        return count
                    out[count, 0], out[count, 1], out[count, 2] = owners[place], place, i
                    count += 1
                at += 1
    return count


@compiled
def _asked(
    bits: NDArray[np.uint64],
    unsure: NDArray[np.uint64],
    size: int,
    turned: int,
    keys: NDArray[np.uint64],
    free: NDArray[np.uint64],
    buckets: NDArray[np.uint64],
    asked_for: NDArray[np.int64],
    heads: NDArray[np.uint32],
) -> int:
    """Write the buckets in which a place is looked up, piece by piece; return how many."""
    asked = 0
    for piece in range(len(keys)):
        key = _cut(bits[0], bits[1], piece * size, size)
        may_turn = _cut(unsure[0], unsure[1], piece * size, size)
        mask = np.uint64(0)
        for _ in range(turned):
            lowest = may_turn & (~may_turn + np.uint64(1))
            mask |= lowest
            may_turn ^= lowest
        keys[piece], free[piece] = key, mask
        base = np.uint64(piece) << np.uint64(size)
        flips = np.uint64(0)
        before = asked
        while asked < len(buckets):
            buckets[asked] = base + (key ^ flips)
            prefetch(heads, buckets[asked])
            asked += 1
            if flips == mask:
                break
            flips = (flips - mask) & mask
        asked_for[piece] = asked - before
    return asked


@compiled
def _alike(one: NDArray[np.uint64], other: NDArray[np.uint64]) -> bool:
    return bool(bit_count(one[0] ^ other[0]) + bit_count(one[1] ^ other[1]) <= MOST_DISTANCE)


@compiled
def _met_before(
    place: NDArray[np.uint64],
    piece: int,
    size: int,
    keys: NDArray[np.uint64],
    free: NDArray[np.uint64],
) -> bool:
    """Say whether a place stands in a bucket of an earlier piece that was looked into."""
    for before in range(piece):
        differ = _cut(place[0], place[1], before * size, size) ^ keys[before]
        if differ & ~free[before] == 0:
            return True
    return False


@compiled
def _several(met: NDArray[np.uint32], often: NDArray[np.uint32], out: NDArray[np.uint32]) -> int:
    """Write which pairs are of pictures of which several were met; ``often`` is zeros again."""
    for i in range(met.shape[0]):
        often[met[i, 0]] += 1
    count = 0
    for i in range(met.shape[0]):
        if often[met[i, 0]] > 1:
            out[count] = i
            count += 1
    for i in range(met.shape[0]):
        often[met[i, 0]] = 0
    return count


@compiled
def _votes(
    met: NDArray[np.uint32],
    registered: NDArray[np.float32],
    found: NDArray[np.float32],
    pictures: NDArray[np.uint32],
    votes: NDArray[np.uint32],
) -> int:
    """Write the pictures with pairs that agree with one of them, and how many; return how many."""
    count = 0
    start = 0
    while start < met.shape[0]:
        end = start
        while end < met.shape[0] and met[end, 0] == met[start, 0]:
            end += 1
        last = min(end, start + _MOST_COMPARED)
        best = 0
        for i in range(start, last):
            best = max(best, _agree_with(met, registered, found, start, last, i))
        if best > 1:
            pictures[count], votes[count] = met[start, 0], best
            count += 1
        start = end
    return count


@compiled
def _agree_with(
    met: NDArray[np.uint32],
    registered: NDArray[np.float32],
    found: NDArray[np.float32],
    start: int,
    end: int,
    chosen: int,
) -> int:
    """Count the pairs that agree with one of them how the picture lies, itself among them."""
    mine, seen = registered[met[chosen, 1]], found[met[chosen, 2]]
    log_size = seen[2] - mine[2]
    size = 2.0**log_size
    if size < LEAST_SCALE or size > MOST_SCALE:
        return 0
    turn = seen[3] - mine[3]
    cosine, sine = size * math.cos(math.radians(turn)), size * math.sin(math.radians(turn))
    count = 1
    for i in range(start, end):
        if met[i, 1] == met[chosen, 1] or met[i, 2] == met[chosen, 2]:
            continue
        one, other = registered[met[i, 1]], found[met[i, 2]]
        if abs(other[2] - one[2] - log_size) > _SCALE_OFF:
            continue
        if abs((other[3] - one[3] - turn + 900.0) % 360.0 - 180.0) > _TURN_OFF:
            continue
        x, y = one[0] - mine[0], one[1] - mine[1]
        off_x = other[0] - seen[0] - (cosine * x - sine * y)
        off_y = other[1] - seen[1] - (sine * x + cosine * y)
        reach = (_REACH + _REACH_AWAY * math.sqrt(x * x + y * y)) * size
        if off_x * off_x + off_y * off_y <= reach * reach:
            count += 1
    return count


@compiled
def _pairs(
    registered: NDArray[np.uint64],
    found: NDArray[np.uint64],
    most: int,
    pairs: NDArray[np.int64],
    distances: NDArray[np.uint8],
) -> int:
    count = 0
    for i in range(registered.shape[0]):
        first, second = registered[i, 0], registered[i, 1]
        for j in range(found.shape[0]):
            differ = bit_count(first ^ found[j, 0]) + bit_count(second ^ found[j, 1])
            if differ <= most:
                pairs[count, 0], pairs[count, 1] = i, j
                distances[count] = differ
                count += 1
    return count
