"""Where a registered picture lies in a found image, as a shape: cut off at its edges, and measured.

Everything is in fractions of the found image: (0, 0) is its top left, (1, 1) its bottom right.
"""

import math
from collections.abc import Sequence
from typing import Final, TypeAlias

from domain.laid import Laid

Point: TypeAlias = tuple[float, float]
Box: TypeAlias = tuple[float, float, float, float]
"""Left, top, right and bottom."""

_QUARTER: Final = 90
_SQUARE_WITHIN: Final = 35
"""Degrees off a whole number of quarters, within which a turn is called one."""


def within(corners: Sequence[Point]) -> list[Point]:
    """Cut a shape off at the edges of the found image; nothing is left of one that lies outside.

    Source: I. E. Sutherland, G. W. Hodgman, "Reentrant Polygon Clipping" (1974).
    """
    shape = list(corners)
    for axis in (0, 1):
        for sign, edge in ((1, 0.0), (-1, -1.0)):  # not under 0, and not over 1
            cut: list[Point] = []
            for before, point in zip([*shape[-1:], *shape[:-1]], shape, strict=True):
                inside, was_inside = (sign * each[axis] >= edge for each in (point, before))
                if inside != was_inside:
                    cut.append(_crossing(before, point, axis, sign * edge))
                if inside:
                    cut.append(point)
            shape = cut
    return shape


def area(shape: Sequence[Point]) -> float:
    """Measure a shape, as a share of the found image."""
    following = [*shape[1:], *shape[:1]]
    pairs = zip(shape, following, strict=True)
    return abs(sum(x * next_y - next_x * y for (x, y), (next_x, next_y) in pairs)) / 2


def box_of(shape: Sequence[Point]) -> Box:
    """Give the box around a shape."""
    across, down = zip(*shape, strict=True)
    return min(across), min(down), max(across), max(down)


def seen_part(laid: Laid) -> list[Point]:
    """Give the part of a registered picture that is seen, where it lies in the found image."""
    left, top, right, bottom = laid.part
    edges = ((left, top), (right, top), (right, bottom), (left, bottom))
    return [point_at(laid.corners, across, down) for across, down in edges]


def point_at(corners: Sequence[Point], across: float, down: float) -> Point:
    """Say where a point of the registered picture lies, given as fractions of its own size."""
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = corners
    shares = ((1 - across) * (1 - down), across * (1 - down), across * down, (1 - across) * down)
    return (
        sum(share * x for share, x in zip(shares, (x0, x1, x2, x3), strict=True)),
        sum(share * y for share, y in zip(shares, (y0, y1, y2, y3), strict=True)),
    )


def quarters_turned(corners: Sequence[Point]) -> int | None:
    """Say by how many quarters to the right a picture is turned, 0 to 3; None if it lies aslant.

    Fractions of an image that is no square are not at right angles, so nothing finer can be said.
    """
    (x, y), (top_x, top_y) = point_at(corners, 0.5, 0.5), point_at(corners, 0.5, 0.0)
    degrees = math.degrees(math.atan2(top_x - x, y - top_y)) % 360
    off = (degrees + _QUARTER / 2) % _QUARTER - _QUARTER / 2
    return None if abs(off) > _SQUARE_WITHIN else round(degrees / _QUARTER) % 4


def _crossing(one: Point, other: Point, axis: int, edge: float) -> Point:
    share = (edge - one[axis]) / (other[axis] - one[axis])
    return one[0] + share * (other[0] - one[0]), one[1] + share * (other[1] - one[1])
