"""Packed answers that unpack to far more than they are, or not at all."""

import gzip
import sys
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from typing import Final

import brotli  # type: ignore[import-untyped]

from practice.hostile_behaviour import GONE, HTML, JPEG, Behaviour, made, mark, whole

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_BOMB: Final = 64 * 1024 * 1024
_TOO_MUCH: Final = "unpacks to more than the limit"
_PACKERS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "gzip": lambda body: gzip.compress(body, 6, mtime=0),
    "deflate": lambda body: zlib.compress(body, 6),
    "br": lambda body: bytes(brotli.compress(body, quality=1)),
    "zstd": lambda body: bytes(zstd.compress(body)),
}


def packed_answers() -> Iterator[Behaviour]:
    """Give each bomb and each lie, as a page and as an image."""
    for image in (False, True):
        kind, suffix = (JPEG, "-image") if image else (HTML, "")
        for coding in _PACKERS:
            yield Behaviour(
                f"{coding}-bomb{suffix}",
                _TOO_MUCH,
                made(_bomb_in(coding), f"Content-Encoding: {coding}", kind=kind),
                image=image,
            )
            yield Behaviour(
                f"{coding}-lie{suffix}",
                "says that it is packed|no picture|undecodable|decod",
                whole(b"this is not packed at all " * 9, f"Content-Encoding: {coding}", kind=kind),
                image=image,
            )
        yield Behaviour(
            f"nested-bomb{suffix}",
            _TOO_MUCH,
            made(_nested_bomb, "Content-Encoding: gzip, gzip", kind=kind),
            image=image,
        )
        layers = ", ".join(["gzip"] * 500)
        yield Behaviour(
            f"500-layers{suffix}",
            "packed 500 times over",
            whole(gzip.compress(b"abc"), f"Content-Encoding: {layers}", kind=kind),
            image=image,
        )
    cut = gzip.compress((mark("cut-gzip") + "<p>text" * 1000).encode(), 1)[:-20]
    yield Behaviour("cut-gzip", f"{GONE}|cannot be unpacked", whole(cut, "Content-Encoding: gzip"))
    unknown = mark("unknown-packing").encode()
    yield Behaviour("unknown-packing", GONE, whole(unknown, "Content-Encoding: rot13"))


def _bomb_in(coding: str) -> Callable[[], bytes]:
    return lambda: _bomb(coding)


@cache
def _bomb(coding: str) -> bytes:
    return _PACKERS[coding](bytes(_BOMB))


def _nested_bomb() -> bytes:
    return gzip.compress(_bomb("gzip"), mtime=0)
