"""Operators' steps: each with its audit entry, each that can be taken back."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.crawl import CrawlCounts
from domain.errors import Refused
from domain.site_warning import SiteWarning, WarningKind
from storage import (
    audit,
    crawls,
    former_policies,
    leases,
    site_warnings,
    sites,
    wanted_crawls,
)
from watching import acting
from watching.acting import NoScheduler


@pytest.fixture
def do(database, now):
    def do(act, *arguments, actor="olga", after=timedelta(), **more):
        with database.writing() as session:
            return act(session, *arguments, actor=actor, now=now + after, **more)

    return do


@pytest.fixture
def told(database):
    """The audit entries about the forum, the newest first."""

    def told():
        with database.reading() as session:
            entries = audit.entries(session, subject="site forum", limit=50)
        return [(entry.actor, entry.action) for entry in entries]

    return told


@pytest.fixture
def led(database, now):
    with database.writing() as session:
        leases.acquire(session, leases.SCHEDULER, "here:1", now=now, ttl=timedelta(hours=1))


def site_of(database):
    with database.reading() as session:
        return sites.get(session, "forum").site


@pytest.mark.usefixtures("forum")
def test_a_policy_is_put_back_whole_by_whoever_changed_it(database, do, told):
    before = site_of(database)
    after = replace(before, every=timedelta(hours=2), cookies={})
    assert do(acting.change_site, after) == ["every", "cookies"]

    with pytest.raises(Refused, match="cannot be put back"):
        do(acting.put_back, "forum", actor="someone else")
    assert site_of(database) == after
    assert do(acting.put_back, "forum", after=timedelta(minutes=1)) == ["every", "cookies"]

    assert site_of(database) == before
    assert told() == [("olga", "site changed")] * 2
    with pytest.raises(Refused):  # only once
        do(acting.put_back, "forum")


@pytest.mark.usefixtures("forum")
def test_a_policy_that_was_changed_again_since_or_long_ago_is_not_put_back(database, do):
    do(acting.change_site, replace(site_of(database), rate=2.0))
    with pytest.raises(Refused):
        do(acting.put_back, "forum", after=former_policies.KEPT_FOR + timedelta(seconds=1))
    do(acting.pause_site, "forum", actor="someone else", after=timedelta(minutes=1))

    with pytest.raises(Refused):
        do(acting.put_back, "forum", after=timedelta(minutes=2))
    assert site_of(database).rate == 2.0


def test_what_is_removed_keeps_no_key_and_calls_no_more(database, forum, do, now):
    do(acting.change_site, replace(site_of(database), cookies={}))
    down = SiteWarning(WarningKind.DOWN, "It is down", "", "")
    with database.writing() as session:
        site_warnings.put(session, forum, [down], since=now, now=now)

    do(acting.remove_site, "forum")

    with database.reading() as session:
        assert site_warnings.open_ones(session, limit=9) == []
        kept = session.connection().exec_driver_sql("SELECT count(*) FROM former_policy")
        assert kept.scalar_one() == 0


@pytest.mark.usefixtures("forum", "led")
def test_a_visit_is_asked_for_once_and_can_be_taken_back(database, do, told):
    do(acting.crawl_now, "forum")
    with pytest.raises(Refused, match="asked for already"):
        do(acting.crawl_now, "forum")

    do(acting.crawl_not_now, "forum")

    with database.reading() as session:
        assert wanted_crawls.of_site(session, "forum") is None
    with pytest.raises(Refused, match="has begun already"):
        do(acting.crawl_not_now, "forum")
    assert told() == [("olga", "crawl no longer wanted"), ("olga", "crawl wanted")]


@pytest.mark.usefixtures("led")
def test_a_visit_that_cannot_come_about_is_refused_with_what_to_do(database, forum, do, now):
    with pytest.raises(NoScheduler, match="vigil crawl forum"):
        do(acting.crawl_now, "forum", after=timedelta(hours=2))  # the lease has run out
    do(acting.pause_site, "forum")
    with pytest.raises(Refused, match="Resume it first"):
        do(acting.crawl_now, "forum")
    do(acting.resume_site, "forum")
    with database.writing() as session:
        crawls.start(session, forum, now=now)
    with pytest.raises(Refused, match="being crawled already"):
        do(acting.crawl_now, "forum")


@pytest.mark.usefixtures("led")
def test_a_crawl_that_begins_for_any_reason_fulfils_the_wish(database, forum, do, now):
    do(acting.crawl_now, "forum")
    with database.writing() as session:
        crawls.start(session, forum, now=now)

    with database.reading() as session:
        assert wanted_crawls.open_ones(session) == []


def test_a_crawl_is_told_to_stop_and_hears_it_with_its_next_sign_of_life(
    database, forum, crawled, do, told, now
):
    over = crawled(timedelta(hours=1))
    with database.writing() as session:
        crawl_id = crawls.start(session, forum, now=now)

    do(acting.stop_crawl, crawl_id)

    counts = CrawlCounts()
    with database.writing() as session:
        heard = crawls.beat(session, crawl_id, counts, now=now)
    assert heard is crawls.Heard.TOLD_TO_STOP
    assert told() == [("olga", "crawl told to stop")]
    with pytest.raises(Refused, match="over already"):
        do(acting.stop_crawl, over)


def test_a_warning_stands_back_until_it_comes_anew(database, forum, do, told, now):
    down = SiteWarning(WarningKind.DOWN, "It is down", "", "")

    def found(*warnings, after=timedelta()):
        at = now + after
        with database.writing() as session:
            site_warnings.put(session, forum, warnings, since=at, now=at)
        with database.reading() as session:
            return site_warnings.open_of(session, "forum")

    (standing,) = found(down)
    day = now + timedelta(days=1)
    assert do(acting.acknowledge_warning, standing.site_warning_id, until=day) == "forum"

    (standing,) = found(down, after=timedelta(hours=1))
    assert standing.acknowledged_by == "olga"
    assert standing.stands_back(day - timedelta(seconds=1))
    assert not standing.stands_back(day)
    assert found(after=timedelta(hours=2)) == []
    with pytest.raises(Refused, match="over already"):
        do(acting.acknowledge_warning, standing.site_warning_id, until=None)
    (anew,) = found(down, after=timedelta(hours=3))
    assert not anew.stands_back(now)
    do(acting.acknowledge_warning, anew.site_warning_id, until=None)
    do(acting.let_warning_call_again, anew.site_warning_id)
    assert not found(down, after=timedelta(hours=4))[0].stands_back(now)
    assert [action for _, action in told()] == [
        "acknowledgement taken back",
        "warning acknowledged",
        "warning acknowledged",
    ]
