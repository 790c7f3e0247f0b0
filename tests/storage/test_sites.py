from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from domain.errors import NotFound, Refused
from domain.site import Render, Site
from domain.site_entry import Login
from storage import pages, sites
from storage.pages import KnownPage
from storage.tables import SiteRow

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)

GALLERY = Site(
    name="practice-gallery",
    start_urls=("http://127.0.0.1:8001/", "http://127.0.0.1:8001/new"),
    every=timedelta(minutes=15),
    rate=0.5,
    max_pages=20,
    max_depth=2,
    obey_robots=False,
    robots_reason="asked for by the site's own owner",
    headers={"Accept-Language": "de"},
    cookies={"age": "ok"},
    follow=("/album/*", "*?page=*"),
    leave=("*/print/*",),
    quiet_hours=("22:00-06:00", "12:00-13:00 Asia/Seoul"),
    certificates_reason="it is signed by themselves",
    proxy="socks5://127.0.0.1:9050",
)
BOARD = Site(name="board", start_urls=("http://127.0.0.1:8002/",))


def test_a_site_comes_back_as_it_was_given(database):
    with database.writing() as session:
        added = sites.add(session, GALLERY, now=NOW)
        sites.add(session, BOARD, now=NOW)
    with database.reading() as session:
        stored = sites.get(session, "practice-gallery")
        assert stored == added
        assert stored.site == GALLERY
        assert (stored.added_at, stored.changed_at, stored.paused_at) == (NOW, NOW, None)
        assert [one.site.name for one in sites.all_sites(session)] == ["board", "practice-gallery"]


def test_a_name_is_taken_once(database):
    with database.writing() as session:
        sites.add(session, BOARD, now=NOW)
    with (
        pytest.raises(Refused, match=r"called board is watched already.*vigil site edit board"),
        database.writing() as session,
    ):
        sites.add(session, BOARD, now=LATER)


def test_of_many_who_add_it_at_once_one_succeeds(database):
    def add(_):
        try:
            with database.writing() as session:
                sites.add(session, BOARD, now=NOW)
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(add, range(6))).count(True) == 1


def test_a_wrong_name_is_answered_with_near_ones(database):
    with database.writing() as session:
        sites.add(session, GALLERY, now=NOW)
    with database.reading() as session:
        with pytest.raises(NotFound, match=r"Did you mean practice-gallery.*vigil site list"):
            sites.get(session, "practise-galery")
        with pytest.raises(NotFound) as error:
            sites.get(session, "zzz")
        assert "mean" not in str(error.value)


def test_another_policy_takes_the_place_of_the_first(database):
    with database.writing() as session:
        first = sites.add(session, GALLERY, now=NOW)
        sites.pause(session, GALLERY.name, now=NOW)
        slower = replace(GALLERY, rate=0.1, cookies={}, obey_robots=True, robots_reason=None)
        slower = replace(slower, follow=(), leave=(), quiet_hours=(), certificates_reason=None)
        sites.replace(session, slower, now=LATER)
        with pytest.raises(NotFound):
            sites.replace(session, BOARD, now=LATER)
    with database.reading() as session:
        stored = sites.get(session, GALLERY.name)
    assert stored.site == slower
    assert (stored.site_id, stored.added_at, stored.changed_at) == (first.site_id, NOW, LATER)
    assert stored.paused_at == NOW, "an edit does not resume it"


def test_pausing_twice_keeps_the_first_time(database):
    with database.writing() as session:
        sites.add(session, BOARD, now=NOW)
        sites.pause(session, "board", now=LATER)
        again = sites.pause(session, "board", now=LATER + timedelta(hours=1))
        assert (again.paused_at, again.changed_at) == (LATER, LATER)
        assert sites.resume(session, "board", now=LATER).paused_at is None
        assert sites.resume(session, "board", now=LATER).paused_at is None


def test_a_removed_site_is_gone_and_can_come_back(database):
    with database.writing() as session:
        first = sites.add(session, GALLERY, now=NOW)
        sites.pause(session, GALLERY.name, now=NOW)
        sites.remove(session, GALLERY.name, now=LATER)
    with database.writing() as session:
        assert sites.all_sites(session) == []
        for gone in (sites.get, lambda *a: sites.remove(*a, now=LATER)):
            with pytest.raises(NotFound):
                gone(session, GALLERY.name)
        row = session.scalars(select(SiteRow)).one()
        assert (row.headers, row.cookies) == ({}, {}), "what lets us in is not kept"

        back = sites.add(session, replace(GALLERY, max_pages=7), now=LATER)
        assert (back.site_id, back.added_at, back.paused_at) == (first.site_id, LATER, None)
        assert back.site.max_pages == 7
        assert back.site.cookies == GALLERY.cookies


@pytest.fixture
def kept(database):
    """Keep a page of each site as unchanged; returns which sites have one that still is."""
    page = "http://127.0.0.1:8001/thread"

    def do(*site_ids):
        with database.writing() as session:
            for site_id in site_ids:
                known = KnownPage(page, '"1"', "Sun, 01 Mar 2026 12:00:00 GMT", (), ())
                pages.complete(session, site_id, known, settled=True, now=NOW)

        def still():
            with database.reading() as session:
                return [one for one in site_ids if pages.known_pages(session, one, [page])]

        return still

    return do


@pytest.mark.parametrize(
    "change",
    [
        {"render": Render.ON},
        {"age_gate": "I am over 18"},
        {"login": Login("http://127.0.0.1:8001/in", "LOGIN_USER", "LOGIN_PASSWORD")},
        {"image": ("/download/*",)},
        {"cookies": {"age": "19"}},
        {"headers": {}},
        {"hosts": ("127.0.0.1:8001", "127.0.0.1:8003")},
        {"certificates_reason": None},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_pages_are_read_by_has_them_read_anew(database, kept, change):
    with database.writing() as session:
        gallery, board = (sites.add(session, site, now=NOW).site_id for site in (GALLERY, BOARD))
    still = kept(gallery, board)
    with database.writing() as session:
        slower = replace(GALLERY, rate=0.1, max_pages=7, quiet_hours=(), item=("/photo/*",))
        sites.replace(session, slower, now=LATER)
    assert still() == [gallery, board], "nothing else is to be found on its pages"

    with database.writing() as session:
        sites.replace(session, replace(slower, **change), now=LATER)

    assert still() == [board]


def test_the_pages_of_a_site_that_comes_back_are_read_anew(database, kept):
    with database.writing() as session:
        gallery, board = (sites.add(session, site, now=NOW).site_id for site in (GALLERY, BOARD))
    still = kept(gallery, board)
    with database.writing() as session:
        sites.remove(session, GALLERY.name, now=LATER)
        sites.add(session, replace(GALLERY, headers={}, cookies={}), now=LATER)
    assert still() == [board]
