"""What operators ask for in the database is taken up within seconds, by whoever leads."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scheduling.reports import EndedProcess, close_wish
from storage import crawls, site_known, sites, wanted_crawls
from tests.scheduler.processes import wait_until
from watching import acting

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture
def ask(database):
    def ask(act, *arguments):
        with database.writing() as session:
            act(session, *arguments, actor="olga", now=datetime.now(UTC))

    return ask


@pytest.fixture
def newest(database):
    def newest(name):
        with database.reading() as session:
            return crawls.latest(session, name)

    return newest


def test_a_wanted_visit_begins_in_quiet_hours_too_and_is_judged_when_it_is_over(
    database, watch, start_scheduler, ask, newest
):
    now = datetime.now(UTC)
    hours = f"{now - timedelta(hours=1):%H:%M}-{now + timedelta(hours=2):%H:%M}"
    quiet = replace(watch("quiet"), quiet_hours=(hours,))
    with database.writing() as session:
        sites.replace(session, quiet, now=now)
    scheduler = start_scheduler()
    wait_until(lambda: "turn waits: site=quiet" in scheduler.said(), "word of the turn that waits")
    assert newest("quiet") is None

    ask(acting.crawl_now, "quiet")

    wait_until(lambda: (c := newest("quiet")) and c.state == "finished", "the visit")

    def judged():
        with database.reading() as session:
            known = site_known.get(session, sites.get(session, "quiet").site_id)
        return known is not None and known.pages == 1

    wait_until(judged, "that the site is judged after it")
    with database.reading() as session:
        assert wanted_crawls.open_ones(session) == []


@pytest.mark.usefixtures("database")
def test_a_crawl_that_is_told_to_stop_ends_within_seconds_and_keeps_what_it_saw(
    watch, start_scheduler, ask, newest
):
    watch("slow", slow=True)
    start_scheduler()
    wait_until(lambda: (c := newest("slow")) and c.pages_fetched, "that it reads")

    began = datetime.now(UTC)
    ask(acting.stop_crawl, newest("slow").crawl_id)
    wait_until(lambda: newest("slow").state == "stopped", "that it stops")

    crawl = newest("slow")
    assert crawl.ended_at - began < timedelta(seconds=10)
    assert crawl.reason == "An operator told it to stop."
    assert crawl.pages_fetched > 0


def test_what_is_wanted_while_the_last_visit_is_just_over_is_not_closed_with_it(database, watch):
    watch("forum")
    began = datetime.now(UTC)
    ended = EndedProcess("forum", began, 0, None)

    def wanted(at):
        with database.writing() as session:
            wanted_crawls.ask(session, sites.get(session, "forum").site_id, actor="olga", now=at)
        close_wish(database, ended, now=began + timedelta(seconds=9))
        with database.reading() as session:
            return wanted_crawls.of_site(session, "forum") is not None

    assert not wanted(began - timedelta(seconds=1)), "its visit could not begin"
    assert wanted(began + timedelta(seconds=8))
