"""Images are fetched by a client of their own, under the same rules as pages."""

import asyncio
import contextlib
import gzip
import io
import socket
import ssl
import threading
import time
from typing import Any

import pytest
from PIL import Image
from scrapy import Request
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
)

from fetching.public_sockets import NotPublic, PublicSockets
from pipelines.reasons import RefusedRequest
from pipelines.transfer import Transfer
from storage import crawls
from tests.crawler.self_signed import signed_by_nobody

LIMIT = 1024 * 1024
OK = b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n"


def whole(body, more=b""):
    return OK + more + b"Content-Length: %d\r\n\r\n" % len(body) + body


def endlessly(part):
    while True:
        yield part


def at_length(first, part, pause=0.0):
    yield first
    for again in endlessly(part):
        time.sleep(pause)
        yield again


# Said, since it hangs up: a second request into what is over fails, now and then.
_NOTHING = b"HTTP/1.1 404 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class RawServer:
    """Sends exactly the bytes that stand at a path, however wrong, and then hangs up."""

    def __init__(self, certificate=None):
        self.answers = {}
        self.asked = []
        self.connections = 0
        self.sent = 0
        self._certificate = certificate
        self._open = set()
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self._socket.getsockname()[1]
        self.host = f"127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, path):
        return f"http://{self.host}{path}"

    def _accept(self):
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        self._open.add(connection)
        try:
            if self._certificate is not None:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(self._certificate)
                connection = context.wrap_socket(connection, server_side=True)
            asked = b""
            while b"\r\n\r\n" not in asked:
                asked += connection.recv(65536) or b"\r\n\r\n"
            path = asked.split(b" ")[1].decode() if b" " in asked else ""
            self.asked.append((path, asked))
            answer = self.answers.get(path, _NOTHING)
            if answer is None:
                connection.recv(1)  # silence, until the client has had enough
                return
            for part in [answer] if isinstance(answer, bytes) else answer():
                connection.sendall(part)
                self.sent += len(part)
        except OSError:
            pass
        finally:
            connection.close()

    def close(self):
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for connection in self._open:
            connection.close()


@pytest.fixture
def raw():
    server = RawServer()
    yield server
    server.close()


def fetch(url, *, practice=(), seconds=20.0, times=1, headers=None):
    """Send a request by a new client, and return the last answer."""

    async def run():
        transfer = Transfer(practice, at_once=8)
        try:
            for _ in range(times):
                meta = {"download_maxsize": LIMIT, "download_timeout": seconds}
                answer = await transfer.send(Request(url, headers=headers, meta=meta))
        finally:
            await transfer.close()
        return answer

    return asyncio.run(run())


# --- one transfer ---------------------------------------------------------------------------

HEAD = OK + b"Connection: close\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
FAILED, TOO_LARGE = DownloadFailedError, DownloadCancelledError
LOST = (ResponseDataLossError, FAILED)  # depends on what arrives together
HOSTILE: dict[str, tuple[Any, Any]] = {
    "endless headers": (lambda: at_length(OK, b"X-More: more\r\n"), FAILED),
    "an endless header": (lambda: at_length(OK + b"X-More: ", b"m" * 4096), FAILED),
    "an endless status": (lambda: at_length(b"HTTP/1.1 200 ", b"O" * 4096), FAILED),
    "nonsense": (b"\x16\x03\x01 what is this?\r\n\r\n", FAILED),
    "an invalid status": (b"HTTP/1.1 two hundred\r\n\r\n", FAILED),
    "another protocol": (b"SSH-2.0-OpenSSH_9.6\r\n", FAILED),
    "two lengths": (OK + b"Content-Length: 4\r\nContent-Length: 9\r\n\r\nbody", FAILED),
    "a length below nothing": (OK + b"Content-Length: -4\r\n\r\nbody", FAILED),
    "nothing at all": (b"", FAILED),
    "half a head": (b"HTTP/1.1 200 OK\r\nContent-", FAILED),
    "a bad chunk": (CHUNKED + b"zz\r\nabc\r\n0\r\n\r\n", LOST),
    "a missing last chunk": (CHUNKED + b"3\r\nabc\r\n", ResponseDataLossError),
    "half a body": (OK + b"Content-Length: 100\r\n\r\nabc", ResponseDataLossError),
    "endless trailers": (
        lambda: at_length(CHUNKED + b"3\r\nabc\r\n0\r\n", b"X-More: more\r\n"),
        (*LOST, DownloadTimeoutError),
    ),
    "ten gigabytes": (OK + b"Content-Length: 9999999999\r\n\r\nabc", TOO_LARGE),
    "an endless body": (lambda: at_length(HEAD + b"\r\n", b"x" * 65536), TOO_LARGE),
    "endless chunks": (lambda: at_length(CHUNKED, b"1000\r\n" + b"x" * 4096 + b"\r\n"), TOO_LARGE),
    "endless continuing": (lambda: at_length(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), FAILED),
    "more than it announced": (OK + b"Content-Length: 3\r\n\r\nabcdefgh", FAILED),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_answer_costs_one_request(raw, name):
    answer, error = HOSTILE[name]
    raw.answers["/a.jpg"] = answer

    with pytest.raises(error) as caught:
        fetch(raw.url("/a.jpg"), practice={raw.host}, seconds=5.0)

    assert "a.jpg" not in str(caught.value)
    assert (
        raw.connections == 1
    )  # what is tried again is tried by the middleware, at the site's pace
    assert raw.sent < LIMIT + 32 * 1024 * 1024  # what fits into the sockets' buffers, and no more


SLOW = {
    "silence": None,
    "a head in drops": lambda: at_length(OK + b"X-Slow: ", b"x", pause=0.1),
    "a body in drops": lambda: at_length(HEAD + b"\r\n", b"x", pause=0.1),
    "a body that stops": lambda: at_length(OK + b"Content-Length: 9\r\n\r\nabc", b"", pause=0.1),
}


@pytest.mark.parametrize("name", SLOW)
def test_who_never_finishes_is_left(raw, name):
    raw.answers["/a.jpg"] = SLOW[name]

    with pytest.raises(DownloadTimeoutError):
        fetch(raw.url("/a.jpg"), practice={raw.host}, seconds=1.0)


def test_who_cannot_be_reached_is_told_from_who_does_not_exist():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        host = f"127.0.0.1:{listening.getsockname()[1]}"

    with pytest.raises(DownloadConnectionRefusedError):
        fetch(f"http://{host}/a.jpg", practice={host})
    for name in ("nowhere.invalid", f"{'a' * 70}.example", "a..example"):
        with pytest.raises(CannotResolveHostError):
            fetch(f"http://{name}/a.jpg")


def test_what_is_sent_is_what_was_asked_for_and_nothing_more(raw, monkeypatch):
    raw.answers["/a.jpg?q=%20"] = whole(b"abc")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")

    answer = fetch(
        raw.url("/a.jpg?q=%20").replace("//", "//user:secret@"),
        practice={raw.host},
        headers={"Accept": "image/*"},
    )

    assert answer.body == b"abc"
    ((_, asked),) = raw.asked
    lines = asked.decode().split("\r\n")
    assert lines[0] == "GET /a.jpg?q=%20 HTTP/1.1"
    assert {line.split(":")[0] for line in lines[1:] if line} == {"Host", "Accept"}


def test_connections_are_kept_and_no_more_than_a_few():
    async def serve(reader, writer):
        async for line in reader:
            if line == b"\r\n":
                writer.write(whole(b"abc"))
        writer.close()

    async def run():
        servers = [await asyncio.start_server(serve, "127.0.0.1", 0) for _ in range(50)]
        hosts = [f"127.0.0.1:{server.sockets[0].getsockname()[1]}" for server in servers]
        transfer = Transfer(hosts, at_once=8)
        meta = {"download_maxsize": LIMIT, "download_timeout": 20.0}
        counts = []
        try:
            for host in [*hosts[:1] * 5, *hosts]:
                await transfer.send(Request(f"http://{host}/a.jpg", meta=meta))
                counts.append(transfer._sockets.count)
        finally:
            await transfer.close()
            for server in servers:
                server.close()
                await server.wait_closed()
        return counts

    counts = asyncio.run(run())

    assert counts[:5] == [1] * 5
    assert max(counts) <= 33


# --- where it connects to -------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "2130706433", "0x7f.1", "127.1", "0177.0.0.1", "localhost", "[::1]",
     "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "0.0.0.0", "0", "[::]", "[64:ff9b::7f00:1]"],
)  # fmt: skip
@pytest.mark.parametrize("practice", [(), ("example.org",), ("127.0.0.1:1", "localhost:1")])
def test_no_spelling_of_an_internal_address_is_connected_to(raw, host, practice):
    with pytest.raises(RefusedRequest, match="not a public address"):
        fetch(f"http://{host}:{raw.port}/a.jpg", practice=practice)

    assert raw.connections == 0


def test_a_practice_host_opens_itself_and_nothing_beside_it(raw):
    raw.answers["/a.jpg"] = whole(b"abc")

    assert fetch(f"http://localhost:{raw.port}/a.jpg", practice={f"localhost:{raw.port}"}).body
    with pytest.raises(RefusedRequest):
        fetch(f"http://127.0.0.1:{raw.port}/a.jpg", practice={f"localhost:{raw.port}"})


def test_the_address_is_judged_where_it_is_connected_to():
    def address(host):
        return (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (host, 80))

    async def run():
        sockets = PublicSockets({"practice.example:80"})
        # As if a name had been judged public and then changed its answer.
        with pytest.raises(NotPublic):
            sockets.open(address("10.0.0.1"))
        sockets.asked_for("other.example", 80)
        with pytest.raises(NotPublic):
            sockets.open(address("10.0.0.1"))
        sockets.open(address("1.1.1.1")).close()
        sockets.asked_for("practice.example", 80)
        sockets.open(address("10.0.0.1")).close()

    asyncio.run(run())


def test_certificates_are_verified(tmp_path, monkeypatch):
    certificate = signed_by_nobody(tmp_path)
    server = RawServer(certificate)
    server.answers["/a.jpg"] = whole(b"abc")
    practice = {f"localhost:{server.port}", server.host}
    right, wrong_name = f"https://localhost:{server.port}/a.jpg", f"https://{server.host}/a.jpg"
    try:
        with pytest.raises(DownloadFailedError):
            fetch(right, practice=practice)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert fetch(right, practice=practice).body == b"abc"
        with pytest.raises(DownloadFailedError):
            fetch(wrong_name, practice=practice)
    finally:
        server.close()
    assert [path for path, _ in server.asked] == ["/a.jpg"]


# --- within a crawl -------------------------------------------------------------------------


def jpeg(photo):
    with Image.open(photo) as picture:
        out = io.BytesIO()
        picture.convert("RGB").save(out, "JPEG", quality=80)
    return out.getvalue()


@pytest.fixture
def said(database):
    def of(summary):
        with database.reading() as session:
            return {
                error.url.rsplit("/", 1)[-1]: (error.outcome, error.reason)
                for error in crawls.errors(session, summary.crawl_id)
            }

    return of


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_each_hostile_answer_costs_one_image_and_has_its_sentence(
    practice_site, raw, add_site, crawl, photos, said, config
):
    # It hangs up after each answer. Where it did not say so, a request could be sent into a
    # connection that is over already, and would not be among those that are counted.
    over = b"Connection: close\r\n"
    good = jpeg(photos[0])
    internal = RawServer()
    to = b"HTTP/1.1 302 Found\r\nConnection: close\r\nContent-Length: 0\r\nLocation: %s\r\n\r\n"
    zipped = gzip.compress(bytes(8 * LIMIT))
    raw.answers |= {
        "/good.jpg": whole(good, over),
        "/zipped.jpg": whole(gzip.compress(jpeg(photos[1])), b"Content-Encoding: gzip\r\n" + over),
        "/hop.jpg": to % b"/good.jpg?hop",
        "/good.jpg?hop": whole(jpeg(photos[2]), over),
        "/bomb.jpg": whole(zipped, b"Content-Encoding: gzip\r\n" + over),
        "/broken-zip.jpg": whole(zipped[:50], b"Content-Encoding: gzip\r\n" + over),
        "/endless.jpg": lambda: at_length(HEAD + b"\r\n", b"x" * 65536),
        "/headers.jpg": lambda: at_length(OK, b"X-More: more\r\n"),
        "/chunk.jpg": CHUNKED + b"zz\r\n",
        "/half.jpg": OK + b"Content-Length: 100\r\n\r\nabc",
        "/mute.jpg": b"",
        "/loop.jpg": to % b"/loop.jpg",
        "/data.jpg": to % b"data:image/gif;base64,R0lGODlhAQABAAAAACw=",
        "/file.jpg": to % b"file:///etc/hostname",
        "/garbage.jpg": to % b"http://[\xff\xfe:\x80/%zz",
        "/inside.jpg": to % internal.url("/x.jpg").encode(),
        "/gone.jpg": b"HTTP/1.1 410 Gone\r\nContent-Encoding: gzip\r\nContent-Length: 9\r\n"
        + over
        + b"\r\n",
    }
    names = [path for path in raw.answers if "?" not in path]
    practice_site.write("/", "".join(f'<img src="{raw.url(name)}">' for name in names).encode())
    add_site("hostile", practice_site.url("/"))

    summary = crawl(
        "hostile",
        log=config.data / "crawl.log",
        VIGIL_PRACTICE_HOSTS=f"{practice_site.host},{raw.host}",
        VIGIL_MAX_IMAGE_MB="1",
    )
    errors = said(summary)
    internal.close()

    assert (summary.state, summary.references, summary.unfinished) == ("finished", len(names), 0)
    assert summary.hashed == 3
    for name in ("bomb", "endless"):
        assert "VIGIL_MAX_IMAGE_MB" in errors[f"{name}.jpg"][1]
    assert errors["half.jpg"] == ("failed", "The site broke the transfer off half-way.")
    for name in ("data", "file"):
        assert errors[f"{name}.jpg"][0] == "refused"
        assert f"redirects to a {name}: address" in errors[f"{name}.jpg"][1]
    assert errors["gone.jpg"] == ("failed", "It is gone: the site answers 410.")
    assert errors["inside.jpg"][0] == "refused"
    assert "not a public address" in errors["inside.jpg"][1]
    assert internal.connections == 0
    assert len(errors) == len(names) - 3
    assert all(reason and "http" not in reason for _, reason in errors.values())
    asked = [path for path, _ in raw.asked]
    assert asked.count("/mute.jpg") == asked.count("/half.jpg") == 3  # RETRY_TIMES, and the first
    assert asked.count("/loop.jpg") == 7  # REDIRECT_MAX_TIMES, and the first
    assert asked.count("/endless.jpg") == 1
    log = (config.data / "crawl.log").read_text()
    assert "Unclosed" not in log
    assert "Traceback" not in log
    assert raw.host not in log


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_cookies_of_pages_reach_images_and_no_other_host(
    practice_site, other_site, add_site, crawl, photos
):
    abroad = other_site.host.replace("127.0.0.1", "localhost")  # cookies know no ports
    practice_site.write("/", b"<img src=a.jpg><img src=away.jpg>", headers={"Set-Cookie": "gate=1"})
    practice_site.write(
        "/a.jpg", b"", status=302, headers={"Location": "/b.jpg", "Set-Cookie": "image=1"}
    )
    practice_site.write("/b.jpg", jpeg(photos[0]))
    practice_site.redirect("/away.jpg", f"http://{abroad}/c.jpg")
    other_site.write("/c.jpg", jpeg(photos[1]))
    add_site(
        "gated", practice_site.url("/"), headers={"X-Key": "sesame"}, cookies={"age": "over18"}
    )

    summary = crawl("gated", VIGIL_PRACTICE_HOSTS=f"{practice_site.host},{abroad}")

    assert summary.hashed == 2
    asked = {path: headers for _, path, headers in practice_site.requests}
    for path, cookies in {
        "/a.jpg": {"gate=1", "age=over18"},
        "/away.jpg": {"gate=1", "age=over18"},
        "/b.jpg": {"gate=1", "age=over18", "image=1"},
    }.items():
        assert set(asked[path]["Cookie"].split("; ")) - {"image=1"} == cookies - {"image=1"}
        assert asked[path]["X-Key"] == "sesame"
        assert asked[path]["Referer"] == practice_site.url("/")
        assert asked[path]["User-Agent"].startswith("Vigil/")
        assert asked[path]["Accept"].startswith("image/")
    assert "image=1" in asked["/b.jpg"]["Cookie"]
    (elsewhere,) = [headers for _, path, headers in other_site.requests if path == "/c.jpg"]
    assert "Cookie" not in elsewhere
    assert "X-Key" not in elsewhere
    assert elsewhere["Referer"] == practice_site.url("/")  # its host, and not the page


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_robots_txt_of_an_images_host_is_asked_for_once_and_obeyed_on_every_hop(
    practice_site, other_site, add_site, crawl, photos, said
):
    other_site.write("/robots.txt", b"User-agent: *\nDisallow: /secret/", content_type="text/plain")
    for n in range(4):
        other_site.write(f"/{n}.jpg", jpeg(photos[n]))
    other_site.redirect("/hop.jpg", "/secret/b.jpg")
    names = ["0.jpg", "1.jpg", "2.jpg", "3.jpg", "hop.jpg", "secret/a.jpg"]
    images = "".join(f'<img src="{other_site.url(f"/{name}")}">' for name in names)
    practice_site.write("/", images.encode())
    add_site("obeying", practice_site.url("/"))

    summary = crawl("obeying")

    assert (summary.hashed, summary.refused) == (4, 2), said(summary)
    assert all("robots.txt forbids it" in reason for _, reason in said(summary).values())
    assert other_site.requested("/robots.txt") == 1
    assert practice_site.requested("/robots.txt") == 1
    assert not any(path.startswith("/secret/") for _, path, _ in other_site.requests)


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_pages_images_redirects_and_retries_share_one_rate(practice_site, add_site, crawl, photos):
    asked = []

    def noted(body):
        def make():
            asked.append(time.monotonic())
            return body

        return make

    practice_site.write_lazy("/", noted(b"<img src=a.jpg><img src=b.jpg><a href=2.html>2</a>"))
    practice_site.write_lazy("/2.html", noted(b"<img src=c.jpg><img src=d.jpg><img src=busy.jpg>"))
    for n, name in enumerate("abc"):
        practice_site.write_lazy(f"/{name}.jpg", noted(jpeg(photos[n])))
    practice_site.redirect("/d.jpg", "/e.jpg")
    practice_site.write_lazy("/e.jpg", noted(jpeg(photos[3])))
    practice_site.write("/busy.jpg", b"", status=503)
    add_site("slow", practice_site.url("/"), rate=4)

    assert crawl("slow").hashed == 4

    assert practice_site.requested("/busy.jpg") == 3
    # robots.txt, two pages, four images, a redirect and two retries more: each waits for its turn.
    # A turn comes after an eighth of a second at the earliest; at once, they would take no time.
    assert len(asked) == 6
    assert max(asked) - min(asked) > 5 * 0.125 - 0.1


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_statistics_count_images_too(practice_site, add_site, environment, photos):
    import re
    import subprocess
    import sys

    from crawler.visit import PROJECT

    practice_site.write("/", b"<img src=a.jpg><img src=hop.jpg><img src=no.jpg><img src=off.jpg>")
    practice_site.write("/a.jpg", jpeg(photos[0]))
    practice_site.redirect("/hop.jpg", "/b.jpg")
    practice_site.write("/b.jpg", jpeg(photos[1]))
    practice_site.write("/no.jpg", b"", status=503)
    practice_site.drop("/off.jpg")
    add_site("album", practice_site.url("/"))

    crawled = subprocess.run(
        [sys.executable, "-m", "scrapy", "crawl", "site", "-a", "site=album", "-s", "STATS_DUMP=1"],
        env=environment | {"VIGIL_PRACTICE_HOSTS": practice_site.host},
        cwd=PROJECT, text=True, capture_output=True, timeout=60, check=True,
    )  # fmt: skip

    stats = {name: int(n) for name, n in re.findall(r"'([\w/.]+)': (\d+)", crawled.stderr)}
    # robots.txt, the page, and a map of the site that is not there; a.jpg; hop.jpg and b.jpg;
    # no.jpg and off.jpg three times each.
    assert stats["downloader/request_count"] == 3 + 1 + 2 + 6
    assert stats["downloader/response_count"] == 3 + 1 + 2 + 3
    assert stats["downloader/response_status_count/200"] == 4
    assert stats["downloader/response_status_count/302"] == 1
    assert stats["downloader/response_status_count/503"] == 3
    assert stats["downloader/exception_count"] == 3
    assert stats["downloader/exception_type_count/scrapy.exceptions.ResponseDataLossError"] == 3
    assert stats["retry/count"] == 4
    assert stats["response_received_count"] == 3 + 3
    assert stats["downloader/response_bytes"] > len(jpeg(photos[0])) + len(jpeg(photos[1]))


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_crawl_that_stops_begins_no_further_image(
    practice_site, add_site, start_crawl, wait_for, photos, database
):
    names = [f"{n}.jpg" for n in range(12)]
    for n, name in enumerate(names):
        practice_site.write(f"/{name}", jpeg(photos[n]))
    practice_site.write("/", "".join(f"<img src={name}>" for name in names).encode())
    add_site("stopped", practice_site.url("/"), rate=1)
    process = start_crawl("stopped")

    def asked():
        return sum(practice_site.requested(f"/{name}") for name in names)

    wait_for(asked)
    before = asked()
    process.terminate()

    assert process.wait(timeout=15) == 5
    assert asked() <= before + 1
    with database.reading() as session:
        ended = crawls.list_crawls(session, site="stopped")[0]
    assert (ended.state, ended.references, ended.unfinished) == ("stopped", len(names), 0)
    assert ended.failed >= len(names) - before - 1


class TiredServer(RawServer):
    """Keeps each connection after its first answer, and hangs up when it is asked once more."""

    def _serve(self, connection):
        answered = False
        with connection, contextlib.suppress(OSError):
            while True:
                asked = b""
                while b"\r\n\r\n" not in asked:
                    part = connection.recv(65536)
                    if not part:
                        return
                    asked += part
                if answered:
                    return
                answered = True
                path = asked.split(b" ")[1].decode()
                self.asked.append((path, asked))
                connection.sendall(self.answers.get(path, whole(b"")))


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_site_that_ends_connections_without_a_word_loses_no_image(add_site, crawl, photos):
    server = TiredServer()
    names = [f"/{number}.jpg" for number in range(24)]
    page = "".join(f'<img src="{name}">' for name in names).encode()
    server.answers = {name: whole(jpeg(photos[at])) for at, name in enumerate(names)}
    server.answers["/"] = whole(page).replace(b"image/jpeg", b"text/html")
    add_site("tired", server.url("/"), rate=1000.0)
    try:
        summary = crawl("tired", VIGIL_PRACTICE_HOSTS=server.host)
    finally:
        server.close()

    assert (summary.hashed, summary.failed) == (24, 0)
