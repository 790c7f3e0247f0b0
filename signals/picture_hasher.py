"""Hashing for code without an event loop: for the pictures and videos that are registered."""

import socket
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from domain.content import ContentChoice
from domain.errors import Undecodable
from domain.signal import PictureSignals
from signals.child import (
    DEFAULT_MEMORY_LIMIT,
    DEFAULT_TIME_LIMIT,
    MOVING_TIMES,
    START_LIMIT,
    WorkerProcess,
    answered_nonsense,
    over_time,
)
from signals.video import needs_ffmpeg
from signals.wire import (
    ANSWER_HEAD,
    CONTENT_CHOICES,
    Duty,
    Kind,
    answer_length,
    read_ready_answer,
)
from signals.wire_places import UnreadableAnswerError
from signals.wire_registered import read_picture_answer


class PictureHasher:
    """Hashes pictures and videos to register in workers with the limits of found images.

    Use as a context manager. A worker starts with the first picture, another with the first video.
    A picture that kills its worker costs that picture alone.
    """

    def __init__(
        self,
        time_limit: float = DEFAULT_TIME_LIMIT,
        memory_limit: int = DEFAULT_MEMORY_LIMIT,
        *,
        demand_filter: bool = False,
        embedding_model: Path | None = None,
    ) -> None:
        self.embedding_lost: str | None = None
        """Why no embeddings are made, as far as a worker that was started has said so."""
        self._time_limit = time_limit
        self._memory_limit = memory_limit
        self._demand_filter = demand_filter
        self._embedding_model = embedding_model
        self._workers: dict[Duty, WorkerProcess] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for duty in list(self._workers):
            self._end(duty)

    def hash(self, body: bytes, content: ContentChoice = ContentChoice.AUTO) -> PictureSignals:
        """Hash a picture, animation or video in every view.

        ``content`` says which is meant of a picture within something else; see `hash_picture`.

        Raises:
            Undecodable: it is no usable picture, or the worker died or ran over the time limit,
                three times as long for a video.
            OutsideDown: the worker could not be started.
        """
        duty = Duty.VIDEOS if needs_ffmpeg(body) else Duty.PICTURES
        seconds = self._time_limit * (MOVING_TIMES if duty is Duty.VIDEOS else 1)
        worker = self._usable(duty)
        healthy = False
        try:
            outcome = _ask(worker, body, content, seconds)
            healthy = True
        finally:
            if not healthy:
                self._end(duty)
        if isinstance(outcome, Undecodable):
            raise outcome
        return outcome

    def _usable(self, duty: Duty) -> WorkerProcess:
        worker = self._workers.get(duty)
        if worker is not None and worker.is_alive():
            return worker
        self._end(duty)
        worker = WorkerProcess(
            self._memory_limit,
            demand_filter=self._demand_filter,
            duty=duty,
            registering=True,
            embedding_model=self._embedding_model,
        )
        self._workers[duty] = worker
        try:
            ready = _read_answer(worker.socket, time.monotonic() + START_LIMIT)
            self.embedding_lost = read_ready_answer(ready).embedding_lost
        except (OSError, EOFError, UnreadableAnswerError):  # a TimeoutError is an OSError
            failure = worker.did_not_start()
            self._end(duty)
            raise failure from None
        except BaseException:
            self._end(duty)
            raise
        return worker

    def _end(self, duty: Duty) -> None:
        if (worker := self._workers.pop(duty, None)) is not None:
            worker.end()
            worker.reap(START_LIMIT)


def _ask(
    worker: WorkerProcess, body: bytes, content: ContentChoice, seconds: float
) -> PictureSignals | Undecodable:
    deadline = time.monotonic() + seconds
    try:
        worker.socket.settimeout(seconds)
        worker.socket.sendall(
            worker.request_head(Kind.PICTURE, body, CONTENT_CHOICES.index(content))
        )
        worker.socket.sendall(body)
        return read_picture_answer(_read_answer(worker.socket, deadline))
    except TimeoutError:
        raise over_time(seconds) from None
    except (OSError, EOFError):
        raise worker.lost() from None
    except UnreadableAnswerError as error:
        raise answered_nonsense() from error


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
