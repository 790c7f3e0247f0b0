"""How strongly a second look speaks for a registered picture: one number for all that was seen.

Each place in view is more likely at its distance if the picture is there, or if it is not. How an
edit blurs what it leaves, and how much it covers, is not known, so every grade of either counts as
much as reposts have it.

That alone would be fooled by what two pictures really share: a logo, a floor, a hook on a wall. It
is seen again beyond doubt, and still the rest of the picture is another. So the evidence is
bounded, counts less where little of what is in view is seen, and less beside the middle. Places of
one spot count as little more than one. Where something drawn lies over the places that are not
seen, and none over those that are, it counts more: what is covered may well be there.

The number is a logarithm: 6 says that a repost is a million times likelier to look like this than a
picture of something else.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from domain.places import SecondLook
from signals.constellation import REGISTERED_SIDE, Constellation
from signals.place_bits import BITS

LEAST_IN_VIEW: Final = 3
"""Places in view below which nothing is said: fewer lie in one line with anything."""

SEEN_BITS: Final = 30
"""Bits up to which a place counts as seen. Of other pictures, one in twenty-five is."""

MOST_ODDS: Final = 15.0
"""What the places can say taken each for itself, however many there are."""

VERSION: Final = 2
"""Strengths of different versions mean different things; a calibration is of one."""

# Fitted to 1,595 looks at 1,440 reposts of 72 photos, and to 444 looks at photos of something else
# that places alone had taken in, of 710 photos and those reposts.
_START: Final = 2.40
_OF_ODDS: Final = 0.147
_OF_SHARE: Final = 0.179
_OF_MIDDLE: Final = 6.91
_OF_DRAWN: Final = 4.0

_GRID: Final = (np.arange(12) + 0.5) / 12
_SPOTS: Final = np.stack(np.meshgrid(_GRID, _GRID), axis=-1).reshape(-1, 2)
_MIDDLE: Final = np.exp(((_SPOTS - 0.5) ** 2).sum(axis=1) / (-2 * 0.25**2))
_AROUND: Final = 0.08
_ONE_SPOT: Final = 0.05

_BIN: Final = 4
_SHARES_SEEN: Final = np.array([0.1, 0.2, 0.35, 0.5, 0.7, 0.9])
_SHARE_ODDS: Final = np.array([0.08, 0.12, 0.2, 0.2, 0.2, 0.2])
_NATURAL: Final = math.log(10)


def strength(look: SecondLook, picture: Constellation) -> float:
    """Say how strong the evidence of a second look is: a logarithm to base 10.

    Args:
        look: what was seen of the picture.
        picture: what was looked for.

    Returns:
        Below 0 where it speaks against the picture; minus infinity with too few places in view.
    """
    if look.in_view.sum() < LEAST_IN_VIEW:
        return -math.inf
    alone = _odds(look.distances[look.in_view], _crowding(picture, look.in_view))
    if alone <= 0:
        return alone
    seen = look.in_view & (look.distances <= SEEN_BITS)
    everywhere, middle = _covered(picture, look.in_view, seen)
    bounded = MOST_ODDS * math.tanh(alone / MOST_ODDS)
    share = float(seen.sum() / look.in_view.sum())
    weighed = _START + _OF_ODDS * bounded + _OF_SHARE * share * bounded
    covered = max(0.0, _drawn_over(look, seen))
    return min(alone, weighed + _OF_MIDDLE * (middle - everywhere) + _OF_DRAWN * covered)


def _odds(distances: NDArray[np.uint8], crowding: NDArray[np.floating]) -> float:
    """Give the logarithm of the odds of what is seen, each place for itself or its share of one."""
    bins = np.minimum(distances // _BIN, BITS // _BIN - 1)
    ratios = _RATIOS[:, bins]  # (grade, place)
    shares = _SHARES_SEEN[:, np.newaxis, np.newaxis]
    odds = (np.log(shares * ratios + (1 - shares)) / crowding).sum(axis=2)  # (share, grade)
    weighted = odds + np.log(_SHARE_ODDS)[:, np.newaxis] - math.log(len(_RATIOS))
    return float(np.logaddexp.reduce(weighted, axis=None)) / _NATURAL


def _crowding(picture: Constellation, in_view: NDArray[np.bool_]) -> NDArray[np.floating]:
    """Say how many places in view share the spot of each: along one line, all look like another."""
    at = picture.places[in_view, :2].astype(np.float64) / REGISTERED_SIDE
    apart = ((at[:, np.newaxis] - at) ** 2).sum(axis=2)
    crowding: NDArray[np.floating] = np.exp(apart / (-2 * _ONE_SPOT**2)).sum(axis=1)
    return crowding


def _covered(
    picture: Constellation, in_view: NDArray[np.bool_], seen: NDArray[np.bool_]
) -> tuple[float, float]:
    """Give the share that is seen of what is in view: by area, and by area around the middle."""
    at = picture.places[:, :2] / np.array([picture.width, picture.height], np.float32)
    # Each place stands for what lies around it, so that a crowd of places counts no more than one.
    near = np.exp(((_SPOTS[:, np.newaxis] - at) ** 2).sum(axis=2) / (-2 * _AROUND**2))
    of_view = near[:, in_view].max(axis=1)
    of_seen = near[:, seen].max(axis=1, initial=0)
    everywhere = of_seen.sum() / of_view.sum()
    return float(everywhere), float((of_seen * _MIDDLE).sum() / (of_view * _MIDDLE).sum())


def _drawn_over(look: SecondLook, seen: NDArray[np.bool_]) -> float:
    """Give the share of places in view that are drawn over, less that of places that are seen.

    So screenshots of one app, whose frame is drawn as what is in it is, gain nothing.
    """
    over = float((look.drawn & look.in_view & ~seen).sum() / look.in_view.sum())
    return over - float(look.drawn[seen].mean()) if seen.any() else 0.0


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
