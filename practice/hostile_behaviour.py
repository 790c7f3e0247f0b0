"""One way in which a hostile site behaves, and what a crawl's report must say of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from practice.raw_server import Answer, Connection

HTML: Final = "text/html; charset=utf-8"
JPEG: Final = "image/jpeg"
GONE: Final = "It is gone: the site answers 404"
"""What the report says of the mark on a page that was read after all."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One page or image of a hostile site.

    ``says`` is a pattern for the reason of a row in the crawl's report whose address holds the
    behaviour's name. A page that is to be read carries a mark: an image that is not there, so that
    the row of that image shows that the page was read.
    """

    name: str
    says: str
    answer: Answer | None = None
    image: bool = False
    address: str | None = None
    """Where it is, if it is not on the hostile site itself."""

    @property
    def path(self) -> str:
        """Its path on the hostile site."""
        return f"/image/{self.name}.jpg" if self.image else f"/page/{self.name}"


def mark(name: str) -> str:
    """Write the image that shows that the page of this name was read."""
    return f'<img src="/mark/{name}.jpg">'


def head(status: str = "200 OK", *lines: str, kind: str = HTML) -> bytes:
    """Write the head of an answer, up to and without its empty line."""
    return "".join(
        f"{line}\r\n" for line in (f"HTTP/1.1 {status}", f"Content-Type: {kind}", *lines)
    ).encode("latin-1")


def whole(
    body: bytes, *lines: str, status: str = "200 OK", kind: str = HTML
) -> Callable[[Connection], None]:
    """Answer with a body, as a web server does."""
    written = head(status, *lines, f"Content-Length: {len(body)}", kind=kind)

    def answer(connection: Connection) -> None:
        connection.send(written + b"\r\n" + body)

    return answer


def made(make: Callable[[], bytes], *lines: str, kind: str = HTML) -> Callable[[Connection], None]:
    """Answer with a body that is made when it is asked for."""

    def answer(connection: Connection) -> None:
        whole(make(), *lines, kind=kind)(connection)

    return answer


def only(data: bytes) -> Callable[[Connection], None]:
    """Send these bytes and hang up."""
    return lambda connection: connection.send(data)


def then_for_ever(first: bytes, part: bytes, *, pause: float = 0.0) -> Callable[[Connection], None]:
    """Send something, and then something else without end."""

    def answer(connection: Connection) -> None:
        connection.send(first)
        connection.send_for_ever(part, pause=pause)

    return answer
