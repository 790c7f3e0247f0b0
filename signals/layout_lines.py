"""Straight lines in a picture: where one picture may end and another begin.

There, brightness steps along a line that is exactly upright or level, and the clearest lines of
either direction are taken.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from signals.compiled import compiled
from signals.layout_boxes import STRIP, Box, Steps

_EDGE: Final = 4 * STRIP
_NEIGHBOURS: Final = 2
"""An edge steps further than so many places on either side of it."""

MOST_LINES: Final = 14
_LEAST_RUN: Final = 5
_LEAST_APART: Final = 3
_MARGIN: Final = 4

_THROUGH: Final = 0.7
_EVENLY: Final = 0.015
_EVEN_COVER: Final = 0.45
"""A line that cuts the whole into halves or thirds is known by less of it."""

_WIDEST_GAP: Final = 16
_GAP_STEPS: Final = 0.25
"""Between two pictures that lie apart, brightness steps less than so much of what it does where
they end."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Straight lines of one direction, in order, with both ends of the whole.

    ``places``: shape (n,), the first pixel behind each; ``covered``: shape (n, strips + 1), how
    many strips before each are edges along it; ``first_strip``: where those begin. ``through``:
    shape (n,), it goes on as far as the whole does; ``begins`` and ``ends``: shape (n,), a picture
    may begin or end here, as it may not on the far side of a gap between pictures.
    """

    places: NDArray[np.int64] = field(repr=False)
    covered: NDArray[np.int64] = field(repr=False)
    first_strip: int
    through: NDArray[np.bool_] = field(repr=False)
    begins: NDArray[np.bool_] = field(repr=False)
    ends: NDArray[np.bool_] = field(repr=False)


def lines_of(steps: Steps, whole: Box) -> tuple[Lines, Lines]:
    """Find the longest straight edges in a box: those that run down, and those that run across."""
    return (
        _lines(steps.columns, (whole.left, whole.right), (whole.top, whole.bottom)),
        _lines(steps.rows, (whole.top, whole.bottom), (whole.left, whole.right)),
    )


def even_pieces(lines: Lines) -> tuple[list[tuple[int, int]], float]:
    """Cut the whole into halves or thirds where lines do so, as in a collage.

    Returns:
        Where each piece begins and ends, and the share of the lines between them that is edges;
        the whole and 0 if there are no such lines.
    """
    first, last = int(lines.places[0]), int(lines.places[-1])
    reach = _EVENLY * (last - first)
    share = lines.covered[:, -1] / max(lines.covered.shape[1] - 1, 1)
    share[[0, -1]] = 0
    best: tuple[list[tuple[int, int]], float] = [(first, last)], 0.0
    for pieces in (2, 3):
        begins, ends, shares = [first], [], []
        for cut in range(1, pieces):
            off = np.abs(lines.places - first - cut * (last - first) / pieces)
            line = int(np.where(off <= reach, share, 0.0).argmax())
            if share[line] < _EVEN_COVER or off[line] > reach:
                break
            # One side of a gap was found; the other is the line beside it.
            ends.append(int(lines.places[line if lines.ends[line] else line - 1]))
            begins.append(int(lines.places[line if lines.begins[line] else line + 1]))
            shares.append(float(share[line]))
        else:
            if min(shares) > best[1]:
                best = list(zip(begins, [*ends, last], strict=True)), min(shares)
    return best


def _lines(steps: NDArray[np.int16], stretch: tuple[int, int], across: tuple[int, int]) -> Lines:
    """Find the longest straight edges between rows, given as the steps from each to the next.

    ``stretch`` and ``across`` say which rows and which pixels of them are looked at.
    """
    first, last = stretch
    first_strip = -(-across[0] // STRIP)
    seen = steps[first : last - 1, first_strip : across[1] // STRIP]
    edges = np.zeros(seen.shape, np.bool_)
    runs = np.zeros(len(seen), np.int64)
    _edges(seen, edges, runs)
    runs[:_MARGIN] = runs[max(len(runs) - _MARGIN, 0) :] = 0
    chosen: list[int] = []
    for place in np.argsort(-runs, kind="stable")[: _LEAST_APART * MOST_LINES * 2].tolist():
        if runs[place] < _LEAST_RUN or len(chosen) == MOST_LINES:
            break
        if all(abs(place - other) >= _LEAST_APART for other in chosen):
            chosen.append(place)
    chosen.sort()
    strips = seen.shape[1]
    # An edge that scaling softened is now on one side of a pixel, now on the other.
    further = [int(seen[at + 1].sum() > seen[at].sum()) for at in chosen]
    places = [
        first,
        *(first + at + 1 + more for at, more in zip(chosen, further, strict=True)),
        last,
    ]
    along = np.ones((len(places), strips), np.bool_)
    along[1:-1] = edges[chosen]
    through = along.sum(axis=1) >= _THROUGH * max(strips, 1)
    through[[0, -1]] = False
    begins, ends = np.ones((2, len(places)), np.bool_)
    for number in _gaps(seen, places, through):
        # What has the colour of the gap steps on its other side only.
        along[number : number + 2] = along[number] | along[number + 1]
        begins[number] = ends[number + 1] = False
    covered = np.zeros((len(places), strips + 1), np.int64)
    np.cumsum(along, axis=1, out=covered[:, 1:])
    return Lines(np.array(places), covered, first_strip, through, begins, ends)


def _gaps(steps: NDArray[np.int16], places: list[int], through: NDArray[np.bool_]) -> list[int]:
    """Give the numbers of lines with which a gap between pictures begins; the next line ends it."""
    gaps: list[int] = []
    for number in range(1, len(places) - 2):
        one, other = (place - places[0] - 1 for place in places[number : number + 2])
        if not through[number] or not through[number + 1] or other - one > _WIDEST_GAP:
            continue
        edge = min(steps[one].mean(), steps[other].mean())
        inside = steps[one + 2 : other - 1]
        if inside.size == 0 or inside.mean() < _GAP_STEPS * edge:
            gaps.append(number)
    return gaps


@compiled
def _edges(steps: NDArray[np.int16], edges: NDArray[np.bool_], runs: NDArray[np.int64]) -> None:
    """Write where a step is an edge, or is one in the next row.

    Also write for each row the most by which edges outnumber the others in any stretch of it.
    """
    rows, strips = steps.shape
    for row in range(rows):
        for strip in range(strips):
            step = steps[row, strip]
            if step < _EDGE:
                continue
            sharp = True
            for off in range(max(row - _NEIGHBOURS, 0), min(row + _NEIGHBOURS + 1, rows)):
                sharp &= step >= steps[off, strip]
            if sharp:
                edges[row, strip] = True
                edges[max(row - 1, 0), strip] = True
    edges[rows - 1] = False  # there is no next one, so that a line always has two places
    for row in range(rows - 1):
        balance, least, most = 0, 0, 0
        for strip in range(strips):
            balance += 1 if edges[row, strip] else -1
            least = min(least, balance)
            most = max(most, balance - least)
        runs[row] = most
