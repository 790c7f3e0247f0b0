"""Answers that are broken, endless or slow below the level of pages and images."""

from collections.abc import Iterator
from typing import Final

from practice.hostile_behaviour import (
    GONE,
    HTML,
    JPEG,
    Behaviour,
    head,
    mark,
    only,
    then_for_ever,
    whole,
)
from practice.raw_server import Answer, Connection

_NO_SERVER: Final = "does not answer as a web server does"
_ENDLESS: Final = "headers have no end"
_LARGE: Final = "larger than what is fetched"
_SLOW: Final = "did not arrive whole within .* seconds"
_MUTE: Final = "did not answer in time"
_HUNG_UP: Final = "hung up before it had answered"
_CHUNKED: Final = "Transfer-Encoding: chunked"
_BLOCK: Final = bytes(65_536)


def broken_answers() -> Iterator[Behaviour]:
    """Give each broken answer twice, as a page and as an image."""
    for image in (False, True):
        kind, suffix = (JPEG, "-image") if image else (HTML, "")
        for name, says, answer in _broken(kind):
            yield Behaviour(name + suffix, says, answer, image=image)


def odd_answers() -> Iterator[Behaviour]:
    """Give answers that are right as HTTP and odd all the same."""
    for status, says in {
        "99 Less": "answers 99|bad status",
        "101 Switching Protocols": "answers 101",
        "204 No Content": "answers 204",
        "206 Partial Content": "answers 206",
        "300 Multiple Choices": "answers 300",
        "304 Not Modified": "answers 304 .*not asked",
        "402 Payment Required": "answers 402",
        "999 Request Denied": "answers 999",
    }.items():
        name = f"status-{status.split()[0]}"
        yield Behaviour(name, says, only(head(status) + b"\r\n"))
    body = mark("refresh-header").encode()
    yield Behaviour("refresh-header", GONE, whole(body, "Refresh: 0; url=/page/refresh-header"))
    yield Behaviour("no-page", "It is application/pdf, not a page", whole(b"%PDF", kind=_PDF))
    yield Behaviour(
        "escaping-type", "not a page", whole(b"\0\1\2", kind="text/\x1b[31m\x9b31m\x1bcred")
    )
    crowd = [f"Set-Cookie: {number}={'c' * 1000}" for number in range(100)]
    yield Behaviour(
        "crowd-of-cookies",
        "more cookies than are kept",
        whole(mark("crowd-of-cookies").encode(), *crowd),
    )


def _broken(kind: str) -> Iterator[tuple[str, str, Answer]]:
    start = head(kind=kind)
    chunked = head("200 OK", _CHUNKED, kind=kind) + b"\r\n"
    yield "endless-headers", _ENDLESS, then_for_ever(start, b"X-More: more\r\n" * 1000)
    yield "endless-header", _ENDLESS, then_for_ever(start + b"X-More: ", b"m" * 65_536)
    yield "endless-status", _ENDLESS, then_for_ever(b"HTTP/1.1 200 ", b"O" * 65_536)
    yield "header-of-1-mb", _ENDLESS, only(start + b"X-Big: " + bytes(1_000_000) + b"\r\n\r\n")
    yield "10000-headers", _ENDLESS, only(start + _many(b"X-%d: more\r\n") + b"\r\n")
    yield "10000-cookies", _ENDLESS, only(start + _many(b"Set-Cookie: a%d=b\r\n") + b"\r\n")
    cookie = b"Set-Cookie: a=" + b"c" * 1_000_000
    yield "cookie-of-1-mb", _ENDLESS, only(start + cookie + b"\r\n\r\n")
    yield "garbage", _NO_SERVER, only(b"\x16\x03\x01 what is this?\r\n\r\n")
    yield "garbage-status", _NO_SERVER, only(b"HTTP/1.1 two hundred\r\n\r\n")
    yield "http-0-9", _NO_SERVER, only(b"<html><img src=/mark/a.jpg></html>\n")
    yield "ssh", _NO_SERVER, only(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")
    yield "header-with-nul", _NO_SERVER, only(start + b"X-A: a\0b\r\n\r\n")
    for name, lengths in {
        "negative-length": ("Content-Length: -5",),
        "overflowing-length": (f"Content-Length: {'9' * 40}",),
        "two-lengths": ("Content-Length: 5", "Content-Length: 6"),
        "length-and-chunks": ("Content-Length: 5", _CHUNKED),
    }.items():
        yield name, _NO_SERVER, only(head("200 OK", *lengths, kind=kind) + b"\r\nhello")
    ten_gb = head("200 OK", "Content-Length: 10000000000", kind=kind) + b"\r\n"
    yield "ten-gigabytes", _LARGE, only(ten_gb + b"abc")
    # Whichever comes first: a busy machine may not get through 16 MB in time.
    bounded = f"{_LARGE}|{_SLOW}"
    yield "100-mb", bounded, lambda connection: _hundred_megabytes(connection, start)
    yield "endless-body", bounded, then_for_ever(start + b"\r\n", _BLOCK)
    yield "endless-chunks", bounded, then_for_ever(chunked, b"10000\r\n" + _BLOCK + b"\r\n")
    yield "tiny-chunks", bounded, then_for_ever(chunked, b"1\r\nx\r\n" * 10_000)
    yield "wrong-chunks", _NO_SERVER, only(chunked + b"zz\r\nabc\r\n0\r\n\r\n")
    yield "overflowing-chunk", _NO_SERVER, only(chunked + b"f" * 40 + b"\r\nabc")
    yield "half-a-body", "half-way", only(head("200 OK", "Content-Length: 9", kind=kind) + b"\r\na")
    yield "half-a-head", _HUNG_UP, only(start[:-9])
    yield "nothing", _HUNG_UP, only(b"")
    yield "reset", _HUNG_UP, lambda connection: connection.reset()
    yield "silence", _MUTE, lambda connection: connection.wait()
    yield "slow-head", _MUTE, then_for_ever(start + b"X-Slow: ", b"x", pause=0.5)
    yield "slow-body", _SLOW, then_for_ever(start + b"\r\n", b"x", pause=0.5)
    yield "continue-flood", _NO_SERVER, then_for_ever(b"", b"HTTP/1.1 100 Go on\r\n\r\n" * 1000)
    yield "processing-flood", _NO_SERVER, then_for_ever(b"", b"HTTP/1.1 102 Wait\r\n\r\n" * 1000)


def _many(line: bytes) -> bytes:
    return b"".join(line % number for number in range(10_000))


def _hundred_megabytes(connection: Connection, start: bytes) -> None:
    connection.send(start + b"\r\n")
    connection.send_parts(_BLOCK for _ in range(1600))


_PDF: Final = "application/pdf"
