"""How a registered picture lies in a found image of which a part agreed by PDQ."""

from typing import Final

from domain.evidence import pdq_figure
from domain.laid import Laid
from domain.signal import View

_QUARTERS: Final = {
    View.UPRIGHT: (0, False),
    View.TURNED_90: (1, False),
    View.TURNED_180: (2, False),
    View.TURNED_270: (3, False),
    View.MIRRORED: (0, True),
    View.MIRRORED_90: (1, True),
    View.MIRRORED_180: (2, True),
    View.MIRRORED_270: (3, True),
}
"""By how many quarters a view is turned anticlockwise, and whether it was mirrored before."""

_WHOLE: Final = (0.0, 0.0, 1.0, 1.0)


def laid_in(box: tuple[float, float, float, float], view: View, distance: int) -> Laid:
    """Say how a registered picture lies in a found image.

    Args:
        box: of the part that agreed: left, top, right and bottom, as fractions of the found image.
        view: the registered one with which the part agreed.
        distance: of both, in bits.
    """
    left, top, right, bottom = box
    corners = ((left, top), (right, top), (right, bottom), (left, bottom))
    quarters, mirrored = _QUARTERS[view]
    # The registered picture's corners from its top left one clockwise, where they come to lie.
    order = (1, 0, 3, 2) if mirrored else (0, 1, 2, 3)
    laid = tuple(corners[(corner - quarters) % 4] for corner in order)
    return Laid(pdq_figure(distance), mirrored, laid, _WHOLE, seen=0, in_view=0)
