"""What an address looks like once numbers, dates, ids and titles are taken out of it.

Pages of one kind have addresses of one family, ``/album/#/photo-#.html``, and so tell how much the
next page of that kind is worth. Families of one kin (``/tag/beach`` and ``/tag/snow``, or one page
with different filters) tell the same of each other, more weakly.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from domain.same_page import PageAddress, read_page_address

_ID: Final = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?=[a-f]*\d)[0-9a-f]{8,}", re.IGNORECASE
)
_MIXED: Final = re.compile(r"(?=[a-z]*\d+[a-z]+\d)[0-9a-z]{5,}", re.IGNORECASE)
_DIGITS: Final = re.compile(r"\d+")
_ENDING: Final = re.compile(r"\.[a-z]{1,5}\d?$", re.IGNORECASE)
_SIZED: Final = re.compile(
    r"(?<=[^-_])[-_](?:small|medium|large|full|original|orig|thumb|hires|lowres)$", re.IGNORECASE
)
_BETWEEN_WORDS: Final = re.compile(r"[-_+~.,!'()]|%[0-9A-F]{2}")
_WORD: Final = re.compile(r"[a-z]{1,20}", re.IGNORECASE)
_LONGEST_WORD: Final = 20
_TITLE_WORDS: Final = 3
_MAX_SEGMENTS: Final = 12
_MAX_NAMES: Final = 12
# Parameters that say which page of a program is meant, if their value is a word.
_ROUTING: Final = frozenset(
    {
        "page", "view", "action", "act", "do", "mode", "option", "task", "module", "mod", "op",
        "cmd", "section", "route", "r", "q", "p", "cat", "type", "what", "file", "name", "show",
    }
)  # fmt: skip


Marks = tuple[tuple[str, str], ...]
"""The parts of an address that vary: where each stands, and what it is."""


@dataclass(frozen=True, slots=True)
class AddressFamily:
    """``shown`` names the family to people and to the crawl; ``kin`` its relatives, if any.

    ``marks`` are the parts of this one address that were taken out.
    """

    shown: str
    kin: str | None
    marks: Marks = ()


@lru_cache(maxsize=10_000)  # the same menu stands on every page
def family_of(url: str) -> AddressFamily:
    """Return the family of a canonical address."""
    address = read_page_address(url)
    general = [_general(segment, place) for place, segment in enumerate(address.segments)]
    path = general
    route = [_general(segment, place + 1) for place, segment in enumerate(address.route)]
    if _repeats(path):
        # However the parts are arranged, it is one kind: links that are relative to wherever one
        # is make a new arrangement at every step.
        path = [path[0], "… (parts repeat)"]
    where = "/" + "/".join(_shortened(path))
    if route:
        where += "?/" + "/".join(_shortened(route))
    routing = [
        f"{name}={value.lower()}"
        for name, value in address.parameters
        if name.lower() in _ROUTING and _WORD.fullmatch(value)
    ]
    routed = {part.partition("=")[0] for part in routing}
    names = sorted({_DIGITS.sub("#", name) for name, _ in address.parameters} - routed)
    query = "&".join(routing + [f"{name}=" for name in names[:_MAX_NAMES]])
    joint = "&" if route else "?"
    kin = _kin(address, path, route, routing, filtered=bool(names))
    varied = _taken_out(address.segments, general, "/") + _taken_out(address.route, route, "?/")
    varied += [pair for pair in address.parameters if pair[0] not in routed]
    return AddressFamily(
        shown=address.host + where + (joint + query if query else ""),
        kin=kin,
        marks=tuple((f"{kin} {place}", value) for place, value in varied) if kin else (),
    )


def _taken_out(segments: tuple[str, ...], general: list[str], start: str) -> list[tuple[str, str]]:
    found, before = [], start
    for segment, shown in zip(segments, general, strict=True):
        if segment != shown:
            found.append((f"{before} {shown}", segment))
        before = shown
    return found


def _repeats(segments: list[str]) -> bool:
    words = [segment for segment in segments if "#" not in segment and "*" not in segment]
    return len(set(words)) < len(words)


def _kin(
    address: PageAddress, path: list[str], route: list[str], routing: list[str], *, filtered: bool
) -> str | None:
    start = f"{address.host}/{'/'.join(_shortened(path))}"
    if route:
        return f"{start}?/{route[0]}/…"
    if filtered or routing:
        return f"{start}?{'&'.join([*routing, '…'])}"
    # Pages next to each other under the root have nothing in common but the site.
    return f"{address.host}/{path[0]}/…" if len(path) > 1 else None


def _shortened(segments: list[str]) -> list[str]:
    return segments if len(segments) <= _MAX_SEGMENTS else [*segments[:_MAX_SEGMENTS], "…"]


def _general(segment: str, place: int) -> str:
    """Return a segment with what varies replaced: ``#`` for numbers and ids, ``*`` for titles."""
    ending = _ENDING.search(segment)
    stem, tail = (segment[: ending.start()], ending[0].lower()) if ending else (segment, "")
    sized = _SIZED.search(stem)  # photo_medium.html shows photo.html's picture in another size
    if sized is not None:
        stem, tail = stem[: sized.start()], sized[0].lower() + tail
    if _ID.fullmatch(stem) or _MIXED.fullmatch(stem):
        return f"#{tail}"
    words = [word for word in _BETWEEN_WORDS.split(stem) if word]
    plain = [word for word in words if not word.isdigit()]
    if len(stem) > _LONGEST_WORD and len(words) <= 1:
        return f"*{tail}"
    if plain and len(words) > 1 and words[0].isdigit():
        return f"#-*{tail}"
    # Right under the root stand a site's own pages, such as /about_us, besides titles.
    if len(plain) >= (_TITLE_WORDS if place == 0 else _TITLE_WORDS - 1):
        return f"*{tail}"
    return _DIGITS.sub("#", stem) + tail
