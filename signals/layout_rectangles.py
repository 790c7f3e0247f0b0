"""Pictures beside and over other pictures: rectangles whose sides are long straight edges.

Each rectangle that two upright and two level lines make is judged by how much of its sides are
edges. The sides of the whole count as edges.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from signals.compiled import compiled
from signals.layout_boxes import STRIP, Box, Steps
from signals.layout_lines import Lines, even_pieces, lines_of

_LEAST_COVER: Final = 0.55
_LEAST_MEAN: Final = 0.7
_LEAST_ALONE: Final = 0.8
"""What a single side that is no side of the whole must have covered: horizons are straight, too."""

_DIVIDED: Final = 0.85
_ALIKE: Final = 0.9

_DOUBT: Final = 1.5
"""Strips added to the length of a stretch: chance makes a short edge look whole."""

_DIVIDED_COST: Final = 0.1
_SIDE_GAIN: Final = 0.03
_SIZE_GAIN: Final = 0.1
_EVEN_GAIN: Final = 0.4

_TRIED: Final = 512
_MOST_FINE: Final = 16_384


class Rectangle(NamedTuple):
    """A rectangle and how clear it is; ``spans``: its sides go on through the whole."""

    box: Box
    clearness: float
    spans: bool


class _Compared(NamedTuple):
    """Lines of one direction, and how much of them each stretch has covered.

    ``places``, ``through``, ``begins`` and ``ends`` are those of `Lines`. A stretch goes from one
    line of the other direction to another; ``edges``, shape (lines, crossing, crossing), are the
    strips of it that are edges, and ``lengths``, shape (crossing, crossing), all of them.
    """

    places: NDArray[np.int64]
    through: NDArray[np.bool_]
    begins: NDArray[np.bool_]
    ends: NDArray[np.bool_]
    edges: NDArray[np.int64]
    lengths: NDArray[np.int64]


def rectangles(
    steps: Steps, whole: Box, least_side: int, least_area: float, most: int
) -> list[Rectangle]:
    """Find rectangles with straight sides in a box: tiles of even size, then the clearest first.

    Args:
        steps: those of the picture in which the box lies.
        whole: the box; it is not among what is found.
        least_side: of a rectangle, in pixels; a tile may be smaller.
        least_area: of a rectangle, in pixels; a tile may be smaller.
        most: how many rectangles are found at most, besides the tiles.
    """
    upright, level = lines_of(steps, whole)
    boxes = np.empty((_MOST_FINE, 4), np.int64)
    clearness = np.empty(_MOST_FINE, np.float64)
    spans = np.empty(_MOST_FINE, np.bool_)
    least = float(least_side), least_area, float(whole.area)
    fine = _judge(
        _compared(upright, level), _compared(level, upright), least, boxes, clearness, spans
    )
    likely = np.argsort(-clearness[:fine], kind="stable")[:_TRIED]
    kept = np.empty(most, np.int64)
    unlike = _unlike(boxes[likely], kept)
    clearest = [
        Rectangle(Box(*boxes[at].tolist()), float(clearness[at]), bool(spans[at]))
        for at in likely[kept[:unlike]]
    ]
    return _even_tiles(upright, level) + clearest


def _even_tiles(upright: Lines, level: Lines) -> list[Rectangle]:
    """Give the tiles of a collage whose tiles are all as large."""
    across, sure_across = even_pieces(upright)
    down, sure_down = even_pieces(level)
    if len(across) == len(down) == 1:
        return []
    sure = min(share for share in (sure_across, sure_down) if share > 0)
    return [
        Rectangle(Box(left, top, right, bottom), sure + _EVEN_GAIN, spans=True)
        for top, bottom in down
        for left, right in across
    ]


def _compared(lines: Lines, crossing: Lines) -> _Compared:
    strips = lines.covered.shape[1] - 1
    first = np.clip(-(-crossing.places // STRIP) - lines.first_strip, 0, strips)
    last = np.clip(crossing.places // STRIP - lines.first_strip, 0, strips)
    lengths = np.maximum(last[np.newaxis] - first[:, np.newaxis], 0)
    edges = lines.covered[:, np.newaxis, last] - lines.covered[:, first][:, :, np.newaxis]
    return _Compared(lines.places, lines.through, lines.begins, lines.ends, edges, lengths)


@compiled
def _judge(
    upright: _Compared,
    level: _Compared,
    least: tuple[float, float, float],
    boxes: NDArray[np.int64],
    clearness: NDArray[np.float64],
    spans: NDArray[np.bool_],
) -> int:
    """Write each rectangle with straight sides and how clear it is; give how many there are.

    ``least`` are the least side, the least area, and the area of the whole.
    """
    fine = 0
    least_side, least_area, whole_area = least
    through_upright, through_level = _going_through(upright), _going_through(level)
    last = len(upright.places) - 1
    sides = np.empty(len(level.places), np.int64)
    for left in range(last):
        for right in range(left + 1, last + 1):
            width = upright.places[right] - upright.places[left]
            if width < least_side or not upright.begins[left] or not upright.ends[right]:
                continue
            count = _covered(level, left, right, sides)
            for one in range(count - 1):
                top = sides[one]
                for bottom in sides[one + 1 : count]:
                    height = level.places[bottom] - level.places[top]
                    if height < least_side or width * height < least_area:
                        continue
                    if not level.begins[top] or not level.ends[bottom]:
                        continue
                    real, clear = _clear(upright, level, (left, top, right, bottom))
                    if real == 0:
                        continue
                    divided = (
                        through_upright[top, bottom, right] > through_upright[top, bottom, left + 1]
                        or through_level[left, right, bottom] > through_level[left, right, top + 1]
                    )
                    boxes[fine] = (
                        upright.places[left],
                        level.places[top],
                        upright.places[right],
                        level.places[bottom],
                    )
                    clearness[fine] = (
                        clear
                        - _DIVIDED_COST * divided
                        + _SIDE_GAIN * real
                        + _SIZE_GAIN * np.sqrt(width * height / whole_area)
                    )
                    spans[fine] = (
                        upright.through[left]
                        or upright.through[right]
                        or level.through[top]
                        or level.through[bottom]
                    )
                    fine += 1
                    if fine == len(boxes):
                        return fine
    return fine


@compiled
def _covered(lines: _Compared, first: int, last: int, out: NDArray[np.int64]) -> int:
    """Write which lines have enough of a stretch covered to be sides; give how many there are."""
    count = 0
    enough = _LEAST_COVER * max(lines.lengths[first, last], 1)
    for line in range(len(lines.places)):
        if line in (0, len(lines.places) - 1) or lines.edges[line, first, last] >= enough:
            out[count] = line
            count += 1
    return count


@compiled
def _clear(
    upright: _Compared, level: _Compared, box: tuple[int, int, int, int]
) -> tuple[int, float]:
    """Count the sides of a box that are no sides of the whole, and say how much of them is edges.

    Both are 0 if there is no such side, or if too little of one or of all of them is edges.
    """
    left, top, right, bottom = box
    real, total, doubted = 0, 0.0, 0.0
    for lines, side, first, last in (
        (upright, left, top, bottom),
        (upright, right, top, bottom),
        (level, top, left, right),
        (level, bottom, left, right),
    ):
        if side in (0, len(lines.places) - 1):
            continue
        edges, length = lines.edges[side, first, last], lines.lengths[first, last]
        if edges < _LEAST_COVER * max(length, 1):
            return 0, 0.0
        real += 1
        total += edges / max(length, 1)
        doubted += edges / max(length + _DOUBT, 1.0)
    if real == 0 or total < real * (_LEAST_ALONE if real == 1 else _LEAST_MEAN):
        return 0, 0.0
    return real, doubted / real


@compiled
def _going_through(lines: _Compared) -> NDArray[np.int64]:
    """Count the lines before each that go through a stretch: shape (crossing, crossing, lines)."""
    count, crossing, _ = lines.edges.shape
    before = np.zeros((crossing, crossing, count + 1), np.int64)
    for first in range(crossing):
        for last in range(first + 1, crossing):
            enough = _DIVIDED * max(lines.lengths[first, last], 1)
            for line in range(count):
                through = lines.edges[line, first, last] >= enough
                before[first, last, line + 1] = before[first, last, line] + through
    return before


@compiled
def _unlike(boxes: NDArray[np.int64], kept: NDArray[np.int64]) -> int:
    """Write which boxes are like none before them, as many as there is room; give how many."""
    found = 0
    for at in range(len(boxes)):
        if found == len(kept):
            break
        left, top, right, bottom = boxes[at]
        alike = False
        for other in range(found):
            box = boxes[kept[other]]
            width = min(right, box[2]) - max(left, box[0])
            height = min(bottom, box[3]) - max(top, box[1])
            if width > 0 and height > 0:
                both = width * height
                either = (right - left) * (bottom - top) + (box[2] - box[0]) * (box[3] - box[1])
                alike |= both > _ALIKE * (either - both)
        if not alike:
            kept[found] = at
            found += 1
    return found
