"""Each site is judged after each of its crawls, whoever ran it."""

from datetime import timedelta

import pytest

from domain.crawl import CrawlCounts, CrawlState
from storage import crawls, site_days, site_known, site_warnings, sites
from storage.crawls import CrawlError
from watching import judging

HOUR = timedelta(hours=1)


@pytest.fixture
def judge(database, now):
    def judge(after=timedelta()):
        return judging.judge_due(database, {}, now=now + after, limit=9)

    return judge


@pytest.fixture
def kinds(database):
    def kinds():
        with database.reading() as session:
            return [each.warning.kind.value for each in site_warnings.open_of(session, "forum")]

    return kinds


def test_a_site_is_judged_anew_when_a_crawl_of_it_has_ended_and_not_before(
    database, crawled, judge, kinds, now
):
    for ago in range(30, 24, -1):
        crawled(ago * HOUR)
    assert judge() == ["forum"]
    assert kinds() == []
    assert judge() == []

    refused = CrawlError("page", "failed", "https://forum.example/", "The site answers 403.", now)
    crawled(3 * HOUR, state=CrawlState.FAILED, reason="No page could be read.", errors=[refused])
    assert judge(after=timedelta(minutes=1)) == ["forum"]
    assert kinds() == ["blocked"]
    with database.reading() as session:
        (standing,) = site_warnings.open_of(session, "forum")
    assert standing.began_at == now - 3 * HOUR

    crawled(2 * HOUR)
    judge(after=timedelta(minutes=2))
    assert kinds() == []


def test_a_crawl_with_hardly_a_picture_is_amiss_though_it_finished(crawled, judge, kinds):
    for ago in range(10, 5, -1):
        crawled(ago * HOUR, hashed=100)
    crawled(HOUR, hashed=2)

    judge()

    assert kinds() == ["fewer"]


def test_a_paused_site_has_nothing_amiss_and_is_judged_again_when_resumed(
    database, crawled, judge, kinds, now
):
    crawled(HOUR, state=CrawlState.CRASHED)
    judge()
    assert kinds() == ["crashed"]
    with database.writing() as session:
        sites.pause(session, "forum", now=now + HOUR / 2)
    judge(after=HOUR / 2 + timedelta(seconds=1))
    assert kinds() == []

    with database.writing() as session:
        sites.resume(session, "forum", now=now + 3 * HOUR / 4)
    judge(after=HOUR)
    assert kinds() == ["crashed"]


def test_quiet_grows_by_itself_so_sites_are_judged_every_hour_besides(crawled, judge):
    crawled(HOUR)
    assert judge() == ["forum"]
    assert judge(after=timedelta(minutes=59)) == []
    assert judge(after=timedelta(minutes=61)) == ["forum"]


def test_each_crawl_is_counted_once_into_the_day_on_which_it_ended(database, forum, crawled, now):
    crawled(timedelta(days=1), hashed=7)
    crawled(timedelta(days=1, hours=13), hashed=5)  # in the last hour of the day before
    dead = crawled(HOUR, hashed=2)
    with database.writing() as session:
        crawl_id = crawls.start(session, forum, now=now - HOUR / 2)
        crawls.mark_crashed(session, now=now)
        for again in (dead, crawl_id):
            crawls.end(session, again, CrawlState.FINISHED, None, CrawlCounts(), now=now)

    with database.reading() as session:
        days = site_days.days_of(session, forum, since=(now - timedelta(days=9)).date())
        assert site_known.open_matches(session) == {}
    assert [(day.day.day, day.crawls, day.new_images) for day in days] == [
        (18, 1, 5),
        (19, 1, 7),
        (20, 2, 2),
    ]
