"""The only way from a crawl's event loop to the database: one thread.

What waits together is done together. A crawl records many images a second, each a handful of
statements, and a transaction of its own would cost each more than all of those. So changes wait a
moment for as many others as came lately, and keep their order among themselves. So whoever asks
for one after the other, as for what lies in an archive, waits for nobody, but for one look a second
whether others come by now. Questions, for which images wait with their bytes in memory, never do.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, TypeVar

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from domain.errors import OutsideDown
from storage.database import Database

T = TypeVar("T")

_TOGETHER: Final = 32
"""Done in one transaction at most: whoever registers meanwhile waits for it, some 30 ms."""

_GATHERING: Final = 0.05
"""Seconds for which a change may wait for others."""

_LATELY: Final = 3
"""Transactions: the most changes that came for one of these are waited for."""

_LOOK_AGAIN: Final = 1.0
"""Seconds after which a change waits as long as it may, to see whether more come than lately.

Those of a crawl are written sooner than the next one comes, so one would never meet another.
"""

_COLLISION_TRIES: Final = 5


class _Kind(Enum):
    READ = "read"
    WRITE = "write"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class _Job:
    kind: _Kind
    work: Callable[[Any], Any]
    done: asyncio.Future[Any]


@dataclass(frozen=True, slots=True)
class _Result:
    """What a job gave, or what it raised."""

    value: Any = None
    error: BaseException | None = None


class DatabaseThread:
    """Does work with a database off the event loop, from one loop only."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="database")
        self._waiting: deque[_Job] = deque()
        self._gathering: list[_Job] = []
        self._gathers_until: asyncio.TimerHandle | None = None
        self._came: deque[int] = deque([1], maxlen=_LATELY)
        self._looked = float("-inf")
        self._busy = False
        self._closed = False

    async def read(self, question: Callable[[Session], T]) -> T:
        """Ask the database something."""
        answer: T = await self._submit(_Kind.READ, question)
        return answer

    async def write(self, change: Callable[[Session], T]) -> T:
        """Change the database: wholly or not at all, once it is written for good.

        ``change`` may be called again: two crawls may meet the same new image at the same moment,
        a unique constraint lets one of them through, and the other finds its row at the second try.
        """
        answer: T = await self._submit(_Kind.WRITE, change)
        return answer

    async def do(self, work: Callable[[Database], T]) -> T:
        """Do something that opens sessions of its own."""
        answer: T = await self._submit(_Kind.OTHER, work)
        return answer

    def close(self) -> None:
        """End the thread; nothing can be asked any more, and what was not begun is cancelled."""
        self._closed = True
        for job in (*self._waiting, *self._gathering):
            job.done.cancel()
        self._waiting.clear()
        self._gathering.clear()
        if self._gathers_until is not None:
            self._gathers_until.cancel()
        self._thread.shutdown()

    async def _submit(self, kind: _Kind, work: Callable[[Any], Any]) -> Any:
        if self._closed:
            msg = "the database's thread has ended; nothing can be asked any more"
            raise RuntimeError(msg)
        loop = asyncio.get_running_loop()
        job = _Job(kind, work, loop.create_future())
        if kind is not _Kind.WRITE:
            self._waiting.append(job)
            self._go_on()
            return await job.done
        self._gathering.append(job)
        if len(self._gathering) >= max(self._came) and loop.time() < self._looked + _LOOK_AGAIN:
            self._gathered()
        elif self._gathers_until is None:
            self._gathers_until = loop.call_later(_GATHERING, self._look)
        return await job.done

    def _look(self) -> None:
        self._looked = asyncio.get_running_loop().time()
        self._gathered()

    def _gathered(self) -> None:
        if self._gathers_until is not None:
            self._gathers_until.cancel()
            self._gathers_until = None
        self._waiting.extend(self._gathering)
        self._gathering.clear()
        self._go_on()

    def _go_on(self) -> None:
        """Hand the thread what waits at the head of the line, if it has nothing to do."""
        if self._busy or not self._waiting:
            return
        together = [self._waiting.popleft()]
        kind = together[0].kind
        while (
            kind is not _Kind.OTHER
            and self._waiting
            and self._waiting[0].kind is kind
            and len(together) < _TOGETHER
        ):
            together.append(self._waiting.popleft())
        self._busy = True
        running = asyncio.get_running_loop().run_in_executor(
            self._thread, self._run, kind, [job.work for job in together]
        )
        running.add_done_callback(lambda done: self._ended(together, done))

    def _ended(self, together: Sequence[_Job], done: "asyncio.Future[list[_Result]]") -> None:
        self._busy = False
        if together[0].kind is _Kind.WRITE:
            # Those that came while these were written would have been gathered with them.
            waiting = sum(job.kind is _Kind.WRITE for job in self._waiting)
            self._came.append(min(len(together) + waiting + len(self._gathering), _TOGETHER))
        results = done.result()
        for job, result in zip(together, results, strict=True):
            if job.done.done():  # whoever asked was cancelled
                continue
            if result.error is not None:
                job.done.set_exception(result.error)
            else:
                job.done.set_result(result.value)
        self._go_on()

    def _run(self, kind: _Kind, works: list[Callable[[Any], Any]]) -> list[_Result]:
        alone: Callable[[Callable[[Any], Any]], Any] = {
            _Kind.READ: self._read,
            _Kind.WRITE: self._write,
            _Kind.OTHER: lambda work: work(self._database),
        }[kind]
        if len(works) > 1:
            try:
                return [_Result(value) for value in self._all(kind, works)]
            # One that fails takes the others of its transaction along, so each is done by itself.
            except Exception:  # noqa: BLE001, S110 - what was wrong shows when they are
                pass
        results: list[_Result] = []
        for work in works:
            down = bool(results) and isinstance(results[-1].error, OutsideDown)
            # Each would wait as long as the last for a database that does not answer.
            results.append(results[-1] if down else _outcome(alone, work))
        return results

    def _all(self, kind: _Kind, works: list[Callable[[Any], Any]]) -> list[Any]:
        if kind is _Kind.READ:
            with self._database.reading() as session:
                return [question(session) for question in works]
        answers = []
        with self._database.writing() as session:
            for change in works:
                answers.append(change(session))
                # The next one must see rows as they are now, not as this one has loaded them.
                session.flush()
                session.expunge_all()
        return answers

    def _read(self, question: Callable[[Session], T]) -> T:
        with self._database.reading() as session:
            return question(session)

    def _write(self, change: Callable[[Session], T]) -> T:
        for tries_left in reversed(range(_COLLISION_TRIES)):
            try:
                with self._database.writing() as session:
                    return change(session)
            except IntegrityError:
                if not tries_left:
                    raise
        raise AssertionError  # pragma: no cover - the loop returns or raises


def _outcome(alone: Callable[[Callable[[Any], Any]], Any], work: Callable[[Any], Any]) -> _Result:
    try:
        return _Result(alone(work))
    except Exception as error:  # noqa: BLE001 - raised where it was asked for
        return _Result(error=error)
