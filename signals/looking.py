"""What a worker does with places: it finds those of an image, and looks again for what is wanted.

Loads compiled code, so it is imported only where places are looked for.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Final

import numpy as np
from PIL import Image

from domain.errors import Undecodable
from domain.places import Alignment, FramePlaces, SecondLook, Wanted
from signals.constellation import REGISTERED_SIDE, Constellation, unpack
from signals.found_places import found_places, scaled_for_looking, space_of
from signals.found_signature import signature_of
from signals.place_bits import Planes, PlanesLostError, planes
from signals.scale_space import ScaleSpace, Workspace
from signals.second_look import glance, look_again
from signals.wire_places import MOST_FULL_LOOKS

MOST_SECONDS: Final = 2.0
"""Of processor time for the places of all frames of what moves; the first always has its own."""

_LEAST_LIKENESS: Final = 70
"""What a glance has to see (`signals.second_look.glance`) for a full look. Of 1,163 pictures that
full looks recognised it saw 98 or more; of what was something else it sees less in seven of ten
cases, and full looks are what a found image costs most of after its places."""

LEAST_PLACES: Final = 3
"""An image with fewer cannot have any picture proposed."""


def looking() -> "Looking | None":
    """Give what finds places, or None with the planes lost."""
    try:
        return Looking(planes())
    except PlanesLostError:
        return None


def looks(
    space: ScaleSpace, wanted: Sequence[tuple[Constellation, Alignment]], held: Planes
) -> list[SecondLook | None]:
    """Glance at all that is wanted, and look in full for the MOST_FULL_LOOKS of which most is seen.

    What a glance sees hardly anything of is not looked for any further. What is registered several
    times is looked for once, for all of them.

    Returns:
        One for each that is wanted, in order; None where a glance had to do.
    """
    same: dict[tuple[object, ...], list[int]] = {}
    for number, (picture, way) in enumerate(wanted):
        arrays = [array.tobytes() for array in (picture.places, picture.bits, way.map)]
        key = picture.width, picture.height, *arrays, way.mirrored
        same.setdefault(key, []).append(number)
    seen = [(-glance(space, *wanted[numbers[0]], held), numbers) for numbers in same.values()]
    worth = sorted(each for each in seen if each[0] <= -_LEAST_LIKENESS)
    given: list[SecondLook | None] = [None] * len(wanted)
    for _, numbers in worth[:MOST_FULL_LOOKS]:
        look = look_again(space, *wanted[numbers[0]], held)
        for number in numbers:
            given[number] = look
    return given


class Looking:
    """Finds places, and keeps what they were found in until it is let go.

    What is kept is grey and shrunken: at most `signals.found_places.MOST_PIXELS` of each frame. For
    one image at a time: the next one takes its memory.
    """

    def __init__(self, held: Planes) -> None:
        self._held = held
        self._workspace = Workspace()
        self._kept: list[Image.Image] = []
        self._space: tuple[int, ScaleSpace] | None = None

    def find(
        self, shown: Iterable[tuple[int | None, Callable[[], Image.Image]]]
    ) -> tuple[tuple[FramePlaces, ...], tuple[str | None, ...]]:
        """Find the places of an image, or of frames with their moments.

        Args:
            shown: what gives it in grey, mode "L", upright and in proportion, each with the
                milliseconds from the beginning of its video; None for a still picture.

        Returns:
            The places of those that have any to speak of; and of each shown the constellation to
            store, in hexadecimal, or None.
        """
        self.let_go()
        found: list[FramePlaces] = []
        constellations: list[str | None] = []
        ends = time.process_time() + MOST_SECONDS
        for at_ms, show in shown:
            constellations.append(None)
            if len(constellations) > 1 and time.process_time() > ends:
                continue
            try:
                scaled = scaled_for_looking(show())
                self._space = None  # it is of what is overwritten now
                space = space_of(scaled, self._workspace)
                upright, mirrored = found_places(space, self._held)
            except (Undecodable, MemoryError):  # all other signals are made without
                continue
            if len(upright) < LEAST_PLACES:
                continue
            self._space = len(found), space
            self._kept.append(scaled)
            found.append(FramePlaces(at_ms, upright, mirrored))
            if (signature := signature_of(upright)) is not None:
                constellations[-1] = signature.packed().hex()
        return tuple(found), tuple(constellations)

    def look(self, frame: int, wanted: Sequence[Wanted]) -> list[SecondLook | None]:
        """Look for what is wanted in one of the frames found; see `looks`.

        Raises:
            LookupError: there is no such frame, or it has been let go.
            InvalidInput: what is wanted is no constellation.
        """
        grey = self._kept[frame]
        if self._space is None or self._space[0] != frame:
            self._space = frame, space_of(grey, self._workspace)
        pictures = [(unpack(each.picture), each.alignment) for each in wanted]
        return looks(self._space[1], pictures, self._held)

    def warm_up(self, constellation: str) -> None:
        """Look for what the image just found has itself: what is first needed then is loaded."""
        scale = max(self._kept[0].size) / REGISTERED_SIDE
        way = np.array([[scale, 0, 0], [0, scale, 0]])
        nothing = np.empty((0, 2), np.int64)
        packed = bytes.fromhex(constellation)
        for mirrored in (False, True):
            alignment = Alignment(way, mirrored, nothing, 0.0)
            self.look(0, [Wanted(packed, alignment)])
            if self._space is not None:  # a glance sees too little of a mirrored one
                look_again(self._space[1], unpack(packed), alignment, self._held)

    def let_go(self) -> None:
        """Keep nothing any longer, neither shrunken nor blurred."""
        self._kept = []
        self._space = None
        self._workspace.clear()
