"""A picture that lies in its page as a ``data:`` address, found again by the digest kept of it."""

import re
from typing import Final

from domain.address import decode_data_uri, storable
from domain.errors import InvalidInput

_CANDIDATE: Final = re.compile(r"data:[a-z0-9.+/-]{0,81}[;,][^\"'<>()\s\\]{16,}", re.IGNORECASE)
_MOST_LOOKED_AT: Final = 500


def inline_picture(page: bytes, address: str, most: int) -> bytes | None:
    """Return the bytes of the picture in a page that a stored address stands for, if it is there.

    Args:
        page: the page as it came.
        address: ``data:type;sha256=…``, as `domain.address.storable` returns it.
        most: bytes that it may have.
    """
    text = page.decode("utf-8", "replace").replace("&amp;", "&")
    for number, found in enumerate(_CANDIDATE.finditer(text)):
        if number == _MOST_LOOKED_AT:
            return None
        try:
            if storable(found[0]) == address:
                return decode_data_uri(found[0], most)
        except InvalidInput:
            continue
    return None
