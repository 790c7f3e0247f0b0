"""Playlists of streamed video (HLS): which pieces to fetch so that all of the video is sampled."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from domain.address import absolute
from domain.errors import InvalidInput

MOST_SEGMENTS: Final = 60
"""Pieces fetched of one video; of a longer one, so many evenly spread over all of it."""

_SIGN: Final = b"#EXTM3U"
_MOST_LINES: Final = 50_000
_ATTRIBUTE: Final = re.compile(r"([A-Z0-9-]{1,40})=(?:\"([^\"]{0,4096})\"|([^,\"]{0,400}))")
_ENOUGH_HEIGHT: Final = 360
_ENOUGH_BITS: Final = 500_000


@dataclass(frozen=True, slots=True)
class Variant:
    """One form in which the same video is offered; height in pixels and bits a second, or 0."""

    url: str
    height: int
    bits: int


@dataclass(frozen=True, slots=True)
class Playlist:
    """Either ``variants``, each with a playlist of its own, or the ``pieces`` of one video.

    ``pieces`` are addresses in their order; a first piece that all others need comes first.
    """

    variants: tuple[Variant, ...] = ()
    pieces: tuple[str, ...] = ()
    has_start: bool = False
    encrypted: bool = False


def is_playlist(body: bytes) -> bool:
    """Say whether bytes are a playlist of streamed video."""
    return body[:64].removeprefix(b"\xef\xbb\xbf").lstrip().startswith(_SIGN)


def read_playlist(text: str, url: str) -> Playlist:
    """Read a playlist that stands at ``url``, however broken."""
    variants: list[Variant] = []
    pieces: dict[str, None] = {}
    start: str | None = None
    encrypted = False
    described: dict[str, str] | None = None
    for line in text.splitlines()[:_MOST_LINES]:
        line = line.strip()  # noqa: PLW2901 - the same line, without what says nothing
        tag, _, rest = line.partition(":")
        if tag == "#EXT-X-STREAM-INF":
            described = _attributes(rest)
        elif tag == "#EXT-X-KEY":
            encrypted = encrypted or _attributes(rest).get("METHOD", "NONE") != "NONE"
        elif tag == "#EXT-X-MAP" and start is None:
            start = _address(url, _attributes(rest).get("URI", ""))
        elif line and not line.startswith("#"):
            address = _address(url, line)
            if address is None:
                continue
            if described is not None:
                height = _number(described.get("RESOLUTION", "").partition("x")[2])
                variants.append(Variant(address, height, _number(described.get("BANDWIDTH", ""))))
                described = None
            else:
                pieces[address] = None  # parts of one file by their bytes: the file, once
    has_start = start is not None and start not in pieces
    first = (start,) if has_start and start is not None else ()
    return Playlist(tuple(variants), (*first, *pieces), has_start, encrypted)


def chosen_variant(variants: Sequence[Variant]) -> Variant:
    """Return the smallest variant in which pictures can still be told apart well, or the best.

    Raises:
        ValueError: there is none.
    """
    seen = [each for each in variants if each.height] or list(variants)
    enough = [
        each
        for each in seen
        if each.height >= _ENOUGH_HEIGHT or (not each.height and each.bits >= _ENOUGH_BITS)
    ]
    if enough:
        return min(enough, key=lambda each: (each.height, each.bits))
    return max(seen, key=lambda each: (each.height, each.bits))


def spread(playlist: Playlist, most: int = MOST_SEGMENTS) -> tuple[str, ...]:
    """Return at most ``most`` pieces that are spread evenly over the whole video."""
    first = playlist.pieces[:1] if playlist.has_start else ()
    rest = playlist.pieces[len(first) :]
    room = most - len(first)
    if len(rest) > room:
        rest = tuple(rest[number * len(rest) // room] for number in range(room))
    return (*first, *rest)


def _attributes(text: str) -> dict[str, str]:
    return {found[1]: found[2] or found[3] or "" for found in _ATTRIBUTE.finditer(text[:8192])}


def _address(base: str, written: str) -> str | None:
    try:
        return absolute(base, written) if written else None
    except InvalidInput:
        return None


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 12 else 0  # noqa: PLR2004
