"""What pictures that do not come in boxes begin with.

Behind that, and at any place where a video or an archive has its signs, a picture may hold whatever
its maker likes: a comment, another program's data. Browsers go by the beginning, and so do we.
"""

from typing import Final

_BEGINNINGS: Final = (
    b"\xff\xd8\xff",
    b"\x89PNG\r\n",
    b"GIF87a",
    b"GIF89a",
    b"\xff\x4f\xff\x51",  # JPEG 2000, bare
    b"\0\0\0\x0cjP  ",
    *(b"II*\0", b"II\0*", b"II+\0", b"MM\0*", b"MM*\0", b"MM\0+"),
)

_BMP_HEADERS: Final = frozenset((12, 40, 52, 56, 64, 108, 124))
_BMP_HEADER_AT: Final = 14
_BMP_MOST_BEFORE_PIXELS: Final = 2**25


def begins_like_a_still(head: bytes) -> bool:
    """Say whether 18 bytes begin a JPEG, PNG, GIF, WebP, BMP, icon, JPEG 2000 or TIFF."""
    if head.startswith(_BEGINNINGS):
        return True
    if head.startswith(b"RIFF"):
        return head[8:12] == b"WEBP"
    if head.startswith(b"\0\0\1\0"):  # fewer than 256 icons: otherwise it may be a box's length
        return head[5:6] == b"\0"
    return head.startswith(b"BM") and _is_bmp(head)


def _is_bmp(head: bytes) -> bool:
    """Tell a picture from a name that begins with the same two letters, as first in a TAR."""
    pixels_at = int.from_bytes(head[10:_BMP_HEADER_AT], "little")
    header = int.from_bytes(head[_BMP_HEADER_AT : _BMP_HEADER_AT + 4], "little")
    return pixels_at < _BMP_MOST_BEFORE_PIXELS and header in _BMP_HEADERS
