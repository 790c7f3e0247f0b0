"""How strongly a second look speaks for a registered picture: one number for all that was seen.

Each place in view is more likely at its distance if the picture is there, or if it is not. How an
edit blurs what it leaves, and how much it covers, is not known, so every grade of either counts as
much as reposts have it. The number is a logarithm: 6 says that what was seen is a million times
likelier of the picture than of another.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from signals.place_bits import BITS
from signals.second_look import SecondLook

LEAST_IN_VIEW: Final = 3
"""Places in view below which nothing is said: fewer lie in one line with anything."""

_BIN: Final = 4
_SHARES_SEEN: Final = np.array([0.1, 0.2, 0.35, 0.5, 0.7, 0.9])
_SHARE_ODDS: Final = np.array([0.08, 0.12, 0.2, 0.2, 0.2, 0.2])
_NATURAL: Final = math.log(10)


def strength(look: SecondLook) -> float:
    """Say how strong the evidence of a second look is: the logarithm, to base 10, of its odds.

    Returns:
        Below 0 where it speaks against the picture; minus infinity with too few places in view.
    """
    seen = look.distances[look.in_view]
    if len(seen) < LEAST_IN_VIEW:
        return -math.inf
    bins = np.minimum(seen // _BIN, BITS // _BIN - 1)
    ratios = _RATIOS[:, bins]  # (grade, place)
    shares = _SHARES_SEEN[:, np.newaxis, np.newaxis]
    odds = np.log(shares * ratios + (1 - shares)).sum(axis=2)  # (share, grade)
    weighted = odds + np.log(_SHARE_ODDS)[:, np.newaxis] - math.log(len(_RATIOS))
    return float(np.logaddexp.reduce(weighted, axis=None)) / _NATURAL


def _ratios(pictures: tuple[tuple[int, ...], ...], others: tuple[int, ...]) -> NDArray[np.float64]:
    """Divide how often each distance is seen of the picture by how often of others.

    Counts are of places in bins of 4 bits; half a place is added to each, for what was never seen.
    """
    of_others = np.array(others) + 0.5
    of_pictures = np.array(pictures) + 0.5
    shares: NDArray[np.float64] = of_pictures / of_pictures.sum(axis=1, keepdims=True)
    ratios: NDArray[np.float64] = shares / (of_others / of_others.sum())
    return ratios


# fmt: off
_PICTURES: Final = (
    (
        80, 851, 2051, 1646, 955, 403, 148, 90, 58, 57, 54, 19, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ),
    (
        39, 791, 2697, 4069, 3602, 2322, 1476, 1028, 867, 776, 730, 353, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ),
    (
        3, 47, 179, 394, 446, 529, 684, 665, 725, 745, 850, 437, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ),
)
_OTHERS: Final = (
    0, 0, 5, 49, 192, 555, 1220, 2318, 3485, 4612, 5985, 8975, 14632, 21901, 26374, 23978,
    14631, 5637, 1359, 188, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
)
# fmt: on

_RATIOS: Final = _ratios(_PICTURES, _OTHERS)
"""Shape (grades, 32): from edits that blur little to those that leave hardly anything."""
