"""Images that were seen before are fetched once more where there is something to look for."""

import asyncio
import base64
import io
import zipfile
from datetime import UTC, datetime

import pytest
from sqlalchemy import select, update

from casework import registering
from crawler.refetching import Refetching
from crawler.visiting import open_visit
from domain.image import ImageReference, Outcome
from domain.refetching import MOST_TRIES, NO_PLACES
from domain.signal import ImageSignals, PictureSignals, Signal, SignalType
from domain.site import Site
from domain.wanted_look import LookOutcome
from signals.pictures import hash_picture
from storage import cases, matches, sightings, sites, wanted_looks
from storage.tables import ImageRow, WantedLookRow
from tests import edited_photos

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

MET = 1
"""The number of a photo whose repost keeps enough of the places that are stored."""


@pytest.fixture
def repost(photos):
    return edited_photos.cut_and_written_on(photos[MET])


@pytest.fixture
def register_later(database, config, photos):
    """Register the photo of which a repost was seen."""

    def do():
        now = datetime.now(UTC)
        with database.writing() as session:
            case = cases.open_case(session, now=now).number
        return registering.register(
            database,
            case,
            hash_picture(photos[MET].read_bytes()),
            source="file",
            actor="a test",
            now=now,
            match_distance=config.match_distance,
        )

    return do


@pytest.fixture
def flagged(database):
    def do():
        with database.reading() as session:
            return len(matches.list_matches(session))

    return do


@pytest.fixture
def looks(database):
    """How many looks are open, and what came of the others."""

    def do():
        with database.reading() as session:
            counts = wanted_looks.counts(session)
        return counts.open, {outcome for outcome, number in counts.done.items() if number}

    return do


def sent_whole(site, path):
    """How often a path was asked for without saying what is known of it."""
    return sum(
        request.path == path and "If-None-Match" not in request.headers for request in site.requests
    )


def test_an_edited_repost_seen_before_is_found_once_its_picture_is_registered(
    practice_site, add_site, crawl, photos, repost, register_later, flagged, looks
):
    practice_site.write("/", b"<img src=repost.jpg><img src=other.jpg>")
    practice_site.write("/repost.jpg", repost)
    practice_site.write("/other.jpg", photos[MET + 1].read_bytes())
    add_site("album", practice_site.url("/"))
    assert crawl("album").hashed == 2

    registered = register_later()

    assert (registered.images, registered.looks) == (0, 1)
    assert flagged() == 0, "what is stored of an image only proposes"
    second = crawl("album")
    assert second.pages_unchanged == 1
    assert (second.hashed, second.flagged) == (1, 1)
    assert flagged() == 1
    assert looks() == (0, {LookOutcome.FOUND})
    assert sent_whole(practice_site, "/repost.jpg") == 2
    assert sent_whole(practice_site, "/other.jpg") == 1, "nobody looks for anything in it"
    third = crawl("album")
    assert (third.hashed, third.unchanged) == (0, 2)


def test_what_does_not_show_the_picture_is_looked_at_once(
    practice_site, add_site, crawl, database, photos, register_later, flagged, looks
):
    practice_site.write("/", b"<img src=other.jpg>")
    practice_site.write("/other.jpg", photos[MET + 1].read_bytes())
    add_site("album", practice_site.url("/"))
    crawl("album")
    register_later()
    with database.writing() as session:
        wanted_looks.ask(session, [(1, 1)], now=datetime.now(UTC))

    crawl("album")
    crawl("album")

    assert (flagged(), looks()) == (0, (0, {LookOutcome.NOT_FOUND}))
    assert sent_whole(practice_site, "/other.jpg") == 2


def test_an_image_that_is_gone_stays_unknown_for_a_while_and_is_then_given_up(
    practice_site, add_site, crawl, repost, photos, register_later, looks
):
    practice_site.write("/", b"<img src=repost.jpg><img src=other.jpg>")
    practice_site.write("/repost.jpg", repost)
    practice_site.write("/other.jpg", photos[MET + 1].read_bytes())
    add_site("album", practice_site.url("/"))
    crawl("album")
    assert register_later().looks == 1
    practice_site.remove("/repost.jpg")

    for _ in range(MOST_TRIES - 1):
        crawl("album")
        assert looks() == (1, set())
    crawl("album")

    assert looks() == (0, {LookOutcome.GONE})


@pytest.mark.parametrize(
    ("reason", "came", "tries"),
    [
        ("finished", "nothing", 0),
        ("finished", "an error", 1),
        ("finished", "not modified", 1),
        ("shutdown", "an error", 0),
        ("shutdown", "not modified", 1),
    ],
)
def test_only_what_a_crawl_came_to_was_asked_for_in_vain(config, database, reason, came, tries):
    """One that is stopped at once has asked for nothing, however much it was to ask for."""
    page, address = "https://forum.example/", "https://forum.example/1.jpg"
    reference = ImageReference(page, address, address, "img@src")
    now = datetime.now(UTC)
    with database.writing() as session:
        site_id = sites.add(session, Site("forum", (page,)), now=now).site_id
        case = cases.open_case(session, now=now).number
        image = ImageSignals("a" * 64, "a" * 32, "a" * 64, 90, "a" * 16, "JPEG", 9, 9, 9)
        image_id = sightings.image_id_of(session, image, now=now)
        sightings.sight(
            session, site_id, reference, image_id, etag=None, last_modified=None, now=now
        )
    registering.register(
        database,
        case,
        PictureSignals((Signal(SignalType.SHA256, "b" * 64),)),
        source="file",
        actor="a test",
        now=now,
        match_distance=config.match_distance,
    )
    with database.writing() as session:
        wanted_looks.ask(session, [(image_id, 1)], now=now)

    async def crawl_it():
        await open_visit(config, "forum").close("finished")  # the first asks for nothing anew
        visit = open_visit(config, "forum")
        (asked,) = await Refetching(visit).references()
        visit.found()
        if came != "nothing":
            visit.addresses[asked.address] = asyncio.get_running_loop().create_future()
            outcome = Outcome.FAILED if came == "an error" else Outcome.UNCHANGED
            visit.stopping = reason == "shutdown"
            await visit.ended(asked, outcome, image_id=None)
        await visit.close(reason)

    asyncio.run(crawl_it())

    with database.reading() as session:
        assert session.scalars(select(WantedLookRow.tries)).one() == tries


def test_what_stands_in_a_page_or_an_archive_is_looked_at_with_it(
    practice_site, add_site, crawl, repost, photos, register_later, flagged, looks
):
    other = edited_photos.cut_and_written_on(photos[MET], quality=61)
    inline = base64.b64encode(other)
    practice_site.write("/", b"<img src='data:image/jpeg;base64," + inline + b"'><a href=a.zip>a")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("one.jpg", repost)
    practice_site.write("/a.zip", archive.getvalue())
    add_site("album", practice_site.url("/"))
    crawl("album")
    assert register_later().looks == 2

    crawl("album")

    assert (flagged(), looks()) == (2, (0, {LookOutcome.FOUND}))


def test_images_of_an_earlier_version_are_fetched_again_and_known_in_full_then(
    practice_site, add_site, crawl, database, photos, repost, register_later, flagged
):
    practice_site.write("/", b"<img src=repost.jpg><img src=other.jpg>")
    practice_site.write("/repost.jpg", repost)
    practice_site.write("/other.jpg", photos[MET + 1].read_bytes())
    add_site("album", practice_site.url("/"))
    crawl("album")
    with database.writing() as session:
        session.execute(update(ImageRow).values(constellation=None))
    assert register_later().looks == 0, "nothing is kept of it that could propose anything"

    second = crawl("album")

    assert (second.hashed, second.flagged, flagged()) == (2, 1, 1)
    with database.reading() as session:
        kept = session.scalars(select(ImageRow.constellation)).all()
    assert all(each is not None and each != NO_PLACES for each in kept)
    assert crawl("album").unchanged == 2


def test_one_with_too_little_detail_is_not_fetched_for_ever(
    practice_site, add_site, crawl, database, photos
):
    practice_site.write("/", b"<img src=other.jpg>")
    practice_site.write("/other.jpg", photos[0].read_bytes())
    add_site("album", practice_site.url("/"))
    crawl("album")
    with database.writing() as session:
        session.execute(update(ImageRow).values(constellation=NO_PLACES))

    crawl("album")

    assert sent_whole(practice_site, "/other.jpg") == 1
