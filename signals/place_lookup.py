"""Found places looked up in tables of places: which are met there that are near enough?

Nearly all of the time goes by until memory answers: a bucket may lie anywhere in hundreds of
megabytes. So several places are looked up together, and what each step needs is asked for by the
step before, for all of them.
"""

from collections.abc import Callable
from typing import Any, Final, cast

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from signals.compiled import bit_count, compiled, prefetch
from signals.place_bits import WORDS
from signals.place_buckets import check_of, cut
from signals.vectors import LANES, NUMBERS, as_bits, bits_counted, called, loaded, repeated, stored

MOST_DISTANCE: Final = 38
"""Bits in which places of one pair may differ."""

BUDGET: Final = 48
"""Buckets that one found place is looked up in."""

FULLEST: Final = 256
"""Places of one bucket that are looked at: a fuller one holds what recurs everywhere."""

_CHECK_DISTANCE: Final = 10
_TOGETHER: Final = 8
"""Found places that are looked up at a time: some four hundred buckets, so none is waited for."""

_IN_ONE_FETCH: Final = 16


@compiled
def meet(
    bits: NDArray[np.uint64],
    unsure: NDArray[np.uint64],
    registered: NDArray[np.uint64],
    heads: NDArray[np.uint32],
    items: NDArray[np.uint32],
    checks: NDArray[np.uint32],
    size: int,
    out: NDArray[np.uint32],
) -> int:
    """Write which registered places are near found ones; see `PlaceTables.meet`."""
    pieces = len(heads) >> size
    keys, free = np.empty((_TOGETHER, pieces), np.uint64), np.empty((_TOGETHER, pieces), np.uint64)
    order = np.empty((_TOGETHER, pieces), np.int64)
    asked = np.empty(_TOGETHER, np.int64)
    begins, ends = np.empty((_TOGETHER, BUDGET), np.int64), np.empty((_TOGETHER, BUDGET), np.int64)
    ranks = np.empty((_TOGETHER, BUDGET), np.int64)
    alike = np.empty(_TOGETHER * BUDGET * FULLEST + LANES, np.uint32)
    alike_by = np.empty(len(alike), np.uint32)
    alike_ends = np.empty(_TOGETHER, np.int64)
    flat = registered.reshape(-1)
    count = 0
    for first in range(0, bits.shape[0], _TOGETHER):
        together = min(_TOGETHER, bits.shape[0] - first)
        for i in range(together):
            asked[i] = _buckets(
                bits[first + i], unsure[first + i], size,
                keys[i], free[i], order[i], begins[i], ranks[i], heads,
            )  # fmt: skip
        for i in range(together):
            _open(begins[i], ends[i], asked[i], heads, checks)
        kept = 0
        for i in range(together):
            for at in range(asked[i]):
                check = check_of(
                    bits[first + i, 0], bits[first + i, 1], order[i, ranks[i, at]], size
                )
                kept = _keep_alike(
                    checks, begins[i, at], ends[i, at], check, ranks[i, at], alike, alike_by, kept
                )
            alike_ends[i] = kept
        for k in range(kept):
            prefetch(items, np.int64(alike[k]))
        for k in range(kept):
            alike[k] = items[alike[k]]
            prefetch(flat, WORDS * np.int64(alike[k]))
        k = 0
        for i in range(together):
            while k < alike_ends[i]:
                place = alike[k]
                differ = _apart(bits[first + i], registered[place])
                if differ <= MOST_DISTANCE and not _met_before(
                    registered[place], alike_by[k], size, keys[i], free[i], order[i]
                ):
                    if count == out.shape[0]:
                        return count
                    out[count, 0], out[count, 1], out[count, 2] = place, first + i, differ
                    count += 1
                k += 1
    return count


@compiled
def _open(
    begins: NDArray[np.int64],
    ends: NDArray[np.int64],
    asked: int,
    heads: NDArray[np.uint32],
    checks: NDArray[np.uint32],
) -> None:
    """Write where buckets begin, over their numbers, and where what is looked at of them ends."""
    for at in range(asked):
        begin, end = np.int64(heads[begins[at]]), np.int64(heads[begins[at] + 1])
        begins[at], ends[at] = begin, min(end, begin + FULLEST)
        for item in range(begin, ends[at], _IN_ONE_FETCH):
            prefetch(checks, item)


@compiled
def _apart(one: NDArray[np.uint64], other: NDArray[np.uint64]) -> np.uint64:
    apart: np.uint64 = bit_count(one[0] ^ other[0]) + bit_count(one[1] ^ other[1])
    return apart


@intrinsic
def _sixteen(
    _context: Any,
    checks: Any,
    at: Any,  # noqa: ARG001 - the compiler asks for every one by its place
    end: Any,  # noqa: ARG001
    check: Any,  # noqa: ARG001
    rank: Any,  # noqa: ARG001
    out: Any,
    ranks: Any,
    count: Any,  # noqa: ARG001
) -> Any:
    signature = types.int64(
        checks, types.int64, types.int64, types.uint32, types.uint32, out, ranks, types.int64
    )

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        held, out, ranks = (
            context.make_array(signature.args[number])(context, builder, arguments[number]).data
            for number in (0, 5, 6)
        )
        _, at, end, check, rank, _, _, count = arguments
        lanes = ir.Constant(NUMBERS, list(range(LANES)))
        differ = builder.xor(loaded(builder, held, at, NUMBERS), repeated(builder, check))
        near = builder.icmp_unsigned(
            "<=",
            bits_counted(builder, differ),
            ir.Constant(NUMBERS, [_CHECK_DISTANCE] * LANES),
        )
        first = repeated(builder, builder.trunc(at, NUMBERS.element))
        left = repeated(builder, builder.trunc(builder.sub(end, at), NUMBERS.element))
        near = builder.and_(near, builder.icmp_signed("<", lanes, left))
        # Those that are near enough are moved to the front; what is behind is written over.
        kept = called(
            builder,
            f"llvm.experimental.vector.compress.v{LANES}i32",
            NUMBERS,
            builder.add(first, lanes),
            near,
            ir.Constant(NUMBERS, ir.Undefined),
        )
        stored(builder, kept, out, count)
        stored(builder, repeated(builder, rank), ranks, count)
        return builder.add(count, builder.ctpop(as_bits(builder, near)))

    return signature, generate


_keep_sixteen: Final[Callable[..., int]] = cast("Callable[..., int]", _sixteen)
"""Do what `_keep_alike` does for the next sixteen, without asking of any whether it is one."""


@compiled
def _keep_alike(
    checks: NDArray[np.uint32],
    begin: int,
    end: int,
    check: np.uint64,
    rank: int,
    out: NDArray[np.uint32],
    ranks: NDArray[np.uint32],
    count: int,
) -> int:
    """Write which checks of a bucket are near enough, and the bucket's rank with each.

    Returns:
        How many there are now, after so many others.
    """
    at = begin
    while at < end and at + LANES <= len(checks):
        count = _keep_sixteen(checks, at, end, np.uint32(check), np.uint32(rank), out, ranks, count)
        at += LANES
    for item in range(at, end):  # of the very last ones there are fewer
        if bit_count(np.uint64(checks[item]) ^ check) <= _CHECK_DISTANCE:
            out[count], ranks[count] = item, rank
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
        keys[piece] = cut(bits[0], bits[1], piece * size, size)
        free[piece] = cut(unsure[0], unsure[1], piece * size, size)
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
    registered: NDArray[np.uint64],
    rank: np.uint32,
    size: int,
    keys: NDArray[np.uint64],
    free: NDArray[np.uint64],
    order: NDArray[np.int64],
) -> bool:
    """Say whether a place stands in a bucket of a piece that was looked up earlier."""
    for before in range(rank):
        piece = order[before]
        if (cut(registered[0], registered[1], piece * size, size) ^ keys[piece]) & ~free[
            piece
        ] == 0:
            return True
    return False
