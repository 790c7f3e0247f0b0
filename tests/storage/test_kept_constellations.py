"""Constellations of what was found: kept, and given back by the thousand."""

import os
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from domain.signal import FrameSignals, ImageSignals
from storage import images, sightings
from storage.tables import FrameRow, ImageRow

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def still(constellation=None, *, quality=90):
    return ImageSignals(
        os.urandom(32).hex(),
        os.urandom(16).hex(),
        os.urandom(32).hex(),
        quality,
        os.urandom(8).hex(),
        "JPEG",
        640,
        480,
        9,
        constellation=constellation,
    )


def animation(*constellations, quality=90):
    frames = tuple(
        FrameSignals(1000 * n, os.urandom(32).hex(), quality, os.urandom(8).hex(), constellation)
        for n, constellation in enumerate(constellations)
    )
    return replace(
        still(quality=quality), frames=frames, duration_ms=1000 * len(frames), format="GIF"
    )


@pytest.fixture
def record(database):
    def do(signals):
        with database.writing() as session:
            return sightings.image_id_of(session, signals, now=NOW)

    return do


def chunks(database, **of):
    with database.reading() as session:
        return [
            (int(image_id), at_ms, packed.hex())
            for chunk in images.constellation_chunks(session, **of)
            for image_id, at_ms, packed in zip(chunk.ids, chunk.at_ms, chunk.packed, strict=True)
        ]


def test_what_was_found_is_given_back_with_its_constellations(database, record):
    large = os.urandom(820).hex()
    recorded = {
        record(each): each for each in (still(large), still(), animation(None, "aa" * 400, None))
    }

    with database.reading() as session:
        assert dict(images.signals_of(session, recorded)) == recorded


def test_constellations_come_by_image_and_moment_and_in_parts(database, record):
    one, two = record(still("01" * 30)), record(animation("02" * 30, None, "03" * 30))
    record(still())
    three = record(still("04" * 30))
    everything = [
        (one, None, "01" * 30),
        (two, 0, "02" * 30),
        (two, 2000, "03" * 30),
        (three, None, "04" * 30),
    ]

    assert chunks(database, after=0) == everything
    assert chunks(database, after=0, rows=1) == everything
    assert chunks(database, after=one) == everything[1:]
    assert chunks(database, after=one, through=two) == everything[1:3]
    assert chunks(database, after=three) == []


def test_what_is_known_from_before_is_given_the_constellations_that_it_lacks(database, record):
    before, moving = still(), animation(None, None)
    known = {record(before), record(moving)}
    seen_again = replace(before, constellation="0a" * 40)
    frames = tuple(replace(frame, constellation="0b" * 40) for frame in moving.frames)

    assert record(seen_again) in known
    assert record(replace(moving, frames=frames)) in known
    # Somebody else's code may find other places in it; what is there stays.
    assert record(replace(before, constellation="0c" * 40)) in known
    assert record(before) in known

    with database.reading() as session:
        of_images = set(session.scalars(select(ImageRow.constellation)))
        assert of_images == {None, "0a" * 40}
        assert set(session.scalars(select(FrameRow.constellation))) == {"0b" * 40}


def test_of_nothing_there_is_nothing(database):
    assert chunks(database, after=0) == []
