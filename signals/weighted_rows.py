"""A row of numbers as the weighted sum of many rows, which is all that a blur is.

What is added up stays in registers until all rows are in it. A loop over whole rows puts it down
and takes it up again after every other row, which takes twice as long.
"""

from collections.abc import Callable
from typing import Any, Final, cast

import numpy as np
from numba.core import cgutils, types
from numba.extending import intrinsic
from numpy.typing import NDArray

from signals.compiled import compiled
from signals.vectors import INDEX, LANES, VECTOR, index, loaded, repeated, stored

_AT_ONCE: Final = 4
"""Vectors that are added up side by side: one waits for its last addition, the others need not."""


@intrinsic
def _weighted_vectors(
    _context: Any,
    source: Any,
    starts: Any,
    weights: Any,
    out: Any,
    at: Any,  # noqa: ARG001 - the compiler asks for every one by its place
    width: Any,  # noqa: ARG001
) -> Any:
    signature = types.void(source, starts, weights, out, types.int64, types.int64)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        arrays = [
            context.make_array(kind)(context, builder, value)
            for kind, value in zip(signature.args[:4], arguments[:4], strict=True)
        ]
        source, starts, weights, out = (array.data for array in arrays)
        rows = _Rows(builder, source, starts, weights, arrays[2].nitems, out, arguments[4])
        width = arguments[5]
        nothing, step, lanes = index(0), index(_AT_ONCE * LANES), index(LANES)
        wide = builder.mul(builder.udiv(width, step), step)
        whole = builder.mul(builder.udiv(width, lanes), lanes)
        with cgutils.for_range_slice(builder, nothing, wide, step, INDEX) as (x, _):
            rows.add_up(x, _AT_ONCE)
        with cgutils.for_range_slice(builder, wide, whole, lanes, INDEX) as (x, _):
            rows.add_up(x, 1)
        # What is left over is done together with some that was done already.
        with builder.if_then(builder.icmp_unsigned("<", whole, width)):
            rows.add_up(builder.sub(width, lanes), 1)
        return context.get_dummy_value()

    return signature, generate


class _Rows:
    """Writes the instructions for a few vectors of the sum."""

    def __init__(
        self, builder: Any, source: Any, starts: Any, weights: Any, terms: Any, out: Any, at: Any
    ) -> None:
        self._builder = builder
        self._source = source
        self._starts = starts
        self._weights = weights
        self._terms = terms
        self._out = out
        self._at = at

    def add_up(self, x: Any, count: int) -> None:
        """Add up so many vectors from a column on."""
        builder = self._builder
        sums = [
            cgutils.alloca_once(builder, VECTOR)  # type: ignore[no-untyped-call]
            for _ in range(count)
        ]
        weight, middle = self._weight(index(0)), self._start(index(0), x)
        for number, total in enumerate(sums):
            builder.store(builder.fmul(weight, self._taken(middle, number)), total)
        with cgutils.for_range_slice(builder, index(1), self._terms, index(1), INDEX) as (i, _):
            second = builder.mul(i, index(2))
            weight = self._weight(i)
            one = self._start(builder.sub(second, index(1)), x)
            other = self._start(second, x)
            for number, total in enumerate(sums):
                both = builder.fadd(self._taken(one, number), self._taken(other, number))
                builder.store(builder.fadd(builder.load(total), builder.fmul(weight, both)), total)
        for number, total in enumerate(sums):
            place = self._further(builder.add(self._at, x), number)
            stored(builder, builder.load(total), self._out, place)

    def _weight(self, number: Any) -> Any:
        value = self._builder.load(self._builder.gep(self._weights, [number]))
        return repeated(self._builder, value)

    def _start(self, number: Any, x: Any) -> Any:
        start = self._builder.load(self._builder.gep(self._starts, [number]))
        return self._builder.add(start, x)

    def _taken(self, start: Any, number: int) -> Any:
        return loaded(self._builder, self._source, self._further(start, number))

    def _further(self, start: Any, number: int) -> Any:
        return self._builder.add(start, index(number * LANES))


_add_up: Final[Callable[..., None]] = cast("Callable[..., None]", _weighted_vectors)


@compiled
def weighted_row(
    source: NDArray[np.float32],
    starts: NDArray[np.int64],
    weights: NDArray[np.float32],
    out: NDArray[np.float32],
    at: int,
    width: int,
) -> None:
    """Write one row as a weighted sum: the middle one, then pairs that share a weight.

    Args:
        source: numbers, shape (n,), that hold every row.
        starts: where rows begin in it: the middle one, and then two for each further weight.
        weights: shape (k,); ``starts`` has 2 · k - 1 or more.
        out: shape (m,); may be ``source``, but no row of it that is read.
        at: where in it the row is to begin.
        width: numbers of a row.
    """
    if width >= LANES:
        _add_up(source, starts, weights, out, at, width)
        return
    for x in range(width):
        total = weights[0] * source[starts[0] + x]
        for i in range(1, len(weights)):
            total += weights[i] * (source[starts[2 * i - 1] + x] + source[starts[2 * i] + x])
        out[at + x] = total
