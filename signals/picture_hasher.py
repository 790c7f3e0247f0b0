"""One hashing worker for code without an event loop: for the pictures that are registered."""

import socket
import time
from types import TracebackType
from typing import Self

from domain.errors import Undecodable
from domain.signal import PictureSignals
from signals.child import (
    DEFAULT_MEMORY_LIMIT,
    DEFAULT_TIME_LIMIT,
    START_LIMIT,
    WorkerProcess,
    answered_nonsense,
    over_time,
)
from signals.wire import (
    ANSWER_HEAD,
    Kind,
    UnreadableAnswerError,
    answer_length,
    read_picture_answer,
)


class PictureHasher:
    """Hashes pictures to register in a worker with the limits of found images.

    Use as a context manager; the worker starts with the first picture. A picture that kills it
    costs that picture alone.
    """

    def __init__(
        self,
        time_limit: float = DEFAULT_TIME_LIMIT,
        memory_limit: int = DEFAULT_MEMORY_LIMIT,
        *,
        demand_filter: bool = False,
    ) -> None:
        self._time_limit = time_limit
        self._memory_limit = memory_limit
        self._demand_filter = demand_filter
        self._worker: WorkerProcess | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def hash(self, body: bytes) -> PictureSignals:
        """Hash a picture in every view.

        Raises:
            Undecodable: it is no usable picture, or the worker died or ran over the time limit.
            OutsideDown: the worker could not be started.
        """
        worker = self._usable()
        healthy = False
        try:
            outcome = self._ask(worker, body)
            healthy = True
        finally:
            if not healthy:
                self._end()
        if isinstance(outcome, Undecodable):
            raise outcome
        return outcome

    def _usable(self) -> WorkerProcess:
        if self._worker is not None and self._worker.is_alive():
            return self._worker
        self._end()
        worker = self._worker = WorkerProcess(self._memory_limit, demand_filter=self._demand_filter)
        try:
            _read_answer(worker.socket, time.monotonic() + START_LIMIT)  # it says that it is ready
        except (OSError, EOFError, UnreadableAnswerError):  # a TimeoutError is an OSError
            failure = worker.did_not_start()
            self._end()
            raise failure from None
        except BaseException:
            self._end()
            raise
        return worker

    def _ask(self, worker: WorkerProcess, body: bytes) -> PictureSignals | Undecodable:
        deadline = time.monotonic() + self._time_limit
        try:
            worker.socket.settimeout(self._time_limit)
            worker.socket.sendall(worker.request_head(Kind.PICTURE, body))
            worker.socket.sendall(body)
            return read_picture_answer(_read_answer(worker.socket, deadline))
        except TimeoutError:
            raise over_time(self._time_limit) from None
        except (OSError, EOFError):
            raise worker.lost() from None
        except UnreadableAnswerError as error:
            raise answered_nonsense() from error

    def _end(self) -> None:
        if self._worker is not None:
            self._worker.end()
            self._worker.reap(START_LIMIT)
            self._worker = None


def _read_answer(answers: socket.socket, deadline: float) -> bytes:
    head = _receive(answers, ANSWER_HEAD.size, deadline)
    return _receive(answers, answer_length(head), deadline)


def _receive(answers: socket.socket, size: int, deadline: float) -> bytes:
    received = b""
    while len(received) < size:
        answers.settimeout(max(deadline - time.monotonic(), 0.001))
        part = answers.recv(size - len(received))
        if not part:
            raise EOFError
        received += part
    return received
