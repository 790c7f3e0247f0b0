"""Which places of registered pictures are seen in an image that is of something else, by a look.

Loads compiled code, so it is imported only where a constellation is registered.
"""

from collections.abc import Collection, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from domain.muting import SeenPlaces
from domain.places import SecondLook
from domain.signal import MIN_PLACES
from matching.proposed_pictures import Proposed
from signals.constellation import Constellation
from signals.strength import SEEN_BITS

LEAST_SEEN: Final = 4
"""Places below which nothing is shared: one in twenty-five is seen of any picture, by chance."""

MOST_SEEN: Final = 0.5
"""Share of what is in view that something shared has at most. An edited repost shows most of it."""

MOST_COVERED: Final = 0.5
"""Share of the picture around what is in view, likewise: reposts show places all over it."""

_GRID: Final = (np.arange(12) + 0.5) / 12
_SPOTS: Final = np.stack(np.meshgrid(_GRID, _GRID), axis=-1).reshape(-1, 2)
_REACH: Final = 0.12
"""How far around a place the picture counts as seen, in shares of its sides."""


def places_seen(
    proposed: Sequence[Proposed],
    looks: Sequence[SecondLook | None],
    flagged: Collection[int],
) -> list[SeenPlaces]:
    """Say which places are seen of the registered pictures that were looked for in one frame.

    Args:
        proposed: what was looked for.
        looks: what was seen of each; None of what was not worth a full look.
        flagged: registrations that count as seen in the frame.

    Returns:
        Those of pictures that are flagged, for whoever rejects that; and of others, if they share
        one spot with the frame and the rest of them is not in it. One of each picture, the most.
    """
    found: dict[tuple[int, int | None], SeenPlaces] = {}
    for each, look in zip(proposed, looks, strict=True):
        if look is None:
            continue
        seen = look.in_view & (look.distances <= SEEN_BITS)
        is_flagged = each.registration_id in flagged
        if not (is_flagged or shares_one_spot(each.picture, look.in_view, seen)):
            continue
        made = SeenPlaces(
            each.registration_id, each.at_ms, _as_number(seen), len(each.picture), is_flagged
        )
        before = found.get((each.registration_id, each.at_ms))
        if before is None or made.places.bit_count() > before.places.bit_count():
            found[each.registration_id, each.at_ms] = made
    return list(found.values())


def shares_one_spot(
    picture: Constellation, in_view: NDArray[np.bool_], seen: NDArray[np.bool_]
) -> bool:
    """Say whether what is seen of a picture is something that it shares with another.

    Most of the picture must be in view, and most of that not be seen. Of an edited repost that is
    too weak to be flagged, places are seen all over, or what is not seen is cut off.
    """
    if seen.sum() < LEAST_SEEN or in_view.sum() < MIN_PLACES:
        return False
    if seen.sum() > MOST_SEEN * in_view.sum():
        return False
    at = picture.places[:, :2] / np.array([picture.width, picture.height], np.float32)
    near = ((_SPOTS[:, np.newaxis] - at) ** 2).sum(axis=2) <= _REACH**2
    of_view, of_seen = near[:, in_view].any(axis=1).sum(), near[:, seen].any(axis=1).sum()
    return bool(of_seen <= MOST_COVERED * of_view)


def _as_number(places: NDArray[np.bool_]) -> int:
    return sum(1 << int(place) for place in np.flatnonzero(places))
