"""The elements of a page, read one by one as the parser meets them."""

import re
from collections.abc import Mapping
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

    def __init__(self) -> None:
        self.elements: list[Element] = []
        self._css: list[str] | None = None

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        lowered = {str(name).lower(): str(value) for name, value in attributes.items()}
        self.elements.append(Element(tag.lower(), lowered))
        self._css = [] if tag == "style" else None

    def data(self, text: str) -> None:
        if self._css is not None:
            self._css.append(text)

    def end(self, tag: str) -> None:
        if self._css is not None:
            self.elements[-1].text = "".join(self._css)
            self._css = None

    def close(self) -> None:
        """Nothing is left to do; the parser asks for it."""


def elements_of(html: str) -> list[Element]:
    """Return the elements of a piece of HTML in their order, however broken it is."""
    # The parser reads noscript and template as ordinary elements, so what they hold is found.
    # Characters that XML forbids would stop it; none of them can be part of an address.
    clean = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "", html)
    reader = _Reader()
    if clean.strip():
        parser = HTMLParser(target=reader, encoding="utf-8", huge_tree=True)
        with suppress(LxmlError):  # what came before the error has been read
            parser.feed(clean.encode())
            parser.close()
    return reader.elements
