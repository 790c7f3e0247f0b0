"""Hashing workers for an event loop: found images go in, signals come out."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from domain.errors import Undecodable
from domain.places import FramePlaces
from domain.signal import ImageSignals
from signals.answers import read_answer, read_bytes, within
from signals.archives import MAX_MEMBERS, MAX_UNPACKED, ArchiveMember
from signals.child import (
    DEFAULT_MEMORY_LIMIT,
    DEFAULT_TIME_LIMIT,
    MOVING_TIMES,
    WorkerProcess,
    answered_nonsense,
)
from signals.held_hash import HeldHash
from signals.lending import WorkerLane
from signals.video import needs_ffmpeg
from signals.wire import (
    Duty,
    ImageAnswer,
    Kind,
    read_image_answer,
)
from signals.wire_members import MemberAnswer, read_member_answer
from signals.wire_places import read_places

PICTURES_PER_WORKER: Final = 5_000
"""After so many a worker is replaced, in case a decoder leaks or was tampered with. Starting one
costs as much as hashing some 200 pictures."""

DEFAULT_MEMBER_BYTES: Final = 20 * 2**20
"""Of one member of an archive, unless the caller says otherwise."""


class HashingPool:
    """A fixed number of worker processes; whoever finds none free waits for one, in turn.

    A picture that kills its worker, or takes it longer than ``time_limit`` seconds, costs that
    picture alone: the worker is replaced before the next one. Plain sockets and processes rather
    than asyncio's, whose child watcher and Twisted's would compete for the same signal.

    Beside the workers for pictures there is one for videos, which alone loads FFmpeg, and one for
    archives, each started with the first of its kind: one large file is decoded at a time, and
    whoever goes through an archive can have its members hashed meanwhile.

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
        embedding_model: Path | None = None,
    ) -> None:
        if workers < 1:
            msg = f"a hashing pool needs at least one worker; this one is given {workers}"
            raise ValueError(msg)
        self._time_limit = time_limit

        def lane(size: int, duty: Duty) -> WorkerLane:
            return WorkerLane(
                size,
                lambda: WorkerProcess(
                    memory_limit,
                    demand_filter=demand_filter,
                    duty=duty,
                    embedding_model=embedding_model,
                ),
                pictures_per_worker,
            )

        self._pictures = lane(workers, Duty.PICTURES)
        self._videos = lane(1, Duty.VIDEOS)
        self._archives = lane(1, Duty.ARCHIVES)
        self._first: asyncio.Task[None] | None = None

    @property
    def places_lost(self) -> str | None:
        """Why no places are found, so that edited reposts are not; None before a worker started."""
        return None if self._pictures.sandbox is None else self._pictures.sandbox.places_lost

    @property
    def embedding_lost(self) -> str | None:
        """Why no embeddings are made; None before a worker started, and where none are wanted."""
        return None if self._pictures.sandbox is None else self._pictures.sandbox.embedding_lost

    def get_ready(self) -> None:
        """Begin to start one worker: pictures are on their way, and need not wait for it then.

        What keeps it from starting is met again, and told, by the first picture.
        """
        if self._first is None:
            self._first = asyncio.get_running_loop().create_task(self.start())
            self._first.add_done_callback(lambda task: task.cancelled() or task.exception())

    async def start(self) -> None:
        """Start one worker now, so that what keeps it from starting is heard before the crawl.

        The others start when they are first needed.

        Raises:
            OutsideDown: it did not start, or the pool is closed.
        """
        self._pictures.give_back(await self._pictures.take(), healthy=True)

    async def signals_of(self, body: bytes) -> ImageSignals:
        """Hash a found image that nobody will look at again.

        Raises:
            Undecodable: it is no usable picture.
            HashingLost: its worker died or ran over the time limit.
            OutsideDown: no worker could be started, or the pool is closed.
        """
        held = await self.hash(body)
        held.let_go()
        return held.signals

    async def hash(self, body: bytes) -> HeldHash:
        """Hash a found image, animation or video in a worker, which then waits to look again.

        Let go what this gives, in a ``finally``: until then its worker hashes nothing else. Whoever
        waits for a second image while it holds a first one may wait for itself.

        Raises:
            Undecodable: it is no usable picture.
            HashingLost: its worker died or ran over the time limit.
            OutsideDown: no worker could be started, or the pool is closed.
        """
        moves = needs_ffmpeg(body)
        lane = self._videos if moves else self._pictures
        worker = await lane.take()
        healthy = kept = False
        try:
            seconds = self._time_limit * (MOVING_TIMES if moves else 1)
            outcome = await self._ask(worker, body, seconds)
            if isinstance(outcome, tuple):
                held = HeldHash(*outcome, lane.lend(worker), seconds)
                kept = True
                return held
            healthy = True
        finally:
            # Also when this call is cancelled: a worker with half a request in it, or an answer
            # still to come, would answer the next picture with this one's signals.
            if not kept:
                lane.give_back(worker, healthy=healthy)
        try:
            raise outcome
        finally:
            # An error that holds this frame, which holds the error: the picture's bytes would stay
            # with both until Python looks for such rings.
            del outcome

    async def members(
        self, body: bytes, *, member_bytes: int = DEFAULT_MEMBER_BYTES
    ) -> AsyncIterator[ArchiveMember]:
        """Go through the pictures and videos in an archive, one in memory at a time.

        The members can be hashed while the next ones wait. Close the iterator, as
        ``contextlib.aclosing`` does, where you stop before its end.

        Args:
            body: the archive.
            member_bytes: what one member may have at most; a larger one is named with the reason.

        Raises:
            Undecodable: it cannot be unpacked, or not further; what was given before stands.
            HashingLost: its worker died or ran over the time limit; the same holds.
            OutsideDown: no worker could be started, or the pool is closed.
        """
        worker = await self._archives.take()
        healthy = False
        count = unpacked = 0
        try:
            loop = asyncio.get_running_loop()
            async with within(worker, self._time_limit):
                head = worker.request_head(Kind.ARCHIVE, body, member_bytes)
                await loop.sock_sendall(worker.socket, head)
                await loop.sock_sendall(worker.socket, body)
            while True:
                async with within(worker, self._time_limit * MOVING_TIMES):
                    answer = read_member_answer(await read_answer(worker.socket), member_bytes)
                    if not isinstance(answer, MemberAnswer):
                        break
                    count, unpacked = count + 1, unpacked + answer.length
                    # Two more than the worker gives: a reason for the rest, and one to spare.
                    if count > MAX_MEMBERS + 2 or unpacked > MAX_UNPACKED + member_bytes:
                        raise answered_nonsense()
                    content = None
                    if answer.reason is None:
                        content = await read_bytes(worker.socket, answer.length)
                yield ArchiveMember(answer.name, content, answer.reason)
                del content
            healthy = True
        finally:
            self._archives.give_back(worker, healthy=healthy)
        if answer is not None:
            raise answer

    def end_now(self) -> None:
        """Kill the workers that have something in hand, for whom `close` would still wait."""
        for lane in (self._pictures, self._videos, self._archives):
            lane.end_now()

    async def close(self) -> None:
        """Let the pictures in hand be finished, then end every worker; waiters are turned away."""
        for lane in (self._pictures, self._videos, self._archives):
            lane.turn_away()
        for lane in (self._pictures, self._videos, self._archives):
            await lane.close()

    async def _ask(
        self, worker: WorkerProcess, body: bytes, seconds: float
    ) -> tuple[ImageSignals, tuple[FramePlaces, ...]] | Undecodable:
        loop = asyncio.get_running_loop()
        async with within(worker, seconds):
            await loop.sock_sendall(worker.socket, worker.request_head(Kind.IMAGE, body))
            await loop.sock_sendall(worker.socket, body)
            answer = read_image_answer(await read_answer(worker.socket))
            if not isinstance(answer, ImageAnswer):
                return answer
            following = await read_bytes(worker.socket, answer.following)
            return answer.signals, read_places(answer.places, following)
