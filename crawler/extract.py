"""Extract: a page's HTML becomes the image references on it and the pages it links to.

Pure: text in, references and links out. Nothing is left out without a word: what cannot be used as
an address is given back with its reason, and what a rule forbids is given back as refused.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

import srcset

from crawler.elements import Element, read_elements
from crawler.stylesheets import css_urls, css_urls_at_a_glance
from domain.address import (
    absolute,
    carries_an_address,
    data_uri,
    in_scope,
    is_image_path,
    storable,
)
from domain.errors import InvalidInput
from domain.image import ImageReference

MAX_REFERENCES: Final = 20_000
"""References taken from one page; those beyond are counted as left out."""

MAX_UNUSABLE: Final = 1_000
"""Addresses of one page that cannot be read and are given back with their reasons."""

MAX_LINKS: Final = 20_000
"""Links taken from one page, far beyond what a crawl reads of one site."""

_MAX_KNOWN: Final = 2 * (MAX_REFERENCES + MAX_LINKS)

_ONE_URL: Final = frozenset(
    {
        "data-src", "data-original", "data-lazy-src", "data-lazy", "data-echo", "data-url",
        "data-image", "data-img", "data-full", "data-full-src", "data-large", "data-large-file",
        "data-orig-file", "data-hi-res-src", "data-highres", "data-zoom-image", "data-bg",
        "data-background", "data-background-image", "data-thumb", "data-thumb-src",
        "data-original-src", "data-actualsrc", "data-real-src", "data-flickity-lazyload",
        "data-cfsrc", "data-poster", "data-preview", "data-image-src", "data-media", "lowsrc",
        "data-lazyload", "data-retina", "data-src-retina", "data-href",
    }
)  # fmt: skip
_CANDIDATES: Final = frozenset(
    {"srcset", "data-srcset", "data-lazy-srcset", "data-original-set", "imagesrcset", "data-bgset"}
)
_META: Final = frozenset(
    {
        "og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src",
        "thumbnail", "msapplication-tileimage",
    }
)  # fmt: skip
_LINK_RELATIONS: Final = frozenset(
    {"image_src", "preload", "prefetch", "apple-touch-startup-image"}
)
_ITEM_PROPERTIES: Final = frozenset({"image", "thumbnailurl", "contenturl"})
_NOT_PAGES: Final = re.compile(
    r"\.(?:zip|rar|7z|tar|t?gz|bz2|xz|iso|exe|apk|dmg|msi|deb|rpm|mp[34]|m4[av]|mkv|webm|mov|avi|wmv"
    r"|flv|ogg|opus|wav|flac|pdf|epub|docx?|xlsx?|pptx?|css|m?js|json|woff2?|ttf|eot|ico|svg|torrent)$",
    re.IGNORECASE,
)
_FONT: Final = re.compile(r"\.(?:woff2?|ttf|otf|eot|css|svg|ico)$", re.IGNORECASE)
# Possessive (*+): a long run of spaces would otherwise be tried in every way to divide it.
_REFRESH: Final = re.compile(
    r"\s*+(?:[\d.]*+\s*+[;,]?\s*+url\s*+=|[\d.]++\s*+[;,])\s*+['\"]?([^'\"]+)", re.IGNORECASE
)
_NO_ADDRESS: Final = re.compile(r"\s*(?:(?:javascript|about|blob|mailto|tel):|#|$)", re.IGNORECASE)
_BREAKS: Final = str.maketrans("", "", "\t\n\r")
# Lazy loaders use the same attributes as switches: data-lazy="true".
_ADDRESS_SIGN: Final = re.compile(r"[/.?]")
# A number this long says nothing, and the time to read it would grow with its square.
_LONG_NUMBER: Final = re.compile(r"(\d{4096})\d+")
_DESCRIPTOR: Final = re.compile(r"[\d.]++[wxh]?+(?:,|$)")
_READ_CLOSELY: Final = 1_000_000
"""Characters of CSS and srcset on one page that are parsed in full; the rest is read at a glance,
so that no page holds up the crawl."""
_MAX_NESTED: Final = 3


@dataclass(frozen=True, slots=True)
class Extracted:
    """What a page points to.

    ``refused`` would pass an address of the site on to somebody else; ``unusable`` holds, for each
    address that cannot be read, where it stood and why. ``left_out`` counts what stands beyond
    MAX_REFERENCES, or beyond MAX_UNUSABLE: only a page made to exhaust us has so many.
    """

    references: tuple[ImageReference, ...] = ()
    links: tuple[str, ...] = ()
    refused: tuple[ImageReference, ...] = ()
    unusable: tuple[tuple[str, str], ...] = ()
    left_out: int = 0


@dataclass(slots=True)
class _Collector:
    """Gathers what one page points to, each address once, in the order of the page."""

    page_url: str
    base: str
    hosts: Collection[str]
    depth: int
    references: dict[str, ImageReference] = field(default_factory=dict)
    refused: dict[str, ImageReference] = field(default_factory=dict)
    unusable: list[tuple[str, str]] = field(default_factory=list)
    left_out: int = 0
    links: dict[str, None] = field(default_factory=dict)
    next_links: dict[str, None] = field(default_factory=dict)
    _known: dict[str, str] = field(default_factory=dict)
    _read_closely: int = 0

    def image(self, raw: str | None, found_in: str) -> None:
        """Take one image address as it stands in the page."""
        if raw is None or _is_no_address(raw):
            return
        inline = data_uri(raw)
        if inline is None and self._is_full() and raw not in self._known:
            self.left_out += 1
            return
        try:
            url = self._absolute(raw) if inline is None else inline
            address = url if inline is None else storable(url)
        except InvalidInput as error:
            self._note_unusable(found_in, error)
            return
        if address in self.references or address in self.refused:
            return
        if self._is_full():
            self.left_out += 1
            return
        reference = ImageReference(self.page_url, url, address, found_in, self.depth)
        if inline is None and carries_an_address(url, self.hosts):
            self.refused[address] = reference
        else:
            self.references[address] = reference

    def page(self, raw: str | None, found_in: str, *, first: bool = False) -> None:
        """Take one link: to an image file, or to a page in scope."""
        if raw is None or _is_no_address(raw):
            return
        if data_uri(raw) is not None:
            if _looks_like_image(raw):
                self.image(raw, found_in)
            return
        try:
            url = self._absolute(raw)
        except InvalidInput as error:
            if is_image_path(raw):  # a link that leads nowhere else hides no image
                self._note_unusable(found_in, error)
            return
        if is_image_path(url):
            self.image(raw, found_in)
        elif in_scope(url, self.hosts) and not _NOT_PAGES.search(urlsplit(url).path):
            links = self.next_links if first else self.links
            if len(links) < MAX_LINKS:
                links.setdefault(url)

    def css(self, text: str, place: str) -> None:
        """Take the images that a piece of CSS names."""
        for url in css_urls(text) if self._closely(text) else css_urls_at_a_glance(text):
            if not _FONT.search(url.split("?", 1)[0].split("#", 1)[0]):
                self.image(url, f"{place} url()")

    def candidates(self, text: str, place: str) -> None:
        """Take every candidate of a srcset."""
        for url in _candidates(text) if self._closely(text) else _candidates_at_a_glance(text):
            self.image(url, place)

    def _closely(self, text: str) -> bool:
        self._read_closely += len(text)
        return self._read_closely <= _READ_CLOSELY

    def _is_full(self) -> bool:
        return len(self.references) + len(self.refused) >= MAX_REFERENCES

    def _note_unusable(self, found_in: str, error: InvalidInput) -> None:
        if len(self.unusable) < MAX_UNUSABLE:
            self.unusable.append((found_in, str(error)))
        else:
            self.left_out += 1

    def _absolute(self, raw: str) -> str:
        known = self._known.get(raw)  # menus and icons repeat on a page by the hundred
        if known is None:
            known = absolute(self.base, raw)
            if len(self._known) < _MAX_KNOWN:
                self._known[raw] = known
        return known


def extract(html: str, page_url: str, hosts: Collection[str], depth: int = 0) -> Extracted:
    """Return the image references and links of a page.

    Args:
        html: the page's text, however broken.
        page_url: its address, canonical.
        hosts: the site's hosts in scope, as ``domain.site.Site`` has them.
        depth: how many links away from a start page it is.
    """
    collector = _Collector(page_url, _base(html, page_url), hosts, depth)
    read_elements(html, lambda element: _take(element, collector))
    links = dict.fromkeys([*collector.next_links, *collector.links])
    links.pop(page_url, None)
    return Extracted(
        references=tuple(collector.references.values()),
        links=tuple(links),
        refused=tuple(collector.refused.values()),
        unusable=tuple(collector.unusable),
        left_out=collector.left_out,
    )


def _base(html: str, page_url: str) -> str:
    """Return what the page's addresses are relative to: its first base, wherever that stands."""
    bases: list[str] = []

    def look(element: Element) -> None:
        if element.tag == "base" and element.attributes.get("href") and not bases:
            bases.append(element.attributes["href"])

    if "<base" in html.lower():
        read_elements(html, look)
    try:
        return absolute(page_url, bases[0]) if bases else page_url
    except InvalidInput:
        return page_url


def _take(element: Element, collector: _Collector, nested: int = 0) -> None:
    tag, attributes = element.tag, element.attributes
    _take_by_tag(element, tag, attributes, collector)
    if tag == "iframe" and "srcdoc" in attributes and nested < _MAX_NESTED:
        srcdoc = attributes["srcdoc"]
        read_elements(srcdoc, lambda inner: _take(inner, collector, nested + 1))
    for name, value in attributes.items():
        place = f"{tag}@{name}"
        if name in _CANDIDATES:
            collector.candidates(value, place)
        elif name == "style" and "(" in value:
            collector.css(value, "style attribute")
        elif name in _ONE_URL and "url(" in value.lower():
            collector.css(value, place)
        elif _is_lazy(tag, name, value):
            collector.image(value, place)


def _take_by_tag(
    element: Element, tag: str, attributes: dict[str, str], collector: _Collector
) -> None:
    if tag in {"img", "amp-img"}:
        collector.image(attributes.get("src"), f"{tag}@src")
    elif tag in {"a", "area"}:
        relations = attributes.get("rel", "").lower().split()
        href = attributes.get("href") or attributes.get("xlink:href")
        collector.page(href, f"{tag}@href", first="next" in relations)
    elif tag == "meta":
        _take_meta(attributes, collector)
    elif tag == "link":
        _take_link(attributes, collector)
    elif tag == "style":
        collector.css(element.text, "style element")
    elif tag == "video":
        collector.image(attributes.get("poster"), "video@poster")
    elif tag in {"iframe", "frame"}:
        collector.page(attributes.get("src"), f"{tag}@src")
    elif tag in {"image", "feimage"}:
        collector.image(attributes.get("href") or attributes.get("xlink:href"), "svg image")
        collector.image(attributes.get("src"), f"{tag}@src")  # HTML reads <image> as <img>
    elif (tag == "input" and attributes.get("type", "").lower() == "image") or (
        tag in {"embed", "source"} and is_image_path(attributes.get("src", ""))
    ):
        collector.image(attributes.get("src"), f"{tag}@src")
    elif tag == "object" and is_image_path(attributes.get("data", "")):
        collector.image(attributes.get("data"), "object@data")
    if tag in {"body", "table", "td", "th", "tr"}:
        collector.image(attributes.get("background"), f"{tag}@background")


def _take_meta(attributes: dict[str, str], collector: _Collector) -> None:
    name = (attributes.get("property") or attributes.get("name") or "").lower()
    if name in _META:
        collector.image(attributes.get("content"), f"meta {name}")
    elif _names_an_image(attributes):
        collector.image(attributes.get("content"), "meta itemprop")
    elif attributes.get("http-equiv", "").lower() == "refresh":
        found = _REFRESH.match(attributes.get("content", ""))
        if found:
            collector.page(found[1], "meta refresh")


def _take_link(attributes: dict[str, str], collector: _Collector) -> None:
    relations = set(attributes.get("rel", "").lower().split())
    href = attributes.get("href")
    if "next" in relations or "prev" in relations:
        collector.page(href, "link@href", first="next" in relations)
    elif _names_an_image(attributes) or (
        relations & _LINK_RELATIONS
        and (
            "image_src" in relations
            or attributes.get("as", "").lower() == "image"
            or is_image_path(href or "")
        )
    ):
        collector.image(href, "link@href")


def _is_lazy(tag: str, name: str, value: str) -> bool:
    if name in _ONE_URL:
        return _looks_like_image(value) or (
            tag == "img" and _ADDRESS_SIGN.search(value) is not None
        )
    # Any data attribute may hold a picture's address; one without a slash is a title or file name.
    return name.startswith("data-") and "/" in value and _looks_like_image(value)


def _names_an_image(attributes: Mapping[str, str]) -> bool:
    return not _ITEM_PROPERTIES.isdisjoint(attributes.get("itemprop", "").lower().split())


def _is_no_address(raw: str) -> bool:
    return _NO_ADDRESS.match(raw.translate(_BREAKS)) is not None


def _candidates(value: str) -> Iterator[str]:
    value = _LONG_NUMBER.sub(r"\1", value)
    for candidate in srcset.parse(value):
        yield candidate.url
    # Browsers pass over "a.jpg 640" for want of the w; the picture is on the site all the same.
    if any(issue.code == "invalid-descriptor" for issue in srcset.validate(value)):
        for written in re.split(r",\s", value):
            yield from written.split(maxsplit=1)[:1]


def _candidates_at_a_glance(value: str) -> Iterator[str]:
    for written in value.split():
        url = _DESCRIPTOR.sub("", written, count=1) if written[0].isdigit() else written
        if url.strip(","):
            yield url.strip(",")


def _looks_like_image(value: str) -> bool:
    return (data_uri(value) or "")[:11].lower() == "data:image/" or is_image_path(value)
