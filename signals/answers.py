"""Reading from a worker's socket without holding up the event loop."""

import asyncio
import contextlib
import io
import socket
from collections.abc import AsyncIterator
from typing import Final

from signals.child import WorkerProcess, answered_nonsense, over_time
from signals.wire import ANSWER_HEAD, answer_length
from signals.wire_places import UnreadableAnswerError

_AT_ONCE: Final = 2**20


@contextlib.asynccontextmanager
async def within(worker: WorkerProcess, seconds: float) -> AsyncIterator[None]:
    """Talk with a worker for so long; say what happened to it as the loss of one picture.

    Raises:
        HashingLost: it died, ran over its time or answered nonsense.
    """
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise over_time(seconds) from None
    except (OSError, EOFError):
        raise worker.lost() from None
    except UnreadableAnswerError as error:
        raise answered_nonsense() from error


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
