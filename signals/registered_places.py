"""The constellation signals of what is registered: of a picture, or of some frames of a video.

Loads compiled code, so it is imported only where something is registered.
"""

from collections.abc import Iterable

from PIL import Image

from domain.signal import MIN_PLACES, NoConstellation, Signal, SignalType
from signals.constellation import constellation_of
from signals.place_bits import PlanesLostError, planes
from signals.scale_space import Workspace
from signals.self_test import self_test


def constellations(
    shown: Iterable[tuple[int | None, Image.Image]],
) -> tuple[tuple[Signal, ...], NoConstellation | None]:
    """Make the constellation signals of a picture, or of frames with their moments.

    Args:
        shown: mode "L", upright and in proportion, each with the milliseconds from the beginning of
            its video; None for a still picture.

    Returns:
        A signal for each that has MIN_PLACES; and if there is none at all, why.
    """
    try:
        held = planes()
    except PlanesLostError:  # every other signal can be made without
        return (), NoConstellation.PLANES_LOST
    if self_test() is not None:  # others would not know its pictures again
        return (), NoConstellation.NUMBERS_DIFFER
    workspace = Workspace()
    signals = []
    for at_ms, grey in shown:
        found = constellation_of(grey, held, workspace)
        if len(found) >= MIN_PLACES:
            signals.append(Signal(SignalType.CONSTELLATION, found.packed().hex(), at_ms=at_ms))
    return tuple(signals), None if signals else NoConstellation.TOO_LITTLE_DETAIL
