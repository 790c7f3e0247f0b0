"""Which registered pictures have places that look like those of a found image?

Each place's 128 bits are cut into pieces; places with the same piece stand together in a table, one
table for each piece. A found place is looked up by its pieces, and again with those bits turned
over that it is least sure of: what an edit changes is nearly always among them. So the work for one
found image grows with the registry only by what happens to be in the same bucket.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from signals.compiled import bit_count, compiled
from signals.constellation import Constellation
from signals.place_bits import BITS

MOST_DISTANCE: Final = 38
"""Bits in which places of one pair may differ."""

LEAST_PAIRS: Final = 2
"""Pairs met in the tables that make a picture worth a look at all of its places."""

MOST_PICTURES: Final = 400
"""Pictures looked at in full for one image: those with the most pairs met."""

_MOST_MET: Final = 400_000
_CHECK_BITS: Final = 32
_CHECK_DISTANCE: Final = 13
_FULLEST: Final = 512
"""Places of one bucket that are looked at: a fuller one holds what recurs everywhere."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """How bits are cut: ``size`` bits a piece, of which up to ``turned`` are turned over."""

    size: int
    turned: int

    @property
    def pieces(self) -> int:
        return BITS // self.size


def _plan_for(places: int) -> _Plan:
    if places < 100_000:
        return _Plan(14, 4)
    if places < 1_500_000:
        return _Plan(18, 5)
    return _Plan(20, 4)


@dataclass(frozen=True, slots=True)
class LikePlaces:
    """One registered picture and the pairs of its places and found ones that look alike.

    ``pairs``: int64, shape (n, 2), registered and found places, in order of the registered ones;
    ``distances``: uint8, shape (n,).
    """

    picture: int
    pairs: NDArray[np.int64] = field(repr=False)
    distances: NDArray[np.uint8] = field(repr=False)


class PlaceIndex:
    """The places of many constellations. Not for several threads at once.

    ``pictures`` are numbered in the order in which they were given.
    """

    def __init__(self, constellations: Sequence[Constellation]) -> None:
        counts = [len(constellation) for constellation in constellations]
        self._starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        nothing = np.empty((0, BITS // 64), np.uint64)
        self._bits = np.concatenate([nothing, *(c.bits for c in constellations)])
        self._owners = np.repeat(np.arange(len(counts)), counts).astype(np.uint32)
        self._plan = _plan_for(len(self._bits))
        buckets = 1 << self._plan.size
        self._heads = np.empty((self._plan.pieces, buckets + 1), np.uint32)
        self._items = np.empty((self._plan.pieces, len(self._bits)), np.uint32)
        self._checks = np.empty((self._plan.pieces, len(self._bits)), np.uint32)
        for piece in range(self._plan.pieces):
            keys = _keys(self._bits, piece * self._plan.size, self._plan.size)
            order = np.argsort(keys, kind="stable")
            self._items[piece] = order
            counted = np.bincount(keys, minlength=buckets)
            self._heads[piece, 0] = 0
            np.cumsum(counted, out=self._heads[piece, 1:])
            start = (piece + 1) * self._plan.size
            self._checks[piece] = _keys(self._bits, start, _CHECK_BITS)[order]
        self._met = np.empty((_MOST_MET, 2), np.uint32)

    @property
    def nbytes(self) -> int:
        """Bytes of memory of everything that is held."""
        arrays = (self._bits, self._owners, self._heads, self._items, self._checks, self._met)
        return sum(array.nbytes for array in arrays)

    def like(
        self, bits: NDArray[np.uint64], unsure: NDArray[np.uint64]
    ) -> Iterable[LikePlaces]:
        """Give the pictures of which several places look like found ones, most first.

        Args:
            bits: of the found places, shape (n, 2).
            unsure: shape (n, 2), set for each bit that an edit may have turned over.
        """
        count = _meet(
            bits, unsure, self._bits, self._owners, self._heads, self._items, self._checks,
            self._plan.size, self._plan.turned, self._met,
        )  # fmt: skip
        met = self._met[:count]
        pictures, often = np.unique(met[:, 0], return_counts=True)
        worth = often >= LEAST_PAIRS
        pictures, often = pictures[worth], often[worth]
        for picture in pictures[np.argsort(-often.astype(np.int64), kind="stable")][:MOST_PICTURES]:
            first, last = self._starts[picture], self._starts[picture + 1]
            pairs = np.empty(((last - first) * len(bits), 2), np.int64)
            distances = np.empty(len(pairs), np.uint8)
            found = _pairs(self._bits[first:last], bits, MOST_DISTANCE, pairs, distances)
            yield LikePlaces(int(picture), pairs[:found], distances[:found])


def _keys(bits: NDArray[np.uint64], start: int, size: int) -> NDArray[np.uint32]:
    """Cut so many bits out, from one on; after the last comes the first."""
    out = np.empty(len(bits), np.uint32)
    _cut_all(bits, start, size, out)
    return out


@compiled
def _cut(first: np.uint64, second: np.uint64, start: int, size: int) -> np.uint64:
    start %= 128
    if start >= 64:
        first, second = second, first
        start -= 64
    word = first >> np.uint64(start)
    if start:
        word |= second << np.uint64(64 - start)
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
    turned: int,
    out: NDArray[np.uint32],
) -> int:
    """Write the picture and the found place of each pair met, and return how many."""
    pieces = heads.shape[0]
    count = 0
    keys = np.empty(pieces, np.uint64)
    free = np.empty(pieces, np.uint64)
    for i in range(bits.shape[0]):
        first, second = bits[i, 0], bits[i, 1]
        for piece in range(pieces):
            keys[piece] = _cut(first, second, piece * size, size)
            may_turn = _cut(unsure[i, 0], unsure[i, 1], piece * size, size)
            kept = np.uint64(0)
            for _ in range(turned):
                lowest = may_turn & (~may_turn + np.uint64(1))
                kept |= lowest
                may_turn ^= lowest
            free[piece] = kept
        for piece in range(pieces):
            check = _cut(first, second, (piece + 1) * size, 32)
            mask = free[piece]
            flips = np.uint64(0)
            while True:
                key = keys[piece] ^ flips
                begin, end = heads[piece, key], heads[piece, key + np.uint64(1)]
                for at in range(begin, min(end, begin + _FULLEST)):
                    if bit_count(np.uint64(checks[piece, at]) ^ check) > _CHECK_DISTANCE:
                        continue
                    place = items[piece, at]
                    one, other = registered[place, 0], registered[place, 1]
                    if bit_count(one ^ first) + bit_count(other ^ second) > MOST_DISTANCE:
                        continue
                    again = False
                    for before in range(piece):
                        differ = _cut(one, other, before * size, size) ^ keys[before]
                        if differ & ~free[before] == 0:
                            again = True
                            break
                    if again:
                        continue
                    if count == out.shape[0]:
                        return count
                    out[count, 0] = owners[place]
                    out[count, 1] = i
                    count += 1
                if flips == mask:
                    break
                flips = (flips - mask) & mask
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
