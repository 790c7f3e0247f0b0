"""Rectangles in a picture, and the steps in brightness by which their sides are known.

Brightness is first added up along eight pixels of a row or of a column. A straight side is a step
in many such sums that lie in one line, while grain and texture, which have no direction, cancel
out; and there is an eighth of the work left.
"""

from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

STRIP: Final = 8
"""Pixels added up; a step of one level of brightness is so much in the sums."""

_HALVINGS: Final = 3
_NEAR_SIDE: Final = 1
_STEP: Final = 3 * STRIP


class Box(NamedTuple):
    """A rectangle of whole pixels; ``right`` and ``bottom`` are the first ones outside."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """Pixels across."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """Pixels down."""
        return self.bottom - self.top

    @property
    def area(self) -> int:
        """How many pixels there are in it."""
        return self.width * self.height

    def shared(self, other: "Box") -> int:
        """Count the pixels that are in both."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(width, 0) * max(height, 0)

    def likeness(self, other: "Box") -> float:
        """Give the share of what either covers that both cover, 0 to 1."""
        both = self.shared(other)
        return both / (self.area + other.area - both)


@dataclass(frozen=True, slots=True)
class Steps:
    """How brightness steps from each row, and from each column, to the next.

    ``rows``: int16, shape (height - 1, width // 8); how far the sum of eight pixels of a row lies
    from that of the eight below. ``columns``: the same of columns, shape (width - 1, height // 8).
    """

    rows: NDArray[np.int16] = field(repr=False)
    columns: NDArray[np.int16] = field(repr=False)

    def busy_share(self, box: Box) -> float:
        """Give the share of a box where something is to be seen, 0 to 1: little in flat chrome."""
        rows = self.rows[box.top : box.bottom - 1, _inner(box.left, box.right)]
        return float((rows >= STRIP // 2).mean()) if rows.size else 0.0

    def straight_sides(self, box: Box, whole: Box) -> tuple[float, ...]:
        """Give the share of each side of a box along which brightness steps, 0 to 1.

        Left, top, right and bottom; without those that are sides of the whole picture.
        """
        down, across = _inner(box.top, box.bottom), _inner(box.left, box.right)
        sides = (
            (self.columns[:, down], box.left, whole.left),
            (self.rows[:, across], box.top, whole.top),
            (self.columns[:, down], box.right, whole.right),
            (self.rows[:, across], box.bottom, whole.bottom),
        )
        return tuple(_stepping(steps, at) for steps, at, end in sides if at != end)


def steps_of(grey: NDArray[np.uint8]) -> Steps:
    """Measure the steps of a grey picture, shape (height, width), both at least eight pixels."""
    return Steps(
        rows=_steps_down(_added_up(grey)),
        columns=_steps_down(np.ascontiguousarray(_added_down(grey).T)),
    )


def _added_up(grey: NDArray[np.uint8]) -> NDArray[np.int16]:
    """Add up eight neighbours in each row: shape (height, width // 8)."""
    sums = grey[:, : grey.shape[1] // STRIP * STRIP].astype(np.int16)
    for _ in range(_HALVINGS):
        sums = sums[:, ::2] + sums[:, 1::2]
    return sums


def _added_down(grey: NDArray[np.uint8]) -> NDArray[np.int16]:
    """Add up eight neighbours in each column: shape (height // 8, width)."""
    height, width = grey.shape
    strips = grey[: height // STRIP * STRIP].reshape(-1, STRIP, width)
    sums: NDArray[np.int16] = strips.sum(axis=1, dtype=np.int16)
    return sums


def _steps_down(sums: NDArray[np.int16]) -> NDArray[np.int16]:
    steps: NDArray[np.int16] = np.abs(sums[1:] - sums[:-1])
    return steps


def _inner(first: int, last: int) -> slice:
    """Give the strips that lie in a stretch of pixels with all of theirs."""
    return slice(-(-first // STRIP), max(last // STRIP, -(-first // STRIP)))


def _stepping(steps: NDArray[np.int16], at: int) -> float:
    """Give the share of strips with a step right before pixel ``at``, or one pixel off."""
    near = steps[max(at - 1 - _NEAR_SIDE, 0) : at + _NEAR_SIDE]
    return float((near.max(axis=0) >= _STEP).mean()) if near.size else 0.0
