"""Manners: a site's pauses, its robots.txt, what to leave alone, and its quiet hours."""

import io
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from PIL import Image

from practice.resources import HTML, Resource
from practice.sites import PracticeSite
from storage import crawls

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


class BusySite(PracticeSite):
    """A practice site that may say of a path, so many times, that it is asked too much.

    ``asked`` holds when each request came, and ``put_off`` when one was answered so.
    """

    def __init__(self):
        self.asked = []
        self.put_off = []
        self._busy: Counter[str] = Counter()
        self._how = {}
        super().__init__()

    def busy(self, path, times=1, *, status=429, **headers):
        self._busy[path] = times
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self._how[path] = Resource(lambda: b"Later.", HTML, status, named)

    def _answer(self, method, path, headers):
        self.asked.append((time.monotonic(), path))
        if self._busy[path] > 0:
            self._busy[path] -= 1
            self.put_off.append(time.monotonic())
            with self._lock:
                self._asked[path] += 1
            return self._how[path]
        return super()._answer(method, path, headers)

    def silence_after(self, moment):
        """Return the seconds from a moment to the next request."""
        return min(when for when, _ in self.asked if when > moment) - moment


@pytest.fixture
def practice_site():
    with BusySite() as site:
        yield site


@pytest.fixture
def other_site():
    with BusySite() as site:
        yield site


def jpeg(path):
    body = io.BytesIO()
    with Image.open(path) as image:
        image.convert("RGB").save(body, "JPEG", quality=90)
    return body.getvalue()


def newest(database, name):
    with database.reading() as session:
        found = crawls.latest(session, name)
    assert found is not None
    return found


def remarks(database, crawl_id):
    with database.reading() as session:
        return {
            error.what: error.reason
            for error in crawls.errors(session, crawl_id)
            if error.outcome == "note"
        }


def problems(database, crawl_id):
    with database.reading() as session:
        return {
            error.url.rsplit("/", 1)[1]: (error.what, error.outcome, error.reason)
            for error in crawls.errors(session, crawl_id)
            if error.outcome != "note"
        }


def test_a_site_that_asks_for_a_pause_gets_it_and_nothing_is_lost(
    practice_site, add_site, crawl, database, photos
):
    practice_site.write("/", b"<a href=two>2</a><img src=a.jpg><img src=b.jpg>")
    practice_site.write("/two", b"<img src=c.jpg>")
    for name, photo in zip("abc", photos, strict=False):
        practice_site.write(f"/{name}.jpg", jpeg(photo))
    practice_site.busy("/a.jpg", Retry_After="2")
    practice_site.busy("/two", Retry_After="1")
    add_site("busy", practice_site.url("/"), rate=5)

    crawled = crawl("busy")

    assert (crawled.state, crawled.pages_fetched, crawled.hashed) == ("finished", 2, 3)
    assert (crawled.pages_failed, crawled.failed) == (0, 0)
    assert len(practice_site.put_off) == 2
    for moment in practice_site.put_off:
        assert practice_site.silence_after(moment + 0.3) > 0.6
    assert "at half its rate or less" in remarks(database, crawled.crawl_id)["rate"]


def test_a_site_that_keeps_putting_us_off_is_asked_no_more(
    practice_site, add_site, start_crawl, database
):
    practice_site.write("/", b"<a href=one>1</a><a href=two>2</a>")
    practice_site.busy("/one", 1000, Retry_After="0")
    practice_site.busy("/two", 1000, Retry_After="0")
    add_site("busy", practice_site.url("/"), rate=5)

    assert start_crawl("busy").wait(timeout=60) == 5

    crawled = newest(database, "busy")
    assert crawled.state == "stopped"
    assert "429" in crawled.reason
    assert "--rate" in crawled.reason
    assert 4 <= len(practice_site.put_off) <= 8


def test_a_busy_image_host_ends_no_crawl_of_another_site(
    practice_site, other_site, add_site, crawl, database, photos
):
    busy = "".join(f'<img src="{other_site.url(f"/{n}.jpg")}">' for n in range(6))
    practice_site.write("/", f"{busy}<img src=a.jpg>".encode())
    practice_site.write("/a.jpg", jpeg(photos[0]))
    for n in range(6):
        other_site.busy(f"/{n}.jpg", 1000, Retry_After="99999999999")
    add_site("gallery", practice_site.url("/"))

    crawled = crawl("gallery")

    assert (crawled.state, crawled.hashed, crawled.failed) == ("finished", 1, 6)
    assert "left alone" in problems(database, crawled.crawl_id)["5.jpg"][2]


def test_a_pages_own_503_is_tried_again_as_before(practice_site, add_site, crawl, photos):
    practice_site.write("/", b"<img src=a.jpg>")
    practice_site.write("/a.jpg", jpeg(photos[0]))
    practice_site.busy("/a.jpg", 1, status=503)
    add_site("gallery", practice_site.url("/"))

    assert crawl("gallery").hashed == 1
    assert practice_site.requested("/a.jpg") == 2


def test_robots_txt_may_slow_the_crawl_and_forbid_pages(practice_site, add_site, crawl, database):
    practice_site.write(
        "/robots.txt",
        b"User-agent: *\nDisallow: /private/\nCrawl-delay: 0.5\nRequest-rate: 10/1s\n",
        content_type="text/plain",
    )
    practice_site.write("/", b"<a href=private/1>1</a><a href=private/2>2</a><a href=open>3</a>")
    practice_site.write("/open", b"<a href=/>back</a>")
    add_site("obeying", practice_site.url("/"))

    crawled = crawl("obeying")

    assert (crawled.pages_fetched, crawled.pages_refused) == (2, 2)
    pages = [when for when, path in practice_site.asked if path != "/robots.txt"]
    assert all(later - earlier > 0.3 for earlier, later in pairwise(pages))
    with database.reading() as session:
        said = [e.reason for e in crawls.errors(session, crawled.crawl_id) if e.outcome == "note"]
    assert any("asks for 0.5 seconds" in reason for reason in said)
    assert any("forbade 2 of the pages" in reason for reason in said)


@pytest.mark.parametrize("policy", [{}, {"obey_robots": False, "robots_reason": "they agreed"}])
def test_a_robots_txt_that_cannot_be_read_allows_nothing(practice_site, add_site, crawl, policy):
    practice_site.write("/robots.txt", b"Allow: /", status=500)
    practice_site.write("/", b"Hello")
    add_site("obeying", practice_site.url("/"), **policy)

    crawled = crawl("obeying")

    assert practice_site.requested("/") == (1 if policy else 0)
    if not policy:
        assert (crawled.state, crawled.pages_failed) == ("failed", 1)
        assert "answers 500" in crawled.reason
        assert "vigil site edit obeying --ignore-robots" in crawled.reason


def test_a_robots_txt_that_leads_to_a_refused_address_allows_nothing(
    practice_site, add_site, crawl
):
    practice_site.redirect("/robots.txt", "http://169.254.169.254/")
    practice_site.write("/", b"Hello")
    add_site("obeying", practice_site.url("/"))

    crawled = crawl("obeying")

    assert practice_site.requested("/") == 0
    assert (crawled.state, crawled.pages_failed) == ("failed", 1)
    assert "redirects to what may not be fetched" in crawled.reason


def test_a_long_robots_txt_is_read_up_to_its_limit(practice_site, add_site, crawl):
    rules = b"User-agent: *\nDisallow: /private/\n" + b"Disallow: /nothing/at/all/here\n" * 20_000
    practice_site.write("/robots.txt", rules + b"Disallow: /open\n", content_type="text/plain")
    practice_site.write("/", b"<a href=private/1>1</a><a href=open>3</a>")
    practice_site.write("/open", b"Hello")
    add_site("obeying", practice_site.url("/"))

    crawled = crawl("obeying")

    assert (crawled.pages_fetched, crawled.pages_refused) == (2, 1)


def test_what_is_to_be_left_alone_is_never_asked_for(
    practice_site, other_site, add_site, crawl, database, photos
):
    practice_site.write(
        "/",
        f"<a href=/album/1>1</a><a href=/album/print/1>2</a><a href=/about>3</a><a href=/hop>4</a>"
        f'<a href=/way/in>5</a><img src=/print/a.jpg><img src="{other_site.url("/x/b.jpg")}">'
        f"<img src=/hop.jpg><img src=/c.jpg>".encode(),
    )
    practice_site.write("/album/1", b"<a href=/album/to>next</a>")
    practice_site.redirect("/album/to", "/album/print/2")
    practice_site.redirect("/hop.jpg", "/print/d.jpg")
    practice_site.write("/c.jpg", jpeg(photos[0]))
    for path in ("/album/print/1", "/album/print/2", "/about", "/way/in", "/hop"):
        practice_site.write(path, b"Not to be seen.")
    add_site(
        "albums",
        practice_site.url("/"),
        follow=("/album/*",),
        leave=("*/print/*", f"{other_site.host}/x/*"),
    )

    crawled = crawl("albums")

    asked = {path for _, path in practice_site.asked}
    assert asked == {"/robots.txt", "/", "/album/1", "/album/to", "/hop.jpg", "/c.jpg"}
    assert other_site.requested("/x/b.jpg") == 0
    assert (crawled.pages_fetched, crawled.hashed, crawled.refused) == (2, 1, 3)
    said = problems(database, crawled.crawl_id)
    assert "'*/print/*'" in said["a.jpg"][2]
    assert said["a.jpg"][:2] == ("image", "refused")


def test_a_start_page_may_lead_where_links_may_not(practice_site, add_site, crawl):
    practice_site.redirect("/", "/home")
    practice_site.redirect("/album/1", "/about")
    practice_site.write("/home", b"<a href=/album/1>1</a>")
    practice_site.write("/about", b"Not to be seen.")
    add_site("albums", practice_site.url("/"), follow=("/album/*",))

    crawled = crawl("albums")

    assert (crawled.pages_fetched, crawled.pages_refused) == (1, 1)
    assert practice_site.requested("/about") == 0


def quiet_now():
    now = datetime.now(UTC)
    return (f"{now - timedelta(hours=1):%H:%M}-{now + timedelta(hours=2):%H:%M}",)


def test_a_crawl_ends_gently_when_quiet_hours_begin(practice_site, add_site, start_crawl, database):
    for page in range(8):
        practice_site.write(f"/{page}", f"<a href=/{page + 1}>next</a>".encode())
        practice_site.slow(f"/{page}", 1)
    add_site("nightly", practice_site.url("/0"), quiet_hours=quiet_now())

    # As the scheduler starts it, a moment before they begin.
    assert start_crawl("nightly").wait(timeout=60) == 5

    crawled = newest(database, "nightly")
    assert (crawled.state, crawled.reason) == ("stopped", "Its quiet hours began.")
    assert practice_site.requested("/7") == 0


def test_a_crawl_that_a_person_asks_for_in_quiet_hours_runs_and_says_so(
    practice_site, add_site, vigil
):
    for page in range(3):
        practice_site.write(f"/{page}", f"<a href=/{page + 1}>next</a>".encode())
        practice_site.slow(f"/{page}", 1)
    practice_site.write("/3", b"The end.")
    add_site("nightly", practice_site.url("/0"), quiet_hours=quiet_now())

    done = vigil("crawl", "nightly", VIGIL_PRACTICE_HOSTS=practice_site.host)

    assert done.returncode == 0, done.stderr
    assert "has its quiet hours until" in done.stderr
    assert practice_site.requested("/3") == 1
