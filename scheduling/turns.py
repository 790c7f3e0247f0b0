"""One job a site in APScheduler's table, kept equal to the site table."""

import logging
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from apscheduler.events import (
    EVENT_JOB_ERROR,
    EVENT_JOB_EXECUTED,
    EVENT_JOB_MAX_INSTANCES,
    EVENT_JOB_MISSED,
    JobEvent,
)
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.job import Job
from apscheduler.jobstores.base import ConflictingIdError, JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy import Engine

from domain.quiet_hours import quiet_until
from scheduling.job_store import VISIT, SiteJobStore, Slots
from storage.turns import JOB_PREFIX

_SPREAD: Final = timedelta(seconds=0.25)
"""Between the first visits of sites that are new together, so that not all fall due as one."""

_log = logging.getLogger("vigil.scheduler")


class Turns:
    """Decides when each site has its turn; begins none unless ``may_begin`` says so."""

    def __init__(
        self,
        engine: Engine,
        *,
        at_once: int,
        may_begin: Callable[[], bool],
        clock: Callable[[], datetime],
    ) -> None:
        self._slots = Slots(at_once)
        self._quiet_hours: Mapping[str, Collection[str]] = {}
        self._wanted: frozenset[str] = frozenset()
        store = SiteJobStore(
            engine,
            slots=self._slots,
            may_begin=may_begin,
            rests_until=self._rests_until,
            clock=clock,
        )
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            jobstores={"default": store},
            executors={"default": ThreadPoolExecutor(at_once)},
            jobstore_retry_interval=2,
        )
        self._scheduler.add_listener(
            self._ended, EVENT_JOB_EXECUTED | EVENT_JOB_ERROR | EVENT_JOB_MISSED
        )
        self._scheduler.add_listener(_skipped, EVENT_JOB_MAX_INSTANCES)

    def start(self) -> None:
        """Begin to look for due turns."""
        self._scheduler.start()

    def keep_quiet(self, quiet_hours: Mapping[str, Collection[str]]) -> None:
        """Begin no visit of these sites in their quiet hours; each keeps its turn for their end."""
        self._quiet_hours = dict(quiet_hours)

    def match_sites(self, intervals: Mapping[str, timedelta], *, now: datetime) -> None:
        """Make the jobs those of these sites: new ones due at once, others left where they are."""
        jobs: dict[str, Job] = {job.id: job for job in self._scheduler.get_jobs()}
        wanted = {JOB_PREFIX + name: (name, every) for name, every in intervals.items()}
        removed = [job_id for job_id in jobs if job_id not in wanted]
        for job_id in removed:
            self._remove(job_id)
        added = [job_id for job_id in wanted if job_id not in jobs]
        for place, job_id in enumerate(added):
            self._add(job_id, *wanted[job_id], due=now + place * _SPREAD)
        changed = [
            job_id
            for job_id, job in jobs.items()
            if job_id in wanted and job.trigger.interval != wanted[job_id][1]
        ]
        for job_id in changed:
            self._change(jobs[job_id], wanted[job_id][1], now)
        if added or removed or changed:
            _log.info(
                "sites matched: sites=%d added=%d changed=%d removed=%d",
                len(wanted),
                len(added),
                len(changed),
                len(removed),
            )

    def due_again(self, name: str, *, now: datetime) -> bool:
        """Give a site its turn now; False if it has none, since it is not watched."""
        try:
            self._scheduler.modify_job(JOB_PREFIX + name, next_run_time=now)
        except JobLookupError:  # removed meanwhile
            return False
        return True

    def want(self, names: Collection[str]) -> None:
        """Let these sites have their turn in quiet hours too, since a person asked for it."""
        self._wanted = frozenset(names)

    def close(self) -> None:
        """Begin nothing more and wait for the visits under way."""
        self._scheduler.shutdown(wait=True)

    def _add(self, job_id: str, name: str, every: timedelta, *, due: datetime) -> None:
        try:
            self._scheduler.add_job(
                VISIT,
                _every(every),
                args=(name,),
                id=job_id,
                next_run_time=due,
                coalesce=True,  # turns missed while no scheduler ran are made up for by one visit
                max_instances=1,
                # However late: turns wait in the table for a free place, and a missed visit is a
                # picture not found. APScheduler's default drops a turn that is a second late.
                misfire_grace_time=None,
            )
        except ConflictingIdError:  # another leader, a moment ago
            return

    def _remove(self, job_id: str) -> None:
        try:
            self._scheduler.remove_job(job_id)
        except JobLookupError:
            return

    def _change(self, job: Job, every: timedelta, now: datetime) -> None:
        last = job.next_run_time - job.trigger.interval
        self._scheduler.modify_job(
            job.id, trigger=_every(every), next_run_time=max(now, last + every)
        )

    def _rests_until(self, name: str, now: datetime) -> datetime | None:
        return None if name in self._wanted else quiet_until(self._quiet_hours.get(name, ()), now)

    def _ended(self, event: JobEvent) -> None:
        self._slots.give_back(event.job_id)
        self._scheduler.wakeup()  # the next one may be waiting for this place


def _every(every: timedelta) -> IntervalTrigger:
    return IntervalTrigger(seconds=int(every.total_seconds()), timezone=UTC)


def _skipped(event: JobEvent) -> None:
    _log.warning(
        "turn missed: site=%s reason=its last crawl is still under way",
        event.job_id.removeprefix(JOB_PREFIX),
    )
