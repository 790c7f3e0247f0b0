"""How a registered picture may lie in a found image: moved, turned, scaled, mirrored.

Each pair of a registered place and a found one that look alike would lay the picture down in one
way. Pairs of the same picture agree about it, those of other pictures hardly ever do.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from domain.places import Alignment
from signals.compiled import compiled

MOST_PAIRS: Final = 600
"""Pairs of one picture that are looked at, the likest ones. A repeating pattern has thousands."""

LEAST_SCALE: Final = 45 / 512
MOST_SCALE: Final = 8.0

_FIRST_REACH: Final = 16.0
_REACH_AWAY: Final = 0.22
_REACH: Final = 16.0
_SCALE_OFF: Final = (0.75, 0.6)
_TURN_OFF: Final = (28.0, 22.0)
_LEAST_VARIETY: Final = 400.0
_ROUNDS: Final = 3
_FEWEST: Final = 2
"""Pairs to agree about a way."""


def align(
    registered: NDArray[np.float32],
    found: NDArray[np.float32],
    pairs: NDArray[np.int64],
    weights: NDArray[np.float32],
    *,
    mirrored: bool,
) -> Alignment | None:
    """Find the way to lay a picture down about which most pairs agree.

    Args:
        registered: places of the registered picture, shape (n, 4).
        found: places of the image, or of its mirror image if ``mirrored``, shape (m, 4).
        pairs: shape (k, 2), places that look alike, in order of the registered one.
        weights: how much each pair is worth, shape (k,).
        mirrored: is only told on.

    Returns:
        None if no two pairs agree.
    """
    if len(pairs) > MOST_PAIRS:
        kept = np.sort(np.argsort(-weights, kind="stable")[:MOST_PAIRS])
        pairs, weights = pairs[kept], weights[kept]
    if len(pairs) < _FEWEST:
        return None
    agreeing = np.empty(len(pairs), np.int64)
    way = np.empty(4, np.float64)
    ones, others = registered[pairs[:, 0]], found[pairs[:, 1]]
    count, weight = _best(ones, others, len(found), pairs, weights, way, agreeing)
    if count < _FEWEST:
        return None
    cosine, sine, x, y = way
    laid = np.array([[cosine, -sine, x], [sine, cosine, y]])
    return Alignment(laid, mirrored, pairs[agreeing[:count]], float(weight))


def laid(places: NDArray[np.float32], way: NDArray[np.float64]) -> NDArray[np.float32]:
    """Say where registered places should be found.

    Args:
        places: shape (n, 4), of the registered picture.
        way: shape (2, 3), as `Alignment.map` has it, or any map without a mirror in it.
    """
    linear = way[:, :2]
    radians = np.deg2rad(places[:, 3])
    ahead = np.column_stack([np.cos(radians), np.sin(radians)]) @ linear.T
    scale = 0.5 * math.log2(max(float(np.linalg.det(linear)), 1e-12))
    return np.column_stack(
        [
            places[:, :2] @ linear.T + way[:, 2],
            places[:, 2] + scale,
            np.rad2deg(np.arctan2(ahead[:, 1], ahead[:, 0])) % 360,
        ]
    ).astype(np.float32)


@compiled
def _best(
    ones: NDArray[np.float32],
    others: NDArray[np.float32],
    found: int,
    pairs: NDArray[np.int64],
    weights: NDArray[np.float32],
    way: NDArray[np.float64],
    agreeing: NDArray[np.int64],
) -> tuple[int, float]:
    most = 0.0
    best_count = 0
    trial = np.empty(len(pairs), np.int64)
    taken = np.zeros(found, np.bool_)
    for first in range(len(pairs)):
        size = 2.0 ** (others[first, 2] - ones[first, 2])
        if size < LEAST_SCALE or size > MOST_SCALE:
            continue
        turn = math.radians(others[first, 3] - ones[first, 3])
        cosine, sine = size * math.cos(turn), size * math.sin(turn)
        x = others[first, 0] - (cosine * ones[first, 0] - sine * ones[first, 1])
        y = others[first, 1] - (sine * ones[first, 0] + cosine * ones[first, 1])
        count = 0
        for round_ in range(_ROUNDS):
            count = _agreeing(
                ones, others, pairs, weights, cosine, sine, x, y,
                ones[first, 0], ones[first, 1], round_, taken, trial,
            )  # fmt: skip
            if count < _FEWEST or round_ == _ROUNDS - 1 or (round_ == 0 and count == _FEWEST):
                break
            solved, cosine_, sine_, x_, y_ = _fitted(ones, others, trial, count)
            if not solved:
                break
            cosine, sine, x, y = cosine_, sine_, x_, y_
        total = 0.0
        for i in range(count):
            total += weights[trial[i]]
        if count >= _FEWEST and total > most:
            most, best_count = total, count
            agreeing[:count] = trial[:count]
            way[0], way[1], way[2], way[3] = cosine, sine, x, y
    return best_count, most


@compiled
def _agreeing(
    ones: NDArray[np.float32],
    others: NDArray[np.float32],
    pairs: NDArray[np.int64],
    weights: NDArray[np.float32],
    cosine: float,
    sine: float,
    x: float,
    y: float,
    from_x: float,
    from_y: float,
    round_: int,
    taken: NDArray[np.bool_],
    out: NDArray[np.int64],
) -> int:
    """Write the pairs that agree with a way: of each place, registered or found, one."""
    size = math.sqrt(cosine * cosine + sine * sine)
    log_size = math.log2(size)
    turn = math.degrees(math.atan2(sine, cosine))
    scale_off, turn_off = _SCALE_OFF[min(round_, 1)], _TURN_OFF[min(round_, 1)]
    count = 0
    last = -1
    for i in range(len(pairs)):
        # What takes least and turns most away comes first.
        if abs(others[i, 2] - ones[i, 2] - log_size) > scale_off:
            continue
        off_x = others[i, 0] - (cosine * ones[i, 0] - sine * ones[i, 1] + x)
        off_y = others[i, 1] - (sine * ones[i, 0] + cosine * ones[i, 1] + y)
        reach = _REACH * (1.4 if round_ == 1 else 1.0)
        if round_ == 0:  # from one pair alone, errors grow with the way to it
            away = math.sqrt((ones[i, 0] - from_x) ** 2 + (ones[i, 1] - from_y) ** 2)
            reach = _FIRST_REACH + _REACH_AWAY * away
        if math.sqrt(off_x * off_x + off_y * off_y) > reach * size or taken[pairs[i, 1]]:
            continue
        if abs((others[i, 3] - ones[i, 3] - turn + 540.0) % 360.0 - 180.0) > turn_off:
            continue
        if pairs[i, 0] == last:
            if weights[i] > weights[out[count - 1]]:
                taken[pairs[out[count - 1], 1]] = False
                taken[pairs[i, 1]] = True
                out[count - 1] = i
            continue
        out[count] = i
        taken[pairs[i, 1]] = True
        last = pairs[i, 0]
        count += 1
    for i in range(count):
        taken[pairs[out[i], 1]] = False
    return count


@compiled
def _fitted(
    ones: NDArray[np.float32],
    others: NDArray[np.float32],
    chosen: NDArray[np.int64],
    count: int,
) -> tuple[bool, float, float, float, float]:
    """Fit the way that leaves the least squares between pairs; False if they lie in one spot."""
    mean_x = mean_y = mean_u = mean_v = 0.0
    for i in range(count):
        at = chosen[i]
        mean_x += ones[at, 0] / count
        mean_y += ones[at, 1] / count
        mean_u += others[at, 0] / count
        mean_v += others[at, 1] / count
    along = across = variety = 0.0
    for i in range(count):
        at = chosen[i]
        x, y = ones[at, 0] - mean_x, ones[at, 1] - mean_y
        u, v = others[at, 0] - mean_u, others[at, 1] - mean_v
        along += x * u + y * v
        across += x * v - y * u
        variety += x * x + y * y
    if variety < _LEAST_VARIETY:
        return False, 0.0, 0.0, 0.0, 0.0
    cosine, sine = along / variety, across / variety
    size = math.sqrt(cosine * cosine + sine * sine)
    if size < LEAST_SCALE or size > MOST_SCALE:
        return False, 0.0, 0.0, 0.0, 0.0
    x = mean_u - (cosine * mean_x - sine * mean_y)
    y = mean_v - (sine * mean_x + cosine * mean_y)
    return True, cosine, sine, x, y
