"""Images that are no images, or far more than they seem."""

import struct
import zlib
from collections.abc import Iterator
from typing import Final

from practice.hostile_behaviour import Behaviour, whole

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_NO_PICTURE: Final = "."
"""The decoder's own words, whatever they are: that there are some."""


def images() -> Iterator[Behaviour]:
    """Give the images; each is undecodable or refused, with a reason."""
    page = b"<!doctype html><title>Moved</title>"
    for name, body in {
        "page-as-image": page,
        "empty-image": b"",
        "three-bytes": b"\xff\xd8\xff",
        "text-image": b"this is no picture at all",
        "png-of-50000-by-50000": _png(50_000, 50_000, zlib.compress(bytes(100_000))),
        "png-of-2-to-the-31": _png(2**31 - 1, 2**31 - 1, b""),
        "png-of-400-megapixels": _png(20_000, 20_000, zlib.compress(bytes(10_000_000))),
        "gif-of-65535": b"GIF89a" + struct.pack("<HHBBB", 65_535, 65_535, 0, 0, 0) + b";",
        "bmp-of-a-million": b"BM" + struct.pack(
            "<IHHIIiiHHIIiiII", 99, 0, 0, 54, 40, 10**6, 10**6, 1, 24, 0, 0, 0, 0, 0, 0
        ),
        "half-a-png": _png(400, 400, b"")[:40],
    }.items():  # fmt: skip
        yield Behaviour(name, _NO_PICTURE, whole(body, kind="image/png"), image=True)
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'
    yield Behaviour("svg-image", _NO_PICTURE, whole(svg, kind="image/svg+xml"), image=True)


def _png(width: int, height: int, data: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return _PNG + _chunk(b"IHDR", header) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
