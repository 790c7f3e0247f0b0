"""A site behind a SOCKS5 proxy: everything goes through it, and no name is looked up here."""

import pytest

from storage import crawls
from tests.crawler.socks_proxy import SocksProxy

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

HIDDEN = "gallery.onion"
PICTURES = "pictures.onion"

# Read by every Python process of the crawl as it starts: it notes each look-up and connection.
WATCH = """
import os, sys

def note(event, arguments):
    if event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.connect"):
        what = arguments[0] if event != "socket.connect" else arguments[1]
        with open(os.environ["WATCHED"], "a") as stream:
            stream.write(f"{event} {what}\\n")

if "WATCHED" in os.environ:
    sys.addaudithook(note)
"""


@pytest.fixture
def watched(tmp_path):
    """The settings that make a crawl note whom it asks, and a way to read its notes."""
    folder = tmp_path / "watch"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(WATCH)
    notes = tmp_path / "notes"
    settings = {"PYTHONPATH": str(folder), "WATCHED": str(notes)}
    return settings, lambda: notes.read_text().splitlines()


def test_a_hidden_site_is_crawled_and_no_name_is_looked_up(
    practice_site, other_site, add_site, crawl, register, photos, watched
):
    registered, other = photos[:2]
    register(registered)
    practice_site.write(
        "/", f'<a href="/page"></a><img src="http://{PICTURES}/there.jpg">'.encode()
    )
    practice_site.write("/page", b'<img src="/here.jpg">')
    practice_site.write("/here.jpg", other.read_bytes())
    other_site.write("/there.jpg", registered.read_bytes())
    settings, notes = watched
    names = {(HIDDEN, 80): practice_site.port, (PICTURES, 80): other_site.port}
    with SocksProxy(names) as proxy:
        add_site("hidden", f"http://{HIDDEN}/", proxy=proxy.address)
        summary = crawl("hidden", **settings)
        asked = set(proxy.asked)

    assert (summary.pages_fetched, summary.hashed, summary.flagged) == (2, 2, 1)
    assert asked == {(HIDDEN, 80), (PICTURES, 80)}
    where = proxy.server_address
    connected = {line for line in notes() if line.startswith("socket.connect ")}
    assert connected == {f"socket.connect {where}"}
    assert not [line for line in notes() if HIDDEN in line or PICTURES in line]
    assert practice_site.requested("/robots.txt") == 1


def test_nothing_inside_is_reached_through_a_proxy(practice_site, add_site, crawl, database):
    inside = ["127.0.0.1", "10.0.0.1", "169.254.169.254", "[::1]", "localhost", "printer.local"]
    images = "".join(f'<img src="http://{host}:99/{n}.jpg">' for n, host in enumerate(inside))
    practice_site.write("/", images.encode())
    with SocksProxy({(HIDDEN, 80): practice_site.port}) as proxy:
        add_site("hidden", f"http://{HIDDEN}/", proxy=proxy.address)
        summary = crawl("hidden")
        asked = set(proxy.asked)

    assert asked == {(HIDDEN, 80)}
    assert summary.refused == summary.references == len(inside)
    with database.reading() as session:
        reasons = [e.reason for e in crawls.errors(session, summary.crawl_id) if e.what == "image"]
    assert all("not a public address" in reason for reason in reasons)


def test_a_proxy_that_is_down_is_named(add_site, crawl):
    with SocksProxy({}) as proxy:
        pass
    add_site("hidden", f"http://{HIDDEN}/", proxy=proxy.address)
    summary = crawl("hidden")

    assert summary.state == "failed"
    address = proxy.address.removeprefix("socks5://")
    assert f"proxy at {address} does not answer" in summary.reason


def test_what_a_proxy_could_not_reach_is_told(add_site, crawl):
    with SocksProxy({}) as proxy:
        add_site("hidden", f"http://{HIDDEN}/", proxy=proxy.address)
        summary = crawl("hidden")

    assert summary.state == "failed"
    assert "could not reach it (the host cannot be reached)" in summary.reason
