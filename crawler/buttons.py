"""Buttons, dots and smileys: what no page would show a picture in, known before it is asked for."""

import re
from collections.abc import Mapping
from typing import Final

from domain.file_address import is_media_path

_DOT: Final = frozenset({"0", "1", "2", "1px", "2px"})
_LOW: Final = 32
"""Pixels under which no picture is shown, not even a thumbnail."""
_BUTTON: Final = re.compile(
    r"/load\.php\?(?:[^#]{0,1000}&)?image="  # the program by which MediaWiki draws its own
    r"|(?:^|[/_-])(?:icons?|pix|buttons?|sprites?|arrows?|flags|smil(?:ey|ie)s?|emojis?|cursors?"
    r"|bullets?)[/_.-]"
    r"|/(?:error|info|success|notify|warning|throbber|loading|loader|spinner|close|enabled|disabled"
    r"|blank|spacer|plus|minus)\.(?:png|gif|svg)$",
    re.IGNORECASE,
)


def is_button(address: str) -> bool:
    """Say whether an address in a style sheet is a button's, going by its name."""
    return _BUTTON.search(address) is not None


def shows_no_picture(attributes: Mapping[str, str]) -> bool:
    """Say whether an ``img`` is certain to be a counter's dot, a smiley or a button.

    A name alone is not enough: it has to be a drawing, or shown smaller than any picture is.
    """
    source = attributes.get("src", "")
    width, height = attributes.get("width", ""), attributes.get("height", "")
    if width in _DOT and height in _DOT and not is_media_path(source):
        return True
    drawn = source.partition("?")[0].lower().endswith(".svg")
    return (drawn or _is_low(height)) and is_button(source)


def _is_low(height: str) -> bool:
    number = height.removesuffix("px")
    return number.isascii() and number.isdecimal() and len(number) <= 2 and int(number) < _LOW  # noqa: PLR2004
