"""Pictures on flat ground: cut along the rows and columns in which nothing happens.

A row that is as the one above it is calm, whatever it crosses: the ground, the edge of a card and
the bars beside a picture look the same from row to row, and a picture nearly never does. What lies
between calm runs of rows is cut along its calm columns, that along its rows, and so on.

Source: G. Nagy, S. Seth, "Hierarchical representation of optically scanned documents" (1984), who
cut pages of print along white rows and columns only.
"""

from collections import deque
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from signals.layout_boxes import STRIP, Box, Steps

_CALM_MEAN: Final = 0.2 * STRIP
_CALM_MOST: Final = 2 * STRIP
"""Steps of a calm row: what JPEG leaves of flat colours stays below, a cloudless sky does not."""

_LEAST_RUN: Final = 6
"""Calm rows one after another that are cut along. JPEG leaves 7 where it flattens a picture."""

_MOST_BOXES: Final = 64
_REACH: Final = 10
_SOFT: Final = 0.35


class Cut(NamedTuple):
    """A box that was cut out; ``leaf``: it can't be cut any more; ``alone``: all else is flat."""

    box: Box
    leaf: bool
    alone: bool


def cut_out(steps: Steps, whole: Box, least_side: int, least_area: float) -> list[Cut]:
    """Cut a picture along its calm rows and columns, as long as boxes stay large enough.

    Returns:
        The boxes, outer ones first; not the whole itself unless it can't be cut.
    """
    found: list[Cut] = []
    waiting = deque([(whole, True)])
    looked_at = 0
    while waiting and looked_at < _MOST_BOXES:
        looked_at += 1
        box, alone = waiting.popleft()
        down = _pieces(steps.rows, (box.top, box.bottom), (box.left, box.right))
        across = _pieces(steps.columns, (box.left, box.right), (box.top, box.bottom))
        if not down or not across:
            continue
        trimmed = Box(across[0][0], down[0][0], across[-1][1], down[-1][1])
        if len(down) > 1:
            inside = [trimmed._replace(top=top, bottom=bottom) for top, bottom in down]
        elif len(across) > 1:
            inside = [trimmed._replace(left=left, right=right) for left, right in across]
        elif trimmed == box:
            found.append(Cut(box, leaf=True, alone=alone))
            continue
        else:
            inside = [trimmed]
        if len(inside) > 1 and trimmed != whole:
            found.append(Cut(trimmed, leaf=False, alone=alone))
        waiting += [
            (part, alone and len(inside) == 1)
            for part in inside
            if min(part.width, part.height) >= least_side and part.area >= least_area
        ]
    return found


def snapped(grey: NDArray[np.uint8], box: Box) -> Box:
    """Move the sides of a box inwards to where the picture really begins.

    JPEG and scaling leave faint echoes of a picture on the ground beside it.
    """
    down = grey[:, box.left : box.right]
    across = grey[box.top : box.bottom].T
    return Box(
        box.left + _too_far(across, box.left, 1),
        box.top + _too_far(down, box.top, 1),
        box.right - _too_far(across, box.right - 1, -1),
        box.bottom - _too_far(down, box.bottom - 1, -1),
    )


def _pieces(
    steps: NDArray[np.int16], stretch: tuple[int, int], across: tuple[int, int]
) -> list[tuple[int, int]]:
    """Give what lies between calm runs of rows, first and last exclusive; none if all is calm.

    Args:
        steps: from each row to the next, as `Steps` has them.
        stretch: the rows looked at.
        across: the pixels of them that are looked at.
    """
    first, last = stretch
    seen = steps[first : last - 1, -(-across[0] // STRIP) : across[1] // STRIP]
    if seen.size == 0:
        return [stretch]
    total = seen.sum(axis=1, dtype=np.int32)
    loud = np.flatnonzero((total > _CALM_MEAN * seen.shape[1]) | (seen.max(axis=1) > _CALM_MOST))
    if len(loud) == 0:
        return []
    gaps = np.flatnonzero(np.diff(loud) > _LEAST_RUN)
    # The first loud step leads into a piece, the last one out of it.
    begins = np.concatenate([loud[:1], loud[gaps + 1]]) + 1 + first
    ends = np.concatenate([loud[gaps], loud[-1:]]) + 1 + first
    if begins[0] - first <= _LEAST_RUN:
        begins[0] = first
    if last - ends[-1] <= _LEAST_RUN:
        ends[-1] = last
    return [(int(begin), int(end)) for begin, end in zip(begins, ends, strict=True) if end > begin]


def _too_far(lines: NDArray[np.uint8], at: int, way: int) -> int:
    """Count the lines of pixels from ``at`` on, 1 or -1 a step, that still belong to the ground."""
    outside = at - way
    if not 0 <= outside < len(lines):
        return 0
    reach = min(_REACH, len(lines) // STRIP)
    until = max(0, at + way * reach) if way < 0 else at + way * reach
    near = lines[at:until:way].astype(np.int16)
    if len(near) == 0:
        return 0
    differ = np.abs(near - lines[outside]).mean(axis=1)
    return int(np.argmax(differ >= _SOFT * differ.max()))
