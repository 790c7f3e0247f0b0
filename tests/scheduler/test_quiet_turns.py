"""No visit begins in a site's quiet hours, and no turn is lost to them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from storage import crawls, sites
from storage.tables import SCHEDULER_JOBS
from tests.scheduler.processes import wait_until


def states(database):
    with database.reading() as session:
        return sorted((crawl.site, crawl.state) for crawl in crawls.list_crawls(session))


def change(database, site):
    with database.writing() as session:
        sites.replace(session, site, now=datetime.now(UTC))


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_turn_in_quiet_hours_waits_for_their_end(database, host, watch, start_scheduler):
    now = datetime.now(UTC)
    hours = f"{now - timedelta(hours=1):%H:%M}-{now + timedelta(hours=2):%H:%M}"
    quiet = replace(watch("quiet"), quiet_hours=(hours,))
    change(database, quiet)
    watch("other")

    scheduler = start_scheduler()
    wait_until(lambda: states(database) == [("other", "finished")], "a visit of the other site")
    wait_until(lambda: "turn waits: site=quiet" in scheduler.said(), "word of the turn that waits")

    assert host.requested("/quiet/0") == 0
    with database.reading() as session:
        due = session.scalars(
            select(SCHEDULER_JOBS.c.next_run_time).where(SCHEDULER_JOBS.c.id == "site:quiet")
        ).one()
    assert due < datetime.now(UTC).timestamp()

    change(database, replace(quiet, quiet_hours=()))
    wait_until(lambda: ("quiet", "finished") in states(database), "the visit that waited")
    assert "turn late: site=quiet" not in scheduler.said()
    assert host.requested("/quiet/0") == 1
