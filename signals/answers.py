"""Reading from a worker's socket without holding up the event loop."""

import asyncio
import io
import socket
from typing import Final

from signals.wire import ANSWER_HEAD, answer_length

_AT_ONCE: Final = 2**20


async def read_answer(answers: socket.socket) -> bytes:
    """Read one answer of a worker.

    Raises:
        EOFError: the worker has closed its end.
        UnreadableAnswerError: the answer announces more than any true one has.
    """
    head = await read_bytes(answers, ANSWER_HEAD.size)
    return await read_bytes(answers, answer_length(head))


async def read_bytes(answers: socket.socket, size: int) -> bytes:
    """Read exactly so many bytes.

    Raises:
        EOFError: the worker has closed its end.
    """
    loop = asyncio.get_running_loop()
    received = io.BytesIO()  # which gives away what it holds without a second copy
    while (missing := size - received.tell()) > 0:
        part = await loop.sock_recv(answers, min(missing, _AT_ONCE))
        if not part:
            raise EOFError
        received.write(part)
    return received.getvalue()
