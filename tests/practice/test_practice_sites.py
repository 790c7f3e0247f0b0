import http.client
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from practice.sites import PracticeSite


def ask(site, path, method="GET", **headers):
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=5)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, headers=named)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def test_what_is_written_is_served_and_remembered(site):
    site.write("a.html", b"<p>hello")
    site.write("/a.webp", b"RIFF")

    status, headers, body = ask(site, "/a.html", User_Agent="Vigil/test")

    assert (status, body) == (200, b"<p>hello")
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert ask(site, "/a.webp")[1]["Content-Type"] == "image/webp"
    assert site.requested("/a.html") == 1
    assert site.requests[0].method == "GET"
    assert site.requests[0].path == "/a.html"
    assert site.requests[0].headers["User-Agent"] == "Vigil/test"


@pytest.mark.parametrize("path", ["/page.html", "/image.jpg"])
def test_an_unchanged_page_or_image_is_answered_304_by_either_validator(site, path):
    site.write(path, b"first")
    headers = ask(site, path)[1]

    by_etag = ask(site, path, If_None_Match=f'"other", {headers["ETag"]}')
    by_date = ask(site, path, If_Modified_Since=headers["Last-Modified"])

    assert (by_etag[0], by_etag[2], by_etag[1]["ETag"]) == (304, b"", headers["ETag"])
    assert (by_date[0], by_date[2]) == (304, b"")


def test_a_changed_image_is_sent_anew_even_within_the_same_second(site):
    site.write("/a.jpg", b"first")
    headers = ask(site, "/a.jpg")[1]
    site.write("/a.jpg", b"second")

    assert ask(site, "/a.jpg", If_None_Match=headers["ETag"])[2] == b"second"
    assert ask(site, "/a.jpg", If_Modified_Since=headers["Last-Modified"])[2] == b"second"
    both = {"If_None_Match": '"old"', "If_Modified_Since": "Fri, 01 Jan 2100 00:00:00 GMT"}
    assert ask(site, "/a.jpg", **both)[2] == b"second"
    assert ask(site, "/a.jpg", If_Modified_Since="yesterday")[2] == b"second"


def test_a_site_may_send_no_validators():
    with PracticeSite(validators=False) as site:
        site.write("/a.jpg", b"body")
        headers = ask(site, "/a.jpg")[1]
        assert headers["ETag"] is None
        assert headers["Last-Modified"] is None
        assert ask(site, "/a.jpg", If_None_Match="*")[0] == 200


def test_head_has_the_headers_of_get_and_no_body(site):
    site.write("/a.jpg", b"12345", headers={"Cache-Control": "no-store"})
    status, headers, body = ask(site, "/a.jpg", "HEAD")
    assert (status, body, headers["Content-Length"]) == (200, b"", "5")
    assert headers["Cache-Control"] == "no-store"


def test_posting_is_refused_and_remembered(site):
    assert ask(site, "/a.jpg", "POST")[0] == 405
    assert site.requests[0].method == "POST"


def test_robots_can_be_allowed_forbidden_and_absent():
    with PracticeSite() as open_site, PracticeSite(robots=None) as silent:
        assert ask(open_site, "/robots.txt")[2] == b"User-agent: *\nAllow: /\n"
        assert ask(silent, "/robots.txt")[0] == 404
        silent.write("/robots.txt", b"User-agent: *\nDisallow: /\n")
        assert ask(silent, "/robots.txt")[1]["Content-Type"].startswith("text/plain")


def test_removed_gone_moved_and_refused(site):
    site.write("/a.jpg", b"body")
    site.remove("/a.jpg")
    site.gone("/b.jpg")
    site.redirect("/c.jpg", "/d.jpg")
    site.write("/e.jpg", b"", status=503, headers={"Retry-After": "1"})

    assert ask(site, "/a.jpg")[0] == 404
    assert ask(site, "/b.jpg")[0] == 410
    status, headers, _ = ask(site, "/c.jpg")
    assert (status, headers["Location"]) == (302, "/d.jpg")
    assert ask(site, "/e.jpg")[0] == 503


def test_a_query_without_its_own_entry_is_answered_as_the_path(site):
    site.write("/a.jpg", b"plain")
    site.write("/a.jpg?v=2", b"second")
    assert ask(site, "/a.jpg?v=1")[2] == b"plain"
    assert ask(site, "/a.jpg?v=2")[2] == b"second"
    assert (site.requested("/a.jpg"), site.requested("/a.jpg?v=2")) == (0, 1)


def test_a_dropped_answer_ends_before_its_promised_length(site):
    site.write("/a.jpg", bytes(10_000))
    site.drop("/a.jpg")
    with pytest.raises(http.client.IncompleteRead):
        ask(site, "/a.jpg")


def test_slow_and_delayed_answers_wait():
    with PracticeSite(delay=0.05) as site:
        site.write("/a.jpg", b"body")
        site.slow("/a.jpg", 0.5)
        begun = time.monotonic()
        assert ask(site, "/a.jpg")[2] == b"body"
        assert time.monotonic() - begun >= 0.55
        site.write("/a.jpg", b"quick")
        begun = time.monotonic()
        ask(site, "/a.jpg")
        assert 0.05 <= time.monotonic() - begun < 0.5


def test_a_hanging_answer_never_comes_and_stopping_ends_it():
    site = PracticeSite().start()
    site.hang("/a.jpg")
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=0.2)
    connection.request("GET", "/a.jpg")
    with pytest.raises(TimeoutError):
        connection.getresponse()
    begun = time.monotonic()
    site.stop()
    assert time.monotonic() - begun < 1
    connection.close()


def test_a_stopped_site_can_come_back_at_its_address():
    site = PracticeSite().start()
    site.write("/a.jpg", b"body")
    site.stop()
    with pytest.raises(ConnectionRefusedError):
        ask(site, "/a.jpg")
    with site:
        assert ask(site, "/a.jpg")[2] == b"body"


def test_lazy_bodies_are_made_when_asked_for_and_not_for_304(site):
    made = []

    def make():
        made.append(1)
        return b"body"

    site.write_lazy("/a.jpg", make)
    assert made == []
    headers = ask(site, "/a.jpg")[1]
    assert headers["Content-Type"] == "image/jpeg"
    assert ask(site, "/a.jpg", If_None_Match=headers["ETag"])[0] == 304
    assert len(made) == 1


def test_one_connection_serves_many_requests_quickly(site):
    site.write("/a.jpg", bytes(40_000))
    threads_before = threading.active_count()

    def fetch(_number):
        connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=10)
        try:
            for _ in range(75):
                connection.request("GET", "/a.jpg")
                assert len(connection.getresponse().read()) == 40_000
        finally:
            connection.close()

    begun = time.monotonic()
    with ThreadPoolExecutor(8) as clients:
        list(clients.map(fetch, range(8)))
    assert 600 / (time.monotonic() - begun) > 300
    assert site.requested("/a.jpg") == 600
    site.stop()
    assert threading.active_count() <= threads_before
