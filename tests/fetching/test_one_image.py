"""One image fetched for a person: every guard of a crawl, on every hop, and strict limits."""

import gzip
import time

import pytest

from domain.site import Site
from fetching.inline_picture import inline_picture
from fetching.one_image import NotFetched, Unreached, Wanted, fetch_one
from practice.door import Door
from practice.sites import PracticeSite
from tests.crawler.socks_proxy import SocksProxy

LIMIT = 100_000


@pytest.fixture
def site():
    with PracticeSite() as running:
        yield running


@pytest.fixture
def door():
    opened = Door()
    yield opened
    opened.close()


def fetch(practice, url, *, seconds=5.0, most=LIMIT, in_part=False, **policy):
    watched = Site(name="album", start_urls=(practice.url("/"),), **policy)
    wanted = Wanted(url, practice.url("/page"), watched, most, in_part)
    return fetch_one(
        wanted, seconds=seconds, practice_hosts={practice.host}, contact="https://us.example"
    )


def refused(practice, url, **options):
    with pytest.raises(NotFetched) as error:
        fetch(practice, url, **options)
    assert practice.host not in str(error.value)
    return error.value.why


def test_no_way_leads_inside(site, door):
    port = door.port
    ways = [
        f"http://127.0.0.1:{port}/a.jpg",
        f"http://2130706433:{port}/b.jpg",
        f"http://0x7f.1:{port}/c.jpg",
        f"http://localhost:{port}/d.jpg",
        f"http://[::1]:{port}/e.jpg",
        f"http://[::ffff:127.0.0.1]:{port}/f.jpg",
        "http://169.254.169.254/g.jpg",
    ]
    for way in ways:
        site.redirect("/hop.jpg", way)
        assert refused(site, way) is Unreached.NOT_PUBLIC, way
        assert refused(site, site.url("/hop.jpg")) is Unreached.NOT_PUBLIC, way
    assert door.connections == 0


def test_each_hop_of_a_redirect_is_followed_and_only_the_sites_hosts_get_its_keys(site):
    with PracticeSite() as other:
        site.redirect("/a.jpg", other.url("/b.jpg"))
        other.write("/b.jpg", b"picture")
        watched = Site(
            name="album",
            start_urls=(site.url("/"),),
            headers={"X-Key": "secret"},
            cookies={"adult": "yes"},
        )
        wanted = Wanted(site.url("/a.jpg"), site.url("/page"), watched, LIMIT)
        answer = fetch_one(
            wanted, seconds=5, practice_hosts={site.host, other.host}, contact="https://us.example"
        )
        (first,), (second,) = site.requests, other.requests
    assert answer.body == b"picture"
    assert first.headers["X-Key"] == "secret"
    assert first.headers["User-Agent"] == "Vigil/0.1 (https://us.example)"
    assert "X-Key" not in second.headers
    assert "Cookie" not in second.headers
    assert second.headers["Referer"] == site.url("/")


def test_a_circle_of_redirects_ends(site):
    site.redirect("/a.jpg", "/b.jpg")
    site.redirect("/b.jpg", "/a.jpg")
    assert refused(site, site.url("/a.jpg")) is Unreached.REDIRECTS
    assert site.requested("/a.jpg") + site.requested("/b.jpg") == 7


def test_what_is_too_large_is_not_read_and_of_a_video_its_beginning_is(site):
    site.write("/large.jpg", bytes(LIMIT + 1))
    site.write(
        "/packed.jpg", gzip.compress(bytes(50 * LIMIT)), headers={"Content-Encoding": "gzip"}
    )
    assert refused(site, site.url("/large.jpg")) is Unreached.TOO_LARGE
    assert refused(site, site.url("/packed.jpg")) is Unreached.TOO_LARGE
    part = fetch(site, site.url("/large.jpg"), in_part=True)
    assert (len(part.body), part.whole) == (LIMIT, False)


def test_a_site_that_does_not_answer_is_given_up_in_time(site):
    site.hang("/a.jpg")
    began = time.monotonic()
    assert refused(site, site.url("/a.jpg"), seconds=0.3) is Unreached.TOO_SLOW
    assert time.monotonic() - began < 2


def test_what_the_policy_leaves_alone_is_not_asked_for(site):
    site.write("/private/a.jpg", b"picture")
    assert refused(site, site.url("/private/a.jpg"), leave=("/private/*",)) is Unreached.LEFT_ALONE
    assert site.requests == []


def test_a_site_behind_a_proxy_is_never_asked_directly(site):
    site.write("/a.jpg", b"picture")
    with SocksProxy({("gallery.onion", 80): site.port}) as proxy:
        watched = Site(name="album", start_urls=("http://gallery.onion/",), proxy=proxy.address)
        wanted = Wanted("http://gallery.onion/a.jpg", "http://gallery.onion/", watched, LIMIT)
        answer = fetch_one(wanted, seconds=5, practice_hosts=(), contact=None)
    assert answer.body == b"picture"
    with pytest.raises(NotFetched) as error:
        fetch_one(wanted, seconds=5, practice_hosts=(), contact=None)
    assert error.value.why is Unreached.NO_PROXY


def test_a_picture_that_lies_in_its_page_is_found_by_its_digest():
    from domain.address import storable

    wanted = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ"
    page = f'<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw="><img src="{wanted}">'.encode()
    assert inline_picture(page, storable(wanted), LIMIT) == bytes.fromhex(
        "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    )
    assert inline_picture(b"<img>", storable(wanted), LIMIT) is None
