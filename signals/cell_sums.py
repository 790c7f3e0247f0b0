"""Steps in brightness around a place, added up by cell and direction.

Four by four cells, with eighteen by eighteen samples in and around them; a step counts for the two
cells across, the two down and the two directions that are nearest to it, the nearer the more. What
counts for cells beyond the outer ones is dropped.
"""

from collections.abc import Callable
from typing import Any, Final, cast

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from signals.compiled import compiled
from signals.vectors import index, repeated

CELLS: Final = 4
PARTS: Final = 8
"""Directions that are told apart."""

SAMPLES: Final = 18
REACH: Final = 2.5
"""Cells from the place to the last sample: half a cell beyond the outer ones, which share it."""

AT: Final = (np.arange(SAMPLES) + 0.5) / SAMPLES * 2 * REACH - REACH
"""Where samples lie across and down, in cells from the place."""

_from_first: Final = AT + (CELLS - 1) / 2
_falls: Final = np.exp(-(AT**2) / (CELLS * CELLS / 2))

_CELL: Final = np.floor(_from_first).astype(np.int64)
"""The nearer to the beginning of the two cells for which a sample counts, -1 if there is none."""

_WEIGHT: Final = ((1 - (_from_first - _CELL)) * _falls).astype(np.float32)
_NEXT_WEIGHT: Final = ((_from_first - _CELL) * _falls).astype(np.float32)

_NUMBER: Final = ir.IntType(32)
_STEPS: Final = ir.VectorType(ir.FloatType(), PARTS)
_NUMBERS: Final = ir.VectorType(_NUMBER, PARTS)
_ALIGNMENT: Final = 4


@intrinsic
def _row(
    _context: Any,
    lower: Any,
    lower_steps: Any,
    upper_steps: Any,
    first: Any,  # noqa: ARG001 - the compiler asks for every one by its place
    out: Any,
) -> Any:
    signature = types.void(lower, lower_steps, upper_steps, types.int64, out)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        directions, lowers, uppers, sums = (
            context.make_array(signature.args[number])(context, builder, arguments[number]).data
            for number in (0, 1, 2, 4)
        )
        nothing = ir.Constant(_STEPS, [0.0] * PARTS)
        part = ir.Constant(_NUMBERS, list(range(PARTS)))
        part_below = ir.Constant(_NUMBERS, [(number - 1) % PARTS for number in range(PARTS)])
        last = ir.Constant(_NUMBER, PARTS - 1)
        cells = [nothing] * CELLS
        for sample, cell in enumerate(_CELL.tolist()):
            at = builder.add(arguments[3], index(sample))
            lower, lower_step, upper_step = (
                builder.load(builder.gep(array, [at])) for array in (directions, lowers, uppers)
            )
            # All eight directions at once: six of them get nothing, which changes no sum.
            direction = repeated(builder, builder.and_(lower, last), PARTS)
            is_lower = builder.icmp_signed("==", direction, part)
            is_upper = builder.icmp_signed("==", direction, part_below)
            upper_share = builder.select(is_upper, repeated(builder, upper_step, PARTS), nothing)
            step = builder.select(is_lower, repeated(builder, lower_step, PARTS), upper_share)
            for other, weights in ((cell, _WEIGHT), (cell + 1, _NEXT_WEIGHT)):
                if 0 <= other < CELLS:
                    weight = ir.Constant(_STEPS, [float(weights[sample])] * PARTS)
                    cells[other] = builder.fadd(cells[other], builder.fmul(step, weight))
        for number, cell in enumerate(cells):
            place = builder.gep(sums, [index(number * PARTS)])
            builder.store(cell, builder.bitcast(place, _STEPS.as_pointer()), align=_ALIGNMENT)
        return context.get_dummy_value()

    return signature, generate


_add_up_row: Final[Callable[..., None]] = cast("Callable[..., None]", _row)
"""Write the sums of one row of samples: by cell across and direction, 32 numbers."""


@compiled
def add_up(
    lower: NDArray[np.int32],
    lower_steps: NDArray[np.float32],
    upper_steps: NDArray[np.float32],
    cell: NDArray[np.int64],
    weight: NDArray[np.float32],
    next_weight: NDArray[np.float32],
    line: NDArray[np.float32],
    sums: NDArray[np.float32],
) -> None:
    """Add up the steps around one place.

    Args:
        lower: the lower of the two directions that share each step, shape (324,), row by row;
            eighths of a turn, of which only the last three bits count.
        lower_steps: what it has of the step, shape (324,).
        upper_steps: what the next direction has of it, shape (324,).
        cell: ROWS.
        weight: ROWS.
        next_weight: ROWS.
        line: room for 32 numbers.
        sums: shape (128,), by row of cells, cell and direction.
    """
    sums[:] = 0
    row = CELLS * PARTS
    for down in range(SAMPLES):
        _add_up_row(lower, lower_steps, upper_steps, down * SAMPLES, line)
        first = cell[down] * row
        if first >= 0:
            here = sums[first : first + row]
            for k in range(row):
                here[k] += weight[down] * line[k]
        first += row
        if first < CELLS * row:
            here = sums[first : first + row]
            for k in range(row):
                here[k] += next_weight[down] * line[k]


ROWS: Final = _CELL, _WEIGHT, _NEXT_WEIGHT
"""What `add_up` takes to know for which rows of cells a row of samples counts, and how much."""
