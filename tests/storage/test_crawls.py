"""One crawl of a site at a time, whose counts add up, and which is closed once."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from domain.crawl import CrawlCounts, CrawlState
from domain.errors import CrawlUnderWay, NotFound
from domain.image import Outcome
from domain.site import Site
from storage import crawls, pages, sites
from storage.crawls import CrawlError
from storage.pages import KnownPage

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def site_id(database):
    with database.writing() as session:
        sites.add(session, Site("board", ("https://board.example/",)), now=NOW)
        return sites.add(session, Site("forum", ("https://forum.example/",)), now=NOW).site_id


@pytest.fixture
def start(database, site_id):
    def do(now=NOW, site_id=site_id):
        with database.writing() as session:
            return crawls.start(session, site_id, now=now)

    return do


@pytest.fixture
def end(database):
    def do(crawl_id, state=CrawlState.FINISHED, counts=None, now=LATER):
        with database.writing() as session:
            crawls.end(session, crawl_id, state, None, counts or CrawlCounts(), now=now)

    return do


@pytest.fixture
def state_of(database):
    def do(crawl_id):
        with database.reading() as session:
            return crawls.get(session, crawl_id).state

    return do


def counted(references, **outcomes):
    counts = CrawlCounts(references=references)
    counts.outcomes |= {Outcome(name): number for name, number in outcomes.items()}
    return counts


@pytest.mark.parametrize("how", ["ended", "crashed"])
def test_a_site_that_changes_during_a_crawl_is_read_anew_by_the_next(
    database, start, end, site_id, how
):
    """It went on under the old policy, and kept its pages as unchanged after the change."""
    page = "https://forum.example/"

    def crawl(changed=None):
        crawl_id = start()
        with database.writing() as session:
            if changed is not None:
                sites.replace(session, changed, now=NOW + timedelta(seconds=1))
            known = KnownPage(page, '"1"', None, (), ())
            pages.complete(session, site_id, known, settled=True, now=LATER)
        if how == "ended":
            end(crawl_id)
        else:
            with database.writing() as session:
                assert crawls.mark_crashed(session, now=LATER) == [crawl_id]
        with database.reading() as session:
            return list(pages.known_pages(session, site_id, [page]))

    assert crawl() == [page]
    assert crawl(Site("forum", (page,), age_gate="I am over 18")) == []


def test_a_site_has_one_crawl_at_a_time(start, end, site_id):
    first = start()
    with pytest.raises(CrawlUnderWay, match=f"Crawl {first} of this site is under way"):
        start(NOW + timedelta(seconds=59))
    start(site_id=site_id - 1)  # another site's

    end(first)

    assert start() > first


def test_a_crawl_silent_for_a_minute_is_taken_over(database, start, end, state_of):
    dead = start()

    alive = start(LATER)

    with database.reading() as session:
        assert crawls.get(session, dead).ended_at == LATER
        assert crawls.get(session, dead).reason == crawls._CRASHED
        assert crawls.latest(session, "forum") == crawls.get(session, alive)
        assert [c.crawl_id for c in crawls.list_crawls(session, site="forum")] == [alive, dead]
    # The one given up is not dead after all: it is told so, and changes nothing any more.
    with database.writing() as session:
        assert crawls.beat(session, dead, counted(5), now=LATER) is crawls.Heard.GIVEN_UP
        counts = counted(2, hashed=1)
        assert crawls.beat(session, alive, counts, now=LATER) is crawls.Heard.GO_ON
    end(dead)
    assert [state_of(dead), state_of(alive)] == ["crashed", "running"]
    with database.reading() as session:
        assert crawls.get(session, dead).references == 0
        assert crawls.get(session, alive).unfinished == 1


def test_only_silent_crawls_are_marked_as_crashed(database, start, state_of, site_id):
    silent, lively = start(), start(NOW + timedelta(seconds=1), site_id - 1)
    with database.writing() as session:
        assert crawls.mark_crashed(session, now=LATER) == [silent]
        assert crawls.mark_crashed(session, now=LATER) == []
    assert [state_of(silent), state_of(lively)] == ["crashed", "running"]


def test_a_crawl_that_ends_at_this_moment_is_not_marked_as_crashed(database, start, state_of):
    crawl_id = start()
    marked = []

    def mark():
        with database.writing() as session:
            marked.extend(crawls.mark_crashed(session, now=LATER))

    marking = threading.Thread(target=mark)
    with database.writing() as session:
        crawls.end(session, crawl_id, CrawlState.FINISHED, None, CrawlCounts(), now=LATER)
        marking.start()
        marking.join(0.3)  # it has looked, and has to wait
        assert marking.is_alive()
    marking.join(60)

    assert (marked, state_of(crawl_id)) == ([], "finished")


def test_of_many_that_start_at_once_one_crawls_and_the_others_are_told(start):
    for silent_since in (None, NOW, LATER):  # nobody before them, then a crawl to take over
        together = threading.Barrier(4)
        said: list[object] = []
        now = NOW if silent_since is None else silent_since + timedelta(minutes=1)

        def begin(together=together, said=said, now=now):
            together.wait(30)
            try:
                said.append(start(now))
            except CrawlUnderWay:
                said.append("under way")
            except Exception as error:  # noqa: BLE001 - shown by the assertion
                said.append(repr(error))

        threads = [threading.Thread(target=begin) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)

        assert said.count("under way") == 3, said


@pytest.mark.parametrize("state", [CrawlState.FINISHED, CrawlState.STOPPED, CrawlState.FAILED])
def test_no_crawl_ends_with_references_unaccounted_for(start, end, state_of, state):
    crawl_id = start()
    with pytest.raises(IntegrityError, match="adds_up"):
        end(crawl_id, state, counted(3, hashed=1, failed=1))
    assert state_of(crawl_id) == "running"
    end(crawl_id, state, counted(3, hashed=1, failed=1, too_small=1))
    assert state_of(crawl_id) == state.value


def test_a_crashed_one_may_leave_some(database, start, end):
    crawl_id = start()
    end(crawl_id, CrawlState.CRASHED, counted(3, hashed=1))
    with database.reading() as session:
        assert crawls.get(session, crawl_id).unfinished == 2


def test_errors_are_kept_in_their_order(database, start):
    crawl_id, other = start(), start(LATER)
    errors = [
        CrawlError("image", "failed", f"https://forum.example/{n}", f"It is {n}.", NOW)
        for n in range(5)
    ]
    with database.writing() as session:
        crawls.note_errors(session, crawl_id, errors[:3])
        crawls.note_errors(session, crawl_id, [])
        crawls.note_errors(session, crawl_id, errors[3:])
    with database.reading() as session:
        assert crawls.errors(session, crawl_id) == errors
        assert crawls.errors(session, crawl_id, 2) == errors[:2]
        assert crawls.errors(session, other) == []
        with pytest.raises(NotFound, match="vigil crawls list"):
            crawls.get(session, 999)
        assert crawls.latest(session, "board") is None
