"""What kind of document an answer is, by what it says and by what it looks like."""

import re
from enum import StrEnum
from typing import Final
from urllib.parse import unquote, urlsplit

from scrapy.http import Response, TextResponse

from crawler.charsets import readable
from crawler.picture_signs import begins_like_a_picture
from domain.file_address import is_media_path
from domain.playlist import is_playlist
from pipelines.body_limits import content_of

_LOOKED_AT: Final = 4_096
_NO_TEXT: Final = re.compile(rb"[\x00-\x08\x0e-\x1a]")
_WIDE: Final = (b"\xff\xfe", b"\xfe\xff")
_XML_ROOT: Final = re.compile(
    r"<(?:\w{1,40}:)?(?:urlset|sitemapindex|rss|feed|rdf|svg|playlist|gallery|images)[\s>]",
    re.IGNORECASE,
)
_SURELY_HTML: Final = re.compile(r"<(?:!doctype\s++html|html|head|body)\b", re.IGNORECASE)
_HTML: Final = re.compile(r"<(?:title|meta|div|p|a|img|table|ul|br|h1)\b", re.IGNORECASE)
_JSON: Final = re.compile(r"\s*+(?:\{\s*+[\"}]|\[\s*+[\[{\"\]])")
_LEADING: Final = re.compile(r"(?:\s++|<\?[^>]*+>|<!--(?:[^-]++|-(?!->))*+-->)*+")
_FILE_NAME: Final = re.compile(r"filename\*?\s*=\s*(?:\"([^\"]*+)\"|([^\s;\"]++))", re.IGNORECASE)
_SAYS_NOTHING: Final = re.compile(
    r"$|text/|binary/octet-stream|application/(?:octet-stream|force|x-download|unknown)"
)


class Kind(StrEnum):
    """As what an answer is read; a video, an archive of pictures and a stream are pictures, too."""

    PICTURE = "picture"
    HTML = "html"
    XML = "xml"
    CSS = "css"
    JSON = "json"
    SCRIPT = "script"
    TEXT = "text"
    NONE = "none"


def kind_of(response: Response) -> Kind:
    """Say as what an answer is to be read."""
    said, start = content_type(response), response.body[:_LOOKED_AT]
    if begins_like_a_picture(start) or content_of("", start) or is_playlist(start):
        return Kind.PICTURE
    is_text = not _NO_TEXT.search(start) or start.startswith(_WIDE)
    text = text_of(response.replace(body=start)).lstrip("\ufeff") if is_text else ""
    surely, stated = _surely(text), _by_type(said)
    if stated is not None:
        return surely or stated
    if not _SAYS_NOTHING.match(said):
        return Kind.NONE
    return surely or _probably(text) or _by_name(response, is_text=is_text)


def content_type(response: Response) -> str:
    """Return what an answer says that it is, without parameters."""
    raw = response.headers.get("Content-Type") or b""
    return raw.decode("latin-1").split(";", 1)[0].strip().lower()[:80]


def text_of(response: Response) -> str:
    """Return an answer's body as text, in the charset that it says or shows."""
    if not isinstance(response, TextResponse):
        response = response.replace(cls=TextResponse)
    return readable(response).text


def _by_type(said: str) -> Kind | None:
    if (said.startswith("image/") and "svg" not in said) or content_of(said, b""):
        return Kind.PICTURE
    for word, kind in (
        ("html", Kind.HTML),
        ("json", Kind.JSON),
        ("xml", Kind.XML),
        ("text/css", Kind.CSS),
        ("javascript", Kind.SCRIPT),
        ("ecmascript", Kind.SCRIPT),
    ):
        if word in said:
            return kind
    return Kind.JSON if said == "application/manifest" else None


def _by_name(response: Response, *, is_text: bool) -> Kind:
    disposition = (response.headers.get("Content-Disposition") or b"").decode("latin-1")
    named = _FILE_NAME.search(disposition)
    name = unquote((named[1] or named[2] or "").rpartition("'")[2]) if named else ""
    if is_media_path(f"/{name}" if name else response.url):
        return Kind.PICTURE
    if not is_text:
        return Kind.NONE
    return Kind.CSS if urlsplit(response.url).path.endswith(".css") else Kind.TEXT


def _surely(text: str) -> Kind | None:
    """Return what a text is that begins like nothing else, whatever is said of it."""
    if _JSON.match(text):
        return Kind.JSON
    root = _without_leading(text)
    if root[:9].lower() == "<!doctype":  # the root element may come behind it
        behind = root[:1_000].partition(">")[2].lstrip()
        root = behind if _XML_ROOT.match(behind) else root
    if _XML_ROOT.match(root):
        return Kind.XML
    return Kind.HTML if _SURELY_HTML.match(root) else None


def _probably(text: str) -> Kind | None:
    if _HTML.match(_without_leading(text)):
        return Kind.HTML
    return Kind.XML if text.lstrip().startswith("<?xml") else None


def _without_leading(text: str) -> str:
    leading = _LEADING.match(text)
    return text[leading.end() :] if leading else text
