"""The first bytes by which a picture is known, whatever its name and its content type."""

from typing import Final

_SIGNS: Final = (
    b"\xff\xd8\xff",
    b"\x89PNG\r\n\x1a\n",
    b"GIF87a",
    b"GIF89a",
    b"II*\x00",
    b"MM\x00*",
    b"\xff\x0a",
    b"\x00\x00\x00\x0cJXL \r\n\x87\n",
    b"\x00\x00\x00\x0cjP  \r\n\x87\n",
)
_BRANDS: Final = frozenset(
    {b"avif", b"avis", b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"}
)
_BITMAP_HEADERS: Final = frozenset({12, 16, 40, 52, 56, 64, 108, 124})


def begins_like_a_picture(start: bytes) -> bool:
    """Say whether bytes begin like a picture's file."""
    if start.startswith(_SIGNS):
        return True
    if start[:4] == b"RIFF":
        return start[8:12] == b"WEBP"
    if start[4:8] == b"ftyp":
        return start[8:12] in _BRANDS
    # Two letters are a bitmap's whole sign, so its header's length is looked at too.
    return start[:2] == b"BM" and int.from_bytes(start[14:18], "little") in _BITMAP_HEADERS
