"""What a short visit to an unknown site tells of it: which pages list, which show, and where.

Pages of one kind have addresses of one family (`domain.address_family`). What pictures each kind
brought, how large they are and where its links lead says what it is for.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Final
from urllib.parse import urlsplit

from domain.address_family import family_of
from domain.address_pattern import first_fitting
from domain.errors import InvalidInput
from domain.site import PageType

_LARGE: Final = 0.5
"""Part of the size of the site's larger pictures from which a picture is one of them."""
_EXAMPLES: Final = 200
_FEW: Final = 4
"""A pattern may fit one of the others for so many of its own."""
_MANY_PATTERNS: Final = 2
"""More than so many of one role may be one: each album has a folder of its own, say."""
_DELIMITERS: Final = re.compile(r"[/?&=]")
_LEAST_LITERAL: Final = 3
"""Characters of a pattern besides its star, so that it means something."""
_ENDING: Final = re.compile(r"\.[a-z]{1,5}$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PageSeen:
    """A page that was read: its address, and the pages that it links to."""

    url: str
    links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PictureSeen:
    """A picture that was met for the first time: where, at which address, and its longer side."""

    page_url: str
    address: str
    side: int


@dataclass(frozen=True, slots=True)
class KindOfPage:
    """Pages of one kind: how many were read, pictures first met there, and their usual size.

    ``pattern`` fits such pages and hardly one of another role; None if no short one does.
    ``side`` is the median of the pictures' longer sides in pixels, 0 without any.
    """

    example: str
    pattern: str | None
    role: PageType | None
    pages: int
    pictures: int
    side: int


def kinds_of_pages(
    pages: Sequence[PageSeen], pictures: Sequence[PictureSeen]
) -> tuple[KindOfPage, ...]:
    """Sort the pages that were read into kinds, those with most pictures first."""
    families: defaultdict[str, list[PageSeen]] = defaultdict(list)
    for page in pages:
        families[family_of(page.url).shown].append(page)
    met: defaultdict[str, list[int]] = defaultdict(list)
    for picture in pictures:
        met[family_of(picture.page_url).shown].append(picture.side)
    showing = _showing(families, met, _large_side(pictures))
    roles = {name: _role(name, seen, showing) for name, seen in families.items()}
    kinds = [_kind(name, families, met[name], roles) for name in families]
    for role in PageType:
        kinds = _with_one_pattern(kinds, role, families, roles)
    return tuple(sorted(kinds, key=lambda kind: (-kind.pictures, -kind.pages)))


def pattern_of(urls: Iterable[str], others: Iterable[str] = ()) -> str | None:
    """Return a pattern that fits these addresses and hardly one of the others; None if none does.

    What varies is a star: the segments of their paths that do, or all between their beginning and
    their ending.
    """
    whole = sorted(set(urls))[:_EXAMPLES]
    if len(whole) < 2:  # noqa: PLR2004 - one alone does not show what varies
        return None
    if len({urlsplit(url).netloc for url in whole}) > 1:
        return None
    texts = [url.partition("://")[2].partition("/")[2] for url in whole]
    others = list(others)[:_EXAMPLES]
    for written in (_by_segments(texts), _by_start(texts)):
        literal = re.sub(r"[*/]", "", written)
        if len(literal) < _LEAST_LITERAL or any(sign in "".join(texts) for sign in "*$"):
            continue
        try:
            fitting = sum(first_fitting((written,), other) is not None for other in others)
            if fitting * _FEW <= len(whole):
                return written
        except InvalidInput:
            continue
    return None


def _by_segments(texts: Sequence[str]) -> str:
    """Put a star for each segment of the path that varies; empty if they differ in more."""
    paths = [text.split("/") for text in texts]
    if len({len(path) for path in paths}) > 1 or any("?" in text for text in texts):
        return ""
    parts = [each[0] if len(set(each)) == 1 else "*" for each in zip(*paths, strict=True)]
    return "/" + "/".join(parts) + (_end(texts) if parts[-1] == "*" else "")


def _by_start(texts: Sequence[str]) -> str:
    return f"/{_common_start(texts)}*{_end(texts)}"


def _end(texts: Sequence[str]) -> str:
    ending = _ENDING.search(texts[0])
    if ending is None or not all(text.endswith(ending[0]) for text in texts):
        return ""
    return ending[0] + "$"


def _common_start(texts: Sequence[str]) -> str:
    first, last = min(texts), max(texts)
    length = next(
        (place for place, sign in enumerate(first) if place >= len(last) or last[place] != sign),
        len(first),
    )
    start = first[:length]
    cuts = [found.end() for found in _DELIMITERS.finditer(start)]
    return start[: cuts[-1]] if cuts else ""


def _large_side(pictures: Sequence[PictureSeen]) -> float:
    sides = sorted(picture.side for picture in pictures)
    return _LARGE * sides[len(sides) * 3 // 4] if sides else 0.0


def _showing(
    families: dict[str, list[PageSeen]], met: dict[str, list[int]], large: float
) -> frozenset[str]:
    """Name the kinds of which most pages showed a large picture of their own."""
    return frozenset(
        name
        for name, seen in families.items()
        if _varies(name) and 2 * sum(side >= large for side in met[name]) >= len(seen)
    )


def _role(name: str, seen: Sequence[PageSeen], showing: frozenset[str]) -> PageType | None:
    if name in showing:
        return PageType.ITEM
    leads = sum(
        len({link for link in page.links if family_of(link).shown in showing}) > 1 for page in seen
    )
    return PageType.LISTING if _varies(name) and 2 * leads >= len(seen) else None


def _kind(
    name: str,
    families: Mapping[str, Sequence[PageSeen]],
    sides: Sequence[int],
    roles: Mapping[str, PageType | None],
) -> KindOfPage:
    seen, role, pattern = families[name], roles[name], None
    if role is not None:
        pattern = pattern_of((page.url for page in seen), _others(role, families, roles))
    side = round(median(sides)) if sides else 0
    return KindOfPage(seen[0].url, pattern, role, len(seen), len(sides), side)


def _others(
    role: PageType,
    families: Mapping[str, Sequence[PageSeen]],
    roles: Mapping[str, PageType | None],
) -> list[str]:
    """Return the pages that a pattern of a role is not to fit."""
    # One of listings may fit items: those are what they are first.
    fine = {role, PageType.ITEM}
    return [page.url for name, seen in families.items() if roles[name] not in fine for page in seen]


def _with_one_pattern(
    kinds: list[KindOfPage],
    role: PageType,
    families: Mapping[str, Sequence[PageSeen]],
    roles: Mapping[str, PageType | None],
) -> list[KindOfPage]:
    patterns = {kind.pattern for kind in kinds if kind.role is role}
    if len(patterns) <= _MANY_PATTERNS:
        return kinds
    pages = [page.url for name, seen in families.items() if roles[name] is role for page in seen]
    one = pattern_of(pages, _others(role, families, roles))
    if one is None:
        return kinds
    return [replace(kind, pattern=one) if kind.role is role else kind for kind in kinds]


def _varies(name: str) -> bool:
    return any(sign in name for sign in ("#", "*")) or name.endswith("=")
