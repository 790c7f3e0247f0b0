"""Registries of PDQ hashes and queries to search them for, as arrays of 32 bytes a hash.

Random ones are the usual thing to measure with, and the kindest: their bits are even and
independent. Those of real photographs are not, which costs an index that sorts hashes into
buckets dearly. So the second kind is made from the hashes of photographs in all eight views.
PDQ's bits are the signs of what is linear in the picture (its DCT, about the median), so the
signs of a weighted sum of four photographs' bits are about the hash of the four laid over one
another: each bit keeps its lean, and bits that go together still do. No photograph weighs so much
that it alone decides, since thousands of near copies of each are what a registry is not. One bit
in sixteen is then flipped, so that no two hashes made of the same four are the same.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from domain.signal import SignalType
from signals.pictures import hash_picture

Codes = NDArray[np.uint8]
Draw = Callable[[int, int], Codes]
"""Draws a number of hashes by a seed: (number, 32) bytes."""

BITS: Final = 256
RADIUS: Final = 31

_AT_ONCE: Final = 20_000
_PARENTS: Final = 4


@dataclass(frozen=True, slots=True)
class Queries:
    """Hashes to search for; ``planted`` gives the row each was made from, -1 for an unrelated."""

    codes: Codes
    planted: NDArray[np.int64]


def random_codes(number: int, seed: int) -> Codes:
    """Draw hashes of even, independent bits."""
    return np.random.default_rng(seed).integers(0, 256, (number, BITS // 8), dtype=np.uint8)


def like_photos(photos: Sequence[Path]) -> Draw:
    """Give a way to draw hashes as photographs have them: see above."""
    values = [
        signal.value
        for photo in photos
        for signal in hash_picture(photo.read_bytes()).signals
        if signal.type is SignalType.PDQ
    ]
    packed = np.frombuffer(bytes.fromhex("".join(values)), dtype=np.uint8).reshape(len(values), -1)
    signs = np.unpackbits(packed, axis=1).astype(np.float32) * 2 - 1

    def draw(number: int, seed: int) -> Codes:
        rng = np.random.default_rng(seed)
        drawn = np.empty((number, BITS // 8), dtype=np.uint8)
        for start in range(0, number, _AT_ONCE):
            rows = min(_AT_ONCE, number - start)
            summed = np.zeros((rows, BITS), dtype=np.float32)
            for _ in range(_PARENTS):
                weights = rng.random((rows, 1), dtype=np.float32) + 1
                summed += weights * signs[rng.integers(0, len(signs), rows)]
            flips = rng.integers(0, 256, (_PARENTS, rows, BITS // 8), dtype=np.uint8)
            one_in_sixteen = np.bitwise_and.reduce(flips, axis=0)
            drawn[start : start + rows] = np.packbits(summed > 0, axis=1) ^ one_in_sixteen
        return drawn

    return draw


def queries(registry: Codes, draw: Draw, number: int, seed: int) -> Queries:
    """Make queries: every other one a hash of the registry with 0 to RADIUS bits flipped.

    The others are drawn as the registry was: unrelated, unless by chance.
    """
    rng = np.random.default_rng(seed)
    codes = draw(number, seed)
    planted = np.full(number, -1, dtype=np.int64)
    for place in range(0, number, 2):
        row = int(rng.integers(len(registry)))
        bits = np.unpackbits(registry[row])
        bits[rng.choice(BITS, size=place // 2 % (RADIUS + 1), replace=False)] ^= 1
        codes[place] = np.packbits(bits)
        planted[place] = row
    return Queries(codes, planted)


def distances(code: Codes, codes: Codes) -> NDArray[np.int64]:
    """Count the bits in which one hash differs from each of others: (n, 32) bytes in, (n,) out."""
    differing = codes.view(np.uint64) ^ code.view(np.uint64)
    counted: NDArray[np.int64] = np.bitwise_count(differing).sum(axis=1, dtype=np.int64)
    return counted
