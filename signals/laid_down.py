"""Where a registered picture lies in a found image, and how much of it is seen there."""

import numpy as np
from numpy.typing import NDArray

from domain.laid import Laid
from domain.places import SecondLook
from signals.constellation import Constellation
from signals.strength import SEEN_BITS

_Points = list[tuple[float, float]]


def laid_down(
    look: SecondLook, picture: Constellation, size: tuple[int, int], strength: float
) -> Laid:
    """Say how a picture lies in an image, in fractions of both.

    Args:
        look: what was seen of the picture.
        picture: what was looked for.
        size: width and height of the image in which it was looked for.
        strength: how strongly the look speaks for the picture.
    """
    width, height = size
    whole = _rectangle(picture.width, picture.height)
    corners = _mapped(look.map, whole)
    if look.mirrored:  # they lie in the mirror image
        corners = [(width - x, y) for x, y in corners]
    seen = look.distances[look.in_view] <= SEEN_BITS
    return Laid(
        strength,
        look.mirrored,
        tuple((x / width, y / height) for x, y in corners),
        _part(look.map, picture, size),
        int(seen.sum()),
        int(look.in_view.sum()),
    )


def _part(
    way: NDArray[np.float64], picture: Constellation, size: tuple[int, int]
) -> tuple[float, float, float, float]:
    """Give the part of a picture that lies in an image: left, top, right and bottom of it.

    An image is as wide as its mirror image, so that it does not matter which of them it is.
    """
    linear, shift = way[:, :2], way[:, 2]
    back = np.linalg.inv(linear)
    points = _mapped(np.column_stack([back, -back @ shift]), _rectangle(*size))
    for axis, least, most in ((0, 0.0, picture.width), (1, 0.0, picture.height)):
        points = _beyond(points, axis, least, 1)
        points = _beyond(points, axis, most, -1)
    if not points:
        return 0.0, 0.0, 0.0, 0.0
    across = [x / picture.width for x, _ in points]
    down = [y / picture.height for _, y in points]
    return min(across), min(down), max(across), max(down)


def _beyond(points: _Points, axis: int, edge: float, side: int) -> _Points:
    """Cut a polygon off along an edge; ``side`` is 1 to keep what lies beyond it, -1 before it."""
    kept: _Points = []
    for before, point in zip(points[-1:] + points[:-1], points, strict=True):
        away, away_before = side * (point[axis] - edge), side * (before[axis] - edge)
        if (away >= 0) != (away_before >= 0):
            share = away_before / (away_before - away)
            x, y = (old + share * (new - old) for old, new in zip(before, point, strict=True))
            kept.append((x, y))
        if away >= 0:
            kept.append(point)
    return kept


def _rectangle(width: float, height: float) -> _Points:
    return [(0.0, 0.0), (float(width), 0.0), (float(width), float(height)), (0.0, float(height))]


def _mapped(way: NDArray[np.float64], points: _Points) -> _Points:
    laid = np.array(points) @ way[:, :2].T + way[:, 2]
    return [(float(x), float(y)) for x, y in laid]
