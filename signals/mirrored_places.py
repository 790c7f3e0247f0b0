"""Where the places of an image lie in its mirror image.

Loads nothing that is compiled: whoever reads a worker's answer works them out as well.
"""

import numpy as np
from numpy.typing import NDArray

_X = 0
_DIRECTION = 3


def mirrored_places(places: NDArray[np.float32], width: int) -> NDArray[np.float32]:
    """Mirror places left to right.

    Args:
        places: shape (n, 4), columns as `signals.places.with_directions` gives them.
        width: of the image, in the places' pixels.

    Returns:
        Float32, shape (n, 4), in the same order.
    """
    turned = places.copy()
    turned[:, _X] = width - 1 - turned[:, _X]
    turned[:, _DIRECTION] = (180 - turned[:, _DIRECTION]) % 360
    return turned
