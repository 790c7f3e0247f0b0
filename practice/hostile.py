"""A hostile site: everything that a site can do to hurt who visits it, around a few real pictures.

`python -m practice.hostile` serves one and prints its address.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Final, Self

from PIL import Image

from practice.door import Door
from practice.hostile_behaviour import HTML, Behaviour, whole
from practice.hostile_files import files
from practice.hostile_http import broken_answers, odd_answers
from practice.hostile_images import images
from practice.hostile_packing import packed_answers
from practice.hostile_pages import pages
from practice.hostile_redirects import chain_of_redirects, inside_addresses, redirects
from practice.hostile_robots import robots_files
from practice.markup import in_parts
from practice.photographs import open_photo, photo_names
from practice.picture import Picture, encode
from practice.raw_server import Answer, RawServer
from practice.until_stopped import wait_until_stopped

_PER_PAGE: Final = 20
_ROBOTS: Final = whole(b"User-agent: *\nAllow: /\n", kind="text/plain")
_NOT_FOUND: Final = whole(b"<p>There is nothing here.\n", status="404 Not Found")


class HostileSite:
    """The site, its neighbours with a hostile robots.txt each, and a door that must stay shut.

    Use it as a context manager.
    """

    def __init__(self, pictures: Sequence[Picture] = (), *, times: int = 1_000_000) -> None:
        """Take the ports at once, so that addresses are known before it runs.

        Args:
            pictures: what its healthy part shows.
            times: how many elements, attributes or links a page has that has too many of them.
        """
        self.inside = Door()
        self._answers: dict[str, Answer] = {"/robots.txt": _ROBOTS}
        self._server = RawServer(self._answer)
        self._neighbours: list[RawServer] = []
        self.behaviours: list[Behaviour] = [
            *broken_answers(),
            *odd_answers(),
            *packed_answers(),
            *redirects(self.inside.port),
            *inside_addresses(self.inside.port),
            *pages(self.inside.port, times=times),
            *images(),
            *files(),
        ]
        for behaviour, later in chain_of_redirects():
            self.behaviours.append(behaviour)
            self._answers |= later
        for name, says, robots in robots_files(self.inside.port):
            self.behaviours.append(self._neighbour(name, says, robots))
        for behaviour in self.behaviours:
            if behaviour.answer is not None:
                self._answers[behaviour.path] = behaviour.answer
        self._write_healthy_part(pictures)
        self._write_index()

    @property
    def hosts(self) -> tuple[str, ...]:
        """Every ``host:port`` that a crawl may connect to; the door is none of them."""
        return (self._server.host, *(neighbour.host for neighbour in self._neighbours))

    @property
    def start_urls(self) -> tuple[str, ...]:
        """The front page, which links to all there is, and every hostile page by itself.

        A crawl that only followed links would soon have had enough of pages without new pictures.
        """
        start = f"http://{self._server.host}"
        pages = (one.path for one in self.behaviours if not one.image and one.address is None)
        return (f"{start}/", *(start + path for path in pages))

    def requested(self, path: str) -> int:
        """Count the requests to the site itself for exactly this path, query included."""
        return self._server.requested(path)

    def __enter__(self) -> Self:
        for server in (self._server, *self._neighbours):
            server.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for server in (self._server, *self._neighbours):
            server.close()
        self.inside.close()

    def _answer(self, path: str) -> Answer:
        found = self._answers.get(path) or self._answers.get(path.partition("?")[0])
        if found is not None:
            return found
        return _FILLER if path.startswith("/filler/") else _NOT_FOUND

    def _neighbour(self, name: str, says: str, robots: Answer) -> Behaviour:
        server = RawServer(lambda path: robots if path == "/robots.txt" else _NOT_FOUND)
        self._neighbours.append(server)
        where = f"http://{server.host}/image/{name}.jpg"
        return Behaviour(name, says, image=True, address=where)

    def _write_healthy_part(self, pictures: Sequence[Picture]) -> None:
        self._healthy: list[str] = []
        for number, part in enumerate(in_parts(list(enumerate(pictures)), _PER_PAGE)):
            for index, picture in part:
                answer = whole(picture.body, kind=picture.content_type)
                self._answers[f"/healthy/{index}{picture.extension}"] = answer
            shown = "".join(
                f'<img src="/healthy/{index}{picture.extension}">' for index, picture in part
            )
            path = f"/healthy/album-{number}"
            self._answers[path] = whole(shown.encode())
            self._healthy.append(path)

    def _write_index(self) -> None:
        links = []
        for behaviour in self.behaviours:
            where = behaviour.address or behaviour.path
            links.append(f'<img src="{where}">' if behaviour.image else f'<a href="{where}">x</a>')
        half = len(links) // 2
        albums = [f'<a href="{path}">album</a>' for path in self._healthy]
        # Some of the healthy part stands in the middle, and some behind everything else.
        body = "".join([*links[:half], *albums[::2], *links[half:], *albums[1::2]])
        self._answers["/"] = whole(body.encode(), kind=HTML)


def healthy_pictures(number: int) -> Iterator[Picture]:
    """Give photographs as a site would serve them."""
    for name in photo_names()[:number]:
        yield encode(open_photo(name), "jpeg", quality=85)


_FILLER: Final = whole(encode(Image.new("P", (1, 1)), "gif").body, kind="image/gif")


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m practice.hostile", description=__doc__)
    parser.add_argument("--times", type=int, default=1_000_000, help="how large its pages are")
    given = parser.parse_args(arguments)
    with HostileSite(list(healthy_pictures(40)), times=given.times) as site:
        wait_until_stopped(
            f"Hostile site: {site.start_urls[0]}\n"
            f"It behaves in {len(site.behaviours)} hostile ways. For Vigil to fetch from it, set\n"
            f"  VIGIL_PRACTICE_HOSTS={','.join(site.hosts)}\n"
            "Ctrl-C stops it."
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
