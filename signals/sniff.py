"""Name what a file is that cannot be opened, for the person who reads why it was not hashed."""

import re
from typing import Final

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
    (b"\x1a\x45\xdf\xa3", "is a Matroska or WebM video"),
    (b"%!PS", "is a PostScript document"),
    (b"8BPS", "is a Photoshop document"),
    (b"RIFF", "is a RIFF file other than WebP"),
)

_AVIF_BRANDS: Final = (b"avif", b"avis")
_HEIF_BRANDS: Final = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")

_TEXT: Final = frozenset(range(0x20, 0x7F)) | {0x09, 0x0A, 0x0D}

_LOOKED_AT: Final = 100_000
"""Bytes in which an SVG's first element is looked for, behind comments and declarations."""

_BEFORE_ELEMENTS: Final = re.compile(
    rb"(?:\s+|<\?.*?\?>|<!--.*?-->|<!doctype[^>\[]*(?:\[.*?\]\s*)?>)*+", re.DOTALL
)


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
    if body[4:8] == b"ftyp":
        kind = "a HEIC picture" if body[8:12] in _HEIF_BRANDS else "a video"
        return f"is {kind}, which is not read"
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
    elif body[4:8] == b"ftyp" and _is_avif(body):
        kind = "AVIF"
    if kind is None or (kind == "BMP" and _is_text(body)):  # "BM" begins words, too
        return None
    return f"is a damaged {kind} picture, which cannot be opened"


def _is_avif(body: bytes) -> bool:
    brand = body[8:12]
    also = {body[at : at + 4] for at in range(16, 64, 4)}
    # A HEIC's own brand comes first unless it is one of the two that AVIF shares with it.
    return brand in _AVIF_BRANDS or (
        brand in {b"mif1", b"msf1"} and not also.isdisjoint(_AVIF_BRANDS)
    )
