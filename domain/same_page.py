"""Which addresses lead to the same page: session ids, sort orders and trackers make no new one.

The key is for comparing only. What is requested is always an address as the site wrote it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

_SESSION_NAMES: Final = frozenset(
    {
        "phpsessid", "jsessionid", "sessionid", "session_id", "sessid", "sess_id", "oscsid",
        "zenid", "cfid", "cftoken", "asp.net_sessionid", "xoopssid", "s_id",
    }
)  # fmt: skip
# Names that hold a session on some sites and something else on others: their value decides.
_MAYBE_SESSION: Final = frozenset({"sid", "session", "sess", "ses", "token", "s", "pwg_id"})
_SESSION_VALUE: Final = re.compile(r"[0-9a-f]{16,}|(?=[a-z]*\d)[0-9a-z]{26,}", re.IGNORECASE)
_TRACKER: Final = re.compile(
    r"utm_\w+|fbclid|gclid|dclid|msclkid|yclid|igshid|mc_[ce]id|_ga|_gl|ref_src|ref_url|referrer"
    r"|referer|replytocom|aspsessionid\w*",
    re.IGNORECASE,
)
_ORDER: Final = frozenset(
    {
        "sort", "sortby", "sort_by", "sortorder", "sort_order", "sortdir", "sort_dir", "sortfield",
        "orderby", "order_by", "orderdir", "order_dir", "ordering", "image_order",
    }
)  # fmt: skip
_MAYBE_ORDER: Final = frozenset({"order", "dir", "direction", "o", "by", "sens"})
_ORDER_WORD: Final = re.compile(
    r"(?:asc|desc|ascending|descending|up|down|name|title|date|time|size|new|newest|old|oldest"
    r"|latest|recent|pop|popular|popularity|rating|rated|random|views?|hits|likes|comments)"
    r"(?:[_\s,.+-]+(?:asc|desc|up|down))?",
    re.IGNORECASE,
)
_LOOK: Final = frozenset(
    {"view", "display", "layout", "viewmode", "view_mode", "mode", "theme", "skin", "style"}
)
# No word that may mean a larger picture or another page: full, large, details, thumbs, gallery.
_LOOK_WORD: Final = re.compile(
    r"list|grid|tiles?|table|compact|mosaic|masonry|cards|classic|mobile|desktop|print|printable"
    r"|light|dark",
    re.IGNORECASE,
)
_FOR_PRINTING: Final = frozenset({"print", "printable", "print_view", "printview"})
# DokuWiki's lists of all pages and files name the page that one has come from.
_OF_ALL_PAGES: Final = frozenset({"do=index", "do=media", "do=recent"})
# What says no more than its absence, in DokuWiki's links.
_AS_WITHOUT: Final = frozenset({("do", ""), ("ns", ""), ("tab_files", "files")})
_SESSION_IN_PATH: Final = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/;]*", re.IGNORECASE)
_ASP_IN_PATH: Final = re.compile(r"/\((?:[A-Z]\([^()/]{1,80}\)){1,4}\)(?=/|$)")
_INDEX: Final = re.compile(
    r"/(?:index\.(?:html?|php\d?|aspx?|jsp)|default\.(?:aspx?|html?))$", re.IGNORECASE
)
_LIST_ORDER: Final = re.compile(r"C=[NMSD][;&]O=[AD]")  # how web servers sort a folder's listing


@dataclass(frozen=True, slots=True)
class PageAddress:
    """An address without what says nothing about which page it is.

    ``segments`` is the path, ``route`` a query that is written like a path (``?/category/3``), and
    ``parameters`` the rest of the query, sorted.
    """

    host: str
    segments: tuple[str, ...]
    route: tuple[str, ...]
    parameters: tuple[tuple[str, str], ...]


@lru_cache(maxsize=10_000)  # the same menu stands on every page
def read_page_address(url: str) -> PageAddress:
    """Take a canonical address apart and leave out sessions, trackers, orders and looks."""
    parts = urlsplit(url)
    path = _SESSION_IN_PATH.sub("", parts.path)
    path = _INDEX.sub("/", _ASP_IN_PATH.sub("", path))
    written = "" if _LIST_ORDER.fullmatch(parts.query) else parts.query
    pieces = [piece for piece in written.split("&") if piece]
    if path.endswith("/doku.php") and not _OF_ALL_PAGES.isdisjoint(pieces):
        pieces = [piece for piece in pieces if not piece.startswith("id=")]
    route: tuple[str, ...] = ()
    if pieces and "=" not in pieces[0] and "/" in pieces[0]:
        route = tuple(segment for segment in pieces.pop(0).split("/") if segment)
    return PageAddress(
        host=parts.netloc.removeprefix("www."),
        segments=tuple(segment for segment in path.split("/") if segment),
        route=route,
        parameters=tuple(sorted(_telling(pieces))),
    )


def page_key(url: str) -> str:
    """Return what is equal for two canonical addresses that lead to the same page.

    They may differ in session ids, trackers, the order in which things are listed, how the page
    looks, the order of parameters, ``index.html``, a slash at the end, ``www.`` and http or https.
    How many things a page lists is kept: a longer page may show more.
    """
    address = read_page_address(url)
    query = "&".join(f"{name}={value}" for name, value in address.parameters)
    route = "/".join(address.route)
    return f"{address.host}/{'/'.join(address.segments)}?/{route}&{query}"


def _telling(pieces: list[str]) -> Iterator[tuple[str, str]]:
    pairs = [(name, value) for name, _, value in (piece.partition("=") for piece in pieces)]
    for name, value in pairs:
        plain = name.lower()
        if plain in _SESSION_NAMES or plain in _ORDER or _TRACKER.fullmatch(plain):
            continue
        if plain in _MAYBE_SESSION and _SESSION_VALUE.fullmatch(value):
            continue
        if plain in _MAYBE_ORDER and _ORDER_WORD.fullmatch(value):
            continue
        if plain in _LOOK and _LOOK_WORD.fullmatch(value):
            continue
        if (plain, value) in _AS_WITHOUT:
            continue
        if plain in _FOR_PRINTING or (plain == "ref" and value.isalpha()):
            continue
        yield name, value
