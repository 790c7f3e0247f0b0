"""Real crawls of sites on which registered pictures lie within videos and archives."""

import io
import json
import tarfile
import zipfile
from collections import Counter

import pytest
from PIL import Image
from sqlalchemy import select

from domain.site import Render
from storage.tables import CrawlErrorRow
from tests.crawler.made_videos import clip, padded, playlist, variants
from tests.crawler.test_where_pictures_hide import Way, feed, flagged_addresses, in_folder

MB = 1024 * 1024
HLS = "application/vnd.apple.mpegurl"
ONLY_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"])


def saved(photo, quality=80):
    with Image.open(photo) as picture:
        out = io.BytesIO()
        picture.convert("RGB").resize((320, 240)).save(out, "JPEG", quality=quality)
    return out.getvalue()


def zipped(files, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, body in files:
            archive.writestr(zipfile.ZipInfo(name), body)
    return out.getvalue()


def tarred(files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, body in files:
            entry = tarfile.TarInfo(name)
            entry.size = len(body)
            archive.addfile(entry, io.BytesIO(body))
    return out.getvalue()


def reasons(database):
    """Return what went wrong, by address."""
    with database.reading() as session:
        rows = session.execute(select(CrawlErrorRow.url, CrawlErrorRow.reason)).all()
    return dict(rows)


VIDEO = "video/mp4"
VIDEOS = {
    "video-src": Way("<video src=x.mp4></video>", picture="x.mp4", picture_type=VIDEO),
    "video-any-name": Way("<video src=v?9></video>", picture="v?9", picture_type=VIDEO),
    "video-lazy": Way("<video data-src=v/9></video>", picture="v/9", picture_type=VIDEO),
    "source": Way("<video><source src=v type=video/mp4></video>", picture="v", picture_type=VIDEO),
    "link": Way("<a href=x.mp4>see</a>", picture="x.mp4", picture_type=VIDEO),
    "link-any-name": Way("<a href=get/9>see</a>", picture="get/9", picture_type=VIDEO),
    "octet-stream": Way(
        "<a href=get/9>see</a>", picture="get/9", picture_type="application/octet-stream"
    ),
    "og-video": Way("<meta property=og:video content=x.mp4>", picture="x.mp4", picture_type=VIDEO),
    "json-ld": Way(
        '<script type=application/ld+json>{"@type":"VideoObject","contentUrl":"x.mp4"}</script>',
        picture="x.mp4",
        picture_type=VIDEO,
    ),
    "script": Way("<script>play({file: 'x.mp4'})</script>", picture="x.mp4", picture_type=VIDEO),
    "comment": Way("<!-- <video src='x.mp4'> -->", picture="x.mp4", picture_type=VIDEO),
}
enclosed = feed("<enclosure url='x?n=1' type='video/mp4' length='1'/>")
enclosed.picture, enclosed.picture_type = "x?n=1", VIDEO
VIDEOS["enclosure"] = enclosed


@ONLY_SQLITE
def test_a_video_is_flagged_wherever_it_stands(
    database, practice_site, add_site, crawl, register, photos
):
    register(photos[1])
    for number, (name, way) in enumerate(VIDEOS.items()):
        site = practice_site
        site.write(f"/{name}/", way.start.encode(), "text/html")
        for path, (body, kind) in way.pages.items():
            site.write(in_folder(name, path), body.encode(), kind)
        body = clip([photos[0], photos[1], photos[2]], rate=300 + 10 * number)
        site.write(in_folder(name, way.picture), body, way.picture_type)
    add_site("videos", *(practice_site.url(f"/{name}/") for name in VIDEOS), rate=500.0)

    summary = crawl("videos")

    assert (summary.state, summary.unfinished) == ("finished", 0)
    assert set(VIDEOS) == {address.split("/")[3] for address in flagged_addresses(database)}
    for name, way in VIDEOS.items():
        assert practice_site.requested(in_folder(name, way.picture)) == 1, name


@ONLY_SQLITE
def test_a_streamed_video_is_put_together(
    database, practice_site, add_site, crawl, register, photos
):
    register(photos[1])
    write = practice_site.write
    for number, shown in enumerate((photos[0], photos[1], photos[2])):
        write(f"/low/{number}.ts", clip([shown], kind="mpegts", codec="mpeg2video"), "video/mp2t")
    write("/s/high.m3u8", playlist(["h0.ts"]).encode(), HLS)
    write("/s/low.m3u8", playlist([f"../low/{n}.ts" for n in (0, 1, 7, 2)]).encode(), HLS)
    listed = variants(("high.m3u8", 1080, 9_000_000), ("low.m3u8", 480, 900_000))
    write("/s/all.m3u8", listed.encode(), HLS)
    locked = playlist(["k.ts"], '#EXT-X-KEY:METHOD=AES-128,URI="k"\n')
    write("/s/locked.m3u8", locked.encode(), HLS)
    write("/", b"<video src=/s/all.m3u8></video><a href=/s/locked.m3u8>locked</a>")
    add_site("stream", practice_site.url("/"))

    summary = crawl("stream")

    assert set(flagged_addresses(database)) == {practice_site.url("/s/all.m3u8")}
    assert (summary.hashed, summary.undecodable, summary.unfinished) == (1, 1, 0)
    assert practice_site.requested("/s/high.m3u8") == practice_site.requested("/s/k.ts") == 0
    told = reasons(database)
    assert "404" in told[practice_site.url("/low/7.ts")]
    assert "encrypted" in told[practice_site.url("/s/locked.m3u8")]


@ONLY_SQLITE
def test_each_picture_in_an_archive_is_flagged_by_its_name(
    database, practice_site, add_site, crawl, register, photos
):
    register(photos[0])
    register(photos[1])
    files = [("a/1.jpg", saved(photos[0])), ("ü #2.jpg", saved(photos[1])), ("3.jpg", b"\xff\xd8")]
    practice_site.write("/c.zip", zipped([*files, ("read.me", b"words")]), "text/plain")
    files = [("a/1.jpg", saved(photos[0], 60)), ("2.jpg", saved(photos[1], 60))]
    practice_site.write("/d.tar.gz", tarred(files), "application/octet-stream")
    practice_site.write("/", b"<a href=c.zip>all of them</a> <a href=d.tar.gz>more</a>")
    add_site("archive", practice_site.url("/"))
    at = practice_site.url

    summary = crawl("archive")

    names = ("/c.zip#a/1.jpg", "/c.zip#%C3%BC%20%232.jpg", "/d.tar.gz#a/1.jpg", "/d.tar.gz#2.jpg")
    assert flagged_addresses(database) == {at(name): (at("/"), None) for name in names}
    assert (summary.state, summary.unfinished, summary.flagged) == ("finished", 0, 4)
    assert practice_site.requested("/c.zip") == practice_site.requested("/d.tar.gz") == 1


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_what_lies_in_an_archive_is_there_as_long_as_the_archive_has_it(
    database, practice_site, add_site, crawl, register, photos
):
    register(photos[0])
    files = [("1.jpg", saved(photos[0], 80)), ("2.jpg", saved(photos[0], 70))]
    practice_site.write("/c.zip", zipped(files), "application/zip")
    practice_site.write("/", b"<a href=c.zip>all of them</a>")
    practice_site.write("/too", b"<a href=c.zip>here, too</a><a href=/>back</a>")
    add_site("archive", practice_site.url("/"), practice_site.url("/too"))
    at = practice_site.url
    both = {at("/c.zip#1.jpg"), at("/c.zip#2.jpg")}

    first = crawl("archive")
    assert set(flagged_addresses(database)) == both
    assert (first.references, first.unfinished) == (6, 0)  # the archive and two files, twice

    second = crawl("archive")  # it has not changed, and is not sent again
    assert set(flagged_addresses(database)) == both
    assert (second.references, second.hashed, second.unfinished) == (6, 0, 0)
    assert practice_site.requested("/c.zip") == 2

    practice_site.write("/c.zip", zipped(files[1:]), "application/zip")
    crawl("archive")
    assert set(flagged_addresses(database)) == {at("/c.zip#2.jpg")}

    practice_site.gone("/c.zip")
    crawl("archive")
    assert flagged_addresses(database) == {}


@ONLY_SQLITE
def test_an_archive_that_nobody_calls_one_is_opened_too(
    database, practice_site, add_site, crawl, register, photos
):
    register(photos[0])
    practice_site.write("/get/1", zipped([("1.jpg", saved(photos[0]))]), "text/plain")
    large = zipped([("2.jpg", saved(photos[0], 70)), ("fill", bytes(17 * MB))], zipfile.ZIP_STORED)
    practice_site.write("/get/2", large, "application/x-download")
    practice_site.write("/", b"<a href=get/1>one</a> <a href=get/2>two</a>")
    add_site("archive", practice_site.url("/"))

    summary = crawl("archive")

    assert set(flagged_addresses(database)) == {
        practice_site.url("/get/1#1.jpg"),
        practice_site.url("/get/2#2.jpg"),
    }
    assert (summary.pages_failed, summary.unfinished) == (0, 0)
    assert practice_site.requested("/get/1") == 1  # once, as a page


@ONLY_SQLITE
def test_how_large_what_comes_may_be_depends_on_what_it_is(
    database, practice_site, add_site, crawl, register, photos
):
    register(photos[0])
    video = padded(clip([photos[0]]), 3 * MB)
    archive = zipped([("1.jpg", saved(photos[0])), ("fill", bytes(3 * MB))], zipfile.ZIP_STORED)
    for name, body, kind in [
        ("/named.mp4", video, "video/mp4"),
        ("/unnamed.jpg", padded(clip([photos[0]], rate=500), 3 * MB), "image/jpeg"),
        ("/huge.mp4", padded(video, 5 * MB), "video/mp4"),
        ("/c.zip", archive, "application/zip"),
        ("/huge.zip", archive + bytes(2 * MB), "application/zip"),
        ("/picture.mp4", saved(photos[0]) + bytes(2 * MB), "image/jpeg"),
    ]:
        practice_site.write(name, body, kind)
    names = ("named.mp4", "huge.mp4", "c.zip", "huge.zip", "picture.mp4")
    page = "<img src=unnamed.jpg>" + "".join(f"<a href={name}>x</a>" for name in names)
    practice_site.write("/", page.encode())
    add_site("large", practice_site.url("/"))
    at = practice_site.url

    limits = {"IMAGE": "1", "VIDEO": "4", "ARCHIVE": "4"}
    summary = crawl("large", **{f"VIGIL_MAX_{what}_MB": mb for what, mb in limits.items()})

    assert set(flagged_addresses(database)) == {
        at("/named.mp4"), at("/unnamed.jpg"), at("/huge.mp4"), at("/c.zip#1.jpg"),
    }  # fmt: skip
    assert (summary.failed, summary.unfinished) == (2, 0)
    told = reasons(database)
    for name in ("/huge.zip", "/picture.mp4"):
        assert "VIGIL_MAX_VIDEO_MB" in told[at(name)]
    assert "the first 4 of 5 MB" in told[at("/huge.mp4")]


@ONLY_SQLITE
def test_a_hostile_archive_costs_itself_and_nothing_else(
    database, practice_site, add_site, crawl, register, photos
):
    register(photos[0])
    good = zipped([(f"{n}.jpg", saved(photos[0], 60 + n)) for n in range(3)])
    hostile = {
        "cut.zip": good[: len(good) // 2],
        "empty.zip": zipped([]),
        "bomb.zip": zipped([("1.jpg", b"\xff\xd8" + bytes(200 * MB))]),
        "odd.zip": b"PK\x03\x04" + bytes(range(256)) * 40,
        "names.zip": zipped([("../../x\n\x1b[31m.jpg", saved(photos[0], 50))]),
        "same.zip": good + b"",
    }
    for name, body in hostile.items():
        practice_site.write(f"/{name}", body, "application/zip")
    practice_site.write("/good.zip", good, "application/zip")
    page = "".join(f"<a href={name}>x</a>" for name in [*hostile, "good.zip"])
    practice_site.write("/", page.encode())
    add_site("hostile", practice_site.url("/"))

    summary = crawl("hostile")

    assert (summary.state, summary.unfinished) == ("finished", 0)
    flagged = set(flagged_addresses(database))
    assert {practice_site.url(f"/good.zip#{n}.jpg") for n in range(3)} <= flagged
    assert all(address.isprintable() and " " not in address for address in flagged)
    told = reasons(database)
    for name in ("cut.zip", "empty.zip", "odd.zip"):
        assert practice_site.url(f"/{name}") in told, name
    assert any(address.startswith(practice_site.url("/bomb.zip")) for address in told)


# --- what is asked for, and what is not ------------------------------------------------------


@ONLY_SQLITE
def test_nothing_is_asked_for_twice_or_in_vain(
    database, practice_site, add_site, crawl, register, photos
):
    register(photos[0])
    write, photo = practice_site.write, photos[0].read_bytes()
    editions = b"<img src=p.jpg?1699000000><a href=p.jpg>x</a><img src=p.jpg?v=2>"
    write("/e/", editions)
    sizes = "<img srcset='a-320x240.jpg 320w, a-1600x1200.jpg 1600w, a-640x480.jpg 640w'>"
    write("/s/", (sizes + "<img srcset='b.jpg 320w, c.jpg 640w'>").encode())
    write("/g/", b"<script src=lib/jquery.min.js></script><script src=/js/g.js></script>")
    write("/js/g.js", b"var datafile = 'data.json'; load(datafile)", "text/javascript")
    data = {"data": [{"img": ["imgs/1.jpg", [9, 9]], "thumb": ["thumbs/1.jpg"]}]}
    write("/g/data.json", json.dumps(data).encode(), "application/json")
    links = b"".join(b"<a href=/e/?%d>x</a><img src=/e/p.jpg>" % n for n in range(9))
    write("/full", b"<script src=/js/f.js></script><img src=/s/b.jpg><img src=/s/c.jpg>" + links)
    for name in ("/e/p.jpg", "/s/a-320x240.jpg", "/s/a-640x480.jpg", "/s/a-1600x1200.jpg",
                 "/s/b.jpg", "/s/c.jpg", "/g/imgs/1.jpg", "/g/thumbs/1.jpg"):  # fmt: skip
        write(name, photo)
    pages = (practice_site.url(page) for page in ("/e/", "/s/", "/g/", "/full"))
    add_site("sparing", *pages, render=Render.OFF)

    summary = crawl("sparing")

    assert summary.unfinished == 0
    asked = Counter(path for _, path, _ in practice_site.requests)
    assert sum(number for path, number in asked.items() if path.startswith("/e/p.jpg")) == 1
    pictures = {"/s/a-1600x1200.jpg", "/s/b.jpg", "/s/c.jpg", "/g/imgs/1.jpg", "/g/thumbs/1.jpg"}
    assert {
        path for path in asked if path.startswith(("/s/", "/g/")) and ".jpg" in path
    } == pictures
    assert asked["/g/lib/jquery.min.js"] == 0
    assert asked["/js/f.js"] == 0  # that page shows something by itself
    at = practice_site.url
    shown = {at("/e/p.jpg"), at("/e/p.jpg?v=2"), at("/e/p.jpg?1699000000")}
    assert set(flagged_addresses(database)) == shown | {at(path) for path in pictures}
