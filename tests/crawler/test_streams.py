"""Streamed videos of which not everything comes at once, and when they are looked at again."""

import asyncio
import itertools
import time
import tracemalloc

import aiohttp
import pytest
from scrapy.exceptions import DownloadCancelledError
from scrapy.http import Response

from pipelines.reasons import FailedRequest
from pipelines.streams import coarse_to_fine, join_stream
from practice.sites import PracticeSite
from storage import crawls
from tests.crawler.made_videos import clip, playlist
from tests.crawler.test_where_pictures_hide import flagged_addresses

MB = 1024 * 1024
HLS = "application/vnd.apple.mpegurl"
ONLY_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"])


def piece(photo):
    return clip([photo], kind="mpegts", codec="mpeg2video")


@ONLY_SQLITE
def test_a_stream_of_which_a_piece_was_missing_is_fetched_again(
    database, practice_site, add_site, crawl, register, photos
):
    register(photos[1])
    practice_site.write("/0.ts", piece(photos[0]), "video/mp2t")
    practice_site.drop("/1.ts")
    practice_site.write("/s.m3u8", playlist(["0.ts", "1.ts"]).encode(), HLS)
    practice_site.write("/", b"<video src=s.m3u8></video>")
    add_site("stream", practice_site.url("/"))

    first = crawl("stream")
    assert (first.hashed, first.flagged) == (1, 0)
    practice_site.write("/1.ts", piece(photos[1]), "video/mp2t")
    second = crawl("stream")

    assert set(flagged_addresses(database)) == {practice_site.url("/s.m3u8")}
    third = crawl("stream")  # all of it is known now
    assert (second.hashed, third.hashed, third.unchanged) == (1, 0, 1)


@ONLY_SQLITE
def test_pieces_that_are_gone_for_good_are_not_waited_for(
    database, practice_site, add_site, crawl, register, photos
):
    register(photos[1])
    practice_site.write("/40.ts", piece(photos[1]), "video/mp2t")
    practice_site.gone("/0.ts")
    practice_site.write("/41.ts", piece(photos[0]), "video/mp2t")
    practice_site.write("/42.ts", piece(photos[2]), "video/mp2t")
    names = ["0.ts", "3.ts", "40.ts", "41.ts", "42.ts"]  # the first is gone, the second not found
    practice_site.write("/s.m3u8", playlist(names).encode(), HLS)
    practice_site.write("/", b"<video src=s.m3u8></video>")
    add_site("stream", practice_site.url("/"))

    first, second = crawl("stream"), crawl("stream")

    assert set(flagged_addresses(database)) == {practice_site.url("/s.m3u8")}
    assert (first.hashed, second.hashed, second.unchanged) == (1, 0, 1)
    assert practice_site.requested("/40.ts") == practice_site.requested("/3.ts") == 1


@ONLY_SQLITE
def test_a_stream_in_one_file_that_is_too_large_is_read_in_part(
    database, practice_site, add_site, crawl, register, photos
):
    register(photos[0])
    film = clip([photos[0], *photos[2:], *photos[2:]], kind="mpegts", codec="mpeg2video", rate=9000)
    practice_site.write("/all.ts", film, "video/mp2t")
    parts = "".join(f"#EXTINF:4,\n#EXT-X-BYTERANGE:9@{n}\nall.ts\n" for n in range(9))
    practice_site.write("/s.m3u8", f"#EXTM3U\n{parts}".encode(), HLS)
    practice_site.write("/", b"<video src=s.m3u8></video>")
    add_site("stream", practice_site.url("/"))

    summary = crawl("stream", VIGIL_MAX_VIDEO_MB="1", VIGIL_MAX_IMAGE_MB="1")

    assert set(flagged_addresses(database)) == {practice_site.url("/s.m3u8")}
    assert summary.hashed == 1
    with database.reading() as session:
        (told,) = [
            row.reason for row in crawls.errors(session, summary.crawl_id) if "m3u8" in row.url
        ]
    assert "the first 1 of 3 MB" in told

    # What is read of an image is read of a video, too.
    whole, again = (crawl("stream", VIGIL_MAX_VIDEO_MB="1") for _ in range(2))

    assert (whole.hashed, again.hashed, again.unchanged) == (1, 0, 1)
    assert practice_site.requested("/all.ts") == 2


@ONLY_SQLITE
def test_what_a_missing_piece_shows_is_not_gone(add_site, crawl, register, photos, vigil):
    register(photos[1])
    with PracticeSite(validators=False) as site:
        for number in range(3):
            site.write(f"/{number}.ts", piece(photos[number]), "video/mp2t")
        site.write("/s.m3u8", playlist(["0.ts", "1.ts", "2.ts"]).encode(), HLS)
        site.write("/", b"<video src=s.m3u8></video>")
        add_site("stream", site.url("/"))
        first = crawl("stream", VIGIL_PRACTICE_HOSTS=site.host)
        site.write("/1.ts", b"busy", status=500)
        second = crawl("stream", VIGIL_PRACTICE_HOSTS=site.host)

    assert (first.flagged, second.hashed, second.flagged) == (1, 1, 0)
    assert "gone" not in vigil("match", "list").stdout


@ONLY_SQLITE
@pytest.mark.parametrize("status", [404, 410])
def test_what_was_seen_in_a_piece_is_gone_only_once_the_stream_is_whole_without_it(
    status, add_site, crawl, register, photos, vigil
):
    register(photos[1])
    with PracticeSite(validators=False) as site:
        for number in range(3):
            site.write(f"/{number}.ts", piece(photos[number]), "video/mp2t")
        site.write("/s.m3u8", playlist(["0.ts", "1.ts", "2.ts"]).encode(), HLS)
        site.write("/", b"<video src=s.m3u8></video>")
        add_site("stream", site.url("/"))
        hosts = {"VIGIL_PRACTICE_HOSTS": site.host}
        first = crawl("stream", **hosts)
        site.write("/1.ts", b"no", status=status)
        second = crawl("stream", **hosts)

        assert (first.flagged, second.hashed, second.flagged) == (1, 1, 0)
        assert "gone" not in vigil("match", "list").stdout

        site.write("/s.m3u8", playlist(["0.ts", "2.ts"]).encode(), HLS)
        crawl("stream", **hosts)

    assert "gone" in vigil("match", "list").stdout


@ONLY_SQLITE
def test_a_piece_that_is_gone_takes_nothing_with_it_from_a_site_that_is_asked_conditionally(
    practice_site, add_site, crawl, register, photos, vigil
):
    register(photos[1])
    for number in range(3):
        practice_site.write(f"/{number}.ts", piece(photos[number]), "video/mp2t")
    practice_site.write("/s.m3u8", playlist(["0.ts", "1.ts", "2.ts"]).encode(), HLS)
    practice_site.write("/", b"<video src=s.m3u8></video>")
    add_site("stream", practice_site.url("/"))
    crawl("stream")
    practice_site.remove("/1.ts")
    written_anew = playlist(["0.ts", "1.ts", "2.ts"], "#EXT-X-TARGETDURATION:1\n")
    practice_site.write("/s.m3u8", written_anew.encode(), HLS)

    second, third = crawl("stream"), crawl("stream")

    assert (second.hashed, third.hashed, third.unchanged) == (1, 0, 1)  # it is not waited for
    assert practice_site.requested("/1.ts") == 2
    assert "gone" not in vigil("match", "list").stdout


@ONLY_SQLITE
def test_a_stream_of_which_nothing_comes_that_shows_something_has_failed(
    practice_site, add_site, crawl
):
    practice_site.write("/start.mp4", b"\0\0\0\x18ftypisom" + bytes(200), "video/mp4")
    begins = '#EXT-X-MAP:URI="start.mp4"\n'
    practice_site.write("/start.m3u8", playlist(["1.m4s", "2.m4s"], begins).encode(), HLS)
    practice_site.write("/none.m3u8", playlist(["1.ts"]).encode(), HLS)
    practice_site.write("/", b"<video src=start.m3u8></video><video src=none.m3u8></video>")
    add_site("stream", practice_site.url("/"))

    summary = crawl("stream")

    assert (summary.state, summary.references) == ("finished", 2)
    assert (summary.failed, summary.undecodable) == (2, 0)


@ONLY_SQLITE
def test_one_stream_is_put_together_at_a_time_whatever_it_is_called(
    database, practice_site, add_site, crawl, register, photos
):
    for number in range(2):
        register(photos[number])
        names = [f"/{number}/{part}.ts" for part in range(3)]
        for part, name in enumerate(names):
            practice_site.write(name, piece(photos[(number + part) % 3]), "video/mp2t")
            practice_site.slow(name, 0.1)
        practice_site.write(f"/play/{number}", playlist(names).encode(), HLS)
    practice_site.write("/", b"<video src=play/0></video><video src=play/1></video>")
    add_site("stream", practice_site.url("/"))

    summary = crawl("stream")

    assert (summary.hashed, summary.unfinished) == (2, 0)
    at = {practice_site.url("/play/0"), practice_site.url("/play/1")}
    assert set(flagged_addresses(database)) == at
    of = [path[1] for _, path, _ in practice_site.requests if path.endswith(".ts")]
    assert of in (["0"] * 3 + ["1"] * 3, ["1"] * 3 + ["0"] * 3)


@pytest.fixture
def join(practice_site):
    """Join pieces of the site as a crawl does; return what came, and what was said."""

    def do(*names, most=1_000_000, seconds=5.0):
        told = []

        async def run():
            async with aiohttp.ClientSession() as session:

                async def get(url, limit, _in_part):
                    async with session.get(url) as answer:
                        body = await answer.read()
                        if len(body) > limit:
                            raise DownloadCancelledError
                        return Response(url, answer.status, body=body)

                at, listed = practice_site.url("/s.m3u8"), playlist(list(names)).encode()
                note = lambda url, reason: told.append((url, reason))  # noqa: E731
                return await join_stream(get, at, listed, most, note, seconds=seconds)

        return asyncio.run(run()), dict(told)

    return do


def test_a_stream_that_takes_too_long_is_what_has_come_of_it(practice_site, join):
    practice_site.write("/0.ts", b"first", "video/mp2t")
    practice_site.hang("/1.ts")

    began = time.monotonic()
    joined, told = join("0.ts", "1.ts", "2.ts", seconds=0.3)

    assert time.monotonic() - began < 5
    assert (joined.video, joined.whole, joined.again) == (b"first", False, True)
    assert "did not all come" in told[practice_site.url("/s.m3u8")]
    assert "1 of 3 came" in told[practice_site.url("/s.m3u8")]
    with pytest.raises(FailedRequest, match="did not all come"):
        join("1.ts", seconds=0.3)


def test_what_comes_of_a_slow_stream_is_spread_over_all_of_it(practice_site, join):
    names = [f"{number}.ts" for number in range(60)]
    for number, name in enumerate(names):
        practice_site.write(name, b"%d," % number, "video/mp2t")
        practice_site.slow(name, 0.05)

    joined, _ = join(*names, seconds=0.6)

    came = [int(number) for number in joined.video.split(b",")[:-1]]
    assert 6 <= len(came) <= 12
    assert came == sorted(came)  # joined in order of time, though they came in another
    largest_gap = max(later - one for one, later in itertools.pairwise([*came, 60]))
    assert largest_gap <= 16


def test_there_is_room_for_pieces_of_all_of_a_large_stream(practice_site, join):
    names = [f"{number}.ts" for number in range(32)]
    for number, name in enumerate(names):
        practice_site.write(name, bytes([number]) * 100, "video/mp2t")

    joined, told = join(*names, most=450)

    assert [*dict.fromkeys(joined.video)] == [0, 8, 16, 24]
    assert (joined.whole, joined.again) == (False, True)  # there may be more room the next time
    assert "4 of 32 came" in told[practice_site.url("/s.m3u8")]
    assert join(*names)[0].video == b"".join(bytes([number]) * 100 for number in range(32))


def test_a_stream_whose_half_is_gone_is_its_other_half(practice_site, join):
    names = [f"{number}.ts" for number in range(40)]
    for number, name in enumerate(names[20:]):
        practice_site.write(name, b"%d," % (20 + number), "video/mp2t")

    joined, told = join(*names)

    assert joined.video == b"".join(b"%d," % number for number in range(20, 40))
    assert (joined.whole, joined.again) == (False, True)  # it may have them back the next time
    fewer_are_gone, _ = join(*names[17:])
    assert (fewer_are_gone.whole, fewer_are_gone.again) == (False, False)
    none_is_gone, _ = join(*names[20:])
    assert (none_is_gone.whole, none_is_gone.again) == (True, False)
    assert len(told) == 20
    with pytest.raises(FailedRequest, match="404"):
        join(*names[:20])
    assert sum(practice_site.requested(f"/{name}") for name in names[:20]) == 20 + 3 + 6


def test_a_stream_without_a_byte_is_not_said_to_be_too_large(practice_site, join):
    practice_site.write("/0.ts", b"", "video/mp2t")
    with pytest.raises(FailedRequest, match="are empty"):
        join("0.ts", "0.ts?1")
    practice_site.write("/1.ts", b"film", "video/mp2t")
    joined, _ = join("0.ts", "1.ts")
    assert (joined.video, joined.whole, joined.again) == (b"film", False, False)


def joined_of(pieces, limits, most=256 * MB):
    async def get(url, limit, _in_part):
        limits.append(limit)
        body = pieces.get(url.rsplit("/", 1)[-1])
        if body is None:
            raise DownloadCancelledError
        return Response(url, 200, body=body)

    listed = playlist(list(pieces)).encode()
    return asyncio.run(join_stream(get, "http://s/", listed, most, lambda *_: None))


def test_no_piece_of_a_stream_is_twice_in_memory_that_is_too_large_for_it():
    film: bytes = bytes(1000)
    limits: list[int] = []
    assert joined_of({"0.ts": film}, limits).video is film
    joined_of({"0.ts": film, "1.ts": film}, limits)
    assert limits == [256 * MB, 160 * MB, 160 * MB]


def test_what_came_of_a_stream_is_let_go_where_it_fails():
    tracemalloc.start()
    try:
        listed = b'#EXTM3U\n#EXT-X-MAP:URI="0.ts"\n#EXTINF:1,\n1.ts\n'

        async def get(url, _limit, _in_part):
            if url.endswith("1.ts"):
                raise DownloadCancelledError
            return Response(url, 200, body=bytes(32 * MB))

        with pytest.raises(FailedRequest, match="fits the limit") as kept:
            asyncio.run(join_stream(get, "http://s/", listed, 256 * MB, lambda *_: None))
        assert tracemalloc.get_traced_memory()[0] < 8 * MB
        assert kept.value.__traceback__ is not None
    finally:
        tracemalloc.stop()


def test_each_piece_is_asked_for_once():
    for count in range(70):
        assert sorted(coarse_to_fine(count)) == list(range(count))
