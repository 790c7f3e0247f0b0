"""Frames of what was found and of what is registered: kept, given back, and erased with it."""

import os
from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError

from domain.signal import (
    Agreement,
    FrameSignals,
    ImageSignals,
    PictureSignals,
    Signal,
    SignalType,
    View,
)
from storage import cases, flagging, images, matches, registrations, registry, sightings
from storage.tables import FrameRow, ImageRow, SignalRow
from storage.withdrawals import forget

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def video(frames, *, quality=90):
    """Found signals of a video, a frame each second; two of an animation may lie at one moment."""
    held = tuple(
        FrameSignals(at_ms, os.urandom(32).hex(), quality, os.urandom(8).hex())
        for at_ms in [0, *(1000 * n for n in range(frames - 1))]
    )
    return ImageSignals(
        os.urandom(32).hex(),
        os.urandom(16).hex(),
        held[0].pdq,
        quality,
        held[0].phash,
        "MP4",
        640,
        360,
        9,
        frames=held,
        duration_ms=1000 * frames,
    )


def registered_video(*moments):
    return PictureSignals(
        (
            Signal(SignalType.SHA256, os.urandom(32).hex()),
            *(
                Signal(SignalType.PDQ, os.urandom(32).hex(), view, 90, at_ms)
                for at_ms in moments
                for view in (View.UPRIGHT, View.MIRRORED)
            ),
        )
    )


@pytest.fixture
def record(database):
    def do(signals):
        with database.writing() as session:
            return sightings.image_id_of(session, signals, now=NOW)

    return do


@pytest.fixture
def case_id(database):
    with database.writing() as session:
        number = cases.open_case(session, now=NOW).number
        return cases.case_row(session, number).case_id


@pytest.fixture
def add(database, case_id):
    def do(picture):
        with database.writing() as session:
            version = registry.bump(session)
            return registrations.add(
                session, case_id, picture, source="file", version=version, now=NOW
            ).registration_id

    return do


def test_what_moves_is_given_back_as_it_was_recorded(database, record):
    still = ImageSignals("a" * 64, "b" * 32, "c" * 64, 90, "d" * 16, "JPEG", 9, 9, 9)
    recorded = {record(each): each for each in (video(5), still, video(1), video(3, quality=10))}
    assert record(still) in recorded

    with database.reading() as session:
        assert dict(images.signals_of(session, recorded)) == recorded
        first = next(iter(recorded))
        frame = bytes.fromhex(recorded[first].frames[3].pdq)
        assert images.has_pdq(session, first, frame)
        assert not images.has_pdq(session, first, bytes(32))
        assert not images.has_pdq(session, 10**6, frame)
        assert images.frames_after(session, 0) == 9
        assert images.frames_after(session, first) == 4


def test_a_forgotten_video_leaves_no_frame(database, record):
    gone, erased, kept = record(video(4)), record(video(4)), record(video(4))

    with database.writing() as session:
        forget(session, [gone])
        session.execute(delete(ImageRow).where(ImageRow.image_id == erased))

    with database.reading() as session:
        assert set(session.scalars(select(FrameRow.image_id))) == {kept}


def test_a_registered_video_is_one_registration_of_many_frames(database, case_id, add):
    picture, still = registered_video(0, 4000, 9500), registered_video(None)
    registration_id, other = add(picture), add(still)

    with database.reading() as session:
        assert registrations.picture_of(session, registration_id) == picture
        again = registrations.registered(session, case_id, picture)
        assert again is not None
        assert again.registration_id == registration_id
        shifted = PictureSignals(
            tuple(
                Signal(s.type, s.value, s.view, s.quality, None if s.at_ms is None else s.at_ms + 1)
                for s in picture.signals
            )
        )
        assert registrations.registered(session, case_id, shifted) is None
        both = {registration_id, other}
        held = registrations.pdq_signals(session, both)
        assert {key: len(signals) for key, signals in held.items()} == {
            registration_id: 6,
            other: 2,
        }
        added = registry.changes_since(session, 0).added
        assert [signal for owner, signal in added if owner == registration_id] == list(
            picture.signals
        )


@pytest.mark.parametrize("at_ms", [None, 4000])
def test_a_signal_is_held_once(database, add, at_ms):
    """No two NULLs are equal in a unique constraint: stills need one of their own."""
    registration_id = add(registered_video(at_ms, 9000))
    again = {"registration_id": registration_id, "type": "pdq", "view": "upright", "value": "00"}

    with pytest.raises(IntegrityError), database.writing() as session:
        session.execute(insert(SignalRow), [{**again, "at_ms": at_ms}])

    with database.writing() as session:
        session.execute(insert(SignalRow), [{**again, "at_ms": 5000}])


def test_evidence_holds_every_moment_and_the_nearest(database, record, add):
    registration_id = add(registered_video(None))
    image_id = record(video(62))

    def flag(*near):
        agreements = [
            Agreement(registration_id, SignalType.PDQ, View.UPRIGHT, distance, at_ms)
            for distance, at_ms in near
        ]
        phash = Agreement(registration_id, SignalType.PHASH, View.UPRIGHT, 2, 7000)
        with database.writing() as session:
            return flagging.flag(
                session, image_id=image_id, agreements=[*agreements, phash], now=NOW
            )

    assert flag((12, 47_000), (20, 12_000), (30, 63_000)) == 1
    assert flag((4, 50_000), (12, 47_000)) == 0

    with database.reading() as session:
        (match,) = matches.list_matches(session)
    pdq, phash = match.signals
    assert (pdq.distance, pdq.at_ms) == (4, 50_000)
    assert pdq.moments == (12_000, 47_000, 50_000, 63_000)
    assert (phash.at_ms, phash.moments) == (7000, ())
    assert (match.duration_ms, match.frames) == (62_000, 62)
