"""PDQ of many parts of one picture, each as it would have alone.

`signals.pdq` works out weights for a size with numpy and keeps them for the next picture of that
size. Parts have any size, so here compiled loops work them out anew each time, in a tenth of it.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from signals.compiled import compiled
from signals.grid import Side
from signals.pdq import SAMPLES, Samples

_WINDOWS: Final = 2 * SAMPLES


def samples_of_part(grey: NDArray[np.uint8], rows: Side, columns: Side) -> Samples:
    """Sample a part of a picture as PDQ does.

    Args:
        grey: brightness of the part, shape (rows.cells, columns.cells); need not be contiguous.
        rows: how its rows lie in the picture at full size.
        columns: the same of its columns.

    Returns:
        Brightness, shape (64, 64), as `signals.pdq.hash_of` takes it: the same as from
        `signals.pdq.pdq_of` but for rounding.
    """
    samples = np.empty((SAMPLES, SAMPLES), np.float32)
    # Compiled for rows that lie one behind another, which a part's do not within its picture.
    _sample(np.ascontiguousarray(grey), *_weights(rows), *_weights(columns), samples)
    return samples


@compiled
def shown_share(samples: Samples, least_step: float) -> float:
    """Give the share of samples, shape (64, 64), from which brightness steps to a neighbour."""
    shown = 0
    for y in range(SAMPLES - 1):
        for x in range(SAMPLES - 1):
            across = abs(samples[y, x + 1] - samples[y, x]) > least_step
            down = abs(samples[y + 1, x] - samples[y, x]) > least_step
            shown += across or down
    return shown / ((SAMPLES - 1) * (SAMPLES - 1))


def _weights(side: Side) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Work out how much each cell of a side counts in each sample, as `sample_weights` does.

    Returns:
        The first cell that counts in each sample, shape (64,), and the weights of it and of those
        behind it, shape (64, n).
    """
    window = (side.full + _WINDOWS - 1) // _WINDOWS
    # One more at either end, since brightness is taken to run from neighbour to neighbour.
    most = min(2 * window // side.factor + 4, side.cells)
    first = np.empty(SAMPLES, np.int64)
    weights = np.zeros((SAMPLES, most), np.float32)
    _weigh(side.full, side.factor, side.from_end, first, weights)
    return first, weights


@compiled
def _weigh(
    full: int,
    factor: int,
    from_end: bool,
    first: NDArray[np.int64],
    out: NDArray[np.float32],
) -> None:
    cells, most = (full + factor - 1) // factor, out.shape[1]
    window = (full + _WINDOWS - 1) // _WINDOWS
    ahead = (window + 2) // 2
    added = np.zeros(2 * window + 1, np.float64)
    for sample in range(SAMPLES):
        at = int((sample + 0.5) * full / SAMPLES)
        begin, end = max(at + ahead - window, 0), min(at + ahead, full)
        start = max(begin + ahead - window, 0)
        added[:] = 0.0
        # The second pass adds up these, each of which the first pass made of pixels around it.
        for through in range(begin, end):
            left, right = max(through + ahead - window, 0), min(through + ahead, full)
            weight = 1.0 / ((end - begin) * (right - left))
            for pixel in range(left, right):
                added[pixel - start] += weight
        for offset in range(2 * window):
            pixel = full - 1 - start - offset if from_end else start + offset
            if pixel < 0 or pixel >= full:
                break
            # Where it lies in its cell, from -1/2 to 1/2, times half the step between neighbours.
            cell = pixel // factor
            lean = added[offset] * ((pixel % factor + 0.5) / factor - 0.5) / 2
            if from_end:
                cell, lean = cells - 1 - cell, -lean
            if offset == 0:
                first[sample] = min(max(cell - 1, 0), cells - most)
            if added[offset] == 0.0:
                break
            cell -= first[sample]
            out[sample, cell] += added[offset]
            out[sample, min(cell + 1, most - 1)] += lean
            out[sample, max(cell - 1, 0)] -= lean


@compiled
def _sample(
    grey: NDArray[np.uint8],
    first_down: NDArray[np.int64],
    down: NDArray[np.float32],
    first_across: NDArray[np.int64],
    across: NDArray[np.float32],
    out: NDArray[np.float32],
) -> None:
    width = grey.shape[1]
    row = np.empty(width, np.float32)
    for y in range(SAMPLES):
        row[:] = 0.0
        for offset in range(down.shape[1]):
            weight = down[y, offset]
            if weight == 0.0:
                continue
            pixels = grey[first_down[y] + offset]
            for x in range(width):
                row[x] += weight * np.float32(pixels[x])
        for x in range(SAMPLES):
            total = np.float32(0.0)
            for offset in range(across.shape[1]):
                total += across[x, offset] * row[first_across[x] + offset]
            out[y, x] = total
