"""The registry as of one version, held in memory by a crawl."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace
from typing import Protocol, TypeVar

from domain.image import HashedImage, MatchedImage
from domain.signal import Agreement
from domain.video import VIDEO_SHARE
from matching.registry_snapshot import (
    RegistryIndex,
    apply_changes,
    constellations_after,
    drop_outdated,
    open_registry,
)
from matching.seen_in_video import frames_of_videos, seen_in_any
from matching.sighted_images import SightedImages
from pipelines.place_matcher import PlaceMatcher, SeenByPlaces, always_least
from storage.database import Database
from storage.registry import RegistryChanges, changes_since

_log = logging.getLogger(__name__)
T = TypeVar("T")


class InThread(Protocol):
    """Does something with the database, off the event loop."""

    def __call__(self, work: Callable[[Database], T], /) -> Awaitable[T]:
        """Return what ``work`` gives."""
        ...


class Matcher:
    """Compares images with every registration; caught up whenever the registry has moved."""

    def __init__(
        self,
        database: Database,
        in_thread: InThread,
        *,
        match_distance: int,
        video_share: int = VIDEO_SHARE,
        strength_wanted: Callable[[int], float] = always_least,
        embedding_least: float | None = None,
    ) -> None:
        """Hold nothing yet; ``embedding_least`` is None where no embeddings are made."""
        self._database = database
        self._in_thread = in_thread
        self._match_distance = match_distance
        self._video_share = video_share
        self._embedding_least = embedding_least
        self._registry: RegistryIndex | None = None
        self._opening: asyncio.Task[RegistryIndex] | None = None
        self._catching_up = asyncio.Lock()
        self._places = PlaceMatcher(strength_wanted, self._frames_of)

    def get_ready(self) -> None:
        """Begin to read the registry: an image is on its way that will be compared with it."""
        if self._registry is None and self._opening is None:
            self._opening = asyncio.get_running_loop().create_task(self._opened())
            # Whatever keeps it from being read is met again, and told, by the image itself.
            self._opening.add_done_callback(lambda task: task.cancelled() or task.exception())

    async def match(
        self, hashed: HashedImage, *, before: MatchedImage | None = None
    ) -> MatchedImage:
        """Compare an image with the registry as it is held now.

        ``before`` is how it was matched with an earlier version, if it was: whoever hashed it has
        let it go since, and what was looked for in it is not looked for again.
        """
        held = self._registry or await self._opened()
        near = held.index.search(hashed.signals, pdq_distance=self._match_distance)
        # Also those that the next step leaves out: of a registered video, a frame that is in many
        # others is not more of it for being looked at again.
        known = {agreement.registration_id for agreement in near}
        if near and hashed.signals.frames:
            near = await self._in_thread(
                lambda database: seen_in_any(
                    database,
                    hashed.signals,
                    near,
                    pdq_distance=self._match_distance,
                    video_share=self._video_share,
                )
            )
        seen = SeenByPlaces()
        if held.constellations is not None:
            seen = await self._places.seen(held.constellations, hashed, known=known, before=before)
        alike = await self._alike(held, hashed)
        return MatchedImage(
            hashed,
            (*near, *seen.agreements, *alike),
            held.version,
            seen.looked,
            seen.wanted,
            seen.places,
        )

    async def catch_up(self, *, beyond: int) -> None:
        """Take in what was registered and withdrawn since a version, unless that is done already.

        Many images may wait here for the same change.
        """
        held = await self._opened()
        async with self._catching_up:
            held = self._registry or held  # somebody else may have caught up meanwhile
            if held.version > beyond:
                return
            changes = await self._in_thread(lambda database: _changes(database, held.version))
            if changes.withdrawn:
                await self._in_thread(_erase_from_snapshots)
            apply_changes(held.index, changes)
            constellations = await self._places.do(
                lambda: constellations_after(held.constellations, changes)
            )
            if held.embeddings is not None:
                embeddings = held.embeddings
                await self._places.do(lambda: embeddings.apply(changes))
            self._registry = replace(held, version=changes.version, constellations=constellations)

    async def _alike(self, held: RegistryIndex, hashed: HashedImage) -> tuple[Agreement, ...]:
        """Give what agrees by its embedding, in the thread in which these are changed as well."""
        embeddings, made = held.embeddings, hashed.signals.embedding
        least = self._embedding_least
        if embeddings is None or made is None or least is None:
            return ()
        return await self._places.do(lambda: embeddings.agreeing(made, least))

    async def _frames_of(self, registrations: Collection[int]) -> dict[int, int]:
        return await self._in_thread(lambda database: frames_of_videos(database, registrations))

    async def _opened(self) -> RegistryIndex:
        """Give the registry as it is held, read by whichever image comes first."""
        async with self._catching_up:
            if self._registry is None:
                # A large one may take a minute the first time, and the crawl's heartbeat must not
                # wait behind it.
                self._registry = await asyncio.to_thread(
                    open_registry,
                    self._database,
                    with_embeddings=self._embedding_least is not None,
                )
            return self._registry


def _erase_from_snapshots(database: Database) -> None:
    """Take what was withdrawn out of this machine's files: there may be no scheduler here."""
    try:
        drop_outdated(database)
        SightedImages(database.snapshots).forget(database)
    except OSError as error:  # a full disk; the scheduler and the next crawl try again
        _log.warning("Withdrawn signals could not be erased from files: %s", error.strerror)


def _changes(database: Database, version: int) -> RegistryChanges:
    with database.reading() as session:
        return changes_since(session, version)
