"""The job table: what is let out of it, and in which order."""

import os
import pickle
from datetime import UTC, datetime, timedelta

import pytest
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy import insert, select

from scheduling.job_store import VISIT, check_job
from scheduling.turns import Turns
from storage.tables import SCHEDULER_JOBS

HOUR = timedelta(hours=1)


def now() -> datetime:
    return datetime.now(UTC)


def stored_ids(database) -> set[str]:
    with database.reading() as session:
        return set(session.scalars(select(SCHEDULER_JOBS.c.id)))


def job_state(**changes) -> bytes:
    state = {
        "version": 1,
        "id": "site:a",
        "func": VISIT,
        "trigger": IntervalTrigger(hours=1, timezone=UTC),
        "executor": "default",
        "args": ("a",),
        "kwargs": {},
        "name": "visit_site",
        "misfire_grace_time": None,
        "coalesce": True,
        "max_instances": 1,
        "next_run_time": now(),
    }
    return pickle.dumps(state | changes)


class CallsASystemCommand:
    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return os.system, (f"touch {self.marker}",)


@pytest.fixture
def idle_turns(database):
    """Turns of a scheduler that does not lead: it keeps the job table and begins nothing."""
    turns = Turns(database.engine, at_once=2, may_begin=lambda: False, clock=now)
    turns.start()
    yield turns
    turns.close()


def test_a_job_of_ours_is_let_in():
    check_job(job_state())


@pytest.mark.parametrize(
    "changes",
    [
        {"func": "os:system"},
        {"args": ("touch /tmp/a",)},
        {"args": ("a", "b")},
        {"kwargs": {"name": "a"}},
        {"trigger": pickle.PickleBuffer},
    ],
)
def test_any_other_job_is_refused(changes):
    with pytest.raises(pickle.UnpicklingError):
        check_job(job_state(**changes))


def test_a_job_that_someone_wrote_into_the_table_is_removed_and_runs_nothing(
    database, idle_turns, tmp_path
):
    marker = tmp_path / "ran"
    with database.writing() as session:
        session.execute(
            insert(SCHEDULER_JOBS).values(
                id="site:a", next_run_time=0.0, job_state=pickle.dumps(CallsASystemCommand(marker))
            )
        )

    idle_turns.match_sites({"a": HOUR}, now=now())

    assert stored_ids(database) == {"site:a"}
    assert not marker.exists()


def test_sites_that_did_not_change_keep_their_turn(database, idle_turns):
    first = now()
    idle_turns.match_sites({"a": HOUR, "b": HOUR}, now=first)
    with database.reading() as session:
        before = session.execute(select(SCHEDULER_JOBS)).all()

    idle_turns.match_sites({"b": HOUR, "a": HOUR}, now=first + timedelta(minutes=10))

    with database.reading() as session:
        assert session.execute(select(SCHEDULER_JOBS)).all() == before


def test_a_shorter_interval_counts_from_the_last_turn(database, idle_turns):
    moment = now()
    idle_turns.match_sites({"a": HOUR}, now=moment)
    idle_turns.due_again("a", now=moment + HOUR)  # as after a visit at this moment

    idle_turns.match_sites({"a": timedelta(minutes=5)}, now=moment + timedelta(minutes=1))

    with database.reading() as session:
        [due] = session.scalars(select(SCHEDULER_JOBS.c.next_run_time))
    assert due == pytest.approx((moment + timedelta(minutes=5)).timestamp(), abs=0.001)


def test_a_site_long_overdue_by_its_new_interval_is_due_at_once(database, idle_turns):
    moment = now()
    idle_turns.match_sites({"a": timedelta(days=1)}, now=moment)

    idle_turns.match_sites({"a": HOUR}, now=moment + timedelta(hours=5))

    with database.reading() as session:
        [due] = session.scalars(select(SCHEDULER_JOBS.c.next_run_time))
    assert due == pytest.approx((moment + timedelta(hours=5)).timestamp(), abs=0.001)
