"""Name what a file is that is no picture, for the person who reads why it was not hashed."""

from typing import Final

_BEGINNINGS: Final = (
    (b"%PDF", "is a PDF document"),
    (b"PK\x03\x04", "is a ZIP archive"),
    (b"\x1f\x8b", "is compressed with gzip"),
    (b"\x1a\x45\xdf\xa3", "is a Matroska or WebM video"),
    (b"%!PS", "is a PostScript document"),
    (b"8BPS", "is a Photoshop document"),
    (b"RIFF", "is a RIFF file other than WebP"),
)

_HEIF_BRANDS: Final = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")

_TEXT: Final = frozenset(range(0x20, 0x7F)) | {0x09, 0x0A, 0x0D}


def what_it_is(body: bytes) -> str:
    """Say in one sentence what these bytes are instead of a picture that can be opened."""
    size = f"({len(body):,} bytes)"
    start = body[:512].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if b"<svg" in start:
        return f"the file is an SVG drawing, which is text, not an image of pixels {size}"
    if start.startswith(b"<!doctype html") or b"<html" in start or b"<body" in start:
        return f"the file is an HTML page, not an image {size}"
    if body[4:8] == b"ftyp":
        kind = "a HEIC picture" if body[8:12] in _HEIF_BRANDS else "a video"
        return f"the file is {kind}, which is not read {size}"
    for beginning, what in _BEGINNINGS:
        if body.startswith(beginning):
            return f"the file {what}, not an image {size}"
    if body[:512] and all(byte in _TEXT for byte in body[:512]):
        return f"the file is text, not an image {size}"
    return (
        f"the file is in no image format that is read: it begins with the bytes "
        f"{body[:4].hex(' ')} {size}"
    )
