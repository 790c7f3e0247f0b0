"""Places that stand out in one octave: extrema of what each blur takes away from the next.

Source: D. G. Lowe, "Distinctive Image Features from Scale-Invariant Keypoints" (2004): refined to
parts of a pixel, without those that lie along an edge. Difference i is level i + 1 less level i.
"""

import itertools
from collections.abc import Callable, Iterable
from typing import Any, Final, cast

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic
from numpy.typing import NDArray

from signals.compiled import compiled
from signals.scale_space import Levels
from signals.vectors import LANES, as_bits, index, loaded, repeated

BORDER: Final = 4
"""Pixels at the edges in which no place is looked for."""

_LONGEST_EDGE: Final = 12.0
"""Greatest ratio of the curvatures across and along: beyond, a place could lie anywhere along."""

_MOVES: Final = 4
_WITHIN: Final = 0.6
_FAR: Final = 3.0


_Step = tuple[int, int, int]

_NEAREST: Final = ((0, 0, -1), (0, 0, 1), (0, -1, 0), (0, 1, 0), (-1, 0, 0), (1, 0, 0))
_FARTHER: Final = tuple(
    (level, y, x)
    for level, y, x in itertools.product((-1, 0, 1), repeat=3)
    if abs(level) + abs(y) + abs(x) > 1
)
"""Neighbours: differences, rows and columns away. Nearly all falls away by the nearest."""


@intrinsic
def _marked(_context: Any, levels: Any, at: Any, row: Any, plane: Any, least: Any) -> Any:  # noqa: ARG001
    signature = types.uint64(levels, types.int64, types.int64, types.int64, types.float32)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array, at, row, plane, least = arguments
        levels = context.make_array(signature.args[0])(context, builder, array).data

        def taken(step: _Step) -> Any:
            steps = zip(step, (plane, row, index(1)), strict=True)
            lower = at
            for count, size in steps:
                lower = builder.add(lower, builder.mul(index(count), size))
            upper = loaded(builder, levels, builder.add(lower, plane))
            return builder.fsub(upper, loaded(builder, levels, lower))

        value = taken((0, 0, 0))
        nothing = ir.Constant(least.type, 0.0)
        high = builder.fcmp_ordered(">", value, repeated(builder, least))
        low = builder.fcmp_ordered("<", value, repeated(builder, builder.fsub(nothing, least)))

        def narrowed(high: Any, low: Any, steps: Iterable[_Step]) -> Any:
            for step in steps:
                other = taken(step)
                high = builder.and_(high, builder.fcmp_ordered(">=", value, other))
                low = builder.and_(low, builder.fcmp_ordered("<=", value, other))
            return high, low

        high, low = narrowed(high, low, _NEAREST)
        nearest = as_bits(builder, builder.or_(high, low))
        marks = cgutils.alloca_once_value(builder, nearest)  # type: ignore[no-untyped-call]
        with builder.if_then(builder.icmp_unsigned("!=", builder.load(marks), index(0))):
            high, low = narrowed(high, low, _FARTHER)
            builder.store(as_bits(builder, builder.or_(high, low)), marks)
        return builder.load(marks)

    return signature, generate


_extrema_among: Final[Callable[..., np.uint64]] = cast("Callable[..., np.uint64]", _marked)
"""Set a bit for each of sixteen pixels that is an extremum: no less, or no more, than all 26 around
it, its own row and those of its neighbours being so many pixels long and planes so many apart."""


@compiled
def extrema(levels: Levels, least: np.float32, out: NDArray[np.float32]) -> NDArray[np.int64]:
    """Find the places of one octave.

    Args:
        levels: the octave, shape (6, h, w).
        least: how high an extremum has to be.
        out: where a row is written for each, shape (3, n, 4): those of each difference together,
            row by row of the picture, with x, y, level and height. What does not fit in it is left
            out.

    Returns:
        How many were written of each difference.
    """
    count, height, width = levels.shape
    plane = height * width
    pixels = levels.reshape(count * plane)
    last = width - BORDER
    written = np.zeros(out.shape[0], np.int64)
    # Row by row through all levels: each pixel is fetched once.
    for y in range(BORDER, height - BORDER):
        for found in range(out.shape[0]):
            level = found + 1
            for first in range(BORDER, last, LANES):
                # Beyond the end of a row lies the next one, and several are left below.
                at = level * plane + y * width + first
                marks = _extrema_among(pixels, at, width, plane, least * np.float32(0.5))
                x = first
                while marks != 0 and x < last:
                    if (
                        marks & np.uint64(1)
                        and written[found] < out.shape[1]
                        and _refined(levels, level, y, x, least, out[found, written[found]])
                    ):
                        written[found] += 1
                    marks >>= np.uint64(1)
                    x += 1
    return written


@compiled
def _taken(levels: Levels, level: int, y: int, x: int) -> np.float32:
    """Give one pixel of a difference: what the next blur takes away there, or adds."""
    taken: np.float32 = levels[level + 1, y, x] - levels[level, y, x]
    return taken


@compiled
def _refined(  # noqa: PLR0911 - a place falls away for many reasons
    levels: Levels, level: int, y: int, x: int, least: np.float32, out: NDArray[np.float32]
) -> bool:
    """Fit a parabola through the neighbours; say whether its top is a place, and write it."""
    count, height, width = levels.shape
    for _ in range(_MOVES):
        value = _taken(levels, level, y, x)
        gx = (_taken(levels, level, y, x + 1) - _taken(levels, level, y, x - 1)) * np.float32(0.5)
        gy = (_taken(levels, level, y + 1, x) - _taken(levels, level, y - 1, x)) * np.float32(0.5)
        gs = (_taken(levels, level + 1, y, x) - _taken(levels, level - 1, y, x)) * np.float32(0.5)
        xx = _taken(levels, level, y, x + 1) + _taken(levels, level, y, x - 1) - 2 * value
        yy = _taken(levels, level, y + 1, x) + _taken(levels, level, y - 1, x) - 2 * value
        ss = _taken(levels, level + 1, y, x) + _taken(levels, level - 1, y, x) - 2 * value
        quarter = np.float32(0.25)
        xy = (
            _taken(levels, level, y + 1, x + 1)
            - _taken(levels, level, y + 1, x - 1)
            - _taken(levels, level, y - 1, x + 1)
            + _taken(levels, level, y - 1, x - 1)
        ) * quarter
        xs = (
            _taken(levels, level + 1, y, x + 1)
            - _taken(levels, level + 1, y, x - 1)
            - _taken(levels, level - 1, y, x + 1)
            + _taken(levels, level - 1, y, x - 1)
        ) * quarter
        ys = (
            _taken(levels, level + 1, y + 1, x)
            - _taken(levels, level + 1, y - 1, x)
            - _taken(levels, level - 1, y + 1, x)
            + _taken(levels, level - 1, y - 1, x)
        ) * quarter
        det = xx * (yy * ss - ys * ys) - xy * (xy * ss - ys * xs) + xs * (xy * ys - yy * xs)
        if det == 0:
            return False
        ox = -(gx * (yy * ss - ys * ys) - xy * (gy * ss - ys * gs) + xs * (gy * ys - yy * gs)) / det
        oy = -(xx * (gy * ss - ys * gs) - gx * (xy * ss - ys * xs) + xs * (xy * gs - gy * xs)) / det
        os = -(xx * (yy * gs - gy * ys) - xy * (xy * gs - gy * xs) + gx * (xy * ys - yy * xs)) / det
        if max(abs(ox), abs(oy), abs(os)) < _WITHIN:
            top = abs(value + np.float32(0.5) * (gx * ox + gy * oy + gs * os))
            trace, product = xx + yy, xx * yy - xy * xy
            along = np.float32(_LONGEST_EDGE)
            if top < least or product <= 0:
                return False
            if trace * trace * along >= (along + 1) * (along + 1) * product:
                return False
            out[0], out[1], out[2], out[3] = x + ox, y + oy, level + os, top
            return True
        if max(abs(ox), abs(oy), abs(os)) > _FAR:
            return False
        x, y, level = x + round(ox), y + round(oy), level + round(os)
        if not (
            1 <= level <= count - 3
            and BORDER <= y < height - BORDER
            and BORDER <= x < width - BORDER
        ):
            return False
    return False
