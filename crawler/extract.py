"""Extract: a page's HTML becomes the image references on it and the pages it links to.

Pure: text in, references and links out. Nothing is left out without a word: what cannot be used as
an address is given back with its reason, and what a rule forbids is given back as refused.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from crawler.announcements import take_announcements
from crawler.buttons import shows_no_picture
from crawler.elements import COMMENT, Element, read_elements
from crawler.findings import Extracted, Findings, holds_pictures
from crawler.json_documents import read_json
from crawler.plain_addresses import read_addresses
from crawler.scripts import take_literals
from domain.address import absolute
from domain.errors import InvalidInput
from domain.file_address import is_image_path, is_media_path

_ONE_URL: Final = frozenset(
    {
        "data-src", "data-original", "data-lazy-src", "data-lazy", "data-echo", "data-url",
        "data-image", "data-img", "data-full", "data-full-src", "data-large", "data-large-file",
        "data-orig-file", "data-hi-res-src", "data-highres", "data-zoom-image", "data-bg",
        "data-background", "data-background-image", "data-thumb", "data-thumb-src",
        "data-original-src", "data-actualsrc", "data-real-src", "data-flickity-lazyload",
        "data-cfsrc", "data-poster", "data-preview", "data-image-src", "data-media", "lowsrc",
        "data-lazyload", "data-retina", "data-src-retina", "data-href", "data-video-src",
        "data-video", "data-mp4", "data-webm", "data-hls",
    }
)  # fmt: skip
_CANDIDATES: Final = frozenset(
    {"srcset", "data-srcset", "data-lazy-srcset", "data-original-set", "imagesrcset", "data-bgset"}
)
_META: Final = frozenset(
    {
        "og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src",
        "thumbnail", "msapplication-tileimage", "og:video", "og:video:url", "og:video:secure_url",
        "twitter:player:stream",
    }
)  # fmt: skip
_LINK_RELATIONS: Final = frozenset(
    {"image_src", "preload", "prefetch", "apple-touch-startup-image"}
)
_ITEM_PROPERTIES: Final = frozenset({"image", "thumbnailurl", "contenturl"})
# What a page announces as its next piece, for scripts that load it.
_MORE: Final = frozenset(
    {
        "data-next", "data-next-url", "data-next-page", "data-next-href", "data-load-more-url",
        "data-load-more", "data-more-url", "data-more", "data-ajax-url", "hx-get", "data-hx-get",
    }
)  # fmt: skip
_NEXT_CLASSES: Final = frozenset({"next", "next-page", "nextpage", "load-more", "loadmore"})
_PLAYED: Final = frozenset({"video", "source", "embed", "object", "input"})
_SHOWS: Final = frozenset({"img", "video"})
_VIDEO_TYPES: Final = ("video/", "application/x-mpegurl", "application/vnd.apple.mpegurl")
_BUTTON_PAGES: Final = frozenset({"data-url", "data-href", "data-link"})
_BUTTONS: Final = frozenset({"button", "a", "li", "tr"})
_PAGE_SIGN: Final = re.compile(r"\s*+(?:https?:|[/?]|\.{1,2}/|[^\s:{}]{1,200}+(?<=[/?=]))")
_LINK_HEADER: Final = re.compile(r"<([^<>]{1,4096})>([^<]*+)")
_LINK_PARAMETER: Final = re.compile(r";\s*+(\w++)\s*+=\s*+(?:\"([^\"]*+)\"|([^\s;,\"]++))")
# Possessive (*+): a long run of spaces would otherwise be tried in every way to divide it.
_REFRESH: Final = re.compile(
    r"\s*+(?:[\d.]*+\s*+[;,]?\s*+url\s*+=|[\d.]++\s*+[;,])\s*+['\"]?([^'\"]+)", re.IGNORECASE
)
# Lazy loaders use the same attributes as switches: data-lazy="true".
_ADDRESS_SIGN: Final = re.compile(r"[/.?]")


def extract(html: str, page_url: str, hosts: Collection[str], depth: int = 0) -> Extracted:
    """Return the image references and links of a page.

    Args:
        html: the page's text, however broken.
        page_url: its address, canonical.
        hosts: the site's hosts in scope, as ``domain.site.Site`` has them.
        depth: how many links away from a start page it is.
    """
    findings = Findings(page_url, page_url, hosts, depth)
    read_html(html, findings)
    return findings.extracted()


def read_html(html: str, findings: Findings) -> None:
    """Gather what a page points to."""
    findings.base = _base(html, findings.page_url)
    findings.whole &= read_elements(html, lambda element: take_element(element, findings))


def read_markup(html: str, findings: Findings) -> None:
    """Gather what a piece of HTML within a document points to."""
    if not findings.go_in():
        return
    around = findings.within
    findings.whole &= read_elements(html, lambda element: take_element(element, findings, around))
    findings.within = around
    findings.come_out()


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


def take_element(element: Element, findings: Findings, around: str | None = None) -> None:
    """Gather what one element points to; ``around`` is a link that all of the document is in."""
    tag, attributes = element.tag, element.attributes
    findings.within = element.within or around
    _take_by_tag(element, tag, attributes, findings)
    if tag == "iframe" and "srcdoc" in attributes:
        read_markup(attributes["srcdoc"], findings)
    for name, value in attributes.items():
        place = f"{tag}@{name}"
        if name in _CANDIDATES:
            findings.candidates(value, place)
        elif name == "style" and "(" in value:
            findings.css(value, "style attribute")
        elif name in _ONE_URL and "url(" in value.lower():
            findings.css(value, place)
        elif _is_lazy(tag, name, value):
            findings.image(value, place)
        elif name in _MORE or (name in _BUTTON_PAGES and tag in _BUTTONS):
            if _PAGE_SIGN.match(value):
                findings.page(value, place, first=name in _MORE)
        elif name.startswith("on") or value[:2].strip()[:1] in {"[", "{"}:
            take_literals(value, place, findings)


def _take_text(element: Element, findings: Findings) -> None:
    kind = element.attributes.get("type", "").lower()
    if element.tag == "style":
        findings.css(element.text, "style element")
    elif "json" in kind:
        read_json(element.text, findings, read_markup, place="script json")
    elif "html" in kind or "template" in kind or "handlebars" in kind or "mustache" in kind:
        read_markup(element.text, findings)
    else:
        findings.script(element.attributes.get("src"))
        take_literals(element.text, "script", findings)


def _take_by_tag(
    element: Element, tag: str, attributes: dict[str, str], findings: Findings
) -> None:
    if tag == "img" and shows_no_picture(attributes):
        findings.pixel(attributes.get("src"))
    elif tag in {"img", "amp-img"}:
        findings.image(attributes.get("src"), f"{tag}@src")
    elif tag in {"a", "area"}:
        relations = attributes.get("rel", "").lower().split()
        href = attributes.get("href") or attributes.get("xlink:href")
        says_next = not _NEXT_CLASSES.isdisjoint(attributes.get("class", "").lower().split())
        findings.page(href, f"{tag}@href", first="next" in relations or says_next)
    elif tag == "meta":
        _take_meta(attributes, findings)
    elif tag == "link":
        _take_link(attributes, findings)
    elif tag in {"style", "script"}:
        _take_text(element, findings)
    elif tag == COMMENT:
        take_literals(element.text, "comment", findings)
        read_addresses(element.text, findings, "comment", pages=False)
    elif tag in {"iframe", "frame"}:
        findings.page(attributes.get("src"), f"{tag}@src")
    elif tag in {"image", "feimage"}:
        findings.image(attributes.get("href") or attributes.get("xlink:href"), "svg image")
        findings.image(attributes.get("src"), f"{tag}@src")  # HTML reads <image> as <img>
    elif tag in _PLAYED:
        _take_played(tag, attributes, findings)
    if tag in {"body", "table", "td", "th", "tr"}:
        findings.image(attributes.get("background"), f"{tag}@background")


def _take_played(tag: str, attributes: dict[str, str], findings: Findings) -> None:
    kind, source = attributes.get("type", "").lower(), attributes.get("src", "")
    if tag == "video":
        findings.image(attributes.get("poster"), "video@poster")
        findings.media(source, "video@src")
    elif tag == "object":
        if is_media_path(attributes.get("data", "")):
            findings.image(attributes.get("data"), "object@data")
    elif tag == "input":
        if kind == "image":
            findings.image(source, "input@src")
    elif kind.startswith(_VIDEO_TYPES) or is_media_path(source):
        findings.media(source, f"{tag}@src")


def _take_meta(attributes: dict[str, str], findings: Findings) -> None:
    name = (attributes.get("property") or attributes.get("name") or "").lower()
    if name in _META:
        findings.media(attributes.get("content"), f"meta {name}")
    elif _names_an_image(attributes):
        findings.image(attributes.get("content"), "meta itemprop")
    elif attributes.get("http-equiv", "").lower() == "refresh":
        found = _REFRESH.match(attributes.get("content", ""))
        if found:
            findings.page(found[1], "meta refresh")


def _take_link(attributes: dict[str, str], findings: Findings) -> None:
    relations = set(attributes.get("rel", "").lower().split())
    href = attributes.get("href")
    if "next" in relations or "prev" in relations:
        findings.page(href, "link@href", first="next" in relations)
    elif _names_an_image(attributes) or (
        relations & _LINK_RELATIONS
        and (
            "image_src" in relations
            or attributes.get("as", "").lower() == "image"
            or is_image_path(href or "")
        )
    ):
        findings.image(href, "link@href")
    else:
        take_announcements(relations, href, attributes.get("type", ""), findings)


def take_link_headers(values: Iterable[str], findings: Findings) -> None:
    """Gather what the ``Link`` headers of an answer point to: they say what ``link`` says."""
    for value in values:
        for found in _LINK_HEADER.finditer(value):
            parameters = {
                each[1].lower(): each[2] if each[2] is not None else each[3]
                for each in _LINK_PARAMETER.finditer(found[2])
            }
            _take_link({**parameters, "href": found[1]}, findings)


def _is_lazy(tag: str, name: str, value: str) -> bool:
    if name in _ONE_URL:
        return holds_pictures(value) or (tag in _SHOWS and _ADDRESS_SIGN.search(value) is not None)
    # Any data attribute may hold a picture's address; one without a slash is a title or file name.
    return name.startswith("data-") and "/" in value and holds_pictures(value)


def _names_an_image(attributes: Mapping[str, str]) -> bool:
    return not _ITEM_PROPERTIES.isdisjoint(attributes.get("itemprop", "").lower().split())
