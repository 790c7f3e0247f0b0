"""Registered pictures in found images, edited as they may be: proposed, looked at again, judged.

Proposing takes some milliseconds of a core. That is done in one thread beside the event loop, where
also everything is changed that it reads.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from domain.errors import HashingLost
from domain.image import HashedImage, MatchedImage
from domain.muting import SeenPlaces
from domain.places import FramePlaces
from domain.signal import MIN_PDQ_QUALITY, Agreement, ImageSignals, SignalType
from pipelines.edited_videos import FramesSeen

if TYPE_CHECKING:
    from matching.proposed_pictures import Proposed
    from matching.registered_constellations import RegisteredConstellations

T = TypeVar("T")

LEAST_STRENGTH: Final = 4.5
"""Strength from which a picture counts as seen where no calibration can be read."""


def always_least(_photos: int) -> float:
    """Want the same strength however many photos are registered."""
    return LEAST_STRENGTH


async def _several(_registrations: Collection[int]) -> Mapping[int, int]:
    """Take every registered video for one of several frames."""
    return {}


@dataclass(frozen=True, slots=True)
class SeenByPlaces:
    """What is in an image by its places.

    ``looked``: registrations that were looked for, in each frame that may show them. ``wanted``:
    those that may be in it and that nobody can look for any more. ``places``: what is seen of
    those that are flagged, and of others that share something with it.
    """

    agreements: tuple[Agreement, ...] = ()
    looked: frozenset[int] = frozenset()
    wanted: tuple[int, ...] = ()
    places: tuple[SeenPlaces, ...] = ()


class PlaceMatcher:
    """Compares the places of images with registered constellations.

    Args:
        strength_wanted: gives the strength from which a picture counts as seen, by how many
            are registered.
        frames_of: counts the frames of registered videos, by their ids; those that it leaves out
            have several.
    """

    def __init__(
        self,
        strength_wanted: Callable[[int], float] = always_least,
        frames_of: Callable[[Collection[int]], Awaitable[Mapping[int, int]]] = _several,
    ) -> None:
        self._strength_wanted = strength_wanted
        self._frames_of = frames_of
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
                then is not looked for again: the image may have been let go since. What was wanted
                then and is not seen now is wanted still.
        """
        held = image.held
        if held is None or not held.found:
            return SeenByPlaces()
        earlier = SeenByPlaces() if before is None else await self._still(registered, before, known)
        but_for = earlier.looked.union(known)
        proposed = await self.do(lambda: _proposed(registered, held.found, but_for))
        wanted_strength = self._strength_wanted(len(registered))
        agreements = list(earlier.agreements)
        places = list(earlier.places)
        looked, lost = set(earlier.looked), set(earlier.wanted)
        in_videos = FramesSeen()
        for number, pictures in enumerate(proposed):
            if not pictures:
                continue
            ids = {each.registration_id for each in pictures}
            try:
                looks = await held.look(number, [each.wanted() for each in pictures])
            except HashingLost:
                lost |= ids
                continue
            looked |= ids  # also what a glance had to do for
            from matching.proposed_pictures import (  # noqa: PLC0415 - is loaded
                agreeing,
                video_frames_seen,
            )
            from matching.recurring_places import places_seen  # noqa: PLC0415 - is loaded

            here = agreeing(held.found[number], pictures, looks, least_strength=wanted_strength)
            agreements += here
            places += places_seen(pictures, looks, {each.registration_id for each in here})
            in_videos.add(
                number, video_frames_seen(pictures, looks, least_strength=wanted_strength)
            )
        too_few = await self._too_few(in_videos, image.signals)
        seen = {agreement.registration_id for agreement in agreements} - too_few
        wanted = lost - seen
        return SeenByPlaces(
            tuple(each for each in agreements if each.registration_id in seen),
            frozenset(looked - wanted),
            tuple(sorted(wanted)),
            one_of_each(places, seen),
        )

    async def _too_few(self, in_videos: FramesSeen, found: ImageSignals) -> frozenset[int]:
        """Give the registered videos of which too few frames are seen in what moves."""
        if not found.frames or not in_videos.registrations:
            return frozenset()
        return in_videos.too_few(
            of_found=sum(frame.pdq_quality >= MIN_PDQ_QUALITY for frame in found.frames),
            of_registered=await self._frames_of(in_videos.registrations),
        )

    async def _still(
        self,
        registered: "RegisteredConstellations",
        before: MatchedImage,
        known: Collection[int],
    ) -> SeenByPlaces:
        """Give what was seen and wanted before, but for what was withdrawn since."""
        both = before.looked.union(before.wanted_looks)
        there = await self.do(lambda: registered.those_of(both))
        agreements = tuple(
            agreement
            for agreement in before.agreements
            if agreement.type is SignalType.CONSTELLATION
            and agreement.registration_id in there
            and agreement.registration_id not in known
        )
        wanted = there.intersection(before.wanted_looks).difference(known)
        places = tuple(
            each
            for each in before.places_seen
            if each.registration_id in there and each.registration_id not in known
        )
        return SeenByPlaces(agreements, there - wanted, tuple(sorted(wanted)), places)


def one_of_each(places: Iterable[SeenPlaces], flagged: Collection[int]) -> tuple[SeenPlaces, ...]:
    """Choose, of all frames of an image, where most is seen of each picture.

    ``flagged`` are the registrations that are seen in the image. One that is seen in a frame and is
    not flagged for it, since too little of a video is seen, is left out: it is neither.
    """
    best: dict[tuple[int, int | None], SeenPlaces] = {}
    for each in places:
        if each.flagged != (each.registration_id in flagged):
            continue
        shown = each.registration_id, each.at_ms
        if shown not in best or each.places.bit_count() > best[shown].places.bit_count():
            best[shown] = each
    return tuple(best.values())


def _proposed(
    registered: "RegisteredConstellations", found: tuple[FramePlaces, ...], but_for: Collection[int]
) -> list[list["Proposed"]]:
    return [registered.propose(frame, but_for=but_for) for frame in found]
