"""A few registered constellations looked for among very many stored ones, once each.

Nothing is built: every registered place is compared with every stored one. That takes seconds for a
million images. What has enough in common is laid down as a proposal is; the rest is never unpacked.

Loads compiled code, so it is imported only where there is something to compare.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from domain.errors import InvalidInput
from signals.alignment import align
from signals.compiled import bit_count, compiled
from signals.constellation import Constellation, unpack
from signals.constellation_form import (
    DIRECTION_BITS,
    HEAD_BYTES,
    MOST_PLACES,
    PLACE_BITS,
    POSITION_BITS,
    SCALE_BITS,
    VERSION,
)
from signals.place_bits import BITS, WORDS, distances
from signals.place_index import MOST_DISTANCE

LEAST_WEIGHT: Final = 34.0
"""What pairs that agree have to be worth together: any three, or two that are very near.

Found images are proposed by three of 800 places. Of the 42 that are stored, an edit leaves fewer:
three are met in 78 % of reposts, so many in 86 %. Of other pictures, less than one in ten thousand
is worth as much.
"""

_HEAD_BITS: Final = 8 * HEAD_BYTES
_BEFORE_SCALE: Final = 2 * POSITION_BITS
_SCALE_STEPS: Final = 4
_DEGREES_A_STEP: Final = 360 / 2**DIRECTION_BITS
_BASE_WEIGHT: Final = 13.0
_BITS_A_STEP: Final = 0.25
_MOST_PAIRS: Final = 256
_MOST_LAID_DOWN: Final = 128
"""Pairs by which a picture is laid down. A pattern has fifteen times as many, all alike."""
_SIZE_OFF: Final = 0.9
_TURN_OFF: Final = 34.0
"""A little more than `signals.alignment` lets pass: it says the last word."""


class Sought:
    """Registered constellations, of a picture or of frames of a video, ready to be looked for."""

    def __init__(self, packed: Sequence[bytes]) -> None:
        self._pictures: Final = [each for each in map(_read, packed) if each is not None]
        no_bits = np.empty((0, WORDS), np.uint64)
        self._bits = np.concatenate([no_bits, *(each.bits for each in self._pictures)])
        no_places = np.empty((0, 4), np.float32)
        self._places = np.concatenate([no_places, *(each.places for each in self._pictures)])
        counts = [len(each) for each in self._pictures]
        self._starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)

    def __len__(self) -> int:
        return len(self._pictures)

    def among(self, stored: Sequence[bytes]) -> Iterator[int]:
        """Yield which stored constellations may show a registered picture, in order.

        Those of another version, and damaged ones, never do.
        """
        if not self._pictures or not stored:
            return
        flat = np.frombuffer(b"".join(stored), np.uint8)
        lengths = np.fromiter(map(len, stored), np.int64, len(stored))
        ends = np.cumsum(lengths)
        likely = np.zeros((len(stored), len(self._pictures)), np.bool_)
        _mark_likely(flat, ends - lengths, ends, self._bits, self._places, self._starts, likely)
        for row in np.flatnonzero(likely.any(axis=1)).tolist():
            seen = _read(stored[row])
            if seen is not None and any(
                _agree(self._pictures[picture], seen) for picture in np.flatnonzero(likely[row])
            ):
                yield row


def _read(packed: bytes) -> Constellation | None:
    try:
        return unpack(packed)
    except InvalidInput:  # of another version
        return None


def _agree(registered: Constellation, seen: Constellation) -> bool:
    """Say whether enough places agree how the registered picture would lie."""
    apart = distances(registered.bits, seen.bits)
    pairs = np.argwhere(apart <= MOST_DISTANCE)
    if len(pairs) > _MOST_LAID_DOWN:
        likest = np.argsort(apart[pairs[:, 0], pairs[:, 1]], kind="stable")[:_MOST_LAID_DOWN]
        pairs = pairs[np.sort(likest)]
    nearer = MOST_DISTANCE - apart[pairs[:, 0], pairs[:, 1]].astype(np.float32)
    weights = (_BASE_WEIGHT + _BITS_A_STEP * nearer).astype(np.float32)
    alignment = align(registered.places, seen.places, pairs, weights, mirrored=False)
    return alignment is not None and alignment.weight >= LEAST_WEIGHT


@compiled
def _mark_likely(
    flat: NDArray[np.uint8],
    begins: NDArray[np.int64],
    ends: NDArray[np.int64],
    bits: NDArray[np.uint64],
    places: NDArray[np.float32],
    starts: NDArray[np.int64],
    likely: NDArray[np.bool_],
) -> None:
    """Mark of which pictures enough places look alike and agree in size and turn."""
    looks = np.empty((MOST_PLACES, WORDS), np.uint64)
    sizes = np.empty((MOST_PLACES, 2), np.float32)
    pairs = np.empty((_MOST_PAIRS, 4), np.float32)
    for row in range(begins.shape[0]):
        begin = begins[row]
        size = ends[row] - begin
        if size < HEAD_BYTES or flat[begin] != VERSION:
            continue
        count = int(flat[begin + 1])
        if count > MOST_PLACES or size != HEAD_BYTES + (count * PLACE_BITS + 7) // 8:
            continue
        _read_places(flat, begin, count, looks, sizes)
        for picture in range(starts.shape[0] - 1):
            met = 0
            for i in range(starts[picture], starts[picture + 1]):
                first, second = bits[i, 0], bits[i, 1]
                # Most have nothing near, which a loop without a branch finds four times as fast.
                least = np.uint64(BITS)
                for j in range(count):
                    apart = bit_count(first ^ looks[j, 0]) + bit_count(second ^ looks[j, 1])
                    least = min(least, apart)
                if least > MOST_DISTANCE:
                    continue
                for j in range(count):
                    apart = bit_count(first ^ looks[j, 0]) + bit_count(second ^ looks[j, 1])
                    if apart <= MOST_DISTANCE and met < _MOST_PAIRS:
                        pairs[met, 0] = i
                        pairs[met, 1] = sizes[j, 0] - places[i, 2]
                        pairs[met, 2] = sizes[j, 1] - places[i, 3]
                        pairs[met, 3] = _BASE_WEIGHT + _BITS_A_STEP * (MOST_DISTANCE - float(apart))
                        met += 1
            likely[row, picture] = met == _MOST_PAIRS or _are_worth(pairs[:met])


@compiled
def _are_worth(pairs: NDArray[np.float32]) -> bool:
    """Say whether pairs that agree in size and turn with one of them are worth enough.

    Of each registered place, the likest counts.
    """
    for chosen in range(pairs.shape[0]):
        worth = 0.0
        last, of_last = -1.0, 0.0
        for i in range(pairs.shape[0]):
            if abs(pairs[i, 1] - pairs[chosen, 1]) > _SIZE_OFF:
                continue
            if abs((pairs[i, 2] - pairs[chosen, 2] + 900.0) % 360.0 - 180.0) > _TURN_OFF:
                continue
            if float(pairs[i, 0]) != last:
                worth += of_last
                last, of_last = float(pairs[i, 0]), float(pairs[i, 3])
            else:
                of_last = max(of_last, float(pairs[i, 3]))
        if worth + of_last >= LEAST_WEIGHT:
            return True
    return False


@compiled
def _read_places(
    flat: NDArray[np.uint8],
    begin: int,
    count: int,
    looks: NDArray[np.uint64],
    sizes: NDArray[np.float32],
) -> None:
    """Write the 128 bits of each place of a packed constellation, its scale and its direction."""
    for place in range(count):
        at = _HEAD_BITS + place * PLACE_BITS
        sizes[place, 0] = _number(flat, begin, at + _BEFORE_SCALE, SCALE_BITS) / _SCALE_STEPS
        at += _BEFORE_SCALE + SCALE_BITS
        sizes[place, 1] = _number(flat, begin, at, DIRECTION_BITS) * _DEGREES_A_STEP
        at += DIRECTION_BITS
        byte, shift = begin + (at >> 3), at & 7
        for word in range(WORDS):
            value = np.uint64(0)
            for part in range(8):
                here = np.uint64(flat[byte]) << np.uint64(shift)
                if shift:
                    here |= np.uint64(flat[byte + 1]) >> np.uint64(8 - shift)
                value |= (here & np.uint64(255)) << np.uint64(8 * part)
                byte += 1
            looks[place, word] = value


@compiled
def _number(flat: NDArray[np.uint8], begin: int, at: int, size: int) -> int:
    """Read a number of a few bits, the lowest first."""
    value = 0
    for bit in range(size):
        there = at + bit
        value |= ((int(flat[begin + (there >> 3)]) >> (7 - (there & 7))) & 1) << bit
    return value
