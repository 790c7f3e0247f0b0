"""The elements of a page, read one by one as the parser meets them."""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from lxml.etree import HTMLParser, LxmlError


@dataclass(slots=True)
class Element:
    """An element as it stands in the page; ``text`` is kept of style sheets only."""

    tag: str
    attributes: dict[str, str]
    text: str = ""


class _Reader:
    """Takes elements as the parser meets them.

    No tree is built: libxml2 drops the rest of a page where one nests 2048 elements, which old
    forums reach with ``<font>`` that nobody closes, and hostile pages at will.
    """

    def __init__(self, take: Callable[[Element], None]) -> None:
        self._take = take
        self._style: Element | None = None
        self._css: list[str] = []

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._end_style()
        lowered = {str(name).lower(): str(value) for name, value in attributes.items()}
        element = Element(tag.lower(), lowered)
        if element.tag == "style":  # not whole before it ends
            self._style = element
        else:
            self._take(element)

    def data(self, text: str) -> None:
        if self._style is not None:
            self._css.append(text)

    def end(self, tag: str) -> None:
        self._end_style()

    def close(self) -> None:
        self._end_style()

    def _end_style(self) -> None:
        if self._style is not None:
            self._style.text = "".join(self._css)
            self._take(self._style)
            self._style, self._css = None, []


def read_elements(html: str, take: Callable[[Element], None]) -> None:
    """Hand the elements of a piece of HTML over in their order, however broken it is.

    One by one, so that a page of a million elements holds no million of them in memory.
    """
    # The parser reads noscript and template as ordinary elements, so what they hold is found.
    # Characters that XML forbids would stop it; none of them can be part of an address.
    clean = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "", html)
    if clean.strip():
        parser = HTMLParser(target=_Reader(take), encoding="utf-8", huge_tree=True)
        with suppress(LxmlError):  # what came before the error has been read
            parser.feed(clean.encode())
            parser.close()
