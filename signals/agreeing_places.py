"""Which places of a registered picture are seen, in one arrangement, among those stored of another.

Loads compiled code, so it is imported only where there is something to compare.
"""

import numpy as np
from numpy.typing import NDArray

from domain.errors import InvalidInput
from signals.alignment import align
from signals.constellation import Constellation, unpack
from signals.place_bits import distances
from signals.place_index import MOST_DISTANCE


def agreeing(registered: Constellation, stored: bytes) -> NDArray[np.int64]:
    """Give the registered places that are seen in an image, all of them laid down in one way.

    Args:
        registered: the places of a picture.
        stored: the constellation of an image, as packed; in one of another version, none is seen.

    Returns:
        Which of the places, shape (n,); n is 0, or 2 or more.
    """
    try:
        seen = unpack(stored)
    except InvalidInput:
        return np.empty(0, np.int64)
    pairs = np.argwhere(distances(registered.bits, seen.bits) <= MOST_DISTANCE)
    worth = np.ones(len(pairs), np.float32)
    alignment = align(registered.places, seen.places, pairs, worth, mirrored=False)
    return np.empty(0, np.int64) if alignment is None else alignment.pairs[:, 0]
