"""One image file under several addresses: photo.jpg, photo.jpg?1699000000 and photo.jpg?v=2."""

import asyncio
from collections.abc import Mapping

from domain.file_address import without_edition
from pipelines.visit import AddressResult


class SameFiles:
    """Says which image an address shows that differs from an earlier one by its edition only."""

    def __init__(self, addresses: Mapping[str, asyncio.Future[AddressResult]]) -> None:
        """Look at ``addresses``, those met in this crawl, with how each ends."""
        self._addresses = addresses
        self._editions: dict[str, str] = {}

    async def image_of(self, address: str) -> int | None:
        """Return the image's id, or None if the file was not met before or gave no image."""
        plain = without_edition(address) if "?" in address else None
        if plain is None:
            twin = self._editions.get(address)
        else:
            twin = plain if plain in self._addresses else self._editions.get(plain)
            self._editions.setdefault(plain, address)
        return None if twin is None else (await self._addresses[twin]).image_id
