"""Patterns of addresses as an operator writes them: what to follow, and what to leave alone."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

from domain.address import canonical, host_of
from domain.errors import InvalidInput
from domain.sentence import sentence

MAX_PATTERN: Final = 500

_WHOLE: Final = re.compile(r"(https?)://([^/]*)(/.*)?", re.IGNORECASE)
_HOST: Final = re.compile(
    r"([a-z0-9_*-][\w.*-]*(?::\d{1,5})?|\[[0-9a-f:.]+\](?::\d{1,5})?)(/.*)?", re.IGNORECASE
)


class Against(StrEnum):
    """Which part of an address a pattern is compared with."""

    PATH = "path and query"
    HOST = "host, path and query"
    WHOLE = "the whole address"


@dataclass(frozen=True, slots=True)
class AddressPattern:
    """One pattern, written as in robots.txt.

    It is anchored at the beginning; ``*`` stands for any run of characters, ``$`` at the very end
    for the end of the address, and small letters differ from capitals. It is compared with path
    and query, or with host or scheme before them if it begins with those. Escapes make no
    difference: ``/a%20b`` and ``/a b`` are one.

    The pieces between the stars are looked for one after the other and never again, so that no
    address, however long or hostile, takes longer than its length.
    """

    against: Against
    pieces: tuple[str, ...]
    to_the_end: bool

    def fits(self, text: str) -> bool:
        """Say whether ``text``, the part of an address to compare with, fits."""
        first, *others = self.pieces
        if not text.startswith(first):
            return False
        place = len(first)
        if not others:
            return not self.to_the_end or len(text) == place
        last = others.pop()
        for piece in others:
            found = text.find(piece, place)
            if found < 0:
                return False
            place = found + len(piece)
        if self.to_the_end:
            return text.endswith(last) and len(text) - len(last) >= place
        return text.find(last, place) >= 0


@lru_cache(maxsize=2_000)
def address_pattern(text: str) -> AddressPattern:
    """Read a pattern: ``/album/*``, ``*/print/*``, ``img.example.org/*`` or ``https://…``.

    Raises:
        InvalidInput: it is none.
    """
    if not 0 < len(text) <= MAX_PATTERN or not text.isprintable() or text != text.strip():
        msg = sentence(
            "%(text)r is no pattern of addresses: it has 1 to %(max_pattern)s characters, for "
            "example /album/*.",
            text=text[:60],
            max_pattern=MAX_PATTERN,
        )
        raise InvalidInput(msg)
    to_the_end = text.endswith("$")
    body = text.removesuffix("$")
    if body.startswith(("/", "*")):
        return AddressPattern(Against.PATH, _pieces(body), to_the_end)
    if found := _WHOLE.fullmatch(body):
        scheme = found[1].lower()
        body = f"{scheme}://{_host(found[2], text, scheme)}{_rest(found[2], found[3])}"
        return AddressPattern(Against.WHOLE, _pieces(body), to_the_end)
    found = _HOST.fullmatch(body)
    if found and any(sign in found[1] for sign in ".:*"):
        body = f"{_host(found[1], text, 'http')}{_rest(found[1], found[2])}"
        return AddressPattern(Against.HOST, _pieces(body), to_the_end)
    msg = sentence(
        "%(text)r is no pattern of addresses: it begins with /, with *, with a host or with "
        "https://. Did you mean %(meant)s?",
        text=text,
        meant=("*" if text.startswith("?") else "/") + text,
    )
    raise InvalidInput(msg)


def first_fitting(patterns: Iterable[str], url: str) -> str | None:
    """Return the first of these patterns that an address fits, or None.

    Raises:
        InvalidInput: one of them is no pattern.
    """
    parts: dict[Against, str] | None = None
    for text in patterns:
        pattern = address_pattern(text)
        if parts is None:  # brought into one form once, and only where there is a pattern
            parts = _parts(url)
        if pattern.fits(parts.get(pattern.against, "")):
            return text
    return None


def _parts(url: str) -> dict[Against, str]:
    try:
        whole = canonical(url)
    except InvalidInput:
        return {}  # it is never requested
    beginning = whole.partition("://")[2]
    return {
        Against.WHOLE: unquote(whole),
        Against.HOST: unquote(beginning),
        Against.PATH: unquote("/" + beginning.partition("/")[2]),
    }


def _pieces(body: str) -> tuple[str, ...]:
    return tuple(unquote(piece) for piece in body.split("*"))


def _host(host: str, text: str, scheme: str) -> str:
    if "*" in host:
        return host.lower()
    try:
        return host_of(f"{scheme}://{host}/")
    except InvalidInput:
        msg = sentence("%(text)r is no pattern of addresses: its host cannot be read.", text=text)
        raise InvalidInput(msg) from None


def _rest(host: str, rest: str | None) -> str:
    # A host is meant whole: img.example does not stand for img.example.org too.
    return rest or ("" if host.endswith("*") else "/")
