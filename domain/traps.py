"""Addresses that no end of pages would have: loops in a path, calendars of far years.

Judged by the address alone, before anything is requested. What looks harmless and leads nowhere
all the same is found out by how little it brings (`domain.page_yield`).
"""

import re
from typing import Final
from urllib.parse import parse_qsl, urlsplit

_MAX_SEGMENTS: Final = 20
_MAX_PARAMETERS: Final = 16
_MAX_LENGTH: Final = 1_500
_TIMES: Final = 3
_LONGEST_LOOP: Final = 5
_FIRST_YEAR: Final = 1970
_YEARS_AHEAD: Final = 2
_CALENDAR: Final = re.compile(
    r"calend|kalend|agenda|events?(?![a-z])|archiv|diary|(?<![a-z])(?:cal|date|month|day|year)(?![a-z])"
    r"|monthly|weekly|daily",
    re.IGNORECASE,
)
# A year with a month behind it: 2031/7, 2031-07-15, year=2031&month=7.
_YEAR_MONTH: Final = re.compile(
    r"(?<!\d)((?:1[0-9]|2[0-9])\d\d)(?:[/-]|&\w{1,10}=)(?:0?[1-9]|1[0-2])(?!\d)"
)
_YEAR_NAMES: Final = frozenset({"year", "y", "yr", "jahr"})


def trap_in(url: str, *, year: int) -> str | None:
    """Say in one sentence why a canonical address is taken for a trap; None if it is not.

    ``year`` is the present one: calendars are followed from 1970 to two years ahead.
    """
    if len(url) > _MAX_LENGTH:
        return f"Addresses of over {_MAX_LENGTH:,} characters are taken for a trap."
    parts = urlsplit(url)
    route = parts.query if "/" in parts.query and "=" not in parts.query else ""
    segments = [segment for segment in f"{parts.path}/{route}".split("/") if segment]
    if len(segments) > _MAX_SEGMENTS:
        return f"Addresses of over {_MAX_SEGMENTS} parts are taken for a trap."
    if _repeats(segments):
        return "Their addresses repeat the same parts over and over: a loop of links."
    if parts.query.count("=") > _MAX_PARAMETERS:
        return f"Addresses with over {_MAX_PARAMETERS} parameters are taken for a trap."
    if _far_year(url, parts.query, year) is not None:
        return f"They are a calendar's pages outside of {_FIRST_YEAR} to {year + _YEARS_AHEAD}."
    return None


def _repeats(segments: list[str]) -> bool:
    """Say whether some segments stand three times in a row: a/b/a/b/a/b, or x/x/x."""
    for length in range(1, _LONGEST_LOOP + 1):
        for start in range(len(segments) - length * _TIMES + 1):
            loop = segments[start : start + length]
            # Numbers may be equal by chance: /2/2/2 is a picture's place in many galleries.
            if not any(any(sign.isalpha() for sign in segment) for segment in loop):
                continue
            if segments[start : start + length * _TIMES] == loop * _TIMES:
                return True
    return False


def _far_year(url: str, query: str, year: int) -> int | None:
    """Return the year of a calendar's page that no picture can be from."""
    after_host = url.split("//", 1)[-1].partition("/")[2]
    if not _CALENDAR.search(after_host):
        return None
    years = [int(found) for found in _YEAR_MONTH.findall(after_host)]
    years += [
        int(value)
        for name, value in parse_qsl(query)
        if name.lower() in _YEAR_NAMES and re.fullmatch(r"\d{3,5}", value)
    ]
    far = [found for found in years if not _FIRST_YEAR <= found <= year + _YEARS_AHEAD]
    return far[0] if far else None
