"""Archives: each picture within one is a reference of its own, which enters the line here."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import cast

from domain.errors import Undecodable
from domain.file_address import member_address
from domain.image import ImageReference, Outcome
from pipelines.visit import Brought, Visit
from signals.archives import ArchiveMember
from storage.archive_members import mark_members_gone, members_on

Enter = Callable[[ImageReference], Awaitable[None]]
"""Sends a reference down the whole line, and returns when it has ended."""


@dataclass(frozen=True, slots=True)
class Unpacked:
    """How an archive ends, and why; ``whole``: unpacked again, it would give nothing more."""

    outcome: Outcome
    reason: str | None
    whole: bool


@dataclass(frozen=True, slots=True)
class Within:
    """The addresses of the pictures in an archive; ``whole``: there are certainly no others."""

    addresses: tuple[str, ...]
    whole: bool


class ArchiveMembers:
    """Sends what lies in an archive down the line, one picture at a time.

    A picture is sighted on the page that links to the archive, at the archive's address, ``#`` and
    its own name. So a caseworker sees where the collection was shared, and which file it is in.
    """

    def __init__(self, visit: Visit, enter: Enter) -> None:
        self._visit = visit
        self._enter = enter
        self._within: dict[str, Within] = {}

    async def unpack(self, item: ImageReference, body: bytes) -> Unpacked:
        """Send each picture within an archive down the line; return how the archive itself ends."""
        taken: dict[str, None] = {}
        pictures, broken = 0, None
        try:
            most = self._visit.config.max_image_bytes
            unpacked = self._visit.pool.members(body, member_bytes=most)
            async with aclosing(cast("AsyncGenerator[ArchiveMember]", unpacked)) as members:
                async for member in members:
                    if self._visit.stopping:
                        broken = "The crawl was stopped before all of the archive was read."
                        break
                    pictures += await self._take(item, member, taken)
                    del member  # or its bytes would stay while the next one is unpacked
        except Undecodable as error:
            broken = str(error)
        self._within[item.address] = Within(tuple(taken), whole=broken is None)
        if broken is None:
            await self._others_are_gone(item, taken)
        elif self._visit.stopping:
            return Unpacked(Outcome.FAILED, broken, whole=False)
        whole = broken is None and not any(map(self._is_to_come_again, taken))
        if pictures:
            return Unpacked(Outcome.HASHED, broken, whole)
        reason = broken or "It is an archive that holds no picture."
        return Unpacked(Outcome.UNDECODABLE, reason, whole)

    async def sighted(self, item: ImageReference) -> list[str]:
        """Return the addresses of the pictures that are known to be in an archive on its page."""
        return await self._visit.read(
            lambda s: members_on(s, self._visit.site_id, item.page_url, item.address)
        )

    async def sight_again(self, item: ImageReference, addresses: Sequence[str]) -> None:
        """Send the pictures of an archive that was not unpacked again down the line."""
        self._within.setdefault(item.address, Within(tuple(addresses), whole=True))
        for address in addresses:
            self._visit.found()
            await self._enter(_member(item, address))

    async def sight_on_this_page_too(self, item: ImageReference) -> None:
        """Send the pictures of an archive that another page of this crawl has linked to."""
        within = self._within.get(item.address)
        if within is None:
            return
        await self.sight_again(item, within.addresses)
        if within.whole:
            await self._others_are_gone(item, within.addresses)

    async def gone(self, item: ImageReference) -> None:
        """Record that the archive is gone, and all that was in it."""
        self._within[item.address] = Within((), whole=True)
        await self._others_are_gone(item, ())

    def _is_to_come_again(self, address: str) -> bool:
        """Say whether a member was lost on its way, by no fault of its own."""
        ended = self._visit.addresses.get(address)
        return ended is not None and not (ended.done() and not ended.result().again)

    async def _take(
        self, item: ImageReference, member: ArchiveMember, taken: dict[str, None]
    ) -> bool:
        """Send one member down the line; say whether it is a picture, as far as one can tell."""
        if not member.name:  # about many of them, or about the archive
            self._visit.note(
                "image", Outcome.UNDECODABLE.value, item.address, member.reason or "not read"
            )
            return False
        address = member_address(item.address, member.name)
        number = 1
        while address in taken:  # archives may hold two files of one name
            number += 1
            address = member_address(item.address, f"{member.name}~{number}")
        taken[address] = None
        reference = _member(item, address)
        self._visit.found()
        if member.body is None:
            await self._visit.ended(reference, Outcome.UNDECODABLE, member.reason)
            return False
        self._visit.brought[address] = Brought(member.body)
        await self._enter(reference)
        return True

    async def _others_are_gone(self, item: ImageReference, still: Collection[str]) -> None:
        await self._visit.write(
            lambda s: mark_members_gone(
                s,
                self._visit.site_id,
                item.page_url,
                item.address,
                still=still,
                now=self._visit.now(),
            )
        )


def _member(item: ImageReference, address: str) -> ImageReference:
    return replace(
        item, url=address, address=address, found_in="archive", links_to=None, awaited=False
    )
