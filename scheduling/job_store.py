"""APScheduler's job table, read only while we lead and no faster than crawls can run."""

import io
import logging
import pickle
import threading
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from apscheduler.job import Job
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy import Engine

from domain.site import NAME

VISIT: Final = "scheduling.visits:visit_site"
"""What every job calls, as text: a name that is the same however the scheduler was started."""

_LATE: Final = timedelta(seconds=60)
_LOOK_SOON: Final = timedelta(seconds=2)
_LOOK_AT_LEAST: Final = timedelta(seconds=5)
"""However far the next turn: a clock may be set, and a sleeping machine counts no seconds."""

_log = logging.getLogger("vigil.scheduler")


class Slots:
    """How many crawls may run side by side, and the jobs that hold a place now."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._taken: set[str] = set()
        self._lock = threading.Lock()

    def taken(self) -> frozenset[str]:
        """Return the ids of the jobs under way."""
        with self._lock:
            return frozenset(self._taken)

    def free(self) -> int:
        """Return how many more crawls may begin."""
        with self._lock:
            return self._limit - len(self._taken)

    def take(self, job_ids: Iterable[str]) -> None:
        """Give each job a place."""
        with self._lock:
            self._taken.update(job_ids)

    def give_back(self, job_id: str) -> None:
        """Free a job's place."""
        with self._lock:
            self._taken.discard(job_id)


class SiteJobStore(SQLAlchemyJobStore):  # type: ignore[misc]  # it has no types
    """Jobs in ``apscheduler_jobs``, one a site.

    Turns that are due wait in the table and not in this process, so that none is lost with it and
    the longest waiting comes first.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        slots: Slots,
        may_begin: Callable[[], bool],
        rests_until: Callable[[str, datetime], datetime | None],
        clock: Callable[[], datetime],
    ) -> None:
        super().__init__(engine=engine)
        self._slots = slots
        self._rests_until = rests_until
        self._resting: dict[str, datetime] = {}
        self._may_begin = may_begin
        self._clock = clock

    def get_due_jobs(self, now: datetime) -> list[Job]:
        """Return as many due jobs as may begin, and those due while their last visit goes on.

        One whose site has its quiet hours stays due, so that its turn comes when they end.
        """
        if not self._may_begin():
            return []
        due = super().get_due_jobs(now)
        taken = self._slots.taken()
        waiting = [job for job in due if job.id not in taken]
        begin = [job for job in waiting if not self._rests(job, now)][: self._slots.free()]
        self._slots.take(job.id for job in begin)
        for job in begin:
            late = now - max(job.next_run_time, self._resting.pop(job.id, job.next_run_time))
            if late > _LATE:
                _log.warning("turn late: site=%s seconds=%d", job.args[0], late.total_seconds())
        # APScheduler skips these by max_instances and notes their next turn.
        skipped = [job for job in due if job.id in taken]
        return skipped + begin

    def get_next_run_time(self) -> datetime:
        """Return when to look again; soon, if nothing may begin or the database is away."""
        now = self._clock()
        if not self._may_begin() or self._slots.free() <= 0:
            return now + _LOOK_SOON
        try:
            moment: datetime | None = super().get_next_run_time()
        except Exception as error:  # noqa: BLE001 - APScheduler's only thread would end with it
            _log.warning("job table not read: reason=%s", type(error).__name__)
            return now + _LOOK_SOON
        latest = now + _LOOK_AT_LEAST
        if moment is not None and any(until > now for until in self._resting.values()):
            moment = max(moment, now + _LOOK_SOON)  # it may be one that rests, due since long
        return latest if moment is None else min(moment, latest)

    def _rests(self, job: Job, now: datetime) -> bool:
        until = self._rests_until(job.args[0], now)
        if until is None:
            return False
        if self._resting.get(job.id) != until:
            _log.info("turn waits: site=%s reason=quiet hours until %s", job.args[0], _utc(until))
        self._resting[job.id] = until
        return True

    def update_job(self, job: Job) -> None:
        """Note a job's next turn."""
        try:
            super().update_job(job)
        except Exception as error:  # noqa: BLE001 - APScheduler's only thread would end with it
            _log.warning("turn not noted: job=%s reason=%s", job.id, type(error).__name__)

    def shutdown(self) -> None:
        """Leave the engine open: it belongs to the database, not to this store."""

    def _reconstitute_job(self, job_state: bytes) -> Job:
        # APScheduler keeps jobs as pickles, which can name any function: only ours is let in.
        check_job(job_state)
        return super()._reconstitute_job(job_state)


def _utc(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%MZ}"


def check_job(job_state: bytes) -> None:
    """Check that a stored job is a visit to a site by name, and nothing else.

    Raises:
        pickle.UnpicklingError: it is something else.
    """
    state = _JobReader(io.BytesIO(job_state)).load()
    match state:
        case {"func": func, "args": [str() as name], "kwargs": {**others}} if (
            func == VISIT and NAME.fullmatch(name) and not others
        ):
            return
        case _:
            msg = "a stored job is no visit to a site"
            raise pickle.UnpicklingError(msg)


class _JobReader(pickle.Unpickler):
    """Reads a job made of names, numbers, times and an interval."""

    def find_class(self, module: str, name: str) -> Any:
        """Let in the four types that a visit's job is made of."""
        if (module, name) == (IntervalTrigger.__module__, IntervalTrigger.__name__) or (
            module == "datetime" and name in {"datetime", "timedelta", "timezone"}
        ):
            return super().find_class(module, name)
        msg = f"a stored job may not hold a {module}.{name}"
        raise pickle.UnpicklingError(msg)
