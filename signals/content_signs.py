"""What speaks for it that a box in a screenshot, or in a frame, holds the picture itself."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from signals.layout_boxes import STRIP, Box, Steps

_LEAST_STRAIGHT: Final = 0.6
_LEAST_BESIDE: Final = 0.45
_LEAST_AROUND: Final = 0.6
_LEAST_BUSY: Final = 0.3
_LEAST_PICTURE: Final = 0.15
_LEAST_PLAIN_PICTURE: Final = -0.3
"""What a box needs to be asked about: see `Judged`. The last is for one that stands out clearly,
which even a plain picture does in an app."""

_SURE_STRAIGHT: Final = 0.8
_SURE_BESIDE: Final = 0.9
_SURE_AROUND: Final = 0.65
_SURE_PICTURE: Final = 0.25

_PAGE_STRAIGHT: Final = 0.95
_PAGE_AROUND: Final = 0.8
_PAGE_BESIDE: Final = 0.4
_PAGE_BUSY: Final = 0.2
_PAGE_PICTURE: Final = -0.55
"""What says of a box that it lies on a page: of 710 photos, none has one that nothing else asks
about. Straight sides do, however plain or close to words it is."""

_ON_PAGE_STRAIGHT: Final = 0.85
_ON_PAGE_BESIDE: Final = 0.3
"""What a box needs to be asked about where another says that this is a page."""

_WORDS: Final = 0.4
_ON_GROUND: Final = 0.6
"""Words take up less of a box than a picture does, and leave so much of the ground free."""

_EDGE: Final = 3 * STRIP

_COLOURS: Final = 3
_REACH: Final = 3
_BESIDE: Final = slice(1, 4)
"""Pixels away from a side in which the ground is looked at: the first may be half the picture's."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What speaks for a box, each from 0 to 1.

    ``straight``: how much of its worst side is an edge. ``beside``: how much of what lies along
    its worst side has one colour, as beside a picture in an app and hardly ever within a picture.
    ``around``: how much of everything outside has one of three colours. ``busy``: how much of the
    inside shows something; ``flat``: how much of it has one of three colours, as in a card that
    holds a picture and words.
    """

    box: Box
    straight: float
    beside: float
    around: float
    busy: float
    flat: float

    @property
    def like_picture(self) -> float:
        """How far it shows more than a card with a picture and words does."""
        return self.busy - self.flat

    @property
    def clear(self) -> bool:
        """It stands out as what is laid on flat ground does."""
        return (
            self.straight >= _SURE_STRAIGHT
            and self.beside >= _SURE_BESIDE
            and self.around >= _SURE_AROUND
        )

    @property
    def likely(self) -> bool:
        """It may be the picture: somebody should be asked."""
        return (
            self.straight >= _LEAST_STRAIGHT
            and self.beside >= _LEAST_BESIDE
            and self.around >= _LEAST_AROUND
            and self.busy >= _LEAST_BUSY
            and self.like_picture >= (_LEAST_PLAIN_PICTURE if self.clear else _LEAST_PICTURE)
        )

    @property
    def page_around(self) -> bool:
        """What lies around it is a page or an app, whether it is the picture or a card."""
        return (
            self.maybe_on_page
            and self.straight >= _PAGE_STRAIGHT
            and self.beside >= _PAGE_BESIDE
            and self.around >= _PAGE_AROUND
        )

    @property
    def maybe_on_page(self) -> bool:
        """It may be the picture if this is a page, or a card that holds it."""
        return (
            self.straight >= _ON_PAGE_STRAIGHT
            and self.beside >= _ON_PAGE_BESIDE
            and self.around >= _LEAST_AROUND
            and self.busy >= _PAGE_BUSY
            and self.like_picture >= _PAGE_PICTURE
        )

    @property
    def sure(self) -> bool:
        """It is the picture, unless another box beside it is one, too."""
        return self.clear and self.like_picture >= _SURE_PICTURE


def judged(grey: NDArray[np.uint8], steps: Steps, box: Box, whole: Box) -> Judged:
    """Measure what speaks for a box in a picture, given its steps and the box that is all of it."""
    inside = levels_of(grey[box.top : box.bottom, box.left : box.right])
    straight = steps.straight_sides(box, whole)
    return Judged(
        box,
        straight=min(straight, default=0.0),
        beside=min(_beside(grey, box), default=0.0),
        around=flat_share(levels_of(grey) - inside, _COLOURS),
        busy=steps.busy_share(box),
        flat=flat_share(inside, _COLOURS),
    )


def tightened(grey: NDArray[np.uint8], steps: Steps, box: Box) -> Box:
    """Leave out words between a picture and a side of a box that holds both.

    The picture ends in a straight edge, beyond which there is only the ground on which the box
    lies, and writing on it.
    """
    left, right = _without_words(grey[box.top : box.bottom].T, steps.columns, box[::2], box[1::2])
    # Words above a picture may begin to the left of it.
    across = grey[:, left:right]
    top, bottom = _without_words(across, steps.rows, box[1::2], (left, right))
    return Box(left, top, right, bottom)


def _without_words(
    lines: NDArray[np.uint8],
    steps: NDArray[np.int16],
    stretch: tuple[int, int],
    across: tuple[int, int],
) -> tuple[int, int]:
    """Shorten a stretch of lines at both ends; ``across`` are the pixels of them that are meant."""
    strips = steps[:, -(-across[0] // STRIP) : across[1] // STRIP]
    first, last = stretch
    count = len(lines)
    begin = _after_words(lines, strips, first, last)
    end = count - _after_words(lines[::-1], strips[::-1], count - last, count - first)
    return (begin, end) if begin < end else stretch


def _after_words(lines: NDArray[np.uint8], steps: NDArray[np.int16], first: int, last: int) -> int:
    """Give the first line of a picture before which, from ``first`` on, there are only words."""
    if first == 0:
        return first  # nothing is known of the ground
    ground = int(np.median(lines[max(first - _BESIDE.stop, 0) : first]))
    for line in range(first + int(_WORDS * (last - first)), first + _BESIDE.stop, -1):
        # An edge that scaling softened steps a line sooner or later.
        edge = steps[line - 2 : line + 1].max(axis=0, initial=0) >= _EDGE
        if edge.mean() < _SURE_STRAIGHT:
            continue
        beside = lines[line - _BESIDE.stop : line - _BESIDE.start].astype(np.int16)
        on_ground = (np.abs(beside - ground) <= _REACH).mean() >= _SURE_BESIDE
        if on_ground and flat_share(levels_of(lines[first : line - 1]), 1) >= _ON_GROUND:
            return line
    return first


def _beside(grey: NDArray[np.uint8], box: Box) -> list[float]:
    """Say how flat it is right outside of each side that is no side of the whole."""
    down, across = slice(box.top, box.bottom), slice(box.left, box.right)
    upright, level = grey[down].T, grey[:, across]
    outwards = (
        upright[: box.left][::-1],
        level[: box.top][::-1],
        upright[box.right :],
        level[box.bottom :],
    )
    strips = [lines[_BESIDE] if len(lines) > 1 else lines for lines in outwards if len(lines)]
    return [flat_share(levels_of(strip), 1) for strip in strips]


def levels_of(pixels: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Count the pixels of each of 256 levels of brightness."""
    return np.bincount(pixels.reshape(-1), minlength=256)


def flat_share(counts: NDArray[np.int64], colours: int) -> float:
    """Give the share of pixels that have one of so many commonest levels: all of none."""
    total = int(counts.sum())
    if total == 0:
        return 1.0
    counts = counts.copy()
    flat = 0
    for _ in range(colours):
        near = np.convolve(counts, np.ones(2 * _REACH + 1, counts.dtype), "same")
        level = int(near.argmax())
        flat += int(near[level])
        counts[max(level - _REACH, 0) : level + _REACH + 1] = 0
    return flat / total
