"""Tables in which the places of many pictures stand together by pieces of their bits.

Each place's 128 bits are cut into pieces; places with the same piece stand in the same bucket of
that piece's table. A found place is looked up by its pieces, and again with those bits turned over
that it is least sure of: what an edit changes is nearly always among them. A piece with few unsure
bits is looked up first, since it is the likeliest to be whole, and the rest only as far as the
budget of a place goes. So the work for one found image grows with the registry only by what happens
to be in the same bucket.
"""

import math
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from signals.compiled import bit_count, compiled, prefetch
from signals.place_bits import BITS, WORDS

MOST_DISTANCE: Final = 38
"""Bits in which places of one pair may differ."""

PIECE_BITS: Final = ((30_000, 12), (120_000, 14), (400_000, 16), (1_600_000, 18), (math.inf, 20))
"""Up to how many places serves which size of pieces: buckets should hold a handful."""

BUDGET: Final = 48
"""Buckets that one found place is looked up in."""

FULLEST: Final = 256
"""Places of one bucket that are looked at: a fuller one holds what recurs everywhere."""

_WORD: Final = 64
_CHECK_BITS: Final = 32
_CHECK_DISTANCE: Final = 10
_NOTHING_LIKE: Final = 0xFFFFFFFF
_MOST_PASSED: Final = 1 << 14
_IN_ONE_FETCH: Final = 16


class PlaceTables:
    """The tables of so many places; places are known by their row.

    ``bits`` are kept as they are, not copied: uint64, shape (n, 2). Not for several threads at
    once.
    """

    def __init__(
        self,
        bits: NDArray[np.uint64],
        size: int,
        heads: NDArray[np.uint32],
        items: NDArray[np.uint32],
        checks: NDArray[np.uint32],
    ) -> None:
        self._bits = bits
        self._size = size
        self._heads = heads
        self._items = items
        self._checks = checks

    @classmethod
    def build(cls, bits: NDArray[np.uint64]) -> "PlaceTables":
        """Put places into their buckets: a fourth of a microsecond each."""
        size = next(size for most, size in PIECE_BITS if len(bits) < most)
        pieces = BITS // size
        heads = np.zeros(pieces * (1 << size) + 1, np.uint32)
        items = np.empty(pieces * len(bits), np.uint32)
        checks = np.empty(pieces * len(bits), np.uint32)
        _fill(bits, size, pieces, heads, items, checks)
        return cls(bits, size, heads, items, checks)

    @property
    def nbytes(self) -> int:
        """Bytes of memory of the tables, without the bits."""
        return self._heads.nbytes + self._items.nbytes + self._checks.nbytes

    def meet(
        self, bits: NDArray[np.uint64], unsure: NDArray[np.uint64], out: NDArray[np.uint32]
    ) -> int:
        """Write which places are near found ones, by what stands in the same buckets.

        Args:
            bits: of the found places, shape (m, 2).
            unsure: shape (m, 2), as `signals.place_bits.bits_and_unsure` has it.
            out: shape (k, 3): a row, a found place and their distance; what does not fit in it is
                left out.

        Returns:
            How many were written.
        """
        return _meet(
            bits, unsure, self._bits, self._heads, self._items, self._checks, self._size, out
        )

    def erase(self, first: int, last: int) -> None:
        """Take places out, from a row to before another; their bits become zeros."""
        _erase(self._bits, self._heads, self._items, self._checks, self._size, first, last)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Give the tables as arrays by name; the bits are not among them."""
        return {"heads": self._heads, "items": self._items, "checks": self._checks}

    @classmethod
    def from_arrays(
        cls, bits: NDArray[np.uint64], arrays: Mapping[str, NDArray[Any]]
    ) -> "PlaceTables":
        """Take up what `to_arrays` gave.

        Raises:
            KeyError: an array is missing.
            ValueError: they are of other sizes than those of so many places.
        """
        size = next(size for most, size in PIECE_BITS if len(bits) < most)
        pieces = BITS // size
        heads, items, checks = arrays["heads"], arrays["items"], arrays["checks"]
        wanted = pieces * (1 << size) + 1, pieces * len(bits), pieces * len(bits)
        if (len(heads), len(items), len(checks)) != wanted:
            msg = f"tables of {len(bits):,} places have {wanted} numbers; these have {len(heads):,}"
            raise ValueError(msg)
        return cls(bits, size, heads, items, checks)


@compiled
def _cut(first: np.uint64, second: np.uint64, start: int, size: int) -> np.uint64:
    """Cut so many bits out, from one on; after the last comes the first."""
    start %= BITS
    if start >= _WORD:
        first, second = second, first
        start -= _WORD
    word = first >> np.uint64(start)
    if start:
        word |= second << np.uint64(_WORD - start)
    return word & ((np.uint64(1) << np.uint64(size)) - np.uint64(1))


@compiled
def _bucket(first: np.uint64, second: np.uint64, piece: int, size: int) -> np.uint64:
    return (np.uint64(piece) << np.uint64(size)) + _cut(first, second, piece * size, size)


@compiled
def _check(first: np.uint64, second: np.uint64, piece: int, size: int) -> np.uint64:
    """Give the bits beyond a piece, by which most of what is in a bucket is told apart."""
    return _cut(first, second, (piece + 1) * size, _CHECK_BITS)


@compiled
def _fill(
    bits: NDArray[np.uint64],
    size: int,
    pieces: int,
    heads: NDArray[np.uint32],
    items: NDArray[np.uint32],
    checks: NDArray[np.uint32],
) -> None:
    one = np.uint32(1)
    for piece in range(pieces):
        for i in range(bits.shape[0]):
            heads[_bucket(bits[i, 0], bits[i, 1], piece, size) + np.uint64(1)] += one
    for head in range(1, heads.shape[0]):
        heads[head] += heads[head - 1]
    for piece in range(pieces):
        for i in range(bits.shape[0]):
            bucket = _bucket(bits[i, 0], bits[i, 1], piece, size)
            at = heads[bucket]
            heads[bucket] = at + one
            items[at] = i
            checks[at] = _check(bits[i, 0], bits[i, 1], piece, size)
    # Each head now stands where the next one began.
    for head in range(heads.shape[0] - 1, 0, -1):
        heads[head] = heads[head - 1]
    heads[0] = 0


@compiled
def _erase(
    bits: NDArray[np.uint64],
    heads: NDArray[np.uint32],
    items: NDArray[np.uint32],
    checks: NDArray[np.uint32],
    size: int,
    first: int,
    last: int,
) -> None:
    for i in range(first, last):
        for piece in range(BITS // size):
            bucket = _bucket(bits[i, 0], bits[i, 1], piece, size)
            for item in range(heads[bucket], heads[bucket + np.uint64(1)]):
                if items[item] == i:
                    checks[item] = _NOTHING_LIKE
        bits[i, 0] = bits[i, 1] = 0


@compiled
def _meet(
    bits: NDArray[np.uint64],
    unsure: NDArray[np.uint64],
    registered: NDArray[np.uint64],
    heads: NDArray[np.uint32],
    items: NDArray[np.uint32],
    checks: NDArray[np.uint32],
    size: int,
    out: NDArray[np.uint32],
) -> int:
    pieces = BITS // size
    count = 0
    keys = np.empty(pieces, np.uint64)
    free = np.empty(pieces, np.uint64)
    order = np.empty(pieces, np.int64)
    begins = np.empty(BUDGET, np.int64)
    ends = np.empty(BUDGET, np.int64)
    ranks = np.empty(BUDGET, np.int64)
    passed = np.empty(_MOST_PASSED, np.uint32)
    passed_by = np.empty(_MOST_PASSED, np.int64)
    flat = registered.reshape(-1)
    for i in range(bits.shape[0]):
        # Each look into memory takes longer than what is done with it: all are asked for at once.
        asked = _buckets(bits[i], unsure[i], size, keys, free, order, begins, ranks, heads)
        for at in range(asked):
            begin, end = np.int64(heads[begins[at]]), np.int64(heads[begins[at] + 1])
            begins[at], ends[at] = begin, min(end, begin + FULLEST)
            for item in range(begin, ends[at], _IN_ONE_FETCH):
                prefetch(checks, item)
        kept = 0
        for at in range(asked):
            check = _check(bits[i, 0], bits[i, 1], order[ranks[at]], size)
            for item in range(begins[at], ends[at]):
                if bit_count(np.uint64(checks[item]) ^ check) <= _CHECK_DISTANCE:
                    if kept == _MOST_PASSED:
                        break
                    passed[kept], passed_by[kept] = items[item], ranks[at]
                    prefetch(flat, WORDS * np.int64(passed[kept]))
                    kept += 1
        for k in range(kept):
            place = passed[k]
            one, other = registered[place, 0], registered[place, 1]
            differ = bit_count(bits[i, 0] ^ one) + bit_count(bits[i, 1] ^ other)
            if differ > MOST_DISTANCE or _met_before(
                one, other, passed_by[k], size, keys, free, order
            ):
                continue
            if count == out.shape[0]:
                return count
            out[count, 0], out[count, 1], out[count, 2] = place, i, differ
            count += 1
    return count


@compiled
def _buckets(
    bits: NDArray[np.uint64],
    unsure: NDArray[np.uint64],
    size: int,
    keys: NDArray[np.uint64],
    free: NDArray[np.uint64],
    order: NDArray[np.int64],
    buckets: NDArray[np.int64],
    ranks: NDArray[np.int64],
    heads: NDArray[np.uint32],
) -> int:
    """Write the buckets in which a place is looked up, by the sureness of their pieces.

    ``order`` holds pieces, the surest first, and ``ranks`` the place in it of each bucket's piece.
    """
    for piece in range(len(keys)):
        keys[piece] = _cut(bits[0], bits[1], piece * size, size)
        free[piece] = _cut(unsure[0], unsure[1], piece * size, size)
        rank = piece
        while rank > 0 and bit_count(free[order[rank - 1]]) > bit_count(free[piece]):
            order[rank] = order[rank - 1]
            rank -= 1
        order[rank] = piece
    asked = 0
    for rank in range(len(keys)):
        piece = order[rank]
        mask = free[piece]
        left = BUDGET - asked
        if rank > 0 and (1 << np.int64(bit_count(mask))) > left:
            break
        while (1 << np.int64(bit_count(mask))) > left:  # even the surest has too many
            mask &= mask - np.uint64(1)
        free[piece] = mask
        flips = np.uint64(0)
        while True:
            buckets[asked] = (piece << size) + np.int64(keys[piece] ^ flips)
            ranks[asked] = rank
            prefetch(heads, buckets[asked])
            asked += 1
            if flips == mask:
                break
            flips = (flips - mask) & mask
    return asked


@compiled
def _met_before(
    one: np.uint64,
    other: np.uint64,
    rank: int,
    size: int,
    keys: NDArray[np.uint64],
    free: NDArray[np.uint64],
    order: NDArray[np.int64],
) -> bool:
    """Say whether a place stands in a bucket of a piece that was looked up earlier."""
    for before in range(rank):
        piece = order[before]
        if (_cut(one, other, piece * size, size) ^ keys[piece]) & ~free[piece] == 0:
            return True
    return False
