"""The elements of a page, read one by one as the parser meets them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final

from lxml.etree import HTMLParser, LxmlError

MAX_ELEMENTS: Final = 500_000
"""Elements read of one page, a hundred times as many as a large page has. That takes seconds."""

MAX_ATTRIBUTES: Final = 10_000
"""Attributes looked at of one element: a copy of a million takes a hundred megabytes."""

_DEEPEST: Final = 1_000
"""Elements open at one time. For each closing tag that closes nothing, libxml2 walks along all that
are open, so a page may take time that grows with its square; beyond this many, the rest of the page
is read by another parser. Nothing here depends on what is open but the link around a picture."""

_MOST_SEPARATORS: Final = 300_000
"""Of one kind in a row in which the parser tells of nothing: a tag with that many attributes. It
keeps all of them until the tag ends, some 300 bytes for each, so the tag is ended for it. A picture
written into an address, however it is wrapped, has fewer in the largest page."""

COMMENT: Final = "#comment"
"""What takes the place of a tag where a comment stands; its words are the element's text."""

_PIECE: Final = 65_536
_INLINE: Final = ";base64,"
_WITH_TEXT: Final = frozenset({"style", "script"})


@dataclass(slots=True)
class Element:
    """An element as it stands in the page; ``text`` is kept of style sheets, scripts and comments.

    ``within`` is the ``href`` of the link that it stands in.
    """

    tag: str
    attributes: dict[str, str]
    text: str = ""
    within: str | None = None


class _Reader:
    """Takes elements as the parser meets them.

    No tree is built: libxml2 drops the rest of a page where one nests 2048 elements, which old
    forums reach with ``<font>`` that nobody closes, and hostile pages at will.

    ``elements`` counts those taken, ``depth`` those that are open, ``told`` whatever the parser has
    told of.
    """

    def __init__(self, take: Callable[[Element], None]) -> None:
        self._take = take
        self._open: Element | None = None
        self._text: list[str] = []
        self._link: str | None = None
        self.elements = 0
        self.depth = 0
        self.told = 0

    @property
    def in_text(self) -> bool:
        """Whether a style sheet or a script is open: the parser tells of it once it has ended."""
        return self._open is not None

    @property
    def too_deep(self) -> bool:
        """Whether so many elements are open that a closing tag costs much."""
        return self.depth > _DEEPEST

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self.told += 1
        self.elements += 1
        self.depth += 1
        self._end_text()
        some = islice(attributes.items(), MAX_ATTRIBUTES)
        lowered = {str(name).lower(): str(value) for name, value in some}
        element = Element(tag.lower(), lowered, within=self._link)
        if element.tag == "a":
            element.within = None
            self._link = lowered.get("href") or lowered.get("xlink:href")
        if element.tag in _WITH_TEXT:  # not whole before it ends
            self._open = element
        else:
            self._take(element)

    def data(self, text: str) -> None:
        self.told += 1
        if self._open is not None:
            self._text.append(text)

    def comment(self, text: str) -> None:
        # One within a script or a style sheet is part of its text, and does not come here.
        self.told += 1
        self.elements += 1
        self._take(Element(COMMENT, {}, text, self._link))

    def end(self, tag: str) -> None:
        self.told += 1
        self.depth -= 1
        self._end_text()
        if tag.lower() == "a":
            self._link = None

    def close(self) -> None:
        self._end_text()

    def _end_text(self) -> None:
        if self._open is not None:
            element, text = self._open, "".join(self._text)
            self._open, self._text = None, []
            element.text = text
            self._take(element)


class _Separators:
    """Counts what may stand between two attributes: spaces, slashes, and the quotes of a value."""

    def __init__(self) -> None:
        self._spaces = self._slashes = self._quotes = 0
        self._before = ""

    def too_many(self, piece: str) -> bool:
        """Count those of a piece as well; True if there are more than any tag needs."""
        self._spaces += sum(map(piece.count, " \n\t\r\f"))
        self._slashes += piece.count("/")
        self._quotes += piece.count('"') + piece.count("'")
        if _INLINE in self._before + piece:  # a white picture is written in slashes alone
            self._slashes = -_PIECE * _PIECE
        self._before = piece[-len(_INLINE) :]
        return max(self._spaces, self._slashes, self._quotes // 2) > _MOST_SEPARATORS


def read_elements(html: str, take: Callable[[Element], None]) -> bool:
    """Hand the elements of a piece of HTML over in their order, however broken it is.

    One by one, so that a page of a million elements holds no million of them in memory.

    Returns:
        Whether it was read to its end: after MAX_ELEMENTS it was not.
    """
    # The parser reads noscript and template as ordinary elements, so what they hold is found.
    # Characters that XML forbids would stop it; none of them can be part of an address.
    clean = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "", html)
    reader = _Reader(take)
    at = 0
    while at < len(clean) and reader.elements < MAX_ELEMENTS:
        at = _read_on(clean, at, reader)
    return at >= len(clean)


def _read_on(html: str, at: int, reader: _Reader) -> int:
    """Read from ``at`` on with a parser of its own, and return how far it went."""
    parser = HTMLParser(target=reader, encoding="utf-8", huge_tree=True)
    untold = _Separators()
    try:
        while at < len(html) and reader.elements < MAX_ELEMENTS and not reader.too_deep:
            piece, told = html[at : at + _PIECE], reader.told
            parser.feed(piece.encode())
            at += _PIECE
            if reader.told > told or reader.in_text:
                untold = _Separators()
            elif untold.too_many(piece):
                parser.feed(b">")
                untold = _Separators()
        if reader.too_deep and at < len(html):
            # To the end of the tag that the piece may have cut in two.
            end = html.find(">", at, at + _PIECE)
            if end >= 0:
                parser.feed(html[at : end + 1].encode())
                at = end + 1
        parser.close()
    except LxmlError:  # what came before the error has been read
        at = len(html)
    reader.depth = 0
    return at
