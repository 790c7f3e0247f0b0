"""A few hashing workers lent out one after the other, replaced when they die or grow old."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator

from domain.errors import HashingLost, OutsideDown
from signals.answers import read_answer
from signals.child import START_LIMIT, WorkerProcess
from signals.sandbox import Sandbox
from signals.wire import read_ready_answer
from signals.wire_places import UnreadableAnswerError


class WorkerLane:
    """A fixed number of worker processes; whoever finds none free waits for one, in turn.

    Workers are started when they are first needed. Use from one event loop, whose thread lives as
    long as the lane.
    """

    def __init__(
        self, workers: int, start: Callable[[], WorkerProcess], pictures_per_worker: int
    ) -> None:
        self._size = workers
        self._start = start
        self._pictures_per_worker = pictures_per_worker
        self._closed = False
        self._dying: list[WorkerProcess] = []
        self._in_hand: list[WorkerProcess] = []
        """Lent out, or being started."""
        self._loans: set[Loan] = set()
        self.sandbox: Sandbox | None = None
        """What holds the worker that was started last; None before the first."""
        # None stands for a worker that is still to be started. Last in, first out, so that a
        # quiet crawl keeps few workers busy and starts no others.
        self._free: asyncio.LifoQueue[WorkerProcess | None] = asyncio.LifoQueue()
        for _ in range(workers):
            self._free.put_nowait(None)

    async def take(self) -> WorkerProcess:
        """Wait for a worker of one's own.

        Raises:
            OutsideDown: it did not start, or the lane is closed.
        """
        worker = await self._free.get()
        if self._closed:
            self._free.put_nowait(worker)
            msg = "the hashing pool is closed; make another one to hash more images"
            raise OutsideDown(msg)
        try:
            if worker is not None and not worker.is_alive():  # killed while it had nothing to do
                self._end(worker)
                worker = None
            if worker is None:
                return await self._started_at_last()
            self._in_hand.append(worker)
            return worker  # noqa: TRY300
        except BaseException:
            self._free.put_nowait(worker)
            raise

    def give_back(self, worker: WorkerProcess, *, healthy: bool) -> None:
        """Give a worker back; one that is not healthy is ended, and another started for it."""
        self._in_hand.remove(worker)
        if healthy and worker.pictures < self._pictures_per_worker:
            self._free.put_nowait(worker)
        else:
            self._end(worker)
            self._free.put_nowait(None)

    def lend(self, worker: WorkerProcess) -> "Loan":
        """Let a worker that was taken stay with what it holds, until that is let go."""
        loan = Loan(worker, self._end_loan)
        self._loans.add(loan)
        if self._closed:
            loan.end()
        return loan

    def _end_loan(self, loan: "Loan", *, healthy: bool) -> None:
        self._loans.discard(loan)
        self.give_back(loan.worker, healthy=healthy)

    def turn_away(self) -> None:
        """Lend no more workers: whoever waits for one, or asks for one, hears that it is closed."""
        self._closed = True

    def end_now(self) -> None:
        """Lend no more workers and kill those that are lent out; what they had in hand is lost."""
        self.turn_away()
        for worker in self._in_hand:
            worker.kill()

    async def close(self) -> None:
        """Let what is in hand be finished, then end every worker; waiters are turned away.

        Workers that are merely kept, to be asked again, are ended at once.
        """
        self.turn_away()
        for loan in list(self._loans):
            loan.end()
        for _ in range(self._size):
            worker = await self._free.get()
            if worker is not None:
                self._end(worker)
        for _ in range(self._size):
            self._free.put_nowait(None)
        dying, self._dying = self._dying, []
        for worker in dying:
            await asyncio.to_thread(worker.reap, START_LIMIT)

    async def _started_at_last(self) -> WorkerProcess:
        try:
            return await self._started()
        except OutsideDown:
            if self._closed:
                raise
            # Killed while it started, by a machine short of memory say: no picture is to blame.
            return await self._started()

    async def _started(self) -> WorkerProcess:
        worker = self._start()
        self._in_hand.append(worker)
        worker.socket.settimeout(0)
        try:
            async with asyncio.timeout(START_LIMIT):
                self.sandbox = read_ready_answer(await read_answer(worker.socket))
        except (OSError, EOFError, UnreadableAnswerError):  # a TimeoutError is an OSError
            failure = worker.did_not_start()
            self._in_hand.remove(worker)
            self._end(worker)
            raise failure from None
        except BaseException:
            self._in_hand.remove(worker)
            self._end(worker)
            raise
        return worker

    def _end(self, worker: WorkerProcess) -> None:
        worker.end()
        self._dying = [other for other in self._dying if other.is_alive()]
        self._dying.append(worker)


class Loan:
    """A worker that stays with what it has just done, and can be asked more about it."""

    def __init__(self, worker: WorkerProcess, give_back: "Callable[..., None]") -> None:
        self.worker = worker
        self._give_back = give_back
        self._talking = False
        self._ending = False
        self._ended = False

    @contextlib.contextmanager
    def talking(self) -> Iterator[WorkerProcess]:
        """Talk with the worker, one at a time; where that is broken off, the worker is ended.

        Raises:
            HashingLost: it has been given back.
        """
        if self._ended or self._ending:
            msg = "the image has been let go, so it cannot be looked at again until it is fetched"
            raise HashingLost(msg)
        self._talking = True
        healthy = False
        try:
            yield self.worker
            healthy = True
        finally:
            self._talking = False
            if not healthy or self._ending:
                self._give_back_once(healthy=healthy)

    def end(self) -> None:
        """Give the worker back, once whoever talks with it is done; a second time does nothing."""
        self._ending = True
        if not self._talking:
            self._give_back_once(healthy=True)

    def break_off(self) -> None:
        """Give the worker back as one that cannot be relied on; a second time does nothing."""
        self._give_back_once(healthy=False)

    def _give_back_once(self, *, healthy: bool) -> None:
        if self._ended:
            return
        self._ended = True
        if healthy:
            try:
                self.worker.forget()
            except OSError:
                healthy = False
        self._give_back(self, healthy=healthy)
