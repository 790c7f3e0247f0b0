"""One scheduler and its crawls: sites that change, an end, and a crawl that crashes."""

import signal
from datetime import UTC, datetime, timedelta

import pytest

from scheduling.turns import Turns
from storage import leases, sites
from tests.scheduler.processes import wait_until
from tests.scheduler.records import crawl_states, jobs

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


def change(database, function, *args) -> None:
    with database.writing() as session:
        function(session, *args, now=datetime.now(UTC))


def test_changes_of_sites_take_effect_without_a_restart(database, host, watch, start_scheduler):
    daily = watch("daily", every=timedelta(days=1))
    watch("slow", slow=True)
    watch("old")
    scheduler = start_scheduler()
    wait_until(
        lambda: {("daily", "finished"), ("slow", "running")} <= {*crawl_states(database)},
        "visits under way",
    )
    wait_until(lambda: host.requested("/slow/0"), "the slow site's first page asked for")
    before = jobs(database)

    change(database, sites.pause, "slow")
    change(database, sites.remove, "old")
    watch("new")
    hourly = type(daily)(
        name=daily.name, start_urls=daily.start_urls, every=timedelta(hours=1), rate=daily.rate
    )
    change(database, sites.replace, hourly)

    wait_until(
        lambda: jobs(database).keys() == {"site:daily", "site:new"}, "jobs like the sites", 10
    )
    wait_until(
        lambda: before["site:daily"] - jobs(database)["site:daily"] == timedelta(hours=23),
        "the next turn an hour after the last",
    )
    wait_until(lambda: ("slow", "stopped") in crawl_states(database), "the paused crawl's end")
    wait_until(lambda: ("new", "finished") in crawl_states(database), "a visit to the new site")
    wait_until(lambda: "reason=site paused or removed" in scheduler.said(), "the reason")

    change(database, sites.resume, "slow")
    wait_until(lambda: "site:slow" in jobs(database), "the resumed site's job", seconds=10)


def test_sigterm_stops_cleanly_and_a_restart_goes_on_where_it_was(
    database, host, watch, hurry, start_scheduler
):
    watch("quick")
    watch("slow", slow=True)
    first = start_scheduler()
    wait_until(
        lambda: crawl_states(database) == [("quick", "finished"), ("slow", "running")],
        "one visit done and one under way",
    )
    wait_until(lambda: host.requested("/slow/0"), "the slow page asked for")
    assert first.crawls()
    due = jobs(database)["site:quick"]

    first.process.send_signal(signal.SIGTERM)

    assert first.process.wait(timeout=25) == 0
    assert first.left_behind() == []
    assert crawl_states(database) == [("quick", "finished"), ("slow", "stopped")]
    with database.reading() as session:
        assert leases.holder(session, "scheduler", datetime.now(UTC)) is None

    hurry("slow")
    start_scheduler()
    wait_until(lambda: ("slow", "finished") in crawl_states(database), "the visit cut short, again")
    assert jobs(database)["site:quick"] == due
    assert host.requested("/quick/0") == 1


def test_a_crashed_crawl_is_reported_and_run_again_at_its_next_turn(
    database, host, watch, hurry, start_scheduler
):
    watch("fragile", slow=True)
    scheduler = start_scheduler()
    wait_until(lambda: host.requested("/fragile/0"), "the page asked for")
    [crawl] = scheduler.crawls()

    crawl.kill()
    wait_until(lambda: crawl_states(database) == [("fragile", "crashed")], "the crawl closed", 5)
    wait_until(lambda: "crawl crashed: site=fragile crawl=" in scheduler.said(), "a report")
    assert "signal 9" in scheduler.said()
    assert host.host not in scheduler.said()  # a page's address is personal data

    hurry("fragile")
    make_due(database, "fragile")
    wait_until(
        lambda: crawl_states(database) == [("fragile", "crashed"), ("fragile", "finished")],
        "the next turn",
    )


def make_due(database, name) -> None:
    """Bring a site's next turn forward, as time would."""
    turns = Turns(
        database.engine, at_once=1, may_begin=lambda: False, clock=lambda: datetime.now(UTC)
    )
    turns.start()
    turns.due_again(name, now=datetime.now(UTC))
    turns.close()
