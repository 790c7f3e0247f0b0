"""Pictures beside and over other pictures: rectangles whose sides are long straight edges.

Where one picture ends and another begins, brightness steps along a line that is exactly upright or
level. The clearest lines of both kinds are taken, and each rectangle that two and two of them make
is judged by how much of its sides such edges cover. The sides of the whole count as covered.
"""

from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from signals.layout_boxes import STRIP, Box, Steps

_EDGE: Final = 3 * STRIP
_NEIGHBOURS: Final = 2
"""An edge steps further than so many places on either side of it."""

_MOST_LINES: Final = 14
_LEAST_RUN: Final = 5
_LEAST_APART: Final = 3
_MARGIN: Final = 4

_LEAST_COVER: Final = 0.55
_LEAST_MEAN: Final = 0.7
_LEAST_ALONE: Final = 0.8
"""What a single side that is no side of the whole must have covered: horizons are straight, too."""

_DIVIDED: Final = 0.85
_THROUGH: Final = 0.7
_ALIKE: Final = 0.9

_DOUBT: Final = 1.5
"""Strips added to the length of a stretch: chance makes a short edge look whole."""

_DIVIDED_COST: Final = 0.15
_SIDE_GAIN: Final = 0.03
_SIZE_GAIN: Final = 0.2
_TRIED: Final = 150


class Rectangle(NamedTuple):
    """A rectangle and how clear it is; ``spans``: its sides go on through the whole."""

    box: Box
    clearness: float
    spans: bool


@dataclass(frozen=True, slots=True)
class _Lines:
    """Straight lines of one direction, in order, with both ends of the whole.

    ``places``: shape (n,), the first pixel behind each; ``covered``: shape (n, strips + 1), how
    many strips before each are edges along it; ``first_strip``: where those begin.
    """

    places: NDArray[np.int64] = field(repr=False)
    covered: NDArray[np.int64] = field(repr=False)
    first_strip: int

    def covers(
        self, begins: NDArray[np.int64], ends: NDArray[np.int64], doubt: float = 0
    ) -> NDArray[np.float64]:
        """Give the share of each line that is an edge, in each stretch: shape (lines, stretches).

        A stretch in which no whole strip lies has nothing covered.
        """
        strips = self.covered.shape[1] - 1
        first = np.clip(-(-begins // STRIP) - self.first_strip, 0, strips)
        last = np.clip(ends // STRIP - self.first_strip, first, strips)
        covered: NDArray[np.float64] = (
            self.covered[:, last] - self.covered[:, first]
        ) / np.maximum(last - first + doubt, 1)
        covered[[0, -1]] = 1.0
        return covered


def rectangles(
    steps: Steps, whole: Box, least_side: int, least_area: float, most: int
) -> list[Rectangle]:
    """Find rectangles with straight sides in a box, the clearest first.

    Args:
        steps: those of the picture in which the box lies.
        whole: the box; it is not among what is found.
        least_side: of a rectangle, in pixels.
        least_area: of a rectangle, in pixels.
        most: how many rectangles are found at most.
    """
    upright = _lines(steps.columns, (whole.left, whole.right), (whole.top, whole.bottom))
    level = _lines(steps.rows, (whole.top, whole.bottom), (whole.left, whole.right))
    left, right = np.triu_indices(len(upright.places), 1)
    top, bottom = np.triu_indices(len(level.places), 1)
    upright_cover = upright.covers(level.places[top], level.places[bottom])
    level_cover = level.covers(upright.places[left], upright.places[right])
    four = _sides(left, right, top, bottom, upright_cover, level_cover)
    doubted = _sides(
        left,
        right,
        top,
        bottom,
        upright.covers(level.places[top], level.places[bottom], _DOUBT),
        level.covers(upright.places[left], upright.places[right], _DOUBT),
    )
    real = _real(left, right, len(upright.places))[:, np.newaxis] + _real(
        top, bottom, len(level.places)
    )
    mean = (four.sum(axis=0) - (4 - real)) / np.maximum(real, 1)
    divided = _divided(left, right, upright_cover) | _divided(top, bottom, level_cover).T
    clear = (doubted.sum(axis=0) - (4 - real)) / np.maximum(real, 1)
    clearness = clear - _DIVIDED_COST * divided + _SIDE_GAIN * real
    width = (upright.places[right] - upright.places[left])[:, np.newaxis]
    height = level.places[bottom] - level.places[top]
    clearness += _SIZE_GAIN * np.sqrt(width * height / whole.area)
    fine = (
        (real > 0)
        & (four.min(axis=0) >= _LEAST_COVER)
        & (mean >= np.where(real == 1, _LEAST_ALONE, _LEAST_MEAN))
        & (np.minimum(width, height) >= least_side)
        & (width * height >= least_area)
    )
    # Sides that go on as far as the whole does divide it; those of a pasted picture end with it.
    ends = (np.array([whole.top]), np.array([whole.bottom]))
    through_upright = upright.covers(*ends)[:, 0] >= _THROUGH
    ends = (np.array([whole.left]), np.array([whole.right]))
    through_level = level.covers(*ends)[:, 0] >= _THROUGH
    through_upright[[0, -1]] = through_level[[0, -1]] = False
    places = np.flatnonzero(fine)
    places = places[np.argsort(-clearness.reshape(-1)[places], kind="stable")[:_TRIED]]
    found: list[Rectangle] = []
    for place in places:
        x, y = divmod(int(place), len(top))
        box = Box(
            int(upright.places[left[x]]),
            int(level.places[top[y]]),
            int(upright.places[right[x]]),
            int(level.places[bottom[y]]),
        )
        if any(box.likeness(other.box) > _ALIKE for other in found):
            continue
        spans = bool(
            through_upright[[left[x], right[x]]].any() or through_level[[top[y], bottom[y]]].any()
        )
        found.append(Rectangle(box, float(clearness[x, y]), spans))
        if len(found) == most:
            break
    return found


def _lines(steps: NDArray[np.int16], stretch: tuple[int, int], across: tuple[int, int]) -> _Lines:
    """Find the longest straight edges between rows, given as the steps from each to the next.

    ``stretch`` and ``across`` say which rows and which pixels of them are looked at.
    """
    first, last = stretch
    first_strip = -(-across[0] // STRIP)
    seen = steps[first : last - 1, first_strip : across[1] // STRIP]
    edges = _edges(seen)
    runs = _longest_runs(edges)
    runs[:_MARGIN] = runs[max(len(runs) - _MARGIN, 0) :] = 0
    chosen: list[int] = []
    for place in np.argsort(-runs, kind="stable")[: _LEAST_APART * _MOST_LINES * 2]:
        if runs[place] < _LEAST_RUN or len(chosen) == _MOST_LINES:
            break
        if all(abs(int(place) - other) >= _LEAST_APART for other in chosen):
            chosen.append(int(place))
    chosen.sort()
    strips = seen.shape[1]
    covered = np.zeros((len(chosen) + 2, strips + 1), np.int64)
    covered[[0, -1]] = np.arange(strips + 1)
    covered[1:-1, 1:] = np.cumsum(edges[chosen], axis=1)
    total = seen.sum(axis=1, dtype=np.int64)
    # An edge that scaling softened is now on one side of a pixel, now on the other.
    places = [first + at + 1 + int(total[at + 1] > total[at]) for at in chosen]
    return _Lines(np.array([first, *places, last]), covered, first_strip)


def _edges(steps: NDArray[np.int16]) -> NDArray[np.bool_]:
    """Say where a step is an edge, or is one in the next row: shape of ``steps``."""
    sharp = steps >= _EDGE
    for off in range(1, _NEIGHBOURS + 1):
        sharp[off:] &= steps[off:] >= steps[:-off]
        sharp[:-off] &= steps[:-off] >= steps[off:]
    edges = sharp.copy()
    edges[:-1] |= sharp[1:]
    edges[-1:] = False  # there is no next one, so that a line always has two places
    return edges


def _longest_runs(edges: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Give for each row the most by which edges outnumber the others in any stretch of it."""
    balance = np.zeros((len(edges), edges.shape[1] + 1), np.int32)
    np.cumsum(np.where(edges, 1, -1), axis=1, out=balance[:, 1:])
    runs: NDArray[np.int64] = (balance - np.minimum.accumulate(balance, axis=1)).max(
        axis=1, initial=0
    )
    return runs


def _sides(
    left: NDArray[np.int64],
    right: NDArray[np.int64],
    top: NDArray[np.int64],
    bottom: NDArray[np.int64],
    upright_cover: NDArray[np.float64],
    level_cover: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Give how much of its four sides each rectangle has covered: shape (4, uprights, levels)."""
    return np.stack(
        [upright_cover[left], upright_cover[right], level_cover[top].T, level_cover[bottom].T]
    )


def _real(one: NDArray[np.int64], other: NDArray[np.int64], lines: int) -> NDArray[np.int64]:
    """Count which of two lines are no ends of the whole, for each pair of them."""
    return (one > 0).astype(np.int64) + (other < lines - 1)


def _divided(
    one: NDArray[np.int64], other: NDArray[np.int64], cover: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Say whether a line between two others goes through: shape (pairs, stretches)."""
    lines = np.arange(len(cover))
    between = (lines > one[:, np.newaxis]) & (lines < other[:, np.newaxis])
    through: NDArray[np.bool_] = (
        between.astype(np.float32) @ (cover >= _DIVIDED).astype(np.float32) > 0
    )
    return through
