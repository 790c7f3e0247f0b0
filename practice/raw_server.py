"""A server that sends exactly the bytes it is told to, however wrong they are."""

import socket
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from threading import Event, Lock, Thread
from typing import Final

HOST: Final = "127.0.0.1"
_HEAD_BYTES: Final = 65_536
_PATIENCE: Final = 60.0


class Connection:
    """What a hostile answer is written to."""

    def __init__(self, opened: socket.socket, stopping: Event) -> None:
        self._socket = opened
        self._stopping = stopping

    def send(self, data: bytes) -> None:
        """Send some bytes.

        Raises:
            OSError: the client has hung up.
        """
        self._socket.sendall(data)

    def send_for_ever(self, part: bytes, *, pause: float = 0.0) -> None:
        """Send the same again and again, until the client hangs up or the site stops.

        Raises:
            OSError: the client has hung up.
        """
        while not self._stopping.is_set():
            self._socket.sendall(part)
            if pause:
                self._stopping.wait(pause)

    def send_parts(self, parts: Iterable[bytes]) -> None:
        """Send one after the other.

        Raises:
            OSError: the client has hung up.
        """
        for part in parts:
            self._socket.sendall(part)

    def wait(self) -> None:
        """Say nothing more until the client hangs up or the site stops."""
        self._socket.settimeout(_PATIENCE)
        self._socket.recv(1)

    def reset(self) -> None:
        """End the connection with a reset, which tells the client that something broke."""
        linger_for_nothing = b"\x01\x00\x00\x00\x00\x00\x00\x00"
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_for_nothing)
        self._socket.close()


Answer = Callable[[Connection], None]


class RawServer:
    """Answers on loopback, a thread a connection, one request each."""

    def __init__(self, answer: Callable[[str], Answer]) -> None:
        """Take a free port, so that addresses are known before it runs.

        Args:
            answer: path with its query in, what is sent out.
        """
        self._answer = answer
        self._stopping = Event()
        self._open: set[socket.socket] = set()
        self._asked: Counter[str] = Counter()
        self._lock = Lock()
        self._listening = socket.create_server((HOST, 0), backlog=128)
        self.port: Final = int(self._listening.getsockname()[1])
        self.host: Final = f"{HOST}:{self.port}"

    def start(self) -> None:
        """Serve from a thread of its own."""
        Thread(target=self._accept, name="hostile-site", daemon=True).start()

    def close(self) -> None:
        """Stop listening and end every connection."""
        self._stopping.set()
        with suppress(OSError):  # it never began, or has ended
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        with self._lock:
            for connection in self._open:
                _end(connection)

    def requested(self, path: str) -> int:
        """Count the requests for exactly this path, query included."""
        with self._lock:
            return self._asked[path]

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            with self._lock:
                self._open.add(connection)
            Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, opened: socket.socket) -> None:
        try:
            opened.settimeout(_PATIENCE)
            head = b""
            while b"\r\n\r\n" not in head:
                received = opened.recv(_HEAD_BYTES)
                if not received or len(head) > _HEAD_BYTES:
                    return
                head += received
            path = head.split(b" ", 2)[1].decode("latin-1")
            with self._lock:
                self._asked[path] += 1
            self._answer(path)(Connection(opened, self._stopping))
        except OSError:
            pass  # the client has had enough: that is what it is here for
        finally:
            with self._lock:
                self._open.discard(opened)
            _end(opened)
            opened.close()


def _end(connection: socket.socket) -> None:
    with suppress(OSError):  # the client was first
        connection.shutdown(socket.SHUT_RDWR)
