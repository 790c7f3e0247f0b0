"""What is seen in everything waits for a person; what is one person's picture does not."""

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

import numpy as np
import pytest

from casework import registering, resuming
from domain.image import ImageReference
from domain.signal import SignalType
from domain.site import Site
from practice.photographs import open_photo, photo_names
from signals.constellation import Constellation, unpack
from signals.pictures import hash_image, hash_picture
from storage import audit, cases, matches, sightings, sites, suspensions

NOW = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)
SCREENS = 28
BARS = 8
CONSTELLATION = SignalType.CONSTELLATION


def written(picture):
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=88)
    return out.getvalue()


@cache
def hashed_photo(name):
    return hash_image(written(open_photo(name).convert("L")))


def with_the_bars_of(screen, name):
    """What is stored of a screenshot: a photo, and the bars of an app that ``screen`` has too."""
    (held,) = [s for s in hash_picture(written(screen)).signals if s.type is CONSTELLATION]
    of_screen = unpack(bytes.fromhex(held.value))
    signals = hashed_photo(name)
    of_photo = unpack(bytes.fromhex(signals.constellation))
    both = Constellation(
        np.concatenate([of_screen.places[:BARS], of_photo.places[BARS:]]),
        np.concatenate([of_screen.bits[:BARS], of_photo.bits[BARS:]]),
        of_screen.width,
        of_screen.height,
    )
    return replace(signals, constellation=both.packed().hex())


@pytest.fixture(scope="module")
def screens():
    """A screenshot that is registered, and others of the same app that were sighted."""
    first, *others = photo_names()
    screen = open_photo(first).convert("L")
    return screen, [with_the_bars_of(screen, name) for name in others[:SCREENS]]


@pytest.fixture
def sight(database):
    """Record images as sighted, as a crawl would; each has an address of its own."""

    def record(found):
        with database.writing() as session:
            site = sites.add(session, Site("gallery", ("https://gallery.example/",)), now=NOW)
            for number, signals in enumerate(found):
                image = f"https://gallery.example/{number}.jpg"
                sightings.sight(
                    session,
                    site.site_id,
                    ImageReference("https://gallery.example/", image, image, "img"),
                    sightings.image_id_of(session, signals, now=NOW),
                    etag=None,
                    last_modified=None,
                    now=NOW,
                )

    return record


@pytest.fixture
def register(database, config):
    with database.writing() as session:
        case = cases.open_case(session, now=NOW).number

    def do(picture, **more):
        return registering.register(
            database,
            case,
            hash_picture(written(picture)),
            source="file",
            actor="a test",
            now=NOW,
            match_distance=config.match_distance,
            **more,
        )

    return do


def test_a_screenshot_of_an_app_that_is_everywhere_waits_until_it_is_resumed(
    database, config, sight, register, screens
):
    screen, sighted = screens
    sight(sighted)

    done = register(screen)

    assert "26 or more sighted images that do not look alike" in done.suspended_for
    assert done.looks == 0
    with database.reading() as session:
        (waiting,) = suspensions.list_suspended(session)
        assert waiting.number == done.number
        assert matches.list_matches(session) == []
        actions = {entry.action for entry in audit.entries(session, subject=done.number, limit=9)}
    assert actions == {"picture registered", "picture suspended"}
    assert register(screen).suspended_for == done.suspended_for

    resumed = resuming.resume(
        database,
        done.number,
        reason="it is hers",
        actor="a test",
        now=NOW + timedelta(hours=1),
        match_distance=config.match_distance,
    )

    assert resumed.suspended_for is None
    assert resumed.looks >= 26  # what was sighted meanwhile is looked at now
    with database.reading() as session:
        assert suspensions.list_suspended(session) == []


def test_whoever_knows_what_it_is_may_register_it_all_the_same(sight, register, screens):
    screen, sighted = screens
    sight(sighted)

    done = register(screen, despite_recurring=True)

    assert done.suspended_for is None
    assert done.looks >= 26


def test_a_photo_among_photos_and_one_that_is_posted_again_and_again_flag(sight, register):
    first, *others = photo_names()
    photo = open_photo(first).convert("L")
    smaller = [photo.resize((900 - 10 * n, 680 - 7 * n)) for n in range(SCREENS)]
    sight([*(hashed_photo(name) for name in others), *(hash_image(written(s)) for s in smaller)])

    done = register(photo)

    assert done.suspended_for is None
    assert done.images == SCREENS
