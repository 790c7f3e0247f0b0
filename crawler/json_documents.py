"""JSON: every string in it that is an address, and the HTML that strings hold.

It is read string by string and no tree is made of it: a body of sixteen megabytes of brackets
costs neither memory nor depth, and what is broken or wrapped in a call is read all the same.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from crawler.findings import MAX_REFERENCES, Findings
from crawler.scripts import is_image_address, unescaped
from domain.address import MAX_LENGTH, data_uri

# A string that nobody closes goes to the end, or each of its quotes would be looked at as the
# beginning of another one.
_TOKEN: Final = re.compile(
    r'"((?:[^"\\]++|\\(?:.|\Z))*+)(?:"|\Z)(\s*+:)?+|([\[{]++)|([\]}]++)', re.DOTALL
)
_MARKUP: Final = re.compile(r"<[a-zA-Z][^<>]*[=/>]|<[a-zA-Z]+>")
_IMAGE_KEYS: Final = frozenset(
    {
        "image", "images", "img", "photo", "photos", "picture", "pictures", "thumbnail",
        "thumbnails", "thumbnailurl", "thumb", "poster", "icons", "screenshots", "logo", "avatar",
        "primaryimageofpage", "associatedmedia", "contenturl", "source_url", "image_url",
        "imageurl", "display_url", "file_url", "sample_url", "preview_url", "large_file_url",
        "thumbnail_url", "thumb_url", "original_url", "media_url", "video", "videos", "video_url",
    }
)  # fmt: skip
_ADDRESS_KEYS: Final = frozenset({None, "url", "contenturl", "src", "href", "thumbnailurl"})
_PAGE_KEYS: Final = frozenset(
    {"url", "href", "link", "permalink", "path", "uri", "page", "html_url", "topic_url", "slug_url"}
)
_NEXT_KEYS: Final = frozenset(
    {"next", "next_url", "nexturl", "next_page", "nextpage", "next_page_url", "more_url"}
)  # fmt: skip
_MOST_REGIONS: Final = 64
Markup = Callable[[str, Findings], None]


@dataclass(slots=True)
class _Reader:
    """Where in the document the reading stands, as far as that matters."""

    findings: Findings
    markup: Markup
    place: str
    key: str | None = None
    depth: int = 0
    regions: list[tuple[int, str]] = field(default_factory=list)
    names: dict[str, None] = field(default_factory=dict)
    """Addresses that may be mere names of images that stand elsewhere in full."""

    def read(self, text: str) -> None:
        for found in _TOKEN.finditer(text):
            if found[3] is not None:
                self._opens(len(found[3]))
            elif found[4] is not None:
                self._closes(len(found[4]))
            elif found[2] is not None:
                self.key = found[1][:80].lower()
            else:
                self._take(unescaped(found[1]).strip())
                self.key = None

    def _opens(self, number: int) -> None:
        kind = ""
        if self.key == "_links":
            kind = "links"
        elif self.key in _IMAGE_KEYS:
            kind = "image"
        elif self.key in _NEXT_KEYS:
            kind = "next"
        if kind and len(self.regions) < _MOST_REGIONS:
            self.regions.append((self.depth + 1, kind))
        self.depth += number
        self.key = None

    def _closes(self, number: int) -> None:
        self.depth = max(0, self.depth - number)
        while self.regions and self.regions[-1][0] > self.depth:
            self.regions.pop()
        self.key = None

    def _take(self, text: str) -> None:
        kind = self.regions[-1][1] if self.regions else ""
        if not text or kind == "links":  # what an interface says of itself, but for what is next
            return
        if "<" in text and _MARKUP.search(text):
            self.markup(text, self.findings)
        elif text[0] in "{[" and '"' in text:
            if self.findings.go_in():
                _Reader(self.findings, self.markup, self.place, names=self.names).read(text)
                self.findings.come_out()
        elif data_uri(text) is not None:
            if is_image_address(text):
                self.findings.image(text, self.place)
        elif len(text) <= MAX_LENGTH and "\n" not in text:
            self._take_address(text, kind)

    def _take_address(self, text: str, kind: str) -> None:
        key = self.key
        whole = text.startswith(("http://", "https://", "//"))
        rooted = text.startswith(("/", "./", "../", "?"))
        if key is not None and "srcset" in key:
            self.findings.candidates(text, self.place)
        elif is_image_address(text):
            if whole or rooted:
                self.findings.page(text, self.place)  # File:x.jpg is a page about an image
            elif len(self.names) < MAX_REFERENCES:
                self.names[text] = None
            else:
                self.findings.image(text, self.place)
        elif "{" in text or " " in text:
            return
        elif kind == "image" and key in _ADDRESS_KEYS and (key or whole or rooted):
            self.findings.image(text, self.place)
        elif not (whole or rooted):
            return
        elif key in _IMAGE_KEYS:
            self.findings.image(text, self.place)
        elif key in _NEXT_KEYS or kind == "next":
            self.findings.page(text, self.place, first=True)
        elif whole or key in _PAGE_KEYS:
            self.findings.page(text, self.place)


def read_json(
    text: str, findings: Findings, markup: Markup, *, place: str = "json", alone: bool = False
) -> None:
    """Gather what JSON points to.

    Args:
        text: the JSON, however broken.
        findings: takes what is found.
        markup: reads a piece of HTML.
        place: what to call where an image was found.
        alone: it is a document of its own. File names in it are then often mentions of pictures
            that it names in full elsewhere, and relative to nothing that is known.
    """
    reader = _Reader(findings, markup, place)
    reader.read(text)
    known = {address.partition("?")[0].rpartition("/")[2] for address in findings.references}
    for name in reader.names:
        if not (alone and name.rpartition("/")[2] in known):
            findings.image(name, place)
