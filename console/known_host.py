"""Answering to the console's own name alone, whatever is before the application."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_LOCAL: Final = ("127.0.0.1", "localhost", "[::1]")


class KnownHost:
    """An application that is reached by one name alone.

    A page of another site could give its own name this machine's address, and would then be taken
    by a browser for one and the same site as the console.
    """

    def __init__(self, application: "WSGIApplication", url: str) -> None:
        self._application = application
        self._url = url
        self._hosts = _hosts(url)

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer, if the request is for this console."""
        if environ.get("HTTP_HOST", "").lower() in self._hosts:
            return self._application(environ, start_response)
        words = (
            f"This console is at {self._url}, and was asked for by another name.\n\n"
            "If it stands behind a reverse proxy, have that pass on the Host header. If people "
            "are to open it by another name, set VIGIL_CONSOLE_URL.\n"
        ).encode()
        start_response(
            "421 Misdirected Request",
            [
                ("Content-Type", "text/plain; charset=utf-8"),
                ("Content-Length", str(len(words))),
                ("Cache-Control", "no-store"),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )
        return [words]


def _hosts(url: str) -> frozenset[str]:
    """Return what browsers send as Host for an address; on this machine, its other names too."""
    parts = urlsplit(url)
    standard = {"http": 80, "https": 443}[parts.scheme]
    port = parts.port or standard
    name = parts.netloc.removesuffix(f":{port}")
    names = _LOCAL if name in _LOCAL else (name,)
    plain = names if port == standard else ()
    return frozenset((*plain, *(f"{each}:{port}" for each in names)))
