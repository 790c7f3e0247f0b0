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
    over_time,
)
from signals.wire import ANSWER_HEAD, Kind, UnreadableAnswer, answer_length, read_image_answer

PICTURES_PER_WORKER: Final = 1_000
"""After so many a worker is replaced, in case a decoder leaks or was tampered with."""


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
    ) -> None:
        if workers < 1:
            msg = f"a hashing pool needs at least one worker; this one is given {workers}"
            raise ValueError(msg)
        self._time_limit = time_limit
        self._memory_limit = memory_limit
        self._pictures_per_worker = pictures_per_worker
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
            OutsideDown: it did not start.
        """
        worker = await self._free.get()
        try:
            worker = await self._usable(worker)
        finally:
            self._free.put_nowait(worker)

    async def hash(self, body: bytes) -> ImageSignals:
        """Hash a found image in a worker.

        Raises:
            Undecodable: it is no usable picture, or its worker died or ran over the time limit.
            OutsideDown: no worker could be started, or the pool is closed.
        """
        worker = await self._free.get()
        finished = False
        try:
            worker = await self._usable(worker)
            signals = await self._ask(worker, body)
            finished = True
        except Undecodable as error:
            finished = error.__cause__ is None
            raise
        finally:
            # Also when this call is cancelled: a worker with half a request in it, or half an
            # answer still to come, would answer the next picture with this one's signals.
            if worker is not None and (
                not finished or worker.pictures >= self._pictures_per_worker
            ):
                self._end(worker)
                worker = None
            self._free.put_nowait(worker)
        return signals

    async def close(self) -> None:
        """Let the pictures in hand be finished, then end every worker; waiters are turned away."""
        self._closed = True
        for _ in range(self._size):
            worker = await self._free.get()
            if worker is not None:
                self._end(worker)
        for _ in range(self._size):
            self._free.put_nowait(None)
        for worker in self._dying:
            await asyncio.to_thread(worker.reap, START_LIMIT)
        self._dying.clear()
