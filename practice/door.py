"""A port that nobody is to knock at."""

import socket
from threading import Thread
from typing import Final


class Door:
    """A port on loopback that counts who connects to it."""

    def __init__(self) -> None:
        self.connections = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: Final = int(self._socket.getsockname()[1])
        Thread(target=self._watch, name="door", daemon=True).start()

    def _watch(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            connection.close()

    def close(self) -> None:
        """Stop counting."""
        self._socket.shutdown(socket.SHUT_RDWR)  # closing alone would leave accept() waiting
        self._socket.close()
