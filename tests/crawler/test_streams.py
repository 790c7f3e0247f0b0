"""Streamed videos of which not everything comes at once, and when they are looked at again."""

import asyncio
import time

import aiohttp
import pytest
from scrapy.http import Response

from pipelines.reasons import FailedRequest
from pipelines.streams import join_stream
from tests.crawler.made_videos import clip, playlist
from tests.crawler.test_where_pictures_hide import flagged_addresses

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


def test_a_stream_that_takes_too_long_is_what_has_come_of_it(practice_site):
    practice_site.write("/0.ts", b"first", "video/mp2t")
    practice_site.hang("/1.ts")
    told = []

    async def join(*names):
        async with aiohttp.ClientSession() as session:

            async def get(url, _limit):
                async with session.get(url) as answer:
                    return Response(url, answer.status, body=await answer.read())

            return await join_stream(
                get,
                practice_site.url("/s.m3u8"),
                playlist(list(names)).encode(),
                1_000_000,
                lambda url, reason: told.append((url, reason)),
                seconds=0.3,
            )

    began = time.monotonic()
    joined = asyncio.run(join("0.ts", "1.ts", "2.ts"))

    assert time.monotonic() - began < 5
    assert (joined.video, joined.whole) == (b"first", False)
    assert "did not all come" in dict(told)[practice_site.url("/s.m3u8")]
    with pytest.raises(FailedRequest, match="did not all come"):
        asyncio.run(join("1.ts"))
