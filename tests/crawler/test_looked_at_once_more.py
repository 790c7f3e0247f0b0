"""Known bytes that were sent anew to be looked at: what they show stays known, whatever befalls."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from scrapy.exceptions import DropItem
from sqlalchemy import update

from domain.image import FetchedImage, HashedImage, ImageReference, KnownImage, Part
from domain.site import Site
from pipelines.hash import HashPipeline
from pipelines.match import MatchPipeline
from pipelines.record import RecordPipeline
from pipelines.visit import Visit
from signals.pool import HashingPool
from storage import refetching, sightings, sites
from storage.tables import ImageRow
from tests.crawler.made_videos import clip
from tests.crawler.test_image_client import HEAD, RawServer

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

PAGE = "https://forum.example/"
NEVER = 0.0001
"""Seconds in which no worker has hashed anything: each picture is lost."""


@pytest.fixture
def site(database):
    made = Site("forum", (PAGE,))
    with database.writing() as session:
        return made, sites.add(session, made, now=datetime.now(UTC)).site_id


@pytest.fixture
def put_through(config, database, site):
    """Send what was fetched through the stages behind the first; give what became of it."""

    def do(image, *, seconds=60.0, min_side=config.min_side):
        async def whole():
            pool = HashingPool(1, seconds)
            settings = replace(config, min_side=min_side)
            visit = Visit(settings, database, site[0], site[1], 1, pool)
            try:
                hashed = await HashPipeline(visit).process_item(image)
                matched = await MatchPipeline(visit.matcher).process_item(hashed)
                return await RecordPipeline(visit).process_item(matched)
            finally:
                await pool.close()
                visit._thread.close()

        return asyncio.run(asyncio.wait_for(whole(), 100))

    return do


@pytest.fixture
def seen_by_an_earlier_version(database):
    """Forget what only this version finds, so that everything is to be looked at once more."""

    def do():
        with database.writing() as session:
            session.execute(update(ImageRow).values(constellation=None))

    return do


@pytest.fixture
def asked_for(database, site):
    """Say which images the next crawl asks for anew."""

    def do():
        with database.reading() as session:
            return [each.image_id for each in refetching.seen_before_at(session, site[1], limit=20)]

    return do


def fetched(name, body, part=None):
    address = f"{PAGE}{name}"
    return FetchedImage(ImageReference(PAGE, address, address, "img@src"), body, '"x"', None, part)


def test_a_video_of_which_a_part_is_read_is_looked_at_once(
    put_through, seen_by_an_earlier_version, asked_for, photos
):
    body = clip(photos[:3])
    video = fetched("a.mp4", body, Part(len(body), 10**9))
    first = put_through(video)
    seen_by_an_earlier_version()
    assert len(asked_for()) == 1

    again = put_through(video)

    assert isinstance(again.hashed, HashedImage)
    assert again.hashed.signals.sha256 == first.hashed.signals.sha256
    assert asked_for() == [], "it would be sent at every crawl for ever"
    assert isinstance(put_through(video), KnownImage)


def test_an_image_that_is_lost_when_it_is_looked_at_once_more_stays_known(
    database, put_through, seen_by_an_earlier_version, asked_for, photos
):
    photo = fetched("a.jpg", photos[1].read_bytes())
    put_through(photo)
    seen_by_an_earlier_version()

    lost = put_through(photo, seconds=NEVER)

    assert isinstance(lost, KnownImage)
    with database.reading() as session:
        known = sightings.known_address(session, photo.reference.address)
    assert known is not None
    assert (known.image_id, known.etag) == (lost.image_id, '"x"')
    assert asked_for() == [lost.image_id], "it is tried again"


def test_an_image_that_was_large_enough_when_it_was_seen_is_looked_at(
    put_through, seen_by_an_earlier_version, asked_for, photos
):
    photo = fetched("a.jpg", photos[1].read_bytes())
    put_through(photo)
    seen_by_an_earlier_version()

    put_through(photo, min_side=5_000)

    assert asked_for() == []


def test_an_image_that_nobody_has_seen_yet_is_not_known_when_it_is_lost(
    database, put_through, photos
):
    photo = fetched("a.jpg", photos[1].read_bytes())
    with pytest.raises(DropItem):
        put_through(photo, seconds=NEVER)
    with database.reading() as session:
        known = sightings.known_address(session, photo.reference.address)
    assert known is not None
    assert (known.image_id, known.etag) == (None, None)


def test_an_image_that_does_not_come_anew_is_unchanged_if_the_site_says_so(
    practice_site, add_site, crawl, seen_by_an_earlier_version, photos
):
    body = photos[1].read_bytes()

    def answer():
        if b"If-None-Match" in server.asked[-1][1]:
            yield b'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\nConnection: close\r\n\r\n'
            return
        yield HEAD + b'ETag: "x"\r\nContent-Length: %d\r\n\r\n' % len(body)
        yield body if times() == 1 else body[:999]

    server = RawServer()

    def times():
        return [path for path, _ in server.asked].count("/a.jpg")

    try:
        server.answers["/a.jpg"] = answer
        practice_site.write("/", f'<img src="{server.url("/a.jpg")}">'.encode())
        add_site("album", practice_site.url("/"))
        hosts = {"VIGIL_PRACTICE_HOSTS": f"{practice_site.host},{server.host}"}
        assert crawl("album", **hosts).hashed == 1
        seen_by_an_earlier_version()

        second = crawl("album", **hosts)
    finally:
        server.close()

    assert times() > 2, "anew, and then only if it has changed"
    assert (second.unchanged + second.duplicate, second.failed) == (second.references, 0)
