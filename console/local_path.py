"""Where a reader is led after signing in: a page of ours, whatever an address says."""

from typing import Final
from urllib.parse import urlsplit

FIRST_PAGE: Final = "/"

_MOST_SIGNS: Final = 2000
_SPACE: Final = 0x20


def local_path(text: str | None) -> str:
    """Return a path of ours as it is, and the first page for anything else.

    Browsers take paths with two slashes, a backslash or a tab at their beginning for other hosts.
    """
    if not text or len(text) > _MOST_SIGNS or not text.startswith("/") or text.startswith("//"):
        return FIRST_PAGE
    if "\\" in text or any(ord(sign) <= _SPACE or not sign.isprintable() for sign in text):
        return FIRST_PAGE
    try:
        parts = urlsplit(text)
    except ValueError:
        return FIRST_PAGE
    # Not back to signing in or out, which would lead nowhere.
    elsewhere = parts.scheme or parts.netloc or parts.path.startswith(("/enter", "/leave"))
    return FIRST_PAGE if elsewhere else text
