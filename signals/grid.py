"""How the pixels of a shrunken picture lie on the full one.

Shrinking averages whole cells of pixels, ``factor`` to a side, counted from one end; what is left
over at the other end is a narrower cell. PDQ's weights are worked out for the full size and then
folded onto these cells, so each side has to remember where it came from, turned or not.
"""

import math
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from PIL import Image

from domain.signal import View


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a shrunken picture: ``full`` pixels in cells of ``factor``.

    The narrower cell, if there is one, is the last; ``from_end``: it is the first, since the
    picture was turned after it had been shrunk.
    """

    full: int
    factor: int = 1
    from_end: bool = False

    @property
    def cells(self) -> int:
        """How many pixels the shrunken side has."""
        return math.ceil(self.full / self.factor)

    def reversed(self) -> "Side":
        """Give this side of the picture mirrored along it."""
        return replace(self, from_end=not self.from_end)


class Turn(NamedTuple):
    """A way to lay a picture down: first rows and columns change places, then each is reversed."""

    swap: bool
    flip_rows: bool
    flip_columns: bool


TURNS: Final = {
    Image.Transpose.FLIP_LEFT_RIGHT: Turn(swap=False, flip_rows=False, flip_columns=True),
    Image.Transpose.FLIP_TOP_BOTTOM: Turn(swap=False, flip_rows=True, flip_columns=False),
    Image.Transpose.ROTATE_180: Turn(swap=False, flip_rows=True, flip_columns=True),
    Image.Transpose.TRANSPOSE: Turn(swap=True, flip_rows=False, flip_columns=False),
    Image.Transpose.ROTATE_90: Turn(swap=True, flip_rows=True, flip_columns=False),
    Image.Transpose.ROTATE_270: Turn(swap=True, flip_rows=False, flip_columns=True),
    Image.Transpose.TRANSVERSE: Turn(swap=True, flip_rows=True, flip_columns=True),
}
"""What each of Pillow's operations does; its turns are anticlockwise, as View's are."""

LAID: Final[dict[View, Image.Transpose | None]] = {
    View.UPRIGHT: None,
    View.TURNED_90: Image.Transpose.ROTATE_90,
    View.TURNED_180: Image.Transpose.ROTATE_180,
    View.TURNED_270: Image.Transpose.ROTATE_270,
    View.MIRRORED: Image.Transpose.FLIP_LEFT_RIGHT,
    View.MIRRORED_90: Image.Transpose.TRANSPOSE,
    View.MIRRORED_180: Image.Transpose.FLIP_TOP_BOTTOM,
    View.MIRRORED_270: Image.Transpose.TRANSVERSE,
}
"""The one operation that lays a picture as a view says: mirrored left to right, then turned."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded picture, upright as its EXIF says: grey, shrunken, first frame, white behind it.

    ``grey`` has mode "L", ``rows.cells`` rows and ``columns.cells`` columns. ``detail`` is the same
    in its own proportions and with more pixels, where that was asked for and was to be had.
    """

    grey: Image.Image = field(repr=False)
    format: str
    rows: Side
    columns: Side
    detail: Image.Image | None = field(default=None, repr=False)

    @property
    def width(self) -> int:
        """Pixels across at full size, as it is shown."""
        return self.columns.full

    @property
    def height(self) -> int:
        """Pixels down at full size, as it is shown."""
        return self.rows.full

    def transposed(self, operation: Image.Transpose | None) -> "Picture":
        """Turn or mirror the picture."""
        if operation is None:
            return self
        turn = TURNS[operation]
        rows, columns = (self.columns, self.rows) if turn.swap else (self.rows, self.columns)
        return replace(
            self,
            grey=self.grey.transpose(operation),
            rows=rows.reversed() if turn.flip_rows else rows,
            columns=columns.reversed() if turn.flip_columns else columns,
            detail=None if self.detail is None else self.detail.transpose(operation),
        )

    def laid(self, view: View) -> "Picture":
        """Lay the picture down as a view says."""
        return self.transposed(LAID[view])


def shrunk_side(full: int, cells: int) -> Side:
    """Give the side that a decoder has shrunk from ``full`` pixels to ``cells`` by powers of two.

    Raises:
        ValueError: no factor of 1, 2, 4 or 8 leads from one to the other.
    """
    for factor in (1, 2, 4, 8):
        if Side(full, factor).cells == cells:
            return Side(full, factor)
    msg = f"{full} pixels are not shrunk to {cells} by 1, 2, 4 or 8"
    raise ValueError(msg)
