"""The gallery of `benchmarks.picture_server`, as those see it who gather it."""

import argparse
import asyncio
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from benchmarks.peers import PROJECT
from domain.errors import OutsideDown

_CONNECTIONS: Final = 16


@dataclass(frozen=True, slots=True)
class Gallery:
    """Where the pictures are; a few stand on a page that nothing links to."""

    start: str
    hosts: list[str]
    pictures: list[str]
    few: list[str]
    bytes_each: float

    def asked(self) -> int:
        """Return how many pictures were asked for since the last time this was called."""
        with urllib.request.urlopen(self.start + "asked") as answer:  # noqa: S310 - our own server
            return int(answer.read())


@contextmanager
def serve_gallery(options: argparse.Namespace) -> Iterator[Gallery]:
    """Serve the pictures from a process of their own, which is not counted.

    Raises:
        OutsideDown: the server did not start.
    """
    command = [sys.executable, "-m", "benchmarks.picture_server", "--images", str(options.images)]
    command += ["--hosts", str(options.hosts), "--photos", str(options.photos.resolve())]
    server = subprocess.Popen(
        command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with server:
        assert server.stdout is not None  # noqa: S101 - asked for above
        line = server.stdout.readline()
        if not line:
            msg = "The server of pictures did not start: what it said stands above."
            raise OutsideDown(msg)
        try:
            yield Gallery(**json.loads(line))
        finally:
            server.terminate()


async def pictures_a_second(gallery: Gallery) -> float:
    """Return how many pictures a second the server gives a client that does nothing with them."""
    waiting = iter(gallery.pictures)

    async def fetch_all() -> None:
        place = urlsplit(gallery.start)
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
        for url in waiting:
            writer.write(f"GET {urlsplit(url).path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(int(head.split(b"Content-Length: ")[1].split(b"\r")[0]))
        writer.close()

    began = time.monotonic()
    await asyncio.gather(*(fetch_all() for _ in range(_CONNECTIONS)))
    return len(gallery.pictures) / (time.monotonic() - began)
