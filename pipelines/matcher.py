"""The registry as of one version, held in memory by a crawl."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from sqlalchemy.orm import Session

from domain.image import HashedImage, MatchedImage
from signals.index import SignalIndex
from storage.registry import RegistryChanges, changes_since


class Read(Protocol):
    """Asks the database something, off the event loop."""

    def __call__(
        self, question: Callable[[Session], RegistryChanges], /
    ) -> Awaitable[RegistryChanges]:
        """Return the answer to ``question``."""
        ...


class Matcher:
    """Compares images with every registration; caught up whenever the registry has moved."""

    def __init__(self, read: Read, *, match_distance: int) -> None:
        self._read = read
        self._match_distance = match_distance
        self._index = SignalIndex()
        self._version = 0
        self._loaded = False
        self._catching_up = asyncio.Lock()

    async def match(self, hashed: HashedImage) -> MatchedImage:
        """Compare an image with the registry as it is held now."""
        if not self._loaded:
            await self.catch_up()
        near = self._index.search(hashed.signals, pdq_distance=self._match_distance)
        return MatchedImage(hashed, near, self._version)

    async def catch_up(self) -> None:
        """Take in what was registered and withdrawn since the version held."""
        async with self._catching_up:
            held = self._version
            changes = await self._read(lambda session: changes_since(session, held))
            for registration_id in changes.withdrawn:
                self._index.remove(registration_id)
            for registration_id, signal in changes.added:
                self._index.add(registration_id, signal)
            self._version = changes.version
            self._loaded = True
