"""What is gathered while one document is read: its images, its links, and what was left out.

Nothing is left out without a word: what cannot be used as an address is given back with its
reason, what a rule forbids as refused, and what stands beyond a limit is counted.
"""

import re
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import unquote, urlsplit

from crawler.buttons import is_button
from crawler.picture_sizes import is_named_after, smaller_sizes
from crawler.script_files import is_library
from crawler.srcsets import candidates, candidates_at_a_glance
from crawler.stylesheets import css_addresses, css_addresses_at_a_glance
from domain.address import absolute, carries_an_address, data_uri, in_scope, storable
from domain.errors import InvalidInput
from domain.file_address import is_media_path
from domain.image import ImageReference

MAX_REFERENCES: Final = 20_000
"""References taken from one page; those beyond are counted as left out."""

MAX_UNUSABLE: Final = 1_000
"""Addresses of one page that cannot be read and are given back with their reasons."""

MAX_LINKS: Final = 20_000
"""Links taken from one page, far beyond what a crawl reads of one site."""

MAX_INNER: Final = 5_000
"""Pieces within one document (HTML in its strings, say) that are read as documents themselves."""

_MOST_ELSEWHERE: Final = 2_000
_MAX_KNOWN: Final = 2 * (MAX_REFERENCES + MAX_LINKS)
_MAX_NESTED: Final = 3

_NOT_PAGES: Final = re.compile(
    r"\.(?:zip|rar|7z|tar|t?gz|bz2|xz|iso|exe|apk|dmg|msi|deb|rpm|mp[34]|m4[av]|mkv|webm|mov|avi|wmv"
    r"|flv|ogg|opus|wav|flac|pdf|epub|docx?|xlsx?|pptx?|css|m?js|woff2?|ttf|eot|ico|svg|torrent)$",
    re.IGNORECASE,
)
_FONT: Final = re.compile(r"\.(?:woff2?|ttf|otf|eot|css|svg|ico)$", re.IGNORECASE)
_NO_ADDRESS: Final = re.compile(r"\s*(?:(?:javascript|about|blob|mailto|tel):|#|$)", re.IGNORECASE)
_PLAYER: Final = re.compile(r"/(?:embed|player|iframe)\b|[?&]embed", re.IGNORECASE)
_LITTLE: Final = 2
"""References, and links, up to which a document shows so little that its scripts are read."""
_MOST_LOADED: Final = 20
_BREAKS: Final = str.maketrans("", "", "\t\n\r")
# MediaWiki's File:x.jpg is a page about the file, whatever the language calls it.
_ABOUT_A_FILE: Final = re.compile(r"[^\W\d]\w{0,30}:[^/]")
_READ_CLOSELY: Final = 1_000_000
"""Characters of CSS and srcset on one page that are parsed in full; the rest is read at a glance,
so that no page holds up the crawl."""


@dataclass(frozen=True, slots=True)
class Extracted:
    """What a page points to.

    ``refused`` would pass an address of the site on to somebody else; ``unusable`` holds, for each
    address that cannot be read, where it stood and why. ``left_out`` counts what stands beyond
    MAX_REFERENCES, MAX_UNUSABLE or MAX_INNER, ``links_left`` what stands beyond MAX_LINKS: only a
    page made to exhaust us has so many, or the map of a very large site. ``whole``: whether it was
    read to its end. ``pixels`` counts what is certain to be a dot or a button. ``besides`` holds
    addresses of images that stand there and are not asked for: buttons, smaller sizes, what is
    refused. ``elsewhere`` holds links to other hosts that are not named like images; nobody follows
    them.
    """

    references: tuple[ImageReference, ...] = ()
    links: tuple[str, ...] = ()
    refused: tuple[ImageReference, ...] = ()
    unusable: tuple[tuple[str, str], ...] = ()
    left_out: int = 0
    links_left: int = 0
    whole: bool = True
    pixels: int = 0
    besides: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()


@dataclass(slots=True)
class Findings:
    """Gathers what one document points to, each address once, in the order of the document.

    ``within`` is set while what stands within a link is read: where that leads, as it is written.
    """

    page_url: str
    base: str
    hosts: Collection[str]
    depth: int = 0
    within: str | None = None
    references: dict[str, ImageReference] = field(default_factory=dict)
    refused: dict[str, ImageReference] = field(default_factory=dict)
    unusable: list[tuple[str, str]] = field(default_factory=list)
    whole: bool = True
    left_out: int = 0
    links_left: int = 0
    links: dict[str, None] = field(default_factory=dict)
    first_links: dict[str, None] = field(default_factory=dict)
    picture_links: dict[str, None] = field(default_factory=dict)
    documents: dict[str, None] = field(default_factory=dict)
    pixels: dict[str, None] = field(default_factory=dict)
    """Dots and buttons: what counts visitors is called as if it were a picture."""
    besides: dict[str, None] = field(default_factory=dict)
    """Addresses of images that stand there and are not asked for."""
    elsewhere: dict[str, None] = field(default_factory=dict)
    """Links to other hosts that are not named like images."""
    names: dict[str, str] = field(default_factory=dict)
    """Names of image files in scripts, without a folder, and where each stood."""
    loaded: dict[str, None] = field(default_factory=dict)
    """Scripts, and data that scripts load: read where the document itself shows next to nothing."""
    _known: dict[str, str] = field(default_factory=dict)
    _read_closely: int = 0
    _nested: int = 0
    _inner: int = 0

    def extracted(self) -> Extracted:
        """Return what was gathered.

        Its links: what pictures lead to comes first, then the next page, and style sheets, feeds
        and the like last.
        """
        self._settle_names()
        for address in smaller_sizes(self.references):
            del self.references[address]
            self.besides[address] = None
        if len(self.references) <= _LITTLE and len(self.links) <= _LITTLE:
            for url in self.loaded:
                self._link(self.documents, url)
        links = dict.fromkeys(
            [*self.picture_links, *self.first_links, *self.links, *self.documents]
        )
        links.pop(self.page_url, None)
        return Extracted(
            references=tuple(self.references.values()),
            links=tuple(links),
            refused=tuple(self.refused.values()),
            unusable=tuple(self.unusable),
            left_out=self.left_out,
            links_left=self.links_left,
            whole=self.whole,
            pixels=len(self.pixels),
            besides=(*self.besides, *self.refused),
            elsewhere=tuple(self.elsewhere),
        )

    def image(self, raw: str | None, found_in: str) -> None:
        """Take one image address as it stands in the document."""
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
        leads = self._leads_to()
        if leads is not None:
            self._moves(leads, self.picture_links)
        links_to = leads if leads != address else None
        known = self.references.get(address)
        if known is not None and known.links_to is None and links_to is not None:
            self.references[address] = replace(known, links_to=links_to)
        if known is not None or address in self.refused:
            return
        if self._is_full():
            self.left_out += 1
            return
        reference = ImageReference(self.page_url, url, address, found_in, self.depth, links_to)
        if inline is None and carries_an_address(url, self.hosts):
            self.refused[address] = reference
        else:
            self.references[address] = reference

    def pixel(self, raw: str | None) -> None:
        """Take what is sure to be a dot or a button; it is counted, and not asked for."""
        if raw is None or _is_no_address(raw) or len(self.pixels) >= MAX_REFERENCES:
            return
        self.pixels[raw] = None
        self._beside(raw)

    def media(self, raw: str | None, found_in: str) -> None:
        """Take an image or a video; a player's page, which is named as one as well, is a page."""
        if raw is not None and _PLAYER.search(raw) and not is_media_path(raw):
            self.page(raw, found_in)
        else:
            self.image(raw, found_in)

    def name(self, raw: str, found_in: str) -> None:
        """Take an image file's name that stands in a script without a folder."""
        if len(self.names) < MAX_REFERENCES:
            self.names.setdefault(raw, found_in)
        else:
            self.left_out += 1

    def script(self, raw: str | None) -> None:
        """Take the address of a script of the page's."""
        if raw and not is_library(raw):
            self.data(raw)

    def data(self, raw: str) -> None:
        """Take the address of what a script loads."""
        if _is_no_address(raw) or data_uri(raw) is not None or len(self.loaded) >= _MOST_LOADED:
            return
        try:
            url = self._absolute(raw)
        except InvalidInput:
            return
        if in_scope(url, self.hosts) and url != self.page_url:
            self.loaded[url] = None

    def page(self, raw: str | None, found_in: str, *, first: bool = False) -> None:
        """Take one link: to an image file, or to a page in scope."""
        if raw is None or _is_no_address(raw):
            return
        if data_uri(raw) is not None:
            if holds_pictures(raw):
                self.image(raw, found_in)
            return
        if raw not in self._known:  # or the time for one that is not kept would be lost
            if self._is_full() and is_media_path(raw):
                self.left_out += 1
                return
            if self._links_are_full() and not is_media_path(raw):
                self.links_left += 1
                return
        try:
            url = self._absolute(raw)
        except InvalidInput as error:
            if is_media_path(raw):  # a link that leads nowhere else hides no image
                self._note_unusable(found_in, error)
            return
        path = urlsplit(url).path
        about_a_file = _ABOUT_A_FILE.match(unquote(path.rpartition("/")[2])) is not None
        if is_media_path(url) and not (about_a_file and in_scope(url, self.hosts)):
            self.image(raw, found_in)
        elif not in_scope(url, self.hosts):
            self._leads_elsewhere(url)
        elif not _NOT_PAGES.search(path):
            self._link(self.first_links if first else self.links, url)

    def document(self, raw: str | None) -> None:
        """Take a link to something that is to be read as a page, whatever its name."""
        if raw is None or _is_no_address(raw) or data_uri(raw) is not None:
            return
        try:
            url = self._absolute(raw)
        except InvalidInput:
            return
        if in_scope(url, self.hosts):
            self._link(self.documents, url)

    def css(self, text: str, place: str) -> None:
        """Take the images that a piece of CSS names, and the style sheets that it imports."""
        read = css_addresses if self._closely(text) else css_addresses_at_a_glance
        for address, is_sheet in read(text):
            if is_sheet:
                self.document(address)
            elif is_button(address):
                self.pixel(address)
            elif not _FONT.search(address.split("?", 1)[0].split("#", 1)[0]):
                self.image(address, f"{place} url()")

    def candidates(self, text: str, place: str) -> None:
        """Take the candidates of a srcset: of plainly one picture the largest, else every one.

        None of a picture that stands within a link by its name: that leads to the picture itself.
        """
        behind_a_link = self.within is not None and is_named_after(self.within, text)
        read = candidates if self._closely(text) else candidates_at_a_glance
        for url, worth_it in read(text):
            if worth_it and not behind_a_link:
                self.image(url, place)
            else:
                self._beside(url)

    def go_in(self) -> bool:
        """Say whether a piece within the document may be read as one itself.

        If so, ``come_out`` is to be called after it. One too many is counted as left out.
        """
        if self._nested >= _MAX_NESTED or self._inner >= MAX_INNER:
            self.left_out += 1
            return False
        self._nested += 1
        self._inner += 1
        return True

    def come_out(self) -> None:
        """End what ``go_in`` began."""
        self._nested -= 1

    def _leads_elsewhere(self, url: str) -> None:
        if len(self.elsewhere) < _MOST_ELSEWHERE and not carries_an_address(url, self.hosts):
            self.elsewhere[url] = None

    def _beside(self, raw: str) -> None:
        """Note an image that stands there and is not asked for: it is not to be taken for gone."""
        if _is_no_address(raw) or data_uri(raw) is not None or len(self.besides) >= MAX_REFERENCES:
            return
        with suppress(InvalidInput):
            self.besides[self._absolute(raw)] = None

    def _link(self, links: dict[str, None], url: str) -> None:
        if any(url in known for known in self._all_links()):
            if links is self.first_links:
                self._moves(url, links)
        elif not self._links_are_full():
            links[url] = None
        else:
            self.links_left += 1

    def _all_links(self) -> tuple[dict[str, None], ...]:
        return self.picture_links, self.first_links, self.links, self.documents

    def _links_are_full(self) -> bool:
        return sum(map(len, self._all_links())) >= MAX_LINKS

    def _moves(self, url: str, to: dict[str, None]) -> None:
        for links in (self.links, self.first_links):
            if url in links:
                del links[url]
                to[url] = None

    def _settle_names(self) -> None:
        """Take the names in scripts for images next to the page, but for mere mentions of files."""
        about = {name.partition(":")[2] for name in self.names if _ABOUT_A_FILE.match(name)}
        about |= {name.replace("_", " ") for name in about}
        for name, place in self.names.items():
            if not _ABOUT_A_FILE.match(name) and name not in about:
                self.image(name, place)
        self.names.clear()

    def _leads_to(self) -> str | None:
        raw = self.within
        if raw is None or _is_no_address(raw) or data_uri(raw) is not None:
            return None
        try:
            return self._absolute(raw)
        except InvalidInput:
            return None

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


def holds_pictures(value: str) -> bool:
    """Say whether an address is a picture's by its path, a video's or archive's, or holds one."""
    inline = (data_uri(value) or "")[:11].lower()
    return inline in {"data:image/", "data:video/"} or is_media_path(value)


def _is_no_address(raw: str) -> bool:
    return _NO_ADDRESS.match(raw.translate(_BREAKS)) is not None
