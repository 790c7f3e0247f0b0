"""Registering beside images whose embeddings are odd, or all alike."""

import os
from datetime import UTC, datetime

import pytest

from casework import registering
from domain.signal import ImageSignals, PictureSignals, Signal, SignalType
from storage import cases, registrations, sightings

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MODEL = "0123456789abcdef"
ONE = MODEL + "7f" * 64


@pytest.fixture
def sight(database):
    """Record an image that looks like no other."""

    def do(embedding):
        signals = ImageSignals(
            os.urandom(32).hex(), os.urandom(16).hex(), os.urandom(32).hex(), 90,
            os.urandom(8).hex(), "JPEG", 9, 9, 9, embedding=embedding,
        )  # fmt: skip
        with database.writing() as session:
            sightings.image_id_of(session, signals, now=NOW)

    return do


@pytest.fixture
def register(database):
    def do(**more):
        with database.writing() as session:
            case = cases.open_case(session, now=NOW).number
        picture = PictureSignals(
            (
                Signal(SignalType.SHA256, os.urandom(32).hex()),
                Signal(SignalType.EMBEDDING, ONE),
            )
        )
        return registering.register(
            database,
            case,
            picture,
            source="file",
            actor="a",
            now=NOW,
            match_distance=31,
            embedding_least=0.9,
            **more,
        )

    return do


def test_an_embedding_of_an_odd_length_keeps_nobody_from_registering(sight, register):
    """As a worker may have answered that a file had taken over."""
    sight(MODEL + "7f" * 72)
    sight(ONE)
    sight(MODEL + "7f" * 80)

    assert register().images == 1


def test_a_picture_that_is_like_everything_is_suspended_and_flags_nothing(
    database, sight, register
):
    for _ in range(40):
        sight(ONE)

    done = register()

    assert done.images == 0
    assert "Its embedding is near those of 26 or more" in done.suspended_for
    with database.reading() as session:
        row = registrations.registration_row(session, done.number)
        assert row.suspended_at is not None
    assert register(despite_recurring=True).images == 40
