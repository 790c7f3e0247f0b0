"""One visit: a child process with a time limit, and its messages in a file."""

import logging
import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scheduling.visits import Visits
from storage import crawls


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def limit():
    """As long as it takes: a machine with much to do starts a crawl late."""
    return timedelta(minutes=1)


@pytest.fixture
def visits(config, database, host, limit):
    config = replace(config, practice_hosts=frozenset({host.host}))
    return Visits(config, database, limit=limit, may_begin=lambda: True, clock=now)


@pytest.mark.parametrize("limit", [timedelta(seconds=6)])
@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_crawl_that_runs_too_long_is_stopped_and_what_it_saw_is_kept(
    visits, config, database, watch, caplog
):
    watch("slow", slow=True)

    with caplog.at_level(logging.INFO, "vigil.scheduler"):
        visits.visit("slow")

    with database.reading() as session:
        crawl = crawls.latest(session, "slow")
    assert crawl is not None
    assert crawl.state == "stopped"
    assert crawl.pages_fetched > 0
    assert "reason=it ran for 0:00:06" in caplog.text
    assert visits.under_way() == frozenset()
    log = config.data / "logs" / "slow.log"
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert stat.S_IMODE(log.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_long_log_is_put_aside(visits, config, watch):
    watch("quick")
    folder = config.data / "logs"
    folder.mkdir(parents=True)
    (folder / "quick.log").write_bytes(b"x" * 1_000_001)

    visits.visit("quick")

    assert (folder / "quick.log").stat().st_size < 100_000
    assert (folder / "quick.log.1").stat().st_size == 1_000_001


def test_a_site_crawled_elsewhere_is_a_turn_missed(visits, database, watch, caplog):
    watch("busy")
    with database.writing() as session:
        crawl_id = crawls.start(session, 1, now=now())

    visits.visit("busy")

    assert "turn missed: site=busy" in caplog.text
    with database.reading() as session:
        assert crawls.get(session, crawl_id).state == "running"
