"""The addresses in a srcset, and which of them are worth asking for."""

import re
from collections.abc import Iterator
from typing import Final

import srcset

from domain.renditions import are_one_picture

# A number this long says nothing, and the time to read it would grow with its square.
_LONG_NUMBER: Final = re.compile(r"(\d{4096})\d+")
_DESCRIPTOR: Final = re.compile(r"[\d.]++[wxh]?+(?:,|$)")
_MOST_SIZES: Final = 30
"""Candidates that are compared with each other; no picture is offered in more sizes."""


def candidates(value: str) -> Iterator[tuple[str, bool]]:
    """Yield the addresses in a srcset, and whether each is worth asking for.

    Of plainly one picture in several sizes, the largest is.
    """
    value = _LONG_NUMBER.sub(r"\1", value)
    parsed = srcset.parse(value)
    worth_it = parsed
    if 1 < len(parsed) <= _MOST_SIZES and are_one_picture([each.url for each in parsed]):
        worth_it = [max(parsed, key=lambda each: (each.width or 0, each.density or 1.0))]
    for candidate in parsed:
        yield candidate.url, candidate in worth_it
    # Browsers pass over "a.jpg 640" for want of the w; the picture is on the site all the same.
    if any(issue.code == "invalid-descriptor" for issue in srcset.validate(value)):
        for written in re.split(r",\s", value):
            yield from ((url, True) for url in written.split(maxsplit=1)[:1])


def candidates_at_a_glance(value: str) -> Iterator[tuple[str, bool]]:
    """Yield every address in a srcset that is too long to parse: each is worth asking for."""
    for written in value.split():
        url = _DESCRIPTOR.sub("", written, count=1) if written[0].isdigit() else written
        if url.strip(","):
            yield url.strip(","), True
