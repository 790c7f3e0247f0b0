"""One type for each stage of the line from a page to a flagged match.

    ImageReference → FetchedImage → HashedImage → MatchedImage → rows
                   ↘ KnownImage  ────────────────────────────↗

A reference whose image is already known (unchanged since the last crawl, or met before in this
one) needs neither hashing nor matching: it leaves the fetch stage as a KnownImage.

Videos go the same way: to the line, a video is an image with frames. An archive ends in the fetch
stage; each picture within it is a reference of its own, which enters the line there.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol

from domain.muting import SeenPlaces
from domain.places import FramePlaces, SecondLook, Wanted
from domain.signal import Agreement, ImageSignals

MEGABYTE: Final = 1024 * 1024


def _nothing() -> None:
    """Do what there is to do when bytes are let go that take nobody's place."""


class Outcome(StrEnum):
    """How an image reference ends. Every reference found ends as exactly one of these."""

    HASHED = "hashed"
    DUPLICATE = "duplicate"
    UNCHANGED = "unchanged"
    TOO_SMALL = "too_small"
    UNDECODABLE = "undecodable"
    REFUSED = "refused"
    FAILED = "failed"


OUTCOME_MEANINGS = {
    Outcome.HASHED: "fetched, hashed and compared with every registration",
    Outcome.DUPLICATE: "the same address or the same bytes were already handled",
    Outcome.UNCHANGED: "the site says that it has not changed since the last crawl",
    Outcome.TOO_SMALL: "an icon or a spacer, too small to hold a picture",
    Outcome.UNDECODABLE: "the bytes are no picture that can be opened",
    Outcome.REFUSED: "a rule forbids fetching it: robots.txt, not public, too large",
    Outcome.FAILED: "could not be fetched; tried again at the next crawl",
}


@dataclass(frozen=True, slots=True)
class ImageReference:
    """A page's address and the address of an image on it, before fetching.

    ``url`` may be a ``data:`` address, which holds the image itself: it is never stored, logged
    or shown. ``address`` is what may be stored. ``links_to`` is the page or image that a click on
    it opens, if it stands within a link. ``awaited`` is False where the page itself does not know
    it for an image: it has linked to it as to a page.
    """

    page_url: str
    url: str = field(repr=False)
    address: str
    found_in: str
    depth: int = 0
    links_to: str | None = None
    awaited: bool = True


@dataclass(frozen=True, slots=True)
class Part:
    """How much was read of a file that is larger than is read, in bytes; ``whole`` if it said."""

    read: int
    whole: int | None = None

    def __str__(self) -> str:
        """Name the part, as in "the first 100 of 812 MB"."""
        of = "" if self.whole is None else f" of {math.ceil(self.whole / MEGABYTE):,}"
        return f"the first {self.read / MEGABYTE:,.0f}{of} MB"


def may_be_a_part(byte_size: int) -> bool:
    """Say whether what is known by so many bytes may be the beginning of a larger video.

    A part is as long as the limit under which it was read, a whole number of megabytes. Of other
    files, one in a million happens to have exactly so many.
    """
    return byte_size > 0 and byte_size % MEGABYTE == 0


@dataclass(frozen=True, slots=True)
class FetchedImage:
    """The bytes of one image, in memory only, and what lets us ask for it again cheaply.

    ``let_go`` is called once the bytes are no longer needed: others wait for their place. With a
    ``part`` they are the beginning of a file, whose own digests nobody knows. Of a stream that is
    not ``whole``, something is missing, which may show what the address showed before.
    """

    reference: ImageReference
    body: bytes = field(repr=False)
    etag: str | None = None
    last_modified: str | None = None
    part: Part | None = None
    whole: bool = True
    let_go: Callable[[], None] = field(default=_nothing, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class KnownImage:
    """An image that needs no hashing: ``image_id`` is the row it has, None if it was no picture.

    ``certain`` and ``parts`` are those of HashedImage; what was not sent anew says nothing new.
    """

    reference: ImageReference
    image_id: int | None
    outcome: Outcome
    etag: str | None = None
    last_modified: str | None = None
    certain: bool = False
    parts: tuple[int, ...] = ()


class HeldImage(Protocol):
    """An image that whoever hashed it still holds, shrunken and in grey, to be looked at again.

    Few can be held at one time: whoever has one lets it go as soon as it is matched.
    """

    @property
    def found(self) -> tuple[FramePlaces, ...]:
        """What is compared with registered places: of a still picture once, of a video by frame."""

    async def look(self, frame: int, wanted: Sequence[Wanted]) -> tuple[SecondLook | None, ...]:
        """Look for registered pictures in one of ``found``; None for each not worth a full look.

        Raises:
            HashingLost: whoever held the image was lost, or has let it go.
        """

    def let_go(self) -> None:
        """Let the image go; a second time does nothing."""


@dataclass(frozen=True, slots=True)
class HashedImage:
    """An image reduced to its signals; from here on there are no bytes.

    ``certain``: it is all that is at its address, so that another image is there no longer, but for
    ``parts``, the ids of those that are the beginning of this one. ``held`` until it is matched;
    None where there is nothing to look at.
    """

    reference: ImageReference
    signals: ImageSignals = field(repr=False)
    etag: str | None = None
    last_modified: str | None = None
    certain: bool = True
    parts: tuple[int, ...] = ()
    held: HeldImage | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class MatchedImage:
    """A hashed image with the registrations near it, as of ``registry_version``.

    ``looked`` are the ids of registrations that were looked for in it by their places, found or
    not. ``wanted_looks`` are those of which it may show something, and that could not be looked for
    any more: the image is to be fetched anew for them. ``places_seen`` says what of registered
    pictures it was seen to show, for `domain.muting`.
    """

    hashed: HashedImage
    agreements: tuple[Agreement, ...]
    registry_version: int
    looked: frozenset[int] = frozenset()
    wanted_looks: tuple[int, ...] = ()
    places_seen: tuple[SeenPlaces, ...] = ()
