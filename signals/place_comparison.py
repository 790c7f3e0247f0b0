"""Which of some pictures have places that agree with a found image's how the picture lies in it?

By every pair of places that look alike. A pattern that repeats has tens of thousands of them, all
as alike as one another: of one picture, only so many are kept and tried.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, cast

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from domain.places import FoundPlaces
from signals.compiled import bit_count, compiled
from signals.place_bits import WORDS
from signals.place_tables import MOST_DISTANCE
from signals.place_votes import Rows, agrees, likeness_of
from signals.vectors import LANES, LONG_NUMBERS, as_bits, bits_counted, loaded, repeated

LEAST_AGREEING: Final = 3
"""Pairs that have to agree for a picture to be worth laying down, unless two are very like."""

_TWO_ALIKE: Final = 450
"""How alike two pairs have to be to do for three: 24 bits each, or one more and one less."""

_MOST_TRIED: Final = 32
"""Pairs of one picture, the likest, by which it is laid down to see how many others agree."""

MOST_KEPT: Final = 256
"""Pairs of one picture, the likest. One whose places are unlike each other has a few dozen."""


@dataclass(frozen=True, slots=True)
class Compared:
    """Pictures compared in full of which LEAST_AGREEING pairs agree: arrays of one length.

    ``places``: which of those compared it is; ``likeness``: how alike the pairs are that agree;
    ``ends``: up to where its pairs go in the room given for them, from the end of those before.
    """

    places: NDArray[np.int64]
    likeness: NDArray[np.uint32]
    ends: NDArray[np.int64]


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
        pairs: room for pairs that look alike, shape (k, 2): MOST_KEPT for each picture, and all
            there are for one; where it ends, the rest is left.
        distances: the same room for their distances.
    """
    kept = np.empty(len(pictures), np.int64)
    likeness = np.empty(len(pictures), np.uint32)
    ends = np.empty(len(pictures), np.int64)
    # In two rows rather than in pairs, so that the processor takes many at once.
    words = np.zeros((WORDS, -(-len(found) // LANES) * LANES), np.uint64)
    words[:, : len(found)] = found.bits.T
    count = _compare(
        pictures, rows.starts, rows.bits, rows.places, words, found.places,
        kept, likeness, ends, pairs, distances,
    )  # fmt: skip
    return Compared(kept[:count], likeness[:count], ends[:count])


@intrinsic
def _near(
    _context: Any,
    words: Any,
    start: Any,  # noqa: ARG001 - the compiler asks for every one by its place
    wide: Any,  # noqa: ARG001
    one: Any,  # noqa: ARG001
    other: Any,  # noqa: ARG001
) -> Any:
    signature = types.uint64(words, types.int64, types.int64, types.uint64, types.uint64)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        held = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        _, start, wide, *mine = arguments
        first, second = (
            bits_counted(
                builder,
                builder.xor(loaded(builder, held, at, LONG_NUMBERS), repeated(builder, word)),
            )
            for at, word in zip((start, builder.add(start, wide)), mine, strict=True)
        )
        most = ir.Constant(LONG_NUMBERS, [MOST_DISTANCE] * LANES)
        return as_bits(builder, builder.icmp_unsigned("<=", builder.add(first, second), most))

    return signature, generate


_near_among: Final[Callable[..., np.uint64]] = cast("Callable[..., np.uint64]", _near)
"""Set a bit for each of sixteen found places, from one on, that is near enough to one of two
words; the second words lie so many numbers behind the first."""


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
    wide = words.shape[1]
    flat = words.reshape(-1)
    for place in range(chosen.shape[0]):
        picture = np.int64(chosen[place])
        first, last = starts[picture], starts[picture + 1]
        end = begin
        for i in range(first, last):
            one, other = bits[i, 0], bits[i, 1]
            for start in range(0, found.shape[0], LANES):
                near = _near_among(flat, start, wide, one, other)
                j = start
                while near != 0 and j < found.shape[0]:
                    if near & np.uint64(1) and end < pairs.shape[0]:
                        differ = bit_count(one ^ flat[j]) + bit_count(other ^ flat[wide + j])
                        pairs[end, 0], pairs[end, 1] = i - first, j
                        distances[end] = differ
                        end += 1
                    near >>= np.uint64(1)
                    j += 1
        end = begin + _keep_likest(pairs[begin:end], distances[begin:end])
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
        0 if fewer than LEAST_AGREEING places agree, registered or found, and no two very like.
    """
    up_to, tied, free = _likest(distances, _MOST_TRIED)
    met = 0
    most = 0
    taken = np.full(found.shape[0], -1, np.int64)
    for i in range(pairs.shape[0]):
        if distances[i] > up_to:
            continue
        if distances[i] == up_to:
            met += 1
            if not _is_one_of(met, tied, free):
                continue
        mine, seen = registered[pairs[i, 0]], found[pairs[i, 1]]
        agree = 1
        likeness = likeness_of(distances[i])
        taken[pairs[i, 1]] = i
        last = -1  # pairs are in order of registered places, of which each counts once
        best = 0
        for j in range(pairs.shape[0]):
            if pairs[j, 0] == pairs[i, 0] or taken[pairs[j, 1]] == i:
                continue
            more = likeness_of(distances[j])
            if pairs[j, 0] == last and more <= best:
                continue
            if agrees(mine, seen, registered[pairs[j, 0]], found[pairs[j, 1]]):
                if pairs[j, 0] == last:
                    likeness += more - best
                else:
                    agree += 1
                    likeness += more
                last, best = pairs[j, 0], more
                taken[pairs[j, 1]] = i
        if agree >= LEAST_AGREEING or (agree > 1 and likeness >= _TWO_ALIKE):
            most = max(most, likeness)
    return most


@compiled
def _keep_likest(pairs: NDArray[np.int64], distances: NDArray[np.uint8]) -> int:
    """Move the MOST_KEPT likest pairs to the front, in their order; return how many they are."""
    if distances.shape[0] <= MOST_KEPT:
        return len(distances)
    up_to, tied, free = _likest(distances, MOST_KEPT)
    met = 0
    kept = 0
    for i in range(distances.shape[0]):
        if distances[i] > up_to:
            continue
        if distances[i] == up_to:
            met += 1
            if not _is_one_of(met, tied, free):
                continue
        pairs[kept, 0], pairs[kept, 1] = pairs[i, 0], pairs[i, 1]
        distances[kept] = distances[i]
        kept += 1
    return kept


@compiled
def _likest(distances: NDArray[np.uint8], most: int) -> tuple[int, int, int]:
    """Say up to which distance pairs are among so many likest ones.

    Returns:
        That distance; how many pairs have it; how many of these are among the likest.
    """
    counted = np.zeros(MOST_DISTANCE + 1, np.int64)
    for distance in distances:
        counted[distance] += 1
    nearer = 0
    for distance in range(MOST_DISTANCE):
        if nearer + counted[distance] >= most:
            return distance, counted[distance], most - nearer
        nearer += counted[distance]
    last = counted[MOST_DISTANCE]
    return MOST_DISTANCE, last, min(last, most - nearer)


@compiled
def _is_one_of(number: int, of: int, taken: int) -> bool:
    """Say whether a thing, counted from 1, is taken if so many of all are, evenly spread."""
    return number * taken // of != (number - 1) * taken // of
