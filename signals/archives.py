"""What comes out of an archive, and whether a file is one; unpacking is `signals.unpacking`'s."""

import zlib
from dataclasses import dataclass, field
from typing import Final

from signals.heif import is_avif, is_heic
from signals.stills import begins_like_a_still
from signals.video import video_kind

MAX_MEMBERS: Final = 2_000
"""Members of one archive that are handed over; a shared collection has some hundreds."""

MAX_UNPACKED: Final = 2**30
"""Bytes that are unpacked of one archive, all members together."""

_BEGINNINGS: Final = (
    (b"PK\x03\x04", "ZIP"),
    (b"PK\x05\x06", "ZIP"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!\x1a\x07", "RAR"),
    (b"\xfd7zXZ\x00", "XZ"),
)

_GZIP: Final = b"\x1f\x8b\x08"
_GZIP_WINDOW: Final = 16 + zlib.MAX_WBITS
_BZIP2: Final = b"BZh"
_BZIP2_BLOCK: Final = b"1AY&SY"

_TAR_HEAD: Final = 512
_TAR_MAGIC_AT: Final = 257
_TAR_MAGIC: Final = b"ustar"


@dataclass(frozen=True, slots=True)
class ArchiveMember:
    """A picture or video in an archive, or the reason why one or several cannot be had.

    ``name`` is the path that the archive gives it, printable characters only; "" where the reason
    is about several. ``body`` is None where there is a ``reason``, and only there.
    """

    name: str
    body: bytes | None = field(repr=False)
    reason: str | None


def is_archive(body: bytes) -> bool:
    """Say whether a file is an archive, by its first bytes; at most 512 of them are unpacked."""
    return archive_kind(body) is not None


def archive_kind(body: bytes) -> str | None:
    """Name the kind of archive that a file is, or give None.

    A single file compressed with gzip is none, only a TAR in it: pages and drawings come so, too.
    """
    for beginning, kind in _BEGINNINGS:
        if body.startswith(beginning):
            return kind
    if is_tar(body):
        return "TAR"
    if body.startswith(_GZIP):
        return "GZIP" if is_tar(_first_of_gzip(body)) else None
    if body.startswith(_BZIP2) and body[4:10] == _BZIP2_BLOCK:
        return "BZIP2"
    return None


def is_tar(head: bytes) -> bool:
    """Say whether a TAR begins with these 512 bytes, which are no picture's or video's."""
    if head[_TAR_MAGIC_AT : _TAR_MAGIC_AT + len(_TAR_MAGIC)] != _TAR_MAGIC:
        return False
    return not (
        begins_like_a_still(head) or is_heic(head) or is_avif(head) or video_kind(head) is not None
    )


def _first_of_gzip(body: bytes) -> bytes:
    try:
        return zlib.decompressobj(_GZIP_WINDOW).decompress(body[:4096], _TAR_HEAD)
    except zlib.error:
        return b""
