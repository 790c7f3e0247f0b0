"""Sizes of one picture, told apart from different pictures by how their addresses are written."""

import math
import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

_SIZE: Final = r"\d{2,5}(?:x\d{0,5}|w|px)|x\d{2,5}|w\d{2,5}|h\d{2,5}"
_PART: Final = r"[whcq]_[a-z0-9]{1,8}"
_WORDS: Final = r"small|medium|large|thumb|thumbnail|mini|preview|full|orig|original|scaled|xl|xs"
# Behind the name (beach-300x200.jpg, beach@2x.jpg, beach_medium.jpg) or before it
# (640px-beach.jpg, thumb_beach.jpg).
_BEHIND: Final = re.compile(
    rf"(?:[-_.@]+(?:{_SIZE}|\d(?:\.\d)?x|{_WORDS}))+(?=\.[a-z0-9]{{2,5}}$|$)", re.IGNORECASE
)
_BEFORE: Final = re.compile(rf"^(?:(?:{_SIZE}|{_WORDS})[-_])+", re.IGNORECASE)
# A folder of its own for each size: /320x240/, /w_640,h_480/, /s1600/, /large/.
_FOLDER: Final = re.compile(
    rf"(?:{_SIZE}|{_WORDS})s?|s\d{{2,4}}(?:-c)?|{_PART}(?:,{_PART})*", re.IGNORECASE
)
_TIME: Final = re.compile(r"1\d{9}|20\d{12}")
_LONGEST_NAME: Final = 200
_LONGEST_SIZE: Final = 32
_ENDING: Final = re.compile(r"\.(?:jpe?g|png|webp|avif|gif|jxl|heic)$", re.IGNORECASE)
_PIXELS: Final = re.compile(
    r"(?<![a-z0-9])(?:\d{2,5}px|\d{2,5}x\d{1,5}|\d{2,5}w|[whs]_?\d{2,5})(?![a-z0-9])", re.IGNORECASE
)
_WORD: Final = re.compile(r"[-_./](small|medium|large|thumb|thumbnail|mini|preview|xl|xs)s?[-_./]")
# No word for larger sizes: programs enlarge small originals to what they call medium.
_WORD_SIZES: Final = {
    "xs": 1.0, "mini": 1.0, "thumb": 1.0, "thumbnail": 1.0, "small": 2.0, "preview": 3.0,
}  # fmt: skip
_NUMBER: Final = re.compile(r"\d{1,5}")
_SAYS_SIZE: Final = re.compile(
    r"\d(?:px|w)?-|[-_]\d+x|x\d|@\dx|[?&](?:w|h|width|height|size|resize)=|/[whs]_?\d"
    r"|(?:small|thumb|thumbnail|mini|preview)s?[-_./]",
    re.IGNORECASE,
)
_SIZES_IN_QUERY: Final = frozenset(
    {
        "w", "h", "width", "height", "size", "sz", "resize", "fit", "crop", "quality", "q", "dpr",
        "imwidth", "imheight", "maxwidth", "maxheight", "format", "fm", "auto", "scale", "strip",
        "ssl", "zoom", "tok", "cache", "tseed",
    }
)  # fmt: skip


def says_a_size(url: str) -> bool:
    """Say whether an address may name the size in which it shows its picture."""
    return _SAYS_SIZE.search(url) is not None


def rendition_key(url: str) -> str:
    """Return what is equal for addresses that are plainly of one picture in several sizes."""
    parts = urlsplit(url)
    *folders, name = parts.path.split("/")
    stem = _stem(name)
    if folders and _ENDING.sub("", folders[-1]) == stem:
        folders.pop()  # sizes in a folder that is named like the picture
    kept = "/".join(
        each for each in folders if len(each) > _LONGEST_SIZE or not _FOLDER.fullmatch(each)
    )
    telling = sorted(
        pair
        for pair in parse_qsl(parts.query, keep_blank_values=True)
        if pair[0].lower() not in _SIZES_IN_QUERY and not _TIME.fullmatch(pair[1])
    )
    return f"{parts.netloc}{kept}/{stem}?{telling}"


def stem_of(url: str) -> str:
    """Return a picture's name in its address, unescaped, without sizes and ending."""
    path, _, query = url.partition("?")
    name = unquote(path).rpartition("/")[2]
    if query and not _ENDING.search(name):  # fetch.php?w=200&media=album:beach.jpg
        named = [value for _, value in parse_qsl(query) if _ENDING.search(value)]
        name = re.split("[/:]", named[0])[-1] if named else ""
    return _stem(name)


def size_of(url: str) -> float:
    """Return how large the picture is that an address says to show, in pixels of its width or so.

    Infinite if it names no size: it is the original then, as far as one can tell.
    """
    parts = urlsplit(url)
    named = [found[0] for found in _PIXELS.finditer(parts.path)]
    named += [
        value
        for name, value in parse_qsl(parts.query)
        if name.lower() in _SIZES_IN_QUERY and value[:5].isdigit()
    ]
    numbers = [int(digits) for each in named for digits in _NUMBER.findall(each)]
    if numbers:
        return float(max(numbers))
    word = _WORD.search(parts.path.lower())
    return _WORD_SIZES.get(word[1], math.inf) if word else math.inf


def _stem(name: str) -> str:
    if len(name) > _LONGEST_NAME:  # nobody's; to look for sizes in it may take long
        return name
    return _ENDING.sub("", _BEFORE.sub("", _BEHIND.sub("", name)))


def are_one_picture(urls: Sequence[str]) -> bool:
    """Say whether all addresses are plainly of one picture."""
    keys = {rendition_key(url) for url in urls}
    # An address of which nothing is left but sizes tells nothing: /320.jpg, /640.jpg.
    return len(keys) == 1 and "/?" not in keys.pop()
