"""A practice site: pages and images held in memory, and a record of who asked for what."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from threading import Lock
from types import TracebackType
from typing import Final, NamedTuple, Self

from practice.resources import HTML, Fault, Resource, content_type_of, etag_of
from practice.server import HOST, SiteServer

ROBOTS: Final = "/robots.txt"
ALLOW_ALL: Final = "User-agent: *\nAllow: /\n"
_ONE_SECOND: Final = timedelta(seconds=1)  # as fine as Last-Modified can be
_NO_PAGE: Final = b"<!doctype html><title>Not found</title><p>There is nothing here.\n"
_NOT_FOUND: Final = Resource(lambda: _NO_PAGE, HTML, HTTPStatus.NOT_FOUND)
_HALF_SENT: Final = bytes(4096)


class AskedFor(NamedTuple):
    """One request as it came in."""

    method: str
    path: str
    headers: Mapping[str, str]


class PracticeSite:
    """A real HTTP/1.1 server on 127.0.0.1 whose content is written at any time, also while it runs.

    Use it as a context manager, or call `start` and `stop`. A path without its own entry for a
    query (``/a.jpg?v=2``) is answered as the path alone.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        delay: float = 0.0,
        robots: str | None = ALLOW_ALL,
        validators: bool = True,
        remember: bool = True,
    ) -> None:
        """Take the port at once, so that addresses are known before the site runs.

        Args:
            port: 0 takes a free one.
            delay: seconds before every answer.
            robots: text of robots.txt; None has the site answer 404 for it.
            validators: send ETag and Last-Modified, and answer 304 to who sends them back.
            remember: keep `requests`; a long run turns it off and has `requested` alone.

        Raises:
            OSError: the port is taken.
        """
        self.delay = delay
        self.requests: list[AskedFor] = []
        self._validators = validators
        self._remember = remember
        self._resources: dict[str, Resource] = {}
        self._written: dict[str, datetime] = {}
        self._asked: Counter[str] = Counter()
        self._lock = Lock()
        self._running = False
        self._server: SiteServer | None = SiteServer(port, self._answer)
        self.port: Final = self._server.server_port
        if robots is not None:
            self.write(ROBOTS, robots.encode())

    def start(self) -> Self:
        """Begin to answer; after `stop`, once more on the same port."""
        if not self._running:
            self._server = self._server or SiteServer(self.port, self._answer)
            self._server.start()
            self._running = True
        return self

    def stop(self) -> None:
        """Stop answering: close the port and every connection, those that hang too."""
        if self._server is not None:
            self._server.close()
        self._server = None
        self._running = False

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def host(self) -> str:
        """The site's ``host:port``, as VIGIL_PRACTICE_HOSTS takes it."""
        return f"{HOST}:{self.port}"

    def url(self, path: str = "/") -> str:
        """Give the full address of a path."""
        return f"http://{self.host}{_rooted(path)}"

    def requested(self, path: str) -> int:
        """Count the requests for exactly this path, query included, of any method."""
        with self._lock:
            return self._asked[_rooted(path)]

    def write(
        self,
        path: str,
        body: bytes,
        content_type: str | None = None,
        *,
        status: int = HTTPStatus.OK,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Put ``body`` at ``path``; whatever was there, misbehaviour too, is replaced."""
        self._put(
            path,
            Resource(
                make=lambda: body,
                content_type=content_type or content_type_of(path),
                status=status,
                headers=dict(headers or {}),
                etag=etag_of(body),
            ),
        )

    def write_lazy(
        self, path: str, make: Callable[[], bytes], content_type: str | None = None
    ) -> None:
        """Have ``make`` give the body at each request; it must give the same bytes every time.

        The ETag comes from the path and the time of writing, as the bytes are not there yet.
        """
        made = Resource(make=make, content_type=content_type or content_type_of(path))
        self._put(path, made, etag_from=path)

    def remove(self, path: str) -> None:
        """Take away what is at ``path``, which then answers 404."""
        with self._lock:
            self._resources.pop(_rooted(path), None)

    def gone(self, path: str) -> None:
        """Answer 410 at ``path``."""
        self.write(path, _NO_PAGE, HTML, status=HTTPStatus.GONE)

    def redirect(self, path: str, to: str, *, status: int = HTTPStatus.FOUND) -> None:
        """Send who asks for ``path`` to ``to``, a path here or a full address."""
        self.write(path, b"", HTML, status=status, headers={"Location": to})

    def hang(self, path: str) -> None:
        """Take requests for ``path`` and never answer."""
        self._change(path, fault=Fault.HANG)

    def drop(self, path: str) -> None:
        """Promise the whole body at ``path``, send half of it and hang up."""
        self._change(path, fault=Fault.DROP)

    def slow(self, path: str, seconds: float) -> None:
        """Wait before each answer at ``path``."""
        self._change(path, wait=seconds)

    def _put(self, path: str, resource: Resource, etag_from: str | None = None) -> None:
        where = _rooted(path)
        with self._lock:
            now = datetime.now(UTC).replace(microsecond=0)
            if where in self._written:
                # Written twice in a second, the second version must look newer all the same.
                now = max(now, self._written[where] + _ONE_SECOND)
            self._written[where] = now
            if not self._validators:
                resource = replace(resource, etag=None)
            elif resource.status == HTTPStatus.OK:
                etag = etag_of(f"{etag_from} {now}".encode()) if etag_from else resource.etag
                resource = replace(resource, etag=etag, last_modified=now)
            else:
                resource = replace(resource, etag=None)
            self._resources[where] = resource

    def _change(self, path: str, *, fault: Fault = Fault.NONE, wait: float = 0.0) -> None:
        where = _rooted(path)
        with self._lock:
            there = self._resources.get(where) or Resource(
                lambda: _HALF_SENT, content_type_of(where)
            )
            self._resources[where] = replace(there, fault=fault, wait=wait)

    def _answer(self, method: str, path: str, headers: Mapping[str, str]) -> Resource:
        with self._lock:
            self._asked[path] += 1
            if self._remember:
                self.requests.append(AskedFor(method, path, headers))
            found = self._resources.get(path) or self._resources.get(path.partition("?")[0])
        found = found or _NOT_FOUND
        return replace(found, wait=found.wait + self.delay) if self.delay else found


def _rooted(path: str) -> str:
    return path if path.startswith("/") else f"/{path}"
