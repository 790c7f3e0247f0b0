"""The outer parts of a file: chunks of a PNG or WebP, boxes of an AVIF or JPEG 2000."""

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

PNG_MAGIC: Final = b"\x89PNG\r\n\x1a\n"

_HEAD: Final = 8
_LONG_HEAD: Final = 16


class Part(NamedTuple):
    """A chunk or box. Its content runs from ``start`` to ``end``, which may lie behind the file."""

    kind: bytes
    start: int
    end: int


def png_chunks(body: bytes) -> Iterator[Part]:
    """Go through the chunks of a PNG; a checksum of four bytes follows each."""
    at = len(PNG_MAGIC)
    while at + _HEAD <= len(body):
        length, kind = struct.unpack_from(">I4s", body, at)
        yield Part(kind, at + _HEAD, at + _HEAD + length)
        at += _HEAD + length + 4


def webp_chunks(body: bytes) -> Iterator[Part]:
    """Go through the chunks of a WebP, whose lengths are rounded up to even ones."""
    at = len(b"RIFF....WEBP")
    while at + _HEAD <= len(body):
        kind, length = struct.unpack_from("<4sI", body, at)
        yield Part(kind, at + _HEAD, at + _HEAD + length)
        at += _HEAD + length + length % 2


def boxes(body: bytes) -> Iterator[Part]:
    """Go through the outermost boxes of an AVIF or JPEG 2000 file."""
    at = 0
    while at + _HEAD <= len(body):
        length, kind = struct.unpack_from(">I4s", body, at)
        start = at + _HEAD
        if length == 1 and at + _LONG_HEAD <= len(body):
            (length,) = struct.unpack_from(">Q", body, start)
            start = at + _LONG_HEAD
        elif length == 0:  # it reaches to the end
            length = len(body) - at
        if at + length < start:
            return
        yield Part(kind, start, at + length)
        at += length
