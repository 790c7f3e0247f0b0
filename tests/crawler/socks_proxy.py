"""A SOCKS5 proxy for tests: knows names that nobody else knows, and notes what it was asked."""

import contextlib
import socket
import socketserver
import struct
import threading

NO_SUCH_HOST = 4
REFUSED = 5


class SocksProxy(socketserver.ThreadingTCPServer):
    """Serves on loopback; ``names`` maps a name to the port on loopback where it leads."""

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True

    def __init__(self, names):
        super().__init__(("127.0.0.1", 0), _Connection)
        self.names = names
        self.asked = []
        self.address = f"socks5://127.0.0.1:{self.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()


class _Connection(socketserver.BaseRequestHandler):
    server: SocksProxy

    def handle(self):
        with contextlib.suppress(OSError):
            self._greet()
            where = self._asked()
            self.server.asked.append(where)
            if where not in self.server.names:
                self._answer(NO_SUCH_HOST)
                return
            try:
                target = socket.create_connection(("127.0.0.1", self.server.names[where]), 5)
            except ConnectionRefusedError:
                self._answer(REFUSED)
                return
            self._answer(0)
            with target:
                back = threading.Thread(target=_copy, args=(target, self.request), daemon=True)
                back.start()
                _copy(self.request, target)
                back.join(5)

    def _greet(self):
        _, methods = self._read(2)
        self._read(methods)
        self.request.sendall(b"\x05\x00")

    def _asked(self):
        _, _, _, kind = self._read(4)
        if kind == 3:  # a name
            host = self._read(self._read(1)[0]).decode()
        elif kind == 1:
            host = socket.inet_ntop(socket.AF_INET, self._read(4))
        else:
            host = socket.inet_ntop(socket.AF_INET6, self._read(16))
        return host, struct.unpack(">H", self._read(2))[0]

    def _answer(self, code):
        self.request.sendall(bytes([5, code, 0, 1]) + bytes(6))

    def _read(self, size):
        got = b""
        while len(got) < size:
            part = self.request.recv(size - len(got))
            if not part:
                raise ConnectionResetError
            got += part
        return got


def _copy(source, target):
    with contextlib.suppress(OSError):
        while part := source.recv(65536):
            target.sendall(part)
        target.shutdown(socket.SHUT_WR)
