"""Videos and archives that are none, or far more than they seem."""

import io
import zipfile
import zlib
from collections.abc import Iterator
from typing import Final

from practice.hostile_behaviour import Behaviour, head, then_for_ever, whole

_BEGINS_AS_JPEG: Final = b"\xff\xd8\xff\xe0"
_BEGINS_AS_VIDEO: Final = b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2"
_BEGINS_AS_WEBM: Final = b"\x1a\x45\xdf\xa3\x84\x42\x82\x84webm"
_ENCRYPTED: Final = 1
_ANYTHING: Final = "."
"""The words of whatever reads it: that there are some."""


def files() -> Iterator[Behaviour]:
    """Give the files; each stands where an image should, and is named in the report."""
    whole_zip = _zip({"1.jpg": _BEGINS_AS_JPEG + bytes(100_000)})
    for name, body, says in (
        ("zip-bomb", _zip({"1.jpg": _BEGINS_AS_JPEG + bytes(300_000_000)}), _ANYTHING),
        ("zip-of-thousands", _zip({f"{n}.txt": b"x" for n in range(5_000)}), "picture"),
        ("zip-without-pictures", _zip({"read.me": b"words"}), "picture"),
        ("half-a-zip", whole_zip[: len(whole_zip) // 2], _ANYTHING),
        ("locked-zip", _locked(whole_zip), _ANYTHING),
        ("gzip-in-gzip", zlib.compress(zlib.compress(bytes(1_000_000))), _ANYTHING),
        ("half-a-video", _BEGINS_AS_VIDEO + bytes(5_000), _ANYTHING),
        ("a-video-of-nothing", _BEGINS_AS_VIDEO, _ANYTHING),
        ("locked-stream", _stream('#EXT-X-KEY:METHOD=AES-128,URI="k"\n', "a.ts"), "encrypted"),
        ("stream-of-nothing", _stream("", ""), "no pieces"),
        ("stream-of-404s", _stream("", *(f"/mark/{n}.ts" for n in range(500))), "404"),
        ("stream-of-itself", _stream("", "/image/stream-of-itself.jpg"), _ANYTHING),
        ("stream-from-inside", _stream("", "http://127.0.0.1:9/a.ts"), "not a public address"),
    ):
        yield Behaviour(name, says, whole(body, kind="application/octet-stream"), image=True)
    for name, length, begins, says in (
        ("endless-video", "Connection: close", _BEGINS_AS_VIDEO, "index does not lie within"),
        ("ten-gigabyte-video", "Content-Length: 9999999999", _BEGINS_AS_WEBM, "read in part"),
    ):
        begun = head("200 OK", length, kind="video/mp4") + b"\r\n" + begins
        yield Behaviour(name, says, then_for_ever(begun, bytes(1_000_000)), image=True)


def _zip(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            archive.writestr(zipfile.ZipInfo(name), body, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _locked(archive: bytes) -> bytes:
    """Say of an archive's one member that it is encrypted, before it and in the list at the end."""
    written = bytearray(archive)
    written[6] |= _ENCRYPTED
    written[archive.index(b"PK\x01\x02") + 8] |= _ENCRYPTED
    return bytes(written)


def _stream(more: str, *pieces: str) -> bytes:
    listed = "".join(f"#EXTINF:1.0,\n{piece}\n" for piece in pieces)
    return f"#EXTM3U\n{more}{listed}".encode()
