"""What recurs in images of something else is remembered, bounded, judged by people, and erased."""

import os
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select, text

from casework import registering, reviewing, withdrawing
from domain.errors import InvalidInput, NotFound, Refused
from domain.muting import SeenPlaces
from domain.review import Verdict
from domain.signal import Agreement, ImageSignals, PictureSignals, Signal, SignalType, View
from storage import audit, cases, flagging, muted_places, registrations, sightings
from storage.muted_places import MOST_REMEMBERED
from storage.tables import MatchRow, SeenPlacesRow
from storage.withdrawals import forget

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LOGO = 0b1111 << 30


@pytest.fixture
def register(database):
    """Register a picture in a case of its own; return its number and its id."""

    def do():
        with database.writing() as session:
            case = cases.open_case(session, now=NOW).number
        done = registering.register(
            database,
            case,
            PictureSignals((Signal(SignalType.SHA256, os.urandom(32).hex()),)),
            source="file",
            actor="a",
            now=NOW,
            match_distance=31,
        )
        with database.reading() as session:
            return done.number, registrations.registration_row(session, done.number).registration_id

    return do


@pytest.fixture
def see(database):
    """Record an image in which places are seen, flag it if they are enough; return its id."""

    def do(registration_id, places=LOGO, *, flagged=True, pdq=None, verdict=None, at_ms=None):
        signals = ImageSignals(
            os.urandom(32).hex(),
            os.urandom(16).hex(),
            pdq or os.urandom(32).hex(),
            90,
            os.urandom(8).hex(),
            "JPEG",
            9,
            9,
            9,
        )
        agreement = Agreement(registration_id, SignalType.CONSTELLATION, View.UPRIGHT, 20)
        seen = SeenPlaces(registration_id, at_ms, places, 42, flagged)
        with database.writing() as session:
            image_id = sightings.image_id_of(session, signals, now=NOW)
            flagging.flag(session, image_id=image_id, agreements=[agreement] * flagged, now=NOW)
            muted_places.remember(session, image_id, [seen], now=NOW)
        if verdict is not None:
            decide(database, image_id, verdict)
        return image_id

    return do


def decide(database, image_id, verdict):
    with database.writing() as session:
        number = session.scalars(select(MatchRow.number).where(MatchRow.image_id == image_id)).one()
        reviewing.decide(session, number, verdict, reason="seen", actor="a", now=NOW)
    return number


def muted(database):
    with database.reading() as session:
        return muted_places.all_muted(session)


def remembered(database):
    with database.reading() as session:
        return session.scalars(select(func.count()).select_from(SeenPlacesRow)).one()


def test_places_are_muted_when_three_images_are_rejected_and_count_again_when_that_is_undone(
    database, register, see
):
    number, registration_id = register()
    seen = [see(registration_id, LOGO | 1 << place) for place in range(3)]
    assert muted(database) == {}, "nobody has looked yet"

    matches = [decide(database, image_id, Verdict.REJECTED) for image_id in seen]

    found = muted(database)
    assert set(found) == {(registration_id, None)}
    made = found[registration_id, None]
    assert (made.places, made.count, made.of, made.images) == (LOGO, 4, 42, 3)
    with database.reading() as session:
        (picture,) = muted_places.of_registration(session, number)
    assert (picture.at_ms, picture.muted) == (None, made)
    with database.writing() as session:
        reviewing.undo(session, matches[0], actor="a", reason="it is her", now=NOW)
    assert muted(database) == {}


def test_what_a_person_confirmed_or_nobody_judged_mutes_nothing(database, register, see):
    _, registration_id = register()
    for _ in range(4):
        see(registration_id, verdict=Verdict.CONFIRMED)
        see(registration_id)
        see(registration_id, flagged=False)
    see(registration_id, verdict=Verdict.REJECTED)

    assert muted(database) == {}
    see(registration_id, verdict=Verdict.REJECTED)
    assert set(muted(database)) == {(registration_id, None)}, "two rejected, and others like them"


def test_what_looks_alike_counts_once_and_no_more_than_a_few_are_remembered(
    database, register, see
):
    _, registration_id = register()
    viral = os.urandom(32)
    for number in range(10):
        near = bytes([viral[0] ^ number, *viral[1:]]).hex()
        see(registration_id, pdq=near, verdict=Verdict.REJECTED)

    assert remembered(database) == 1
    assert muted(database) == {}
    for _ in range(2 * MOST_REMEMBERED):
        see(registration_id)
        see(registration_id, flagged=False)
    assert remembered(database) == 2 * MOST_REMEMBERED


def test_an_image_that_is_looked_at_again_is_remembered_as_it_was_seen_last(
    database, register, see
):
    _, registration_id = register()
    image_id = see(registration_id)
    again = SeenPlaces(registration_id, None, 0b11, 42, flagged=False)
    with database.writing() as session:
        muted_places.remember(session, image_id, [again], now=NOW)
        row = session.scalars(select(SeenPlacesRow)).one()

        assert (row.places, row.flagged) == (0b11, False)


def test_each_frame_of_a_registered_video_is_muted_for_itself(database, register, see):
    number, registration_id = register()
    for _ in range(3):
        see(registration_id, 0b111, verdict=Verdict.REJECTED, at_ms=4000)
    see(registration_id, LOGO, verdict=Verdict.REJECTED, at_ms=0)

    assert {shown: made.places for shown, made in muted(database).items()} == {
        (registration_id, 4000): 0b111
    }
    with database.reading() as session:
        (frame,) = muted_places.of_registration(session, number)
    assert frame.at_ms == 4000


def test_what_is_unmuted_counts_for_good_and_the_audit_says_who_did_it(database, register, see):
    number, registration_id = register()
    for _ in range(3):
        see(registration_id, verdict=Verdict.REJECTED)

    def unmute(reason="the wall is hers"):
        with database.writing() as session:
            return muted_places.unmute(session, number, reason=reason, actor="she", now=NOW)

    with pytest.raises(InvalidInput, match="--reason"):
        unmute(" ")
    assert unmute() == 4
    for _ in range(3):
        see(registration_id, verdict=Verdict.REJECTED)
    assert (muted(database), remembered(database)) == ({}, 0)
    with pytest.raises(Refused, match="nothing to take back"):
        unmute()
    with database.reading() as session:
        (entry,) = [e for e in audit.entries(session, limit=50) if e.action == "places unmuted"]
        assert (entry.actor, entry.subject, entry.reason) == ("she", number, "the wall is hers")
        with pytest.raises(NotFound):
            muted_places.of_registration(session, "R-0000-0000-0")


def test_withdrawing_erases_it_and_so_does_forgetting_an_image(database, register, see):
    (number, first), (_, second) = register(), register()
    for registration_id in (first, second):
        for _ in range(3):
            see(registration_id, verdict=Verdict.REJECTED)
    others = see(second, flagged=False)

    withdrawing.withdraw(database, number, actor="a", reason=None, now=NOW)

    assert set(muted(database)) == {(second, None)}
    assert remembered(database) == 4
    with database.writing() as session:
        # A crawl under way still holds what was withdrawn.
        muted_places.remember(session, others, [SeenPlaces(first, None, 1, 42, False)], now=NOW)  # noqa: FBT003
        forget(session, [others])
    assert remembered(database) == 3


def test_it_goes_with_its_image_and_its_registration_by_itself(database, register, see):
    (_, first), (_, second) = register(), register()
    image_id = see(first, flagged=False)
    see(second, flagged=False)
    with database.writing() as session:
        session.execute(text(f"DELETE FROM image WHERE image_id = {image_id}"))
        session.execute(text(f"DELETE FROM signal WHERE registration_id = {second}"))
        session.execute(text(f"DELETE FROM registration WHERE registration_id = {second}"))
    assert remembered(database) == 0


def test_what_is_confirmed_gives_way_to_what_is_rejected(database, register, see):
    """A picture that is posted often is not without room for what its places recur in."""
    _, registration_id = register()
    for _ in range(MOST_REMEMBERED):
        see(registration_id, verdict=Verdict.CONFIRMED)

    for _ in range(3):
        see(registration_id, verdict=Verdict.REJECTED)

    assert muted(database)[registration_id, None].places == LOGO
    assert remembered(database) == MOST_REMEMBERED
