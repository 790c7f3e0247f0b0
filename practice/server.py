"""The HTTP side of a practice site: a thread a connection, kept alive, on loopback only."""

import socket
import socketserver
import sys
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Event, Thread
from typing import Any, Final, cast

from practice.resources import HTML, Fault, Resource

HOST: Final = "127.0.0.1"
_STOP_SECONDS: Final = 5.0
_POLL_SECONDS: Final = 0.02

Answer = Callable[[str, str, Mapping[str, str]], Resource]
"""Method, path with its query, and headers in; what to answer out."""


class SiteServer(ThreadingHTTPServer):
    """Serves what ``answer`` gives until it is stopped, then ends every open connection."""

    daemon_threads = True
    block_on_close = False  # close() ends the connections itself: daemon threads are not joined
    request_queue_size = 128

    def __init__(self, port: int, answer: Answer) -> None:
        self.answer = answer
        self.stopping = Event()
        self._connections: set[socket.socket] = set()
        self._changed = Condition()
        self._loop: Thread | None = None
        super().__init__((HOST, port), _Handler)

    def server_bind(self) -> None:
        """Bind without HTTPServer's reverse look-up of the host, which can take seconds."""
        socketserver.TCPServer.server_bind(self)
        self.server_name = HOST
        self.server_port = int(self.server_address[1])

    def start(self) -> None:
        """Serve from a thread of its own."""
        self._loop = Thread(
            target=self.serve_forever, args=(_POLL_SECONDS,), name="practice-site", daemon=True
        )
        self._loop.start()

    def close(self) -> None:
        """Stop listening, end every connection, and wait until their threads have let go."""
        self.stopping.set()
        if self._loop is not None:
            self.shutdown()
            self._loop.join()
        self.server_close()
        with self._changed:
            for connection in self._connections:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue  # the client was first
            self._changed.wait_for(lambda: not self._connections, timeout=_STOP_SECONDS)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Note the connection before its thread starts, so that close() misses none."""
        with self._changed:
            self._connections.add(request)
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve one connection to its end."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._changed:
                self._connections.discard(request)
                self._changed.notify_all()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that hang up: crawlers in tests do so all the time."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """Answers one connection's requests."""

    protocol_version = "HTTP/1.1"
    server_version = "VigilPractice"
    sys_version = ""
    # Head and body leave in one segment, at once: unbuffered, each answer on a kept-alive
    # connection waits 40 ms for Nagle's algorithm and the client's delayed acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Answer with head and body."""
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        """Answer with the head alone."""
        self._answer(with_body=False)

    def do_POST(self) -> None:
        """Refuse; the request is remembered all the same."""
        self._refuse()

    do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_POST  # noqa: N815 - http.server's names

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        """Keep quiet: what was asked for is in the site's ``requests``."""

    def _answer(self, *, with_body: bool) -> None:
        server = cast("SiteServer", self.server)
        resource = server.answer(self.command, self.path, dict(self.headers))
        if resource.fault is Fault.HANG:
            server.stopping.wait()
        elif resource.wait:
            server.stopping.wait(resource.wait)
        if server.stopping.is_set():
            self.close_connection = True
            return
        asked = self.headers
        if resource.is_unchanged(asked["If-None-Match"], asked["If-Modified-Since"]):
            self._head(resource, HTTPStatus.NOT_MODIFIED, length=None)
            return
        body = resource.make()
        self._head(resource, resource.status, length=len(body))
        if resource.fault is Fault.DROP:
            body = body[: len(body) // 2]
            self.close_connection = True
        if with_body:
            self.wfile.write(body)

    def _head(self, resource: Resource, status: int, *, length: int | None) -> None:
        self.send_response(status)
        for name, value in {**resource.validators(), **resource.headers}.items():
            self.send_header(name, value)
        if length is not None:
            self.send_header("Content-Type", resource.content_type)
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def _refuse(self) -> None:
        cast("SiteServer", self.server).answer(self.command, self.path, dict(self.headers))
        self.close_connection = True  # the body that may follow is not read
        body = b"<!doctype html><title>Not allowed</title><p>This site is only for reading.\n"
        self.send_response(HTTPStatus.METHOD_NOT_ALLOWED)
        self.send_header("Allow", "GET, HEAD")
        self.send_header("Connection", "close")
        self.send_header("Content-Type", HTML)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
