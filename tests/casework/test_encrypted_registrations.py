"""Registering and withdrawing with constellations that are encrypted, or that nobody can read."""

import os
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import select, update

from casework import registering, resuming, reviewing, unmuting, withdrawing
from domain.muting import SeenPlaces
from domain.review import Verdict
from domain.signal import (
    Agreement,
    FrameSignals,
    ImageSignals,
    PictureSignals,
    Signal,
    SignalType,
    View,
)
from signals.pictures import hash_picture
from storage import (
    cases,
    flagging,
    muted_places,
    registrations,
    registry,
    resealing,
    sightings,
    suspensions,
)
from storage.registry_keys import UnusableKeyError
from storage.tables import ImageRow, MatchRow, RegistrationRow, SignalRow
from tests import edited_photos
from tests.promises.test_nothing_is_kept import dump
from tests.registry_key_files import key_file, opened_with

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
CONSTELLATION = "01" + os.urandom(199).hex()
MET = 1
"""The number of a photo whose repost keeps enough of the places that are stored."""


@pytest.fixture
def keyed(database, tmp_path):
    opened = opened_with(database, key_file(tmp_path / "registry.key"))
    yield opened
    opened.close()


@pytest.fixture
def case(database):
    with database.writing() as session:
        return cases.open_case(session, now=NOW).number


def register(database, case, picture):
    return registering.register(
        database, case, picture, source="file", actor="a", now=NOW, match_distance=31
    )


def withdraw(database, number):
    return withdrawing.withdraw(database, number, actor="a", reason=None, now=NOW)


def stored(database):
    with database.reading() as session:
        return resealing.stored_constellations(session)


def picture():
    return PictureSignals(
        (
            Signal(SignalType.SHA256, os.urandom(32).hex()),
            Signal(SignalType.CONSTELLATION, CONSTELLATION),
        )
    )


def test_an_image_seen_before_that_may_show_it_edited_is_looked_at_again(
    database, keyed, case, photos
):
    repost = edited_photos.sighted(edited_photos.cut_and_written_on(photos[MET])).hex()
    digest = "5a" * 32
    signals = ImageSignals(digest, digest[:32], digest, 90, digest[:16], "JPEG", 9, 9, 1001)
    with database.writing() as session:
        sightings.image_id_of(session, replace(signals, constellation=repost), now=NOW)

    found = register(keyed, case, hash_picture(photos[MET].read_bytes()))

    assert found.looks == 1
    assert stored(keyed).current == 1


def test_the_same_picture_again_is_the_same_registration_and_keeps_what_it_has(keyed, case):
    once = picture()

    first, again = register(keyed, case, once), register(keyed, case, once)

    assert again.number == first.number
    assert (again.already, again.completed) == (True, False)
    assert stored(keyed).all == 1


def test_registered_again_after_its_key_was_lost_it_is_found_edited_again(
    keyed, database, case, tmp_path
):
    once = picture()
    number = register(keyed, case, once).number
    other = opened_with(database, key_file(tmp_path / "new.key"))
    try:
        assert stored(other).unreadable == 1
        with other.reading() as session:
            version = registry.current_version(session)

        again = register(other, case, once)

        assert (again.number, again.completed) == (number, True)
        assert stored(other).current == stored(other).all == 1
        with other.reading() as session:
            changes = registry.changes_since(session, version)
            (registration_id,) = session.scalars(select(RegistrationRow.registration_id))
            held = registrations.picture_of(session, registration_id)
        assert {each.value for _, each in changes.added} == {each.value for each in once.signals}
        assert changes.withdrawn == [registration_id]  # crawls under way take it in anew
        assert set(held.signals) == set(once.signals)
    finally:
        other.close()


def test_with_a_key_that_cannot_be_used_a_picture_is_not_registered_at_all(keyed, case, database):
    keyed.keys.path.chmod(0o644)

    with pytest.raises(UnusableKeyError, match="chmod 600"):
        register(keyed, case, picture())

    with database.reading() as session:
        assert session.scalars(select(RegistrationRow)).all() == []


def test_images_that_hold_the_very_constellation_are_forgotten_with_it(keyed, case):
    number = register(keyed, case, picture()).number

    def image(**of):
        sha256, md5, pdq, phash = (os.urandom(size).hex() for size in (32, 16, 32, 8))
        whole = ImageSignals(sha256, md5, pdq, 90, phash, "JPEG", 800, 600, 1001)
        with keyed.writing() as session:
            return sightings.image_id_of(session, replace(whole, **of), now=NOW)

    frame = FrameSignals(0, os.urandom(32).hex(), 90, os.urandom(8).hex(), CONSTELLATION)
    with keyed.writing() as session:  # else the images below would be matches, or be wanted
        session.execute(update(RegistrationRow).values(suspended_at=NOW, suspended_for="a logo"))
    image(constellation=CONSTELLATION)
    image(format="MP4", duration_ms=900, frames=(frame,))
    other = image(constellation="01" + os.urandom(199).hex())

    done = withdraw(keyed, number)

    assert done.images == 2
    with keyed.reading() as session:
        assert session.scalars(select(ImageRow.image_id)).all() == [other]


def test_withdrawn_nothing_of_it_is_left_encrypted_or_not(keyed, case, database_url, tmp_path):
    once = picture()
    number = register(keyed, case, once).number
    with keyed.reading() as session:
        sealed = [
            bytes.fromhex(value)
            for value in session.scalars(
                select(SignalRow.value).where(SignalRow.type == "constellation")
            )
        ]

    done = withdraw(keyed, number)

    assert done.scrubbed
    needles = [bytes.fromhex(CONSTELLATION)[4:60], *(value[21:60] for value in sealed)]
    assert len(needles) == 2
    assert not any(needle in value for value in dump(database_url) for needle in needles)
    if keyed.dialect == "sqlite":
        for file in (tmp_path / "data").rglob("*"):
            content = file.read_bytes() if file.is_file() else b""
            assert not any(needle in content for needle in needles), file


def test_one_that_nobody_can_read_is_withdrawn_like_any_other(keyed, database, case):
    number = register(keyed, case, picture()).number

    done = withdraw(database, number)

    assert (done.registrations, done.signals) == (1, 2)
    assert stored(database).all == 0


def test_where_the_key_is_not_set_nothing_encrypted_is_replaced_and_nothing_resumed(
    database, keyed, case
):
    once = picture()
    held = register(keyed, case, once)
    with keyed.writing() as session:
        suspensions.suspend(session, held.number, actor="a", now=NOW, reason="floods")

    with pytest.raises(UnusableKeyError, match="Set VIGIL_REGISTRY_KEY_FILE"):
        register(database, case, once)
    with pytest.raises(UnusableKeyError, match=held.number):
        resuming.resume(database, held.number, reason="hers", actor="a", now=NOW, match_distance=31)

    now = stored(keyed)
    assert (now.current, now.plain) == (1, 0)
    with keyed.reading() as session:
        assert suspensions.suspended(session, held.number)


def test_images_that_may_show_it_are_looked_at_again_once_its_places_count_again(
    database, keyed, case, photos
):
    held = register(keyed, case, hash_picture(photos[MET].read_bytes()))
    repost = edited_photos.sighted(edited_photos.cut_and_written_on(photos[MET])).hex()
    signals = ImageSignals("5a" * 32, "5a" * 16, "5a" * 32, 90, "5a" * 8, "JPEG", 9, 9, 1001)
    with database.writing() as session:
        sightings.image_id_of(session, replace(signals, constellation=repost), now=NOW)
        row = registrations.registration_row(session, held.number)
        for _ in range(3):
            wall = ImageSignals(
                os.urandom(32).hex(), os.urandom(16).hex(), os.urandom(32).hex(), 90,
                os.urandom(8).hex(), "JPEG", 9, 9, 9,
            )  # fmt: skip
            image_id = sightings.image_id_of(session, wall, now=NOW)
            seen = Agreement(row.registration_id, SignalType.CONSTELLATION, View.UPRIGHT, 20)
            flagging.flag(session, image_id=image_id, agreements=[seen], now=NOW)
            places = SeenPlaces(row.registration_id, None, 0b1111, 42, flagged=True)
            muted_places.remember(session, image_id, [places], now=NOW)
            match = session.scalars(select(MatchRow).where(MatchRow.image_id == image_id)).one()
            reviewing.decide(
                session, match.number, Verdict.REJECTED, reason="a wall", actor="a", now=NOW
            )

    def unmute(where):
        return unmuting.unmute(
            where,
            held.number,
            reason="hers",
            actor="a",
            now=NOW,
            match_distance=31,
            video_share=20,
        )

    with pytest.raises(UnusableKeyError):
        unmute(database)
    done = unmute(keyed)

    assert (done.places, done.looks) == (4, 1)
