"""The picture inside what was posted: a screenshot, a collage, bars around it, another over it.

Whole pictures are hashed, so a picture among other things is only found if somebody says where it
is. Nobody knows for sure; what is given here are guesses, few enough to hash every one of them.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from signals.grid import Picture, Side
from signals.layout_boxes import STRIP, Box, Steps, steps_of
from signals.layout_cuts import Cut, cut_out, snapped
from signals.layout_rectangles import rectangles

MOST_PARTS: Final = 12
"""Parts that a picture may have; each of them is hashed and compared."""

LEAST_SIDE: Final = 48
LEAST_SHARE: Final = 0.02
"""Smaller parts, in pixels of a side and in shares of the area, show too little to hash."""

MOST_ALIKE: Final = 0.93
"""Of two parts that share more of what they cover, only the likelier is kept."""

_WHOLE: Final = 0.97
"""What covers so much of the picture is not worth a hash of its own."""

_LONGEST: Final = 1024
"""Pixels of a side that are looked at: all of a decoded picture; of longer ones, some rows."""

_DIVIDED_LEAVES: Final = 2
_RECTANGLES: Final = 14
_BUSY: Final = 0.4
_STRAIGHT_GAIN: Final = 0.8
_BUSY_GAIN: Final = 0.3
_LEAF_GAIN: Final = 0.2


class Layout(StrEnum):
    """How a part lies in what was posted."""

    TRIMMED = "trimmed"
    """All around it is one flat ground: a border, or bars."""

    SCREEN = "screen"
    """It lies among other things on flat ground, as in a screenshot or below a caption."""

    TILE = "tile"
    """Straight lines divide the whole, as in a collage."""

    PASTED = "pasted"
    """It lies over another picture."""


@dataclass(frozen=True, slots=True)
class Part:
    """A rectangle that may hold a whole picture, in pixels of the decoded one.

    ``right`` and ``bottom`` are the first pixels outside.
    """

    left: int
    top: int
    right: int
    bottom: int
    why: Layout = Layout.SCREEN


class _Guess(NamedTuple):
    box: Box
    clearness: float
    why: Layout


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is looked at of a picture: every so many rows and columns of it."""

    grey: NDArray[np.uint8]
    down: int
    across: int

    @property
    def whole(self) -> Box:
        height, width = self.grey.shape
        return Box(0, 0, width, height)

    @property
    def least_side(self) -> int:
        return max(STRIP, LEAST_SIDE // max(self.down, self.across))

    @property
    def least_area(self) -> float:
        return LEAST_SHARE * self.grey.size


def parts_of(grey: NDArray[np.uint8]) -> list[Part]:
    """Find rectangles that may each hold a whole picture, the likeliest first.

    Args:
        grey: brightness, shape (height, width), of any size.

    Returns:
        At most MOST_PARTS, none smaller than LEAST_SIDE and LEAST_SHARE, no two of them alike;
        the whole picture is not among them.
    """
    if min(grey.shape) < LEAST_SIDE:
        return []
    seen = _seen(grey)
    steps = steps_of(seen.grey)
    cuts = cut_out(steps, seen.whole, seen.least_side, seen.least_area)
    guesses = [_judged(seen, steps, cut) for cut in cuts if cut.box != seen.whole]
    leaves = [cut.box for cut in cuts if cut.leaf and steps.busy_share(cut.box) >= _BUSY]
    leaves.sort(key=lambda box: -box.area)
    for region in dict.fromkeys([seen.whole, *leaves[:_DIVIDED_LEAVES]]):
        for box, clearness, spans in rectangles(
            steps, region, seen.least_side, seen.least_area, _RECTANGLES
        ):
            # A flat area has straight sides, too, and is no picture.
            plain = max(0.0, 1 - steps.busy_share(box) / _BUSY)
            why = Layout.TILE if spans else Layout.PASTED
            guesses.append(_Guess(box, clearness - plain, why))
    guesses.sort(key=lambda guess: -guess.clearness)
    return _different(guesses, seen, grey)


def part_of(picture: Picture, part: Part) -> Picture:
    """Cut a part out of a decoded picture, so that its PDQ is that of the part in full size."""
    rows, columns = sides_of(picture, part)
    grey = picture.grey.crop((part.left, part.top, part.right, part.bottom))
    return replace(picture, grey=grey, rows=rows, columns=columns, detail=None)


def sides_of(picture: Picture, part: Part) -> tuple[Side, Side]:
    """Say how the rows, and the columns, of a part lie on the part in full size."""
    return (
        _cut_side(picture.rows, part.top, part.bottom),
        _cut_side(picture.columns, part.left, part.right),
    )


def _cut_side(side: Side, first: int, last: int) -> Side:
    narrow = side.cells * side.factor - side.full
    holds_narrow = first == 0 if side.from_end else last == side.cells
    full = (last - first) * side.factor - (narrow if holds_narrow else 0)
    return replace(side, full=full)


def _seen(grey: NDArray[np.uint8]) -> _Seen:
    down, across = (-(-length // _LONGEST) for length in grey.shape)
    return _Seen(grey[::down, ::across], down, across)


def _judged(seen: _Seen, steps: Steps, cut: Cut) -> _Guess:
    box = snapped(seen.grey, cut.box)
    sides = steps.straight_sides(box, seen.whole)
    straight = sum(sides) / len(sides) if sides else 0.0
    busy = min(1.0, steps.busy_share(box) / _BUSY)
    clearness = (
        _STRAIGHT_GAIN * straight + _BUSY_GAIN * busy + _LEAF_GAIN * cut.leaf + 0.1 * cut.alone
    )
    return _Guess(box, clearness, Layout.TRIMMED if cut.alone else Layout.SCREEN)


def _different(guesses: list[_Guess], seen: _Seen, grey: NDArray[np.uint8]) -> list[Part]:
    """Keep the likeliest guesses that are large enough and not alike, in the picture's pixels."""
    kept: list[Box] = []
    parts: list[Part] = []
    for guess in guesses:
        box = guess.box
        if min(box.width * seen.across, box.height * seen.down) < LEAST_SIDE:
            continue
        if box.area < seen.least_area or box.area > _WHOLE * seen.grey.size:
            continue
        if any(box.likeness(other) > MOST_ALIKE for other in kept):
            continue
        kept.append(box)
        parts.append(_in_full(box, guess.why, seen, grey))
        if len(parts) == MOST_PARTS:
            break
    return parts


def _in_full(box: Box, why: Layout, seen: _Seen, grey: NDArray[np.uint8]) -> Part:
    height, width = grey.shape
    return Part(
        box.left * seen.across,
        box.top * seen.down,
        min(box.right * seen.across, width),
        min(box.bottom * seen.down, height),
        why,
    )
