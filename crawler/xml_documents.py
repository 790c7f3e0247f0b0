"""XML: maps of a site, feeds, and whatever else names images in it (an SVG, an album's list)."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from lxml.etree import LxmlError, XMLParser

from crawler.elements import Element
from crawler.findings import Findings
from crawler.plain_addresses import read_addresses
from domain.address import MAX_LENGTH
from domain.file_address import is_media_path

_PARTS_OF_FEEDS: Final = frozenset({"enclosure", "content", "thumbnail", "player", "group"})
_IMAGE_TEXTS: Final = frozenset({"thumbnail_loc", "content_loc", "logo", "icon"})
_SHOWN: Final = frozenset({"image", "video"})
_LINK_TEXTS: Final = frozenset({"link", "guid"})
_MARKUP: Final = re.compile(r"<[a-zA-Z]")
_FORBIDDEN: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_PIECE: Final = 16 * 1024
_DEEPEST: Final = 200
Take = Callable[[Element, Findings], None]
Markup = Callable[[str, Findings], None]


class _Reader:
    """Takes elements as the parser meets them, each with the text that it holds itself."""

    def __init__(self, findings: Findings, take: Take, markup: Markup) -> None:
        self._findings = findings
        self._take = take
        self._markup = markup
        self._open: list[tuple[str, str, list[str]]] = []

    @property
    def depth(self) -> int:
        """Count the elements that are open."""
        return len(self._open)

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        space, name = _parts(tag)
        own = {_parts(key)[1]: value for key, value in attributes.items()}
        self._open.append((space, name, []))
        kind = own.get("type", "").lower()
        if name == "link" and "href" in own:
            self._link(own["href"], set(own.get("rel", "").lower().split()), kind)
        elif name in _PARTS_OF_FEEDS and "url" in own:
            says = {kind.partition("/")[0], own.get("medium"), _image(name)}
            if not says.isdisjoint(_SHOWN):
                self._findings.image(own["url"], f"feed {name}")
            else:
                self._findings.page(own["url"], f"feed {name}")
        elif name == "image" and "itunes" in space:
            self._findings.image(own.get("href"), "feed image")
        else:
            self._take(Element(name, own), self._findings)
            for key, value in own.items():
                if is_media_path(value):
                    self._findings.image(value, f"{name}@{key}")

    def data(self, text: str) -> None:
        if self._open:
            self._open[-1][2].append(text)

    def end(self, tag: str) -> None:
        if not self._open:
            return
        space, name, texts = self._open.pop()
        text = "".join(texts).strip()
        around = self._open[-1][1] if self._open else ""
        if not text:
            return
        if name == "loc":
            self._location(text, space, around)
        elif name in _IMAGE_TEXTS or (name == "url" and around == "image"):
            self._findings.image(text, f"{around} {name}".strip())
        elif name == "style":
            self._findings.css(text, "style element")
        elif _MARKUP.search(text):
            self._markup(text, self._findings)
        elif len(text) > MAX_LENGTH or "\n" in text:
            read_addresses(text, self._findings, f"{name} text", pages=False)
        elif is_media_path(text) or (name in _LINK_TEXTS and text.startswith(("http", "/"))):
            self._findings.page(text, f"{name} text")
        else:
            read_addresses(text, self._findings, f"{name} text", pages=False)

    def close(self) -> None:
        self._open.clear()

    def _location(self, text: str, space: str, around: str) -> None:
        if around == "image" or "image" in space:
            self._findings.image(text, "sitemap image")
        elif around == "sitemap" or text.endswith((".xml", ".gz")):
            self._findings.document(text)
        else:
            self._findings.page(text, "sitemap")

    def _link(self, href: str, relations: set[str], kind: str) -> None:
        if kind.startswith(("image/", "video/")):
            self._findings.image(href, "feed link")
        else:
            self._findings.page(href, "feed link", first="next" in relations)


def read_xml(text: str, findings: Findings, take: Take, markup: Markup) -> None:
    """Gather what an XML document points to.

    Entities that it declares stand for nothing: neither files nor other entities are ever looked
    up, and none unfolds. Where it is broken, the full addresses in it are found all the same.

    Args:
        text: the document, however broken.
        findings: takes what is found.
        take: gathers from an element that means in it what it means in HTML.
        markup: reads a piece of HTML.
    """
    clean = _without_declarations(_FORBIDDEN.sub("", text)).lstrip("\ufeff \t\r\n")
    if not clean:
        return
    body = clean.encode()
    if not _parse(body, _Reader(findings, take, markup), recover=False):
        _parse(body, _Reader(findings, take, markup), recover=True)
        read_addresses(clean, findings, "xml")


def _without_declarations(text: str) -> str:
    # libxml2 unfolds internal entities whatever it is told, so none is left to be declared. What
    # stands in for the word makes no new one with what surrounds it.
    start = text.find("<!DOCTYPE")
    opened = text.find("[", start) if start >= 0 else -1
    if 0 <= opened < text.find(">", start):
        end = text.find("]>", opened)
        text = text[:start] + text[(opened + 1 if end < 0 else end + 2) :]
    return text.replace("<!ENTITY", "<!ELEMENT")


def _parse(body: bytes, reader: _Reader, *, recover: bool) -> bool:
    """Have a document read; return whether it was read whole, without an error."""
    # Without huge_tree: its limits on depth (256) and text (10 MB) hold.
    parser = XMLParser(
        target=reader,
        encoding="utf-8",
        recover=recover,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
    )
    try:
        for start in range(0, len(body), _PIECE):
            parser.feed(body[start : start + _PIECE])
            if reader.depth > _DEEPEST:  # beyond, each element would be kept as an error
                return False
        parser.close()
    except LxmlError:
        return False
    return True


def _parts(name: str) -> tuple[str, str]:
    space, brace, local = str(name).rpartition("}")
    if not brace:
        # A prefix that the document does not explain: image:loc.
        space, _, local = str(name).rpartition(":")
    return space.lower().lstrip("{"), local.lower()


def _image(name: str) -> str:
    return "image" if name == "thumbnail" else ""
