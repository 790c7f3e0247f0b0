"""Videos larger than is read of one: what their beginning shows, and what is said of them."""

import asyncio
import hashlib
import time
import tracemalloc

import pytest
from scrapy import Request
from scrapy.exceptions import DownloadCancelledError, ResponseDataLossError
from sqlalchemy import select

from pipelines.body_limits import BODY_LIMIT, BodyLimit
from pipelines.transfer import Transfer
from practice.sites import PracticeSite
from storage.tables import CrawlErrorRow, EvidenceRow, ImageRow, SightingRow
from tests.crawler.made_videos import clip, index_first, padded, playlist
from tests.crawler.test_image_client import HEAD, RawServer, at_length
from tests.crawler.test_where_pictures_hide import flagged_addresses

MB = 1024 * 1024
ZERO = bytes(MB)
ONE_MB = {"VIGIL_MAX_VIDEO_MB": "1", "VIGIL_MAX_IMAGE_MB": "1"}

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
def long(photos):
    """A video of nearly two megabytes, the first photo at its beginning and the second at its end.

    Its index stands at its end, too.
    """
    body = clip([photos[0], *photos[2:], *photos[2:], photos[1]], rate=20_000)
    assert 1.5 * MB < len(body) < 2.5 * MB
    return body


@pytest.fixture
def raw():
    server = RawServer()
    yield server
    server.close()


@pytest.fixture
def rows_of(database):
    def of(summary):
        with database.reading() as session:
            return {
                (row.what, row.url.rsplit("/", 1)[-1]): (row.outcome, row.reason)
                for row in session.scalars(
                    select(CrawlErrorRow).where(CrawlErrorRow.crawl_id == summary.crawl_id)
                )
            }

    return of


@pytest.fixture
def seen(database):
    """The bytes of each image that was sighted, and whether it is gone."""

    def of():
        with database.reading() as session:
            rows = session.execute(
                select(ImageRow.byte_size, SightingRow.gone_at)
                .join(SightingRow, SightingRow.image_id == ImageRow.image_id)
                .order_by(ImageRow.image_id)
            )
            return [(size, gone_at is not None) for size, gone_at in rows]

    return of


def test_the_beginning_of_a_video_that_is_too_large_is_read_and_kept(
    database, practice_site, add_site, crawl, register, rows_of, seen, long, photos, vigil
):
    register(photos[0])
    register(photos[1])
    practice_site.write("/a.mp4", index_first(long), "video/mp4")
    practice_site.write("/", b"<video src=a.mp4></video>")
    add_site("long", practice_site.url("/"))
    address = practice_site.url("/a.mp4")

    first = crawl("long", **ONE_MB)

    assert (first.state, first.hashed, first.flagged, first.failed) == ("finished", 1, 1, 0)
    assert set(flagged_addresses(database)) == {address}
    outcome, reason = rows_of(first)["image", "a.mp4"]
    assert outcome == "hashed"
    assert "the first 1 of 2 MB (VIGIL_MAX_VIDEO_MB)" in reason
    assert rows_of(first)["videos", ""][1].endswith("only the beginning was read: 1.")
    assert f"crawls show {first.crawl_id} --errors" in vigil("crawls", "show", 1).stdout
    with database.reading() as session:
        (image,) = session.scalars(select(ImageRow)).all()
    assert image.byte_size == MB
    for known in (index_first(long), index_first(long)[:MB]):
        assert image.sha256 != hashlib.sha256(known).hexdigest()

    second = crawl("long", **ONE_MB)  # it has not changed, and is not sent again

    assert (second.hashed, second.unchanged, second.flagged) == (0, 1, 0)
    assert rows_of(second) == {}
    assert "--errors" not in vigil("crawls", "show", second.crawl_id).stdout

    third = crawl("long", VIGIL_MAX_VIDEO_MB="9", VIGIL_MAX_IMAGE_MB="1")  # all of it is wanted now

    assert (third.hashed, third.flagged) == (1, 2)
    assert rows_of(third) == {}
    fourth = crawl("long", VIGIL_MAX_VIDEO_MB="9", VIGIL_MAX_IMAGE_MB="1")
    assert (fourth.hashed, fourth.unchanged) == (0, 1)
    assert practice_site.requested("/a.mp4") == 4
    assert [gone for _, gone in seen()] == [False, False]  # its beginning is there as well


def test_the_same_beginning_is_one_image_and_no_file_of_those_that_are_registered(
    database, practice_site, add_site, crawl, register, rows_of, long, tmp_path
):
    begins = index_first(long)[:MB]
    file = tmp_path / "begins.mp4"
    file.write_bytes(begins)
    register(file)
    practice_site.write("/a.mp4", index_first(long), "video/mp4")
    practice_site.write("/b", begins + bytes(MB // 2), "application/octet-stream")
    practice_site.write("/", b"<video src=a.mp4></video><video src=b></video>")
    add_site("long", practice_site.url("/"))

    summary = crawl("long", **ONE_MB)

    assert (summary.hashed + summary.duplicate, summary.flagged) == (2, 1)
    assert {name for _, name in rows_of(summary)} == {"a.mp4", "b", ""}
    with database.reading() as session:
        assert len(session.scalars(select(ImageRow)).all()) == 1
        evidence = set(session.scalars(select(EvidenceRow.type)))
    assert evidence == {
        "pdq",
        "phash",
    }  # its frames agree, and that it is the same file is not said


def test_a_part_of_a_video_makes_nothing_of_it_gone(
    add_site, crawl, register, seen, long, photos, vigil
):
    register(photos[1])  # which stands at its end
    film = index_first(long)
    with PracticeSite(validators=False) as site:
        site.write("/a.mp4", film, "video/mp4")
        site.write("/", b"<video src=a.mp4></video>")
        add_site("long", site.url("/"))
        hosts = {"VIGIL_PRACTICE_HOSTS": site.host}
        nine = {"VIGIL_MAX_VIDEO_MB": "9", "VIGIL_MAX_IMAGE_MB": "1"}

        crawl("long", **hosts, **nine)
        crawl("long", **hosts, **ONE_MB)
        assert seen() == [(len(film), False), (MB, False)]
        assert "gone" not in vigil("match", "list").stdout
        crawl("long", **hosts, **nine)

    assert seen() == [(len(film), False), (MB, False)]


def test_what_a_body_is_is_not_judged_by_its_first_bytes(
    practice_site, add_site, crawl, rows_of, long, raw
):
    film = padded(index_first(long), 3 * MB + 1000)

    def slowly(head):
        yield b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n" + head
        yield b"Content-Length: %d\r\n\r\n" % len(film) + film[:9]
        time.sleep(0.3)
        yield film[9:]

    raw.answers["/plain"] = lambda: slowly(b"Content-Encoding: Identity\r\n")
    raw.answers["/none"] = lambda: slowly(b"Content-Encoding: none\r\n")
    packed = b"Content-Encoding: identity\r\nContent-Encoding: br\r\n"
    raw.answers["/packed"] = lambda: slowly(packed)
    names = ("plain", "none", "packed")
    videos = "".join(f'<video src="{raw.url(f"/{name}")}"></video>' for name in names)
    practice_site.write("/", videos.encode())
    add_site("slow", practice_site.url("/"))

    hosts = f"{practice_site.host},{raw.host}"
    summary = crawl("slow", VIGIL_PRACTICE_HOSTS=hosts, **ONE_MB)

    assert (summary.hashed + summary.duplicate, summary.failed) == (2, 1)
    assert "the first 1 of 4 MB" in rows_of(summary)["image", "plain"][1]
    assert "larger than" in rows_of(summary)["image", "packed"][1]


def test_a_video_that_is_too_slow_to_be_read_further_is_what_is_known_of_it(
    practice_site, add_site, crawl, rows_of, seen, long, raw
):
    film = index_first(long)

    def answer():
        if b"If-None-Match" in raw.asked[-1][1]:
            yield b'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\nConnection: close\r\n\r\n'
            return
        yield HEAD + b'ETag: "x"\r\nContent-Length: %d\r\n\r\n' % len(film) + film[: MB + 9]
        time.sleep(3)  # and is given a second

    raw.answers["/a.mp4"] = answer
    practice_site.write("/", f'<video src="{raw.url("/a.mp4")}"></video>'.encode())
    add_site("slow", practice_site.url("/"))
    hosts = {"VIGIL_PRACTICE_HOSTS": f"{practice_site.host},{raw.host}"}
    crawl("slow", **hosts, **ONE_MB)

    raised = {"VIGIL_MAX_VIDEO_MB": "9", "VIGIL_MAX_IMAGE_MB": "1", "VIGIL_ANSWER_SECONDS": "1"}
    summary = crawl("slow", **hosts, **raised)

    assert (summary.unchanged, summary.failed) == (1, 0)
    assert "No more of it could be read" in rows_of(summary)["image", "a.mp4"][1]
    assert seen() == [(MB, False)]


def test_a_large_video_that_breaks_off_is_asked_for_again(
    practice_site, add_site, crawl, rows_of, long, raw
):
    film = index_first(long)

    def answer():
        yield HEAD + b"Content-Length: %d\r\n\r\n" % len(film)
        times = [path for path, _ in raw.asked].count("/a.mp4")
        yield film if times > 1 else film[: MB // 2]

    raw.answers["/a.mp4"] = answer
    practice_site.write("/", f'<video src="{raw.url("/a.mp4")}"></video>'.encode())
    add_site("breaks", practice_site.url("/"))
    hosts = {"VIGIL_PRACTICE_HOSTS": f"{practice_site.host},{raw.host}"}

    summary = crawl("breaks", **hosts, **ONE_MB)

    assert (summary.hashed, summary.failed) == (1, 0)
    assert "the first 1 of 2 MB" in rows_of(summary)["image", "a.mp4"][1]


def test_a_video_that_breaks_off_where_it_is_read_further_is_what_is_known_of_it(
    practice_site, add_site, crawl, rows_of, seen, long, raw
):
    film = padded(index_first(long), 4 * MB)

    def answer():
        if b"If-None-Match" in raw.asked[-1][1]:
            yield b'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\nConnection: close\r\n\r\n'
            return
        yield HEAD + b'ETag: "x"\r\nContent-Length: %d\r\n\r\n' % len(film) + film[: MB + 9]

    raw.answers["/a.mp4"] = answer
    practice_site.write("/", f'<video src="{raw.url("/a.mp4")}"></video>'.encode())
    add_site("breaks", practice_site.url("/"))
    hosts = {"VIGIL_PRACTICE_HOSTS": f"{practice_site.host},{raw.host}"}
    crawl("breaks", **hosts, **ONE_MB)

    raised = {"VIGIL_MAX_VIDEO_MB": "3", "VIGIL_MAX_IMAGE_MB": "1"}  # and is too small for all
    summary = crawl("breaks", **hosts, **raised)

    assert (summary.unchanged, summary.failed) == (1, 0)
    assert "No more of it could be read" in rows_of(summary)["image", "a.mp4"][1]
    assert seen() == [(MB, False)]


def test_an_index_behind_what_is_read_is_named_at_once(
    practice_site, add_site, crawl, rows_of, long
):
    practice_site.write_lazy("/a.mp4", lambda: padded(long, 60 * MB), "video/mp4")
    listed = playlist(["a.mp4?streamed"]).encode()
    practice_site.write_lazy("/a.mp4?streamed", lambda: padded(long, 60 * MB), "video/mp4")
    practice_site.write("/s.m3u8", listed, "application/vnd.apple.mpegurl")
    practice_site.write("/", b"<video src=a.mp4></video><video src=s.m3u8></video>")
    add_site("long", practice_site.url("/"))

    summary = crawl("long", **ONE_MB)

    assert (summary.state, summary.undecodable, summary.failed) == ("finished", 2, 0)
    for name in ("a.mp4", "s.m3u8"):
        outcome, reason = rows_of(summary)["image", name]
        assert outcome == "undecodable"
        assert "index does not lie within the first 1 of 60 MB" in reason


def test_what_has_no_end_and_no_picture_is_said_to_be_a_part(
    practice_site, add_site, crawl, rows_of, raw
):
    begins = HEAD + b'ETag: "x"\r\n\r\n\x1a\x45\xdf\xa3webm'
    raw.answers["/a.webm"] = lambda: at_length(begins, bytes(65536))
    practice_site.write("/", f'<video src="{raw.url("/a.webm")}"></video>'.encode())
    add_site("endless", practice_site.url("/"))

    hosts = f"{practice_site.host},{raw.host}"
    summary = crawl("endless", VIGIL_PRACTICE_HOSTS=hosts, **ONE_MB)

    assert (summary.state, summary.undecodable, summary.unfinished) == ("finished", 1, 0)
    assert "it is read in part: the first 1 MB" in rows_of(summary)["image", "a.webm"][1]
    assert raw.sent < 32 * MB  # what fits into the sockets' buffers, and no more

    # More of it may show something, once the limit is raised: so it is asked for anew.
    again = crawl("endless", VIGIL_PRACTICE_HOSTS=hosts, VIGIL_MAX_VIDEO_MB="2")
    assert again.undecodable == 1
    assert b"If-None-Match" not in raw.asked[-1][1]


def send(url, limit):
    """Ask for what may be more than an image, as a crawl does."""

    async def run():
        transfer = Transfer([url.split("/")[2]], at_once=8)
        meta = {"download_maxsize": MB, "download_timeout": 20.0, BODY_LIMIT: limit}
        try:
            return await transfer.send(Request(url, meta=meta))
        finally:
            await transfer.close()

    return asyncio.run(run())


WEBM = b"\x1a\x45\xdf\xa3webm"
JPEG = b"\xff\xd8\xff\xe0" + bytes(5000)
BREAKS_OFF = {  # type, what comes of 90 MB before it breaks, and whether more may come next time
    "a video": (b"video/webm", WEBM + bytes(5000), True),
    "a video of no type": (b"application/octet-stream", WEBM + bytes(5000), True),
    "a video of few bytes": (b"application/octet-stream", WEBM, True),
    "a video of no bytes": (b"video/webm", b"", True),
    "anything of no bytes": (b"application/octet-stream", b"", True),
    "a packed video": (b"video/webm\r\nContent-Encoding: br", WEBM + bytes(5000), False),
    "a packed video of no bytes": (b"video/webm\r\nContent-Encoding: br", b"", False),
    "a picture": (b"image/jpeg", JPEG, False),
    "a picture that is called a video": (b"video/webm", JPEG, False),
    "an archive": (b"application/zip", b"PK\3\4" + bytes(5000), False),
    "an archive of few bytes": (b"application/octet-stream", b"PK\3\4", False),
    "an archive of no bytes": (b"application/zip", b"", False),
}


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("what", BREAKS_OFF)
def test_what_breaks_off_is_too_large_only_if_no_part_of_it_is_wanted(what, raw):
    content_type, body, wanted = BREAKS_OFF[what]
    head = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 94371840\r\n"
    raw.answers["/a"] = head + b"Content-Type: " + content_type + b"\r\n\r\n" + body

    with pytest.raises(ResponseDataLossError if wanted else DownloadCancelledError):
        send(raw.url("/a"), BodyLimit(video=9 * MB, archive=9 * MB))
    if not body:
        with pytest.raises(DownloadCancelledError):  # there is no place for a video
            send(raw.url("/a"), BodyLimit())


@pytest.mark.usefixtures("database")
def test_what_was_read_is_let_go_where_the_rest_does_not_come(raw):
    begins = HEAD + b"Content-Length: 99999999\r\n\r\n" + WEBM
    raw.answers["/a.webm"] = lambda: iter([begins, *[ZERO] * 24])

    tracemalloc.start()
    try:
        with pytest.raises(ResponseDataLossError) as kept:
            send(raw.url("/a.webm"), BodyLimit(video=99 * MB))
        assert tracemalloc.get_traced_memory()[0] < 8 * MB
        assert kept.value.__traceback__ is not None
    finally:
        tracemalloc.stop()
