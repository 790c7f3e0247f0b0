"""A gallery of a few thousand JPEGs that is served as fast as can be, for crawls to be timed on.

`python -m benchmarks.picture_server --images 2000 --photos DIR` makes the pictures, prints one
line of JSON with its addresses, and serves from memory until its standard input is closed. Pages
stand on the first address, pictures on all of them in turn, as on sites that spread their load.
"""

import argparse
import asyncio
import contextlib
import json
import sys
from pathlib import Path
from typing import Final

from benchmarks.photos import Frame, encoded, filling, find_photos, with_grain

PER_PAGE: Final = 50
FEW: Final = 20
"""Pictures on `/few` and on `/warm-up`, pages that nothing links to: what does starting cost?"""

_SIZE: Final = Frame(1024, 768)
_ROOM: Final = Frame(1280, 960)
"""Every photo is made to fill this, and a picture is a part of it."""
_JPEG: Final = {"format": "JPEG", "quality": 85, "subsampling": "4:2:0"}
_ABOUT: Final = 129_000  # bytes: what an ordinary picture of a page weighs


class Gallery:
    """The pictures and pages by path, and how many pictures were asked for."""

    def __init__(self, pictures: list[bytes], hosts: list[str]) -> None:
        """Lay the last pictures out on ``/few`` and ``/warm-up``, and the others on the pages."""
        self.hosts = hosts
        self.answers: dict[bytes, bytes] = {}
        self.picture_urls: list[str] = []
        for number, body in enumerate(pictures):
            path = f"/picture/{number:05}.jpg"
            self.picture_urls.append(f"http://{hosts[number % len(hosts)]}{path}")
            self.answers[path.encode()] = _answer(body, "image/jpeg")
        self.few_urls = self._lay_apart(b"/few")
        self._lay_apart(b"/warm-up")
        pages = range(0, len(self.picture_urls), PER_PAGE)
        links = "".join(f'<a href="/page/{start}">{start}</a>\n' for start in pages)
        self.answers[b"/"] = _answer(_page(links), "text/html")
        for start in pages:
            shown = self.picture_urls[start : start + PER_PAGE]
            self.answers[f"/page/{start}".encode()] = _answer(_page(_images(shown)), "text/html")
        self._asked = 0

    def _lay_apart(self, page: bytes) -> list[str]:
        urls = self.picture_urls[-FEW:]
        del self.picture_urls[-FEW:]
        self.answers[page] = _answer(_page(_images(urls)), "text/html")
        return urls

    def answer(self, path: bytes) -> bytes:
        """Give what a path answers; ``/asked`` tells how many pictures were, and forgets it."""
        if path.startswith(b"/picture/"):
            self._asked += 1
        elif path == b"/asked":
            told, self._asked = self._asked, 0
            return _answer(str(told).encode(), "text/plain")
        return self.answers.get(path, _NOT_FOUND)


class _Connection(asyncio.Protocol):
    """Speaks as much of HTTP/1.1 as clients need: GET, kept alive, several requests at once."""

    def __init__(self, gallery: Gallery) -> None:
        self._gallery = gallery
        self._unread = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # a server's is a full one

    def data_received(self, data: bytes) -> None:
        *heads, self._unread = (self._unread + data).split(b"\r\n\r\n")
        for head in heads:
            if self._transport is not None:
                _, path, *_ = head.split(b" ", 2)
                self._transport.write(self._gallery.answer(path))
                if b"\r\nconnection: close" in head.lower():
                    self._transport.close()


def make_picture(photo: Path, seed: int, strength: float) -> bytes:
    """Make one picture: a part of a photograph, by its seed, with grain of that strength."""
    room = filling(photo, _ROOM)
    left = seed * 37 % (_ROOM.width - _SIZE.width)
    top = seed * 23 % (_ROOM.height - _SIZE.height)
    part = room.crop((left, top, left + _SIZE.width, top + _SIZE.height))
    return encoded(with_grain(part, strength, seed), _JPEG)


def make_pictures(photos: list[Path], number: int) -> list[bytes]:
    """Make distinct JPEGs of about 129 kB each in the mean, a photo's grain fitting its detail."""
    strengths = {photo: _strength(photo) for photo in photos}
    chosen = [photos[seed % len(photos)] for seed in range(number)]
    return [make_picture(photo, seed, strengths[photo]) for seed, photo in enumerate(chosen)]


def _strength(photo: Path) -> float:
    low, high = 0.0, 24.0
    for _ in range(6):
        middle = (low + high) / 2
        if len(make_picture(photo, 0, middle)) < _ABOUT:
            low = middle
        else:
            high = middle
    return low


def _images(urls: list[str]) -> str:
    return "".join(f'<img src="{url}" alt="">\n' for url in urls)


def _page(body: str) -> bytes:
    return f"<!doctype html><title>Landscapes</title>\n{body}".encode()


def _answer(body: bytes, kind: str, status: str = "200 OK") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


_NOT_FOUND: Final = _answer(b"", "text/plain", "404 Not Found")


async def serve(pictures: list[bytes], hosts: int) -> None:
    """Serve on a free port of 127.0.0.1, and on the same port of the addresses after it."""
    loop = asyncio.get_running_loop()
    gallery: Gallery | None = None

    def connection() -> _Connection:
        assert gallery is not None  # noqa: S101 - nobody knows the port before
        return _Connection(gallery)

    first = await loop.create_server(connection, "127.0.0.1", 0, backlog=1024)
    port = first.sockets[0].getsockname()[1]
    names = [f"127.0.0.{number}" for number in range(1, hosts + 1)]
    for name in names[1:]:
        await loop.create_server(connection, name, port, backlog=1024)
    gallery = Gallery(pictures, [f"{name}:{port}" for name in names])
    told = {
        "start": f"http://{gallery.hosts[0]}/",
        "hosts": gallery.hosts,
        "pictures": gallery.picture_urls,
        "few": gallery.few_urls,
        "bytes_each": sum(map(len, pictures)) / len(pictures),
    }
    print(json.dumps(told), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


def main() -> None:
    """Make the pictures and serve them."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.picture_server", description=__doc__
    )
    parser.add_argument("--images", type=int, default=2_000)
    parser.add_argument("--hosts", type=int, default=1, help="addresses that pictures stand on")
    parser.add_argument("--photos", type=Path, required=True)
    options = parser.parse_args()
    pictures = make_pictures(find_photos(options.photos, at_most=40), options.images + 2 * FEW)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(pictures, options.hosts))


if __name__ == "__main__":
    main()
