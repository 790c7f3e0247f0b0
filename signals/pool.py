"""Hashing workers for an event loop: found images go in, signals come out."""

import asyncio
from typing import Final

from domain.errors import OutsideDown, Undecodable
from domain.signal import ImageSignals
from signals.child import (
    DEFAULT_MEMORY_LIMIT,
    DEFAULT_TIME_LIMIT,
    START_LIMIT,
    WorkerProcess,
    answered_nonsense,
    over_time,
)
from signals.wire import ANSWER_HEAD, Kind, UnreadableAnswerError, answer_length, read_image_answer

PICTURES_PER_WORKER: Final = 5_000
"""After so many a worker is replaced, in case a decoder leaks or was tampered with. Starting one
costs as much as hashing some 200 pictures."""


class HashingPool:
    """A fixed number of worker processes; whoever finds none free waits for one, in turn.

    A picture that kills its worker, or takes it longer than ``time_limit`` seconds, costs that
    picture alone: the worker is replaced before the next one. Plain sockets and processes rather
    than asyncio's, whose child watcher and Twisted's would compete for the same signal.

    Use from one event loop, whose thread lives as long as the pool.
    """

    def __init__(
        self,
        workers: int,
        time_limit: float = DEFAULT_TIME_LIMIT,
        memory_limit: int = DEFAULT_MEMORY_LIMIT,
        pictures_per_worker: int = PICTURES_PER_WORKER,
        *,
        demand_filter: bool = False,
    ) -> None:
        if workers < 1:
            msg = f"a hashing pool needs at least one worker; this one is given {workers}"
            raise ValueError(msg)
        self._time_limit = time_limit
        self._memory_limit = memory_limit
        self._pictures_per_worker = pictures_per_worker
        self._demand_filter = demand_filter
        self._size = workers
        self._closed = False
        self._dying: list[WorkerProcess] = []
        # None stands for a worker that is still to be started. Last in, first out, so that a
        # quiet crawl keeps few workers busy and starts no others.
        self._free: asyncio.LifoQueue[WorkerProcess | None] = asyncio.LifoQueue()
        for _ in range(workers):
            self._free.put_nowait(None)

    async def start(self) -> None:
        """Start one worker now, so that what keeps it from starting is heard before the crawl.

        The others start when they are first needed.

        Raises:
            OutsideDown: it did not start, or the pool is closed.
        """
        self._give_back(await self._take(), healthy=True)

    async def hash(self, body: bytes) -> ImageSignals:
        """Hash a found image in a worker.

        Raises:
            Undecodable: it is no usable picture, or its worker died or ran over the time limit.
            OutsideDown: no worker could be started, or the pool is closed.
        """
        worker = await self._take()
        healthy = False
        try:
            outcome = await self._ask(worker, body)
            healthy = True
        finally:
            # Also when this call is cancelled: a worker with half a request in it, or an answer
            # still to come, would answer the next picture with this one's signals.
            self._give_back(worker, healthy=healthy)
        if not isinstance(outcome, Undecodable):
            return outcome
        try:
            raise outcome
        finally:
            # An error that holds this frame, which holds the error: the picture's bytes would stay
            # with both until Python looks for such rings.
            del outcome

    async def close(self) -> None:
        """Let the pictures in hand be finished, then end every worker; waiters are turned away."""
        self._closed = True
        for _ in range(self._size):
            worker = await self._free.get()
            if worker is not None:
                self._end(worker)
        for _ in range(self._size):
            self._free.put_nowait(None)
        dying, self._dying = self._dying, []
        for worker in dying:
            await asyncio.to_thread(worker.reap, START_LIMIT)

    async def _take(self) -> WorkerProcess:
        worker = await self._free.get()
        if self._closed:
            self._free.put_nowait(worker)
            msg = "the hashing pool is closed; make another one to hash more images"
            raise OutsideDown(msg)
        try:
            if worker is not None and not worker.is_alive():  # killed while it had nothing to do
                self._end(worker)
                worker = None
            return worker or await self._started_at_last()
        except BaseException:
            self._free.put_nowait(worker)
            raise

    def _give_back(self, worker: WorkerProcess, *, healthy: bool) -> None:
        if healthy and worker.pictures < self._pictures_per_worker:
            self._free.put_nowait(worker)
        else:
            self._end(worker)
            self._free.put_nowait(None)

    async def _started_at_last(self) -> WorkerProcess:
        try:
            return await self._started()
        except OutsideDown:
            # Killed while it started, by a machine short of memory say: no picture is to blame.
            return await self._started()

    async def _started(self) -> WorkerProcess:
        worker = WorkerProcess(self._memory_limit, demand_filter=self._demand_filter)
        worker.socket.settimeout(0)
        try:
            async with asyncio.timeout(START_LIMIT):
                await _read_answer(worker)  # it says that it is ready
        except (OSError, EOFError, UnreadableAnswerError):  # a TimeoutError is an OSError
            failure = worker.did_not_start()
            self._end(worker)
            raise failure from None
        except BaseException:
            self._end(worker)
            raise
        return worker

    async def _ask(self, worker: WorkerProcess, body: bytes) -> ImageSignals | Undecodable:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._time_limit):
                await loop.sock_sendall(worker.socket, worker.request_head(Kind.IMAGE, body))
                await loop.sock_sendall(worker.socket, body)
                return read_image_answer(await _read_answer(worker))
        except TimeoutError:
            raise over_time(self._time_limit) from None
        except (OSError, EOFError):
            raise worker.lost() from None
        except UnreadableAnswerError as error:
            raise answered_nonsense() from error

    def _end(self, worker: WorkerProcess) -> None:
        worker.end()
        self._dying = [other for other in self._dying if other.is_alive()]
        self._dying.append(worker)


async def _read_answer(worker: WorkerProcess) -> bytes:
    head = await _receive(worker, ANSWER_HEAD.size)
    return await _receive(worker, answer_length(head))


async def _receive(worker: WorkerProcess, size: int) -> bytes:
    loop = asyncio.get_running_loop()
    received = b""
    while len(received) < size:
        part = await loop.sock_recv(worker.socket, size - len(received))
        if not part:
            raise EOFError
        received += part
    return received
