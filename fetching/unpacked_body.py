"""A body as it was before the site packed it for the way, within the same limit of bytes."""

import zlib
from typing import Final

_PLAIN: Final = frozenset({"", "identity"})
_ZLIB: Final = {"gzip": 31, "x-gzip": 31, "deflate": 15}
"""What the standard library unpacks, and how it has to be told so."""


class PackedOtherwiseError(Exception):
    """The site packed it in a way that it was asked not to, and that is not read."""


class UnpacksToTooMuchError(Exception):
    """It is larger than may be read once it is unpacked."""


def unpacked_body(body: bytes, packing: str, most: int) -> bytes:
    """Return what ``Content-Encoding`` says was packed.

    Args:
        body: as it came.
        packing: the header's value; "" without one.
        most: bytes that may come of it.

    Raises:
        PackedOtherwiseError: in several steps, in another way, or it is damaged.
        UnpacksToTooMuchError: more than ``most`` bytes come of it.
    """
    way = packing.strip().lower()
    if way in _PLAIN or not body:
        return body
    if way not in _ZLIB:
        raise PackedOtherwiseError
    unpacking = zlib.decompressobj(_ZLIB[way])
    try:
        out = unpacking.decompress(body, most + 1)
    except zlib.error:
        raise PackedOtherwiseError from None
    if len(out) > most:
        raise UnpacksToTooMuchError
    return out
