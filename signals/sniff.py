"""Name what a file is that cannot be opened, for the person who reads why it was not hashed."""

import re
from typing import Final

from signals.heif import is_avif, is_heic
from signals.video import video_kind

_PICTURES: Final = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG", "PNG"),
    (b"GIF8", "GIF"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"\0\0\0\x0cjP  ", "JPEG 2000"),
    (b"\xff\x4f\xff\x51", "JPEG 2000"),
    (b"BM", "BMP"),
    (b"\0\0\1\0", "ICO"),
)
"""Formats that are read, so that a file which begins like one and cannot be opened is damaged."""

_BEGINNINGS: Final = (
    (b"%PDF", "is a PDF document"),
    (b"PK\x03\x04", "is a ZIP archive"),
    (b"\x1f\x8b", "is compressed with gzip"),
    (b"7z\xbc\xaf\x27\x1c", "is a 7z archive"),
    (b"Rar!\x1a\x07", "is a RAR archive"),
    (b"%!PS", "is a PostScript document"),
    (b"8BPS", "is a Photoshop document"),
    (b"RIFF", "is a RIFF file other than WebP"),
)

_JPEG_XL: Final = (b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n")

_TEXT: Final = frozenset(range(0x20, 0x7F)) | {0x09, 0x0A, 0x0D}

_LOOKED_AT: Final = 100_000
"""Bytes in which an SVG's first element is looked for, behind comments and declarations."""

_BEFORE_ELEMENTS: Final = re.compile(
    rb"(?:\s+|<\?.*?\?>|<!--.*?-->|<!doctype[^>\[]*(?:\[.*?\]\s*)?>)*+", re.DOTALL
)


def may_be_picture(head: bytes) -> bool:
    """Say whether the first bytes are those of a picture that is read, whatever its name."""
    return _damaged(head) is not None or is_heic(head) or head.startswith(_JPEG_XL)


def what_it_is(body: bytes) -> str:
    """Say in one sentence what these bytes are instead of a picture that can be opened."""
    what = _damaged(body) or _text(body) or _other(body)
    return f"the file {what} ({len(body):,} bytes)"


def _text(body: bytes) -> str | None:
    markup = _markup(body)
    if markup.startswith((b"<!doctype html", b"<html", b"<body")):
        return "is an HTML page, not an image"
    if markup.startswith(b"<svg"):
        return "is an SVG drawing, which is text, not an image of pixels"
    if b"<html" in markup[:512] or b"<body" in markup[:512]:
        return "is an HTML page, not an image"
    return None


def _other(body: bytes) -> str:
    if body.startswith(_JPEG_XL):
        return "is a JPEG XL picture, which is not read"
    if is_heic(body):
        return "is a HEIC picture that cannot be opened"
    if (kind := video_kind(body)) is not None:
        return f"is a video ({kind.name}) that cannot be opened"
    for beginning, what in _BEGINNINGS:
        if body.startswith(beginning):
            return f"{what}, not an image"
    if _is_text(body):
        return "is text, not an image"
    return f"is in no image format that is read: it begins with the bytes {body[:4].hex(' ')}"


def _is_text(body: bytes) -> bool:
    return bool(body) and all(byte in _TEXT for byte in body[:512])


def _markup(body: bytes) -> bytes:
    """Give the beginning of a text in small letters, from the element or type it is of."""
    head = body[:_LOOKED_AT].removeprefix(b"\xef\xbb\xbf")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):  # UTF-16
        head = head[2:].replace(b"\0", b"")
    head = head.lower()
    text = head.lstrip()
    if text.startswith(b"<!doctype html"):
        return text
    before = _BEFORE_ELEMENTS.match(head)
    return head[before.end() :] if before else head


def _damaged(body: bytes) -> str | None:
    kind = next((name for beginning, name in _PICTURES if body.startswith(beginning)), None)
    if body.startswith(b"RIFF") and body[8:12] == b"WEBP":
        kind = "WebP"
    elif is_avif(body):
        kind = "AVIF"
    if kind is None or (kind == "BMP" and _is_text(body)):  # "BM" begins words, too
        return None
    return f"is a damaged {kind} picture, which cannot be opened"
