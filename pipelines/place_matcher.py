"""Registered pictures in found images, edited as they may be: proposed, looked at again, judged.

Proposing takes some milliseconds of a core. That is done in one thread beside the event loop, where
also everything is changed that it reads.
"""

import asyncio
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from domain.errors import HashingLost
from domain.image import HashedImage, MatchedImage
from domain.places import FramePlaces
from domain.signal import Agreement, SignalType

if TYPE_CHECKING:
    from matching.registered_constellations import Proposed, RegisteredConstellations

T = TypeVar("T")

LEAST_STRENGTH: Final = 6.0
"""Strength from which a picture counts as seen, where nobody says: a million to one."""


def always_least(_photos: int) -> float:
    """Want the same strength however many photos are registered."""
    return LEAST_STRENGTH


@dataclass(frozen=True, slots=True)
class SeenByPlaces:
    """What is in an image by its places.

    ``looked``: registrations that were looked for. ``wanted``: those that may be in it and that
    nobody can look for any more.
    """

    agreements: tuple[Agreement, ...] = ()
    looked: frozenset[int] = frozenset()
    wanted: tuple[int, ...] = ()


class PlaceMatcher:
    """Compares the places of images with registered constellations.

    Args:
        strength_wanted: gives the strength from which a picture counts as seen, by how many
            are registered.
    """

    def __init__(self, strength_wanted: Callable[[int], float] = always_least) -> None:
        self._strength_wanted = strength_wanted
        self._thread = ThreadPoolExecutor(1, "places")

    async def do(self, work: Callable[[], T]) -> T:
        """Do something with what is registered, when nothing else is done with it."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def seen(
        self,
        registered: "RegisteredConstellations",
        image: HashedImage,
        *,
        known: Collection[int],
        before: MatchedImage | None = None,
    ) -> SeenByPlaces:
        """Say which registered pictures are to be seen in an image.

        Args:
            registered: what it is compared with.
            image: what is compared.
            known: registrations that are known to be in it; they are not looked for.
            before: how it was matched with an earlier version of the registry. What was looked for
                then is not looked for again: the image may have been let go since.
        """
        held = image.held
        if held is None or not held.found:
            return SeenByPlaces()
        earlier = SeenByPlaces() if before is None else await self._still(registered, before, known)
        but_for = earlier.looked.union(known)
        proposed = await self.do(lambda: _proposed(registered, held.found, but_for))
        wanted_strength = self._strength_wanted(len(registered))
        agreements = list(earlier.agreements)
        looked, lost = set(earlier.looked), set[int]()
        for number, pictures in enumerate(proposed):
            if not pictures:
                continue
            ids = {each.registration_id for each in pictures}
            try:
                looks = await held.look(number, [each.wanted() for each in pictures])
            except HashingLost:
                lost |= ids
                continue
            looked |= ids
            from matching.registered_constellations import agreeing  # noqa: PLC0415 - is loaded

            agreements += agreeing(
                held.found[number], pictures, looks, least_strength=wanted_strength
            )
        seen = {agreement.registration_id for agreement in agreements}
        return SeenByPlaces(tuple(agreements), frozenset(looked), tuple(sorted(lost - seen)))

    async def _still(
        self,
        registered: "RegisteredConstellations",
        before: MatchedImage,
        known: Collection[int],
    ) -> SeenByPlaces:
        """Give what was seen before, but for what was withdrawn since."""
        there = await self.do(lambda: registered.those_of(before.looked))
        agreements = tuple(
            agreement
            for agreement in before.agreements
            if agreement.type is SignalType.CONSTELLATION
            and agreement.registration_id in there
            and agreement.registration_id not in known
        )
        return SeenByPlaces(agreements, there)


def _proposed(
    registered: "RegisteredConstellations", found: tuple[FramePlaces, ...], but_for: Collection[int]
) -> list[list["Proposed"]]:
    return [registered.propose(frame, but_for=but_for) for frame in found]
