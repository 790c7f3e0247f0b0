"""The web server of the console: bounded in everything that a client decides, silent in its log."""

import logging
import socket
import time
from typing import TYPE_CHECKING, Any, Final

from waitress import create_server
from waitress.channel import HTTPChannel

from config import Listen
from console.known_host import KnownHost
from domain.errors import OutsideDown

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

REQUEST_SECONDS: Final = 20
"""How long a client may take to send one request, however slowly."""

STUCK_SECONDS: Final = 60
"""How long a client may take nothing of an answer that waits for it."""

IDLE_SECONDS: Final = 60
"""How long a connection without any request is kept."""

MOST_HEADERS: Final = 32 * 1024
MOST_BODY: Final = 2 * 1024 * 1024
"""More than the application takes, so that it is the one to say so on a page."""

MOST_CONNECTIONS: Final = 400

_ANSWER_WAITING: Final = 4 * 1024 * 1024
"""Bytes of an answer that wait for a slow client; then the answer waits, too."""

_NEVER: Final = 1024 * 1024 * 1024
"""From so many bytes on they would be put into a file: nothing asked or answered ever is."""

_log = logging.getLogger("vigil.console")


class Server:
    """Answers requests for one application on one address until it is told to stop."""

    def __init__(
        self,
        application: "WSGIApplication",
        listening: socket.socket,
        *,
        url: str,
        proxy: str | None,
        threads: int,
    ) -> None:
        """Get ready.

        Args:
            application: what answers.
            listening: from `listen`.
            url: the address at which people open the console.
            proxy: the address of the reverse proxy before it; who asks is what that says.
            threads: requests answered side by side.
        """
        trusted: dict[str, object] = {}
        if proxy is not None:
            trusted = {
                "trusted_proxy": proxy,
                "trusted_proxy_count": 1,
                "trusted_proxy_headers": {"x-forwarded-for"},
            }
        self._server: Any = create_server(
            KnownHost(application, url),
            sockets=[listening],
            threads=threads,
            ident="vigil",
            url_scheme=url.partition(":")[0],
            clear_untrusted_proxy_headers=True,
            max_request_header_size=MOST_HEADERS,
            max_request_body_size=MOST_BODY,
            connection_limit=MOST_CONNECTIONS,
            channel_timeout=IDLE_SECONDS,
            cleanup_interval=5,
            outbuf_high_watermark=_ANSWER_WAITING,
            outbuf_overflow=_NEVER,
            inbuf_overflow=_NEVER,
            log_socket_errors=False,
            asyncore_use_poll=True,
            **trusted,
        )
        self._server.channel_class = _PatientChannel

    def run(self) -> None:
        """Answer until SystemExit is raised in this thread, as by a signal; then end calmly."""
        self._server.run()
        self._server.close()


def listen(where: Listen) -> socket.socket:
    """Take an address to answer on.

    Raises:
        OutsideDown: it is taken, or is none of this machine.
    """
    try:
        family, *_, address = socket.getaddrinfo(
            where.host, where.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, socket.SOCK_STREAM)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address)
            listening.listen(1024)  # now, since whoever comes second is refused only by this
        except OSError:
            listening.close()
            raise
    except OSError as error:
        msg = (
            f"The console cannot answer on {where}: {error.strerror or error}. If it runs already, "
            "one is enough; otherwise stop what is there, or take another port: --port 8081."
        )
        raise OutsideDown(msg) from error
    return listening


def hush() -> None:
    """Have the web server log no address: of what fails outside of views, only the kind is told."""
    for name in ("waitress", "waitress.queue"):
        log = logging.getLogger(name)
        log.setLevel(logging.WARNING)
        log.addFilter(_without_address)


def _without_address(record: logging.LogRecord) -> bool:
    kind = record.exc_info[0] if record.exc_info else None
    if kind is not None:
        _log.error("answer failed: kind=%s", kind.__name__)
        return False
    # Too many connections, or too many requests that wait: those say numbers alone.
    return record.name == "waitress.queue" or "connection limit" in str(record.msg)


class _PatientChannel(HTTPChannel):  # type: ignore[misc]  # it has no types
    """A connection whose client is waited for, but not for ever.

    Waitress waits as long as something comes from time to time: a byte a minute would keep a
    connection for good, and an answer that nobody takes a thread.
    """

    _begun: float | None = None

    def readable(self) -> bool:
        """Say whether to read on; asked for every connection at least each second."""
        now = time.monotonic()
        if self.request is None:
            self._begun = None
        elif self._begun is None:
            self._begun = now
        elif now - self._begun > REQUEST_SECONDS:
            self.will_close = True
        if self.total_outbufs_len and time.time() - self.last_activity > STUCK_SECONDS:
            self.will_close = True
        return bool(super().readable())
