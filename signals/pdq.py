"""PDQ of a shrunken picture: the hash that the full one has.

PDQ is linear up to its last step: brightness, two passes of a box filter along each side, samples
at 64 × 64 places, a cosine transform of 16 × 16 frequencies, and then one comparison with their
median. So a sample is a weighted sum of the pixels around it, the weights of rows and columns
being independent. Here they are worked out for the size that the picture has in full and folded
onto the cells that are left of it after shrinking: two small matrix products take the place of
passes over every pixel.

Source: "The TMK+PDQF video-hashing algorithm and the PDQ image-hashing algorithm" (2019).
"""

import functools
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from domain.signal import MAX_PDQ_QUALITY, View
from signals.grid import LAID, TURNS, Picture, Side

SAMPLES: Final = 64
_FREQUENCIES: Final = 16
_WINDOWS: Final = 2 * SAMPLES
_SIDES_KEPT: Final = 256
_SMALLEST: Final = 5
"""Pixels: PDQ's own code gives no hash to a picture with a smaller side."""

_QUALITY_STEPS: Final = 90
_ROUNDING: Final = 1e-12
"""Far below any weight: what is left where sums of weights end."""

_places: Final = np.arange(SAMPLES)
_COSINES: Final = (
    np.sqrt(2 / SAMPLES)
    * np.cos(np.pi / (2 * SAMPLES) * np.outer(np.arange(1, _FREQUENCIES + 1), 2 * _places + 1))
).astype(np.float32)

Samples = NDArray[np.float32]


def pdq_of(picture: Picture) -> tuple[str, int]:
    """Compute PDQ of a picture as it lies.

    Returns:
        256 bits as 64 lower-case hexadecimal digits, and the quality, 0 to 100. A picture with a
        side of fewer than 5 pixels has no hash: zeros and quality 0.
    """
    if min(picture.width, picture.height) < _SMALLEST:
        return _no_hash()
    pixels = np.asarray(picture.grey).astype(np.float32)
    samples = _sample(pixels, sample_weights(picture.rows), sample_weights(picture.columns))
    return hash_of(samples), quality_of(samples)


def pdq_of_views(picture: Picture) -> dict[View, tuple[str, int]]:
    """Compute PDQ of a picture laid down in all eight ways.

    PDQ's own shortcut, all eight from one transform, misses the hash of a picture that is really
    so laid by 11-18 bits in the mean: its samples and windows lie a little off the middle of
    their cells, so a mirrored picture is sampled elsewhere. Mirroring the weights instead is
    exact. It takes four sets of samples, and each serves for its transpose too.

    Returns:
        For each view, in View's order, what `pdq_of` gives of the picture so laid.
    """
    if min(picture.width, picture.height) < _SMALLEST:
        return dict.fromkeys(View, _no_hash())
    pixels = np.asarray(picture.grey).astype(np.float32)
    rows = _both_ways(picture.rows)
    columns = _both_ways(picture.columns)
    sampled = {
        (flip_rows, flip_columns): _sample(pixels, rows[flip_rows], columns[flip_columns])
        for flip_rows in (False, True)
        for flip_columns in (False, True)
    }
    found: dict[View, tuple[str, int]] = {}
    for view in View:
        operation = LAID[view]
        if operation is None:
            samples = sampled[False, False]
        else:
            turn = TURNS[operation]
            if turn.swap:  # what is reversed after the swap was the other side before it
                samples = np.ascontiguousarray(sampled[turn.flip_columns, turn.flip_rows].T)
            else:
                samples = sampled[turn.flip_rows, turn.flip_columns]
        found[view] = (hash_of(samples), quality_of(samples))
    return found


def hash_of(samples: Samples) -> str:
    """Turn samples of brightness, shape (64, 64), into the hash: 64 hexadecimal digits."""
    transformed = _COSINES @ samples @ _COSINES.T
    # The lower of the two in the middle, as PDQ's own code takes it.
    middle = _FREQUENCIES * _FREQUENCIES // 2 - 1
    median = np.partition(transformed, middle, axis=None)[middle]
    # The last bit holds the lowest frequency.
    return np.packbits((transformed > median).reshape(-1)[::-1]).tobytes().hex()


def quality_of(samples: Samples) -> int:
    """Say how much there is in samples of brightness, shape (64, 64), to hash: 0 to 100."""
    steps = np.float32(100) / np.float32(255)
    down = np.trunc((samples[:-1] - samples[1:]) * steps)
    across = np.trunc((samples[:, :-1] - samples[:, 1:]) * steps)
    total = float(np.abs(down).sum() + np.abs(across).sum())
    return min(int(total / _QUALITY_STEPS), MAX_PDQ_QUALITY)


@functools.lru_cache(maxsize=_SIDES_KEPT)
def sample_weights(side: Side) -> csr_array:
    """Work out how much each cell of a side counts in each sample.

    A cell holds only the mean of its pixels. Within it brightness is taken to run straight from
    one neighbour to the other, which brings the hash nearer to that of the full picture than
    taking it to be even does.

    Returns:
        Weights as a sparse matrix of float32, shape (64, side.cells); each row adds up to 1.
    """
    pixels, weights = pixel_weights(side.full)
    if side.from_end:
        pixels = side.full - 1 - pixels
    cells = side.cells
    cell = pixels // side.factor
    # Where a pixel lies in its cell, from -1/2 to 1/2, times half the step between neighbours.
    lean = weights * ((pixels % side.factor + 0.5) / side.factor - 0.5) / 2
    ahead, behind = np.minimum(cell + 1, cells - 1), np.maximum(cell - 1, 0)
    row = _places[:, np.newaxis] * cells
    folded = np.bincount(
        np.concatenate([row + cell, row + ahead, row + behind]).reshape(-1),
        weights=np.concatenate([weights, lean, -lean]).reshape(-1),
        minlength=SAMPLES * cells,
    ).reshape(SAMPLES, cells)
    if side.from_end:
        folded = folded[:, ::-1]
    return csr_array(folded.astype(np.float32))


def pixel_weights(full: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Give the pixels of a side that count in each sample: two box passes, then sampling.

    Args:
        full: pixels of the side.

    Returns:
        Pixels, shape (64, n), and the weight of each, the same shape; each row adds up to 1, and
        weights of zero fill up the rows that count fewer pixels than n.
    """
    at = np.arange(full)
    window = (full + _WINDOWS - 1) // _WINDOWS
    ahead = (window + 2) // 2
    first = np.maximum(at + ahead - window, 0)
    last = np.minimum(at + ahead, full)  # exclusive
    share = 1.0 / (last - first)
    sampled = ((_places + 0.5) * full / SAMPLES).astype(np.int64)[:, np.newaxis]
    # The second pass adds up these, each of which the first pass made of pixels around it.
    through = first[sampled] + np.arange(window)
    added = np.where(through < last[sampled], share[sampled], 0.0)
    through = np.minimum(through, full - 1)
    added *= share[through]
    begin = first[first[sampled]]
    pixels = begin + np.arange(2 * window)
    steps = np.zeros((SAMPLES, 2 * window + 1))
    rows = np.broadcast_to(_places[:, np.newaxis], through.shape)
    np.add.at(steps, (rows, first[through] - begin), added)
    np.add.at(steps, (rows, last[through] - begin), -added)
    weights = np.cumsum(steps, axis=1)[:, :-1]
    weights[np.abs(weights) < _ROUNDING] = 0.0
    return np.minimum(pixels, full - 1), weights


def _both_ways(side: Side) -> dict[bool, csr_array]:
    """Give a side's weights as it lies (False) and for the picture mirrored along it (True)."""
    mirrored = sample_weights(side.reversed())
    return {False: sample_weights(side), True: csr_array(mirrored[:, ::-1])}


def _sample(pixels: NDArray[np.float32], rows: csr_array, columns: csr_array) -> Samples:
    sampled: Samples = np.ascontiguousarray((columns @ np.ascontiguousarray((rows @ pixels).T)).T)
    return sampled


def _no_hash() -> tuple[str, int]:
    return "0" * (_FREQUENCIES * _FREQUENCIES // 4), 0
