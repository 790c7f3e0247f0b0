"""Places of a registered picture that also recur in images of something else, and so say nothing.

The frame of an app, a logo, a wallpaper: what is registered with a picture is seen wherever it is,
and that is no sign of the picture. Such places are muted: the rest has to speak for itself.

Sets of places are written as whole numbers, one bit a place: a picture has 42 at most.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from domain.signal import MIN_PLACES

LEAST_IMAGES: Final = 3
"""Images of something else in which a muted place was seen."""

LEAST_REJECTED: Final = 2
"""Those among them that were flagged, and rejected by a person. Where nobody has looked, the frame
of an app around ever new pictures cannot be told from a sticker over ever the same one."""

MOST_MUTED: Final = 0.5
"""Share of a picture's places. What remains finds it, whoever posts something to have it muted."""


@dataclass(frozen=True, slots=True)
class SeenPlaces:
    """Which places of a registered picture are seen in a found image.

    ``at_ms`` is where the picture lies in a registered video; None for a still one. ``places``: the
    set, of ``of`` that there are. ``flagged``: so much is seen that the image is flagged for it;
    otherwise they lie in one spot, and the rest is in view and not to be seen.
    """

    registration_id: int
    at_ms: int | None
    places: int
    of: int
    flagged: bool


@dataclass(frozen=True, slots=True)
class Muted:
    """Places of a registered picture that do not count, and in how many images they recur."""

    places: int
    of: int
    images: int

    @property
    def count(self) -> int:
        """How many they are."""
        return self.places.bit_count()


def muted(unrelated: Collection[int], rejected: Collection[int], *, of: int) -> Muted:
    """Say which places of a picture recur.

    Args:
        unrelated: the places that were seen in each image that was not flagged, and is not judged.
        rejected: those of each that was flagged, and rejected by a person.
        of: how many places the picture has.

    Returns:
        Those seen most often. At least MIN_PLACES and half of the picture remain: with fewer
        nothing could be flagged for it any more, and that is for a person to decide.
    """
    by_person, by_any = Counter[int](), Counter[int]()
    for images, counters in ((unrelated, (by_any,)), (rejected, (by_person, by_any))):
        for seen in images:
            for counter in counters:
                counter.update(_numbers(seen))
    recurring = [
        place
        for place in range(of)
        if by_person[place] >= LEAST_REJECTED and by_any[place] >= LEAST_IMAGES
    ]
    recurring.sort(key=lambda place: (-by_person[place], -by_any[place], place))
    most = max(0, min(int(of * MOST_MUTED), of - MIN_PLACES))
    places = sum(1 << place for place in recurring[:most])
    return Muted(places, of, sum(bool(seen & places) for seen in (*unrelated, *rejected)))


def _numbers(places: int) -> list[int]:
    return [place for place in range(places.bit_length()) if places >> place & 1]
