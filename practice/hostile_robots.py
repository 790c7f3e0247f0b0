"""Files of robots.txt that are endless, slow, packed, or somewhere else."""

from collections.abc import Iterator
from typing import Final

from practice.hostile_behaviour import GONE, head, only, then_for_ever, whole
from practice.raw_server import Answer

_TEXT: Final = "text/plain"


def robots_files(inside: int) -> Iterator[tuple[str, str, Answer]]:
    """Give a name, what the report must say of an image behind it, and the file.

    Args:
        inside: a port on loopback that no crawl may connect to.
    """
    line = b"Disallow: /%s\n" % (b"x" * 1000)
    start = head(kind=_TEXT) + b"\r\n"
    yield "robots-of-50-mb", "robots", only(start + b"User-agent: *\n" + line * 50_000)
    yield "robots-without-end", "robots", then_for_ever(start, line * 100)
    yield "robots-slow", "robots", then_for_ever(start, b"#", pause=0.5)
    yield "robots-broken", "robots", only(b"\x16\x03\x01 what is this?\r\n\r\n")
    yield (
        "robots-inside",
        f"robots|{GONE}",
        only(
            b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n"
            b"Location: http://127.0.0.1:%d/robots.txt\r\n\r\n" % inside
        ),
    )
    garbage = bytes(range(256)) * 1000
    yield "robots-of-garbage", GONE, whole(garbage, kind=_TEXT)
    stars = b"User-agent: *\nDisallow: /" + b"*a" * 1000 + b"b$\n"
    yield "robots-of-stars", GONE, whole(stars * 10, kind=_TEXT)
