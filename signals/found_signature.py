"""The few dozen of a found image's places that are stored, for registrations still to come.

Those of a registered picture are chosen by trying edits, which takes ten times as long as finding
places. Of a found image those are stored that a registered picture of it is likely to have as well:
coarse ones, since every copy that is still worth posting shows them, that look like no other place
of it and lie apart. They only propose: whether a picture is there, the image itself must say.

Loads compiled code, so it is imported only where places are looked for.
"""

from typing import Final

import numpy as np

from domain.places import FoundPlaces
from domain.signal import MIN_PLACES
from signals.constellation import (
    REGISTERED_SIDE,
    Constellation,
    in_registered_pixels,
    places_apart,
    unlike_others,
)

_FIRST_CHOICE: Final = 400
"""The coarsest, of which those are chosen: as good as all of them, in half the time."""

_FINE: Final = 0.3
_COARSE: Final = 3.2
"""Logarithms of blurs, in pixels of the image shrunk to REGISTERED_SIDE, that are worth least and
most: finer ones are lost in the first edit."""

_LEAST_COARSE: Final = 0.05
_ALIKE: Final = 16
_UNLIKE: Final = 36
_LEAST_UNLIKE: Final = 0.1
_APART: Final = 0.03
"""How near places make each other less valuable, as a share of the longer side."""


def signature_of(found: FoundPlaces) -> Constellation | None:
    """Choose the places of a found image that are stored; None if it has fewer than MIN_PLACES.

    Args:
        found: of the image as it lies. Those of its mirror image are not stored: each would take
            the room of another.
    """
    longest = max(found.width, found.height)
    coarsest = np.sort(np.argsort(-found.places[:, 2], kind="stable")[:_FIRST_CHOICE])
    places, bits = found.places[coarsest], found.bits[coarsest]
    blurs = places[:, 2] + np.log2(REGISTERED_SIDE / longest)
    coarse = ((blurs + _FINE) / (_COARSE + _FINE)).clip(0, 1) + _LEAST_COARSE
    unlike = unlike_others(places, bits)
    unique = ((unlike - float(_ALIKE)) / (_UNLIKE - _ALIKE)).clip(_LEAST_UNLIKE, 1)
    chosen = places_apart(places, coarse**2 * unique, _APART * longest)
    if len(chosen) < MIN_PLACES:
        return None
    size = found.width, found.height
    return in_registered_pixels(places[chosen], bits[chosen], size)
