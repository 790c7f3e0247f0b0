"""Buckets of places: all that have the same bits in one piece of their 128.

Loops over arrays of numbers, for `signals.place_tables`.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from signals.compiled import compiled
from signals.place_bits import BITS

CHECK_BITS: Final = 32
"""Bits beyond its piece that are held of a place in a bucket, beside the number of its row."""

_WORD: Final = 64
_NOTHING_LIKE: Final = 0xFFFFFFFF


@compiled
def cut(first: np.uint64, second: np.uint64, start: int, size: int) -> np.uint64:
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
def bucket_of(first: np.uint64, second: np.uint64, piece: int, size: int) -> np.uint64:
    """Give the bucket in which a place stands by a piece of so many bits."""
    return (np.uint64(piece) << np.uint64(size)) + cut(first, second, piece * size, size)


@compiled
def check_of(first: np.uint64, second: np.uint64, piece: int, size: int) -> np.uint64:
    """Give the bits beyond a piece, by which most of what is in a bucket is told apart."""
    return cut(first, second, (piece + 1) * size, CHECK_BITS)


@compiled
def fill(
    bits: NDArray[np.uint64],
    size: int,
    pieces: int,
    heads: NDArray[np.uint32],
    items: NDArray[np.uint32],
    checks: NDArray[np.uint32],
) -> None:
    """Put places into their buckets.

    Args:
        bits: of the places, shape (n, 2).
        size: bits of a piece.
        pieces: how many of them there are.
        heads: zeros, one for each bucket and one more; afterwards where each bucket begins.
        items: where the rows of the places in each bucket are written.
        checks: where their bits are written by which most are told apart.
    """
    one = np.uint32(1)
    for piece in range(pieces):
        for i in range(bits.shape[0]):
            heads[bucket_of(bits[i, 0], bits[i, 1], piece, size) + np.uint64(1)] += one
    for head in range(1, heads.shape[0]):
        heads[head] += heads[head - 1]
    for piece in range(pieces):
        for i in range(bits.shape[0]):
            bucket = bucket_of(bits[i, 0], bits[i, 1], piece, size)
            at = heads[bucket]
            heads[bucket] = at + one
            items[at] = i
            checks[at] = check_of(bits[i, 0], bits[i, 1], piece, size)
    # Each head now stands where the next one began.
    for head in range(heads.shape[0] - 1, 0, -1):
        heads[head] = heads[head - 1]
    heads[0] = 0


@compiled
def erase(
    bits: NDArray[np.uint64],
    heads: NDArray[np.uint32],
    items: NDArray[np.uint32],
    checks: NDArray[np.uint32],
    size: int,
    first: int,
    last: int,
) -> None:
    """Take places out, from a row to before another."""
    for i in range(first, last):
        for piece in range(BITS // size):
            bucket = bucket_of(bits[i, 0], bits[i, 1], piece, size)
            for item in range(heads[bucket], heads[bucket + np.uint64(1)]):
                if items[item] == i:
                    checks[item] = _NOTHING_LIKE
        bits[i, 0] = bits[i, 1] = 0
