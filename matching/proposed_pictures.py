"""Registered pictures that may be in a found image, and what a second look at it says of them.

Loads compiled code, so it is imported only where a constellation is registered.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from domain.places import Alignment, FramePlaces, SecondLook, Wanted
from domain.signal import Agreement, SignalType, View
from signals.constellation import Constellation
from signals.laid_down import laid_down
from signals.strength import strength


@dataclass(frozen=True, slots=True)
class Proposed:
    """A registered picture, or a frame of a registered video, that may be in a found image.

    ``at_ms`` is where the frame lies in the registered video; None for a still picture. ``muted``
    are places that say nothing, shape (n,), as `domain.muting` has them; None if there are none.
    """

    registration_id: int
    picture: Constellation
    alignment: Alignment
    at_ms: int | None = None
    muted: NDArray[np.bool_] | None = None

    def counted(self, look: SecondLook) -> SecondLook:
        """Give what counts of a look: in it, muted places are neither seen nor missed."""
        if self.muted is None:
            return look
        return replace(look, in_view=look.in_view & ~self.muted)

    def wanted(self) -> Wanted:
        """Give what to look for."""
        return Wanted(self.picture.packed(), self.alignment)


def agreeing(
    frame: FramePlaces,
    proposed: Sequence[Proposed],
    looks: Sequence[SecondLook | None],
    *,
    least_strength: float,
) -> list[Agreement]:
    """Say which of the proposed pictures are in an image, or a frame, by a second look at it.

    Args:
        frame: the places of the image.
        proposed: what was looked for.
        looks: what was seen of each; None of what was not worth a full look.
        least_strength: how strongly it must speak for a picture, as `signals.strength` has it.

    Returns:
        One agreement for each registration, that of its strongest picture, in order of their ids.
    """
    found: dict[int, Agreement] = {}
    size = frame.upright.width, frame.upright.height
    for each, look in zip(proposed, looks, strict=True):
        if look is None:
            continue
        counted = each.counted(look)
        if (strong := strength(counted, each.picture)) < least_strength:
            continue
        before = found.get(each.registration_id)
        if before is not None and before.laid is not None and before.laid.strength >= strong:
            continue
        found[each.registration_id] = Agreement(
            each.registration_id,
            SignalType.CONSTELLATION,
            View.MIRRORED if look.mirrored else View.UPRIGHT,
            int(np.median(counted.distances[counted.in_view])),
            frame.at_ms,
            laid_down(counted, each.picture, size, strong),
        )
    return [found[registration_id] for registration_id in sorted(found)]


def video_frames_seen(
    proposed: Sequence[Proposed],
    looks: Sequence[SecondLook | None],
    *,
    least_strength: float,
) -> list[tuple[int, int]]:
    """Say which frames of registered videos are in an image: registrations, each with a moment.

    Arguments are those of `agreeing`, which gives one frame of each registration.
    """
    return [
        (each.registration_id, each.at_ms)
        for each, look in zip(proposed, looks, strict=True)
        if each.at_ms is not None
        and look is not None
        and strength(each.counted(look), each.picture) >= least_strength
    ]
