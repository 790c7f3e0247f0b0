"""Nothing but the public internet is connected to, on any hop."""

import pytest

from domain.egress import is_public
from practice.door import Door
from storage import crawls


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "172.16.5.4", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "0.0.0.0", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "ff02::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1", "fe80::1%eth0",
        "not an address", "",
    ],
)  # fmt: skip
def test_an_internal_address_is_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:1.1.1.1"]
)
def test_a_public_address_is(address):
    assert is_public(address)


@pytest.fixture
def listener():
    opened = Door()
    yield opened
    opened.close()


def test_no_way_leads_to_an_internal_address(practice_site, add_site, crawl, listener, database):
    port = listener.port
    ways = [
        f"http://127.0.0.1:{port}/a.jpg",
        f"http://2130706433:{port}/b.jpg",
        f"http://0x7f.1:{port}/c.jpg",
        f"http://localhost:{port}/d.jpg",
        f"http://[::1]:{port}/e.jpg",
        f"http://[::ffff:127.0.0.1]:{port}/f.jpg",
        f"http://0.0.0.0:{port}/g.jpg",
        "http://169.254.169.254/h.jpg",
    ]
    practice_site.redirect("/hop.jpg", f"http://127.0.0.1:{port}/i.jpg")
    practice_site.redirect("/cloud.jpg", "http://169.254.169.254/j.jpg")
    practice_site.redirect("/page", f"http://127.0.0.1:{port}/")
    images = "".join(f'<img src="{way}">' for way in [*ways, "/hop.jpg", "/cloud.jpg"])
    practice_site.write("/", f"{images}<a href=/page>p</a>".encode())
    add_site("luring", practice_site.url("/"))

    summary = crawl("luring")

    assert listener.connections == 0
    assert summary.references == len(ways) + 2
    assert summary.refused == summary.references
    assert summary.pages_refused == 1
    with database.reading() as session:
        reasons = [e.reason for e in crawls.errors(session, summary.crawl_id) if e.what == "image"]
    assert all("not a public address" in reason for reason in reasons)


def test_an_address_is_never_passed_on_to_a_third_party(practice_site, other_site, add_site, crawl):
    target = practice_site.url("/a.jpg")
    practice_site.write(
        "/", f'<a href="{other_site.url("/search.jpg")}?url={target}">find more</a>'
        f'<img src="{other_site.url("/proxy.jpg")}?image={target}">'.encode(),
    )  # fmt: skip
    add_site("sharing", practice_site.url("/"))

    summary = crawl("sharing")

    assert other_site.requests == []
    assert summary.refused == summary.references == 2
