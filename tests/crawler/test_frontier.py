"""Sites that make no end of addresses are finished in a small multiple of their pictures."""

import pytest

from storage import crawls
from tests.crawler import made_sites
from tests.crawler.made_sites import PHOTOS, MadeSite

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

_FAST = {"rate": 1000.0}


@pytest.fixture
def practice_site():
    with MadeSite() as site:
        yield site


@pytest.fixture
def left(database):
    """What a crawl left out: the reasons, by the example's path."""

    def of(summary):
        with database.reading() as session:
            errors = crawls.errors(session, summary.crawl_id, limit=1000)
        return [error.reason for error in errors if error.outcome == "left"]

    return of


@pytest.mark.parametrize(
    "software",
    [
        made_sites.thousand_addresses,
        made_sites.endless_calendar,
        made_sites.filters,
        made_sites.endless_pages,
        made_sites.spiral,
        made_sites.Sessions(),
        made_sites.orders,
    ],
    ids=["thousand", "calendar", "filters", "pages", "spiral", "sessions", "orders"],
)
def test_every_photo_is_found_in_a_small_multiple_of_requests(
    practice_site, add_site, crawl, software
):
    practice_site.make_page = software
    # The one whose limit is near is visited no faster than pictures are hashed: beyond that, what a
    # page has brought is known too late for the next ones.
    rate = 10.0 if software is made_sites.thousand_addresses else _FAST["rate"]
    add_site("album", practice_site.url("/"), rate=rate, max_depth=50)

    summary = crawl("album")

    assert summary.state == "finished"
    assert practice_site.photos_asked_for(PHOTOS) == PHOTOS
    assert len(practice_site.requests) <= 4 * PHOTOS + 50


def test_one_picture_at_ever_new_addresses_is_found_out(practice_site, add_site, crawl):
    practice_site.make_page = made_sites.counters
    practice_site.write("/counter.png", made_sites.photo("thumb", 99), "image/jpeg")
    # As slow as it takes to learn what a picture is before the next page is asked for.
    add_site("album", practice_site.url("/"), rate=12.0, max_depth=500)

    crawl("album")

    assert practice_site.photos_asked_for(PHOTOS) == PHOTOS
    assert len(practice_site.requests) <= 4 * PHOTOS + 50


def test_what_is_left_out_is_counted_and_named(practice_site, add_site, crawl, left):
    practice_site.make_page = made_sites.thousand_addresses
    assert made_sites.number_of_addresses() > 1_000
    add_site("album", practice_site.url("/"), **_FAST)

    summary = crawl("album")

    said = left(summary)
    assert summary.pages_left == sum(int(s.split()[0].replace(",", "")) for s in said) > 200
    (contexts,) = [s for s in said if "/picture.php?/#/… (seen under another address)" in s]
    assert "visits there brought no new picture." in contexts
    assert any("another address of a page that the crawl knows" in s for s in said)


def test_a_gallery_of_300_pages_with_a_photo_each_is_crawled_completely(
    practice_site, add_site, crawl
):
    practice_site.make_page = made_sites.deep_gallery(300)
    add_site("deep", practice_site.url("/"), **_FAST, max_pages=1_000, max_depth=100)

    summary = crawl("deep")

    assert (summary.hashed, summary.pages_left) == (300, 0)
    assert practice_site.pages_asked_for() == 331


def test_a_forum_with_a_photo_in_few_threads_is_crawled_completely(practice_site, add_site, crawl):
    practice_site.make_page, photos = made_sites.forum(120)
    add_site("forum", practice_site.url("/"), **_FAST)

    summary = crawl("forum")

    assert (summary.hashed, summary.pages_left) == (photos, 0)


def test_a_gallery_that_has_not_changed_is_walked_completely(practice_site, add_site, crawl):
    practice_site.make_page = made_sites.deep_gallery(60)
    add_site("deep", practice_site.url("/"), **_FAST, max_depth=100)

    first, second = crawl("deep"), crawl("deep")

    assert (first.pages_fetched, first.hashed) == (67, 60)
    assert (second.pages_unchanged, second.pages_fetched) == (67, 0)
    assert (second.references, second.unchanged, second.pages_left) == (60, 60, 0)


def test_the_budget_is_spent_on_pages_that_bring_pictures(practice_site, add_site, crawl, left):
    practice_site.make_page = made_sites.endless_calendar
    add_site("album", practice_site.url("/"), **_FAST, max_pages=40, max_depth=50)
    add_site("short", practice_site.url("/"), **_FAST, max_pages=10, max_depth=50)

    assert crawl("album").hashed >= 2 * PHOTOS
    short = crawl("short")

    assert short.pages_fetched == 10
    assert any("vigil site edit short --max-pages N" in s for s in left(short))


def test_links_deeper_than_allowed_are_named(practice_site, add_site, crawl, left):
    practice_site.make_page = made_sites.deep_gallery(30)
    add_site("deep", practice_site.url("/"), **_FAST, max_depth=2)

    summary = crawl("deep")

    assert summary.pages_fetched == 1 + 2 + 10
    assert summary.pages_left == 11
    assert any("like /photo/# were not visited: they lie over 2 links" in s for s in left(summary))


def test_every_start_page_is_asked_for_whatever_it_looks_like(practice_site, add_site, crawl):
    practice_site.make_page = lambda path: made_sites.html([]) if "x" not in path else None
    starts = ["/calendar/2199/01", "/a/b/a/b/a/b", "/c?page=1", "/c/?page=1&sort=name"]
    add_site("odd", *map(practice_site.url, starts), **_FAST, max_pages=2)

    assert crawl("odd").pages_fetched == 4


def test_no_link_that_has_the_site_do_something_is_followed(practice_site, add_site, crawl, left):
    practice_site.write(
        "/", b"<a href=/logout>x</a><a href='/api.php?action=delete&amp;id=1'>x</a><a href=/b>b</a>"
    )
    practice_site.write("/b", b"<a href=/logout>x</a>")
    add_site("album", practice_site.url("/"), **_FAST)

    summary = crawl("album")

    asked = {each.path for each in practice_site.requests}
    assert "/b" in asked
    assert not {path for path in asked if "logout" in path or "delete" in path}
    assert summary.pages_left == 2
    assert all("never followed" in reason for reason in left(summary))
