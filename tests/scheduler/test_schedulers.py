"""Whole schedulers as processes, with real crawls of a practice site: one leads at a time."""

import signal
import time

from tests.scheduler.processes import wait_until
from tests.scheduler.records import crawl_states, jobs


def test_two_schedulers_started_at_once_visit_each_site_once(
    database, host, watch, start_scheduler
):
    names = ["one", "two", "three"]
    for name in names:
        watch(name)

    both = [start_scheduler(), start_scheduler()]
    wait_until(
        lambda: crawl_states(database) == sorted((name, "finished") for name in names),
        "one finished crawl of each site",
    )
    time.sleep(1)  # time enough for a second visit that must not come

    assert len(crawl_states(database)) == 3
    assert [host.requested(f"/{name}/0") for name in names] == [1, 1, 1]
    assert jobs(database).keys() == {"site:one", "site:two", "site:three"}
    assert [scheduler.leads() for scheduler in both].count(True) == 1
    assert ["standby: leader=" in scheduler.said() for scheduler in both].count(True) == 1


def test_a_standby_takes_over_from_a_leader_that_froze_or_was_killed(
    database, host, watch, start_scheduler
):
    first = start_scheduler()
    wait_until(first.leads, "a leader")
    second = start_scheduler()
    wait_until(lambda: "standby:" in second.said(), "a standby")

    first.process.send_signal(signal.SIGSTOP)
    wait_until(second.leads, "the standby leads", seconds=20)
    first.process.send_signal(signal.SIGCONT)
    watch("one")
    wait_until(lambda: ("one", "finished") in crawl_states(database), "a visit by the second")
    wait_until(lambda: "standby:" in first.said(), "the first stands by when it wakes")
    assert "site=one" not in first.said()

    second.process.kill()
    watch("two")
    wait_until(lambda: ("two", "finished") in crawl_states(database), "a visit by the first")

    assert [host.requested(f"/{name}/0") for name in ("one", "two")] == [1, 1]
