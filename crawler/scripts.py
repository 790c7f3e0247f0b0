"""The addresses of pictures among the strings of a script, found without running or parsing it."""

import re
from collections.abc import Iterator
from typing import Final

from crawler.findings import Findings, holds_pictures

# Whatever stands between two quotes of any kind. A script cannot be cut into its strings for sure
# without parsing all of it (an apostrophe in a comment puts every later one out of step), and code
# between two strings never ends like an image. Each quote is looked at once, so the time is linear.
_BETWEEN_QUOTES: Final = re.compile(
    r"(?<=[\"'`])(?:data:image/[^\"'`\s]++|[^\"'`\n\r<>]{5,4096}+)(?=[\"'`])"
)
_EXTENSION: Final = re.compile(
    r"\.(?:jpe?g?|jfif|jpe|png|gif|webp|avif|bmp|tiff?|jp2|hei[cf]|jxl|mp4|m4v|webm|mov|mkv|avi|mpe?g"
    r"|m2ts|wmv|flv|ogv|3g[p2]|m3u8|zip|cb[z7rt]|7z|rar|tar(?:\.(?:gz|xz|bz2|zst))?|t(?:gz|xz|bz2))"
    r"(?:[?#\\ ]|$)",
    re.IGNORECASE,
)
# What scripts of gallery programs load at once: var datafile = 'data.json'.
_DATA: Final = re.compile(r"(?<=[\"'`])[^\"'`\s<>{}*|^\\]{1,200}\.(?:json|xml)(?=[\"'`?])")
_MOST_DATA: Final = 20
_ESCAPED: Final = re.compile(
    r"\\(?:u([0-9a-fA-F]{4})|u\{([0-9a-fA-F]{1,6})\}|x([0-9a-fA-F]{2})|(.))", re.DOTALL
)
_PLAIN: Final = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_SET: Final = re.compile(r"\s[\d.]{1,8}[wxh]\Z")
_MADE_UP: Final = re.compile(r"[{}*|^\\]|%s")
_HIGHEST: Final = 0x10FFFF
_MOST_LAYERS: Final = 4


def image_literals(code: str) -> Iterator[tuple[str, bool]]:
    """Yield the strings of a script that are addresses of images, in order.

    With each comes whether it is a list of candidates, as a srcset holds.
    """
    for found in _BETWEEN_QUOTES.finditer(code):
        text = found[0]
        is_inline = text.startswith("data:")
        if not is_inline and not _EXTENSION.search(text):
            continue
        address = _plain(text)
        if _SET.search(address):
            yield address, True
        elif is_inline or is_image_address(address):
            yield address, False


def is_image_address(text: str) -> bool:
    """Say whether a string is an image's address, and no pattern or list of extensions."""
    if not holds_pictures(text) or _MADE_UP.search(text):
        return False
    name = re.split(r"[?#]", text, maxsplit=1)[0].rpartition("/")[2]
    return not name.startswith(".") and not text.startswith((",", "+", ")"))


def take_literals(code: str, place: str, findings: Findings) -> None:
    """Gather the pictures that the strings of a script name, and the data that it loads."""
    for address, is_set in image_literals(code):
        if is_set:
            findings.candidates(address, place)
        elif "/" in address or address.startswith("data:"):
            findings.image(address, place)
        else:
            findings.name(address, place)
    if ".json" in code or ".xml" in code:
        for number, found in enumerate(_DATA.finditer(code)):
            if number < _MOST_DATA:
                findings.data(found[0])


def unescaped(text: str) -> str:
    r"""Return what a string's escapes stand for: ``\/``, ``\u002f``, ``\n`` and the like."""
    if "\\" not in text:
        return text
    text = _ESCAPED.sub(_sign, text)
    # Signs beyond the first plane are written as two halves.
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _sign(found: re.Match[str]) -> str:
    code = found[1] or found[2] or found[3]
    if code is None:
        return _PLAIN.get(found[4], found[4])
    number = int(code, 16)
    return chr(number) if number <= _HIGHEST else ""


def _plain(text: str) -> str:
    # Strings within strings: escaped once more each. The quote that ended it left its backslash.
    text = text.rstrip("\\")
    for _ in range(_MOST_LAYERS):
        if "\\" not in text:
            break
        text = unescaped(text).rstrip("\\")
    return text.strip()
