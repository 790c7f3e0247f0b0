"""A registration meets edited reposts that were sighted long before it."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from domain.refetching import NO_PLACES
from domain.signal import Signal, SignalType
from matching.sighted_constellations import SightedConstellations
from signals.constellation import VERSION
from storage.tables import FrameRow, ImageRow
from tests import edited_photos

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PHOTOS = 8
MET = 1
"""The number of a photo whose repost keeps enough of the places that are stored."""


@pytest.fixture(scope="module")
def edited(photos):
    """What is kept of reposts of some photos, cut and written on."""
    return [edited_photos.sighted(edited_photos.cut_and_written_on(p)) for p in photos[:PHOTOS]]


@pytest.fixture(scope="module")
def searched(photos):
    """Searches for each of the photos."""

    def for_(number):
        packed = edited_photos.registered(photos[number].read_bytes())
        return SightedConstellations([Signal(SignalType.CONSTELLATION, packed.hex())])

    return for_


@pytest.fixture
def keep(database, sight_many):
    def do(packed):
        ids, _ = sight_many(len(packed), seed=5)
        with database.writing() as session:
            for image_id, each in zip(ids, packed, strict=True):
                session.execute(
                    update(ImageRow)
                    .where(ImageRow.image_id == image_id)
                    .values(constellation=each.hex())
                )
        return ids

    return do


def near(database, search, **limits):
    with database.reading() as session:
        return search.near(session, **limits)


def test_edited_reposts_are_proposed_and_other_pictures_are_not(database, keep, edited, searched):
    ids = keep(edited)

    found = [near(database, searched(number)) for number in range(PHOTOS)]

    met = sum(image_id in each for image_id, each in zip(ids, found, strict=True))
    assert met >= PHOTOS * 3 // 4, "of most, enough of the places that are stored is left"
    assert sum(map(len, found)) == met, "nothing else is"


def test_what_came_later_is_searched_by_itself(database, keep, edited, searched):
    first = keep(edited[MET : MET + 1])
    told = []

    assert near(database, searched(MET), told=lambda *how_far: told.append(how_far)) == set(first)
    assert told == [(first[0], first[0])]
    assert near(database, searched(MET), after=first[0]) == set()


def test_frames_of_a_video_are_searched_as_well(database, sight_videos, edited, searched):
    (video,), _ = sight_videos(1, 3)
    with database.writing() as session:
        session.execute(
            update(FrameRow).where(FrameRow.place == 1).values(constellation=edited[MET].hex())
        )

    assert near(database, searched(MET)) == {video}


def test_what_another_version_made_and_what_is_damaged_is_passed_over(
    database, keep, edited, searched
):
    good = edited[MET]
    ids = keep(
        [
            bytes([VERSION + 1]) + good[1:],
            good[:-1],
            good[:1] + bytes([255]) + good[2:],
            b"",
            bytes.fromhex(NO_PLACES),
            good,
        ]
    )

    assert near(database, searched(MET)) == {ids[-1]}


def test_without_a_constellation_nothing_is_proposed(database, keep, edited):
    keep(edited[MET : MET + 1])

    assert near(database, SightedConstellations([Signal(SignalType.SHA256, "0" * 64)])) == set()


def test_what_stands_for_no_places_is_of_the_version_that_is_made():
    assert bytes.fromhex(NO_PLACES)[0] == VERSION
