"""How much of a registered video is seen by its places in a found one, and whether that is enough.

Videos of one site share a title, and so do those of one camera's app: what is common to both is no
more of either for being edited. So the rule for whole frames (`domain.video`) holds here as well,
but for its share: of a found video a few frames are looked at, not all.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from domain.video import ENOUGH_FRAMES


class FramesSeen:
    """Frames of registered videos that are seen in a found one, as one after the other is met."""

    def __init__(self) -> None:
        self._of: defaultdict[int, set[tuple[int, int]]] = defaultdict(set)

    def add(self, found: int, seen: Iterable[tuple[int, int]]) -> None:
        """Note what is seen in a frame of the found video.

        Args:
            found: the number of that frame.
            seen: registrations, each with the moment of its own frame.
        """
        for registration_id, at_ms in seen:
            self._of[registration_id].add((found, at_ms))

    @property
    def registrations(self) -> frozenset[int]:
        """The registered videos of which anything is seen."""
        return frozenset(self._of)

    def too_few(self, *, of_found: int, of_registered: Mapping[int, int]) -> frozenset[int]:
        """Give the registered videos of which too little is seen.

        Args:
            of_found: frames of the found video that have enough in them to be hashed.
            of_registered: those of each registered one.
        """
        return frozenset(
            registration_id
            for registration_id, pairs in self._of.items()
            if min(len({found for found, _ in pairs}), len({at_ms for _, at_ms in pairs}))
            < _enough(of_found, of_registered.get(registration_id, ENOUGH_FRAMES))
        )


def _enough(of_found: int, of_registered: int) -> int:
    return max(1, min(ENOUGH_FRAMES, of_found, of_registered))
