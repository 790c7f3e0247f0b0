"""A suspended registration flags nothing, keeps everything, and can be resumed."""

import os
from datetime import UTC, datetime, timedelta

import pytest

from domain.errors import InvalidInput, NotFound, Refused
from domain.review import MatchState
from domain.signal import Agreement, ImageSignals, PictureSignals, Signal, SignalType, View
from matching import registry_snapshot
from storage import (
    audit,
    cases,
    flagging,
    matches,
    registrations,
    registry,
    sightings,
    suspensions,
    withdrawals,
)
from storage.suspensions import FLOOD_FLAGS

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
EARLIER = NOW - timedelta(days=60)


@pytest.fixture
def case(database):
    with database.writing() as session:
        return cases.open_case(session, now=NOW).number


@pytest.fixture
def add(database, case):
    """Register a picture with a constellation; give its number and its id."""

    def do(now=EARLIER):
        picture = PictureSignals(
            (
                Signal(SignalType.SHA256, os.urandom(32).hex()),
                Signal(SignalType.PDQ, os.urandom(32).hex(), quality=90),
                Signal(SignalType.CONSTELLATION, os.urandom(200).hex()),
            )
        )
        with database.writing() as session:
            version = registry.bump(session)
            row = registrations.add(
                session,
                cases.case_row(session, case).case_id,
                picture,
                source="file",
                version=version,
                now=now,
            )
            return row.number, row.registration_id

    return do


@pytest.fixture
def flag(database):
    """Record so many different images, each near a registration; how many matches are new.

    They look unlike each other, but for those that are near one PDQ signal.
    """

    def do(
        registration_id,
        times=1,
        *,
        now=NOW,
        kind=SignalType.CONSTELLATION,
        distance=9,
        near_pdq=None,
    ):
        flagged = 0
        with database.writing() as session:
            registry.version_shared(session)
            for number in range(times):
                pdq = near_pdq and f"{int(near_pdq, 16) ^ (1 << number % 5):064x}"
                image = ImageSignals(
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
                image_id = sightings.image_id_of(session, image, now=now)
                near = Agreement(registration_id, kind, View.UPRIGHT, distance)
                flagged += flagging.flag(session, image_id=image_id, agreements=[near], now=now)
        return flagged

    return do


def suspend(database, number, reason="it is a logo"):
    with database.writing() as session:
        suspensions.suspend(session, number, reason=reason, actor="kim", now=NOW)


def resume(database, number, now=NOW):
    with database.writing() as session:
        return suspensions.resume(session, number, actor="kim", now=now)


def held(database):
    """Whose signals a crawl that starts now is given, by each way that there is to read them."""
    with database.reading() as session:
        by_changes = {owner for owner, _ in registry.changes_since(session, 0).added}
        by_type = [
            {
                int(owner)
                for chunk in registry.signal_chunks(session, kind)
                for owner in chunk.registrations
            }
            for kind in (SignalType.SHA256, SignalType.PDQ)
        ]
        constellations = {
            int(owner) for chunk in registry.constellation_chunks(session) for owner in chunk.ids
        }
    assert by_changes == constellations
    assert by_type == [by_changes, by_changes]
    return by_changes


def test_nothing_of_a_suspended_registration_flags_not_even_its_very_file(database, add, flag):
    number, one = add()
    _, two = add()
    assert flag(one) == 1

    suspend(database, number)

    assert held(database) == {two}
    assert flag(one) == 0
    assert flag(one, kind=SignalType.SHA256, distance=0) == 0
    assert flag(two) == 1
    with database.reading() as session:
        assert len(matches.list_matches(session)) == 2, "its matches stay"
        (told,) = suspensions.list_suspended(session)
        assert (told.number, told.reason, told.flagged) == (number, "it is a logo", 1)
        held_of_it = registrations.picture_of(session, one)
        assert len(held_of_it.signals) == 3

    assert resume(database, number) == one
    assert held(database) == {one, two}
    assert flag(one) == 1


def test_whoever_is_behind_takes_it_out_and_in_again(database, add):
    number, one = add()
    with database.reading() as session:
        before = registry.current_version(session)
        signals = [signal for _, signal in registry.changes_since(session, 0).added]

    suspend(database, number)
    with database.reading() as session:
        changes = registry.changes_since(session, before)
        assert (changes.version, changes.withdrawn, changes.added) == (before + 1, [one], [])
        assert registry.changes_since(session, before + 1).withdrawn == []

    resume(database, number)
    with database.reading() as session:
        for since in (before, before + 1):
            changes = registry.changes_since(session, since)
            assert (changes.version, changes.withdrawn) == (before + 2, [one])
            assert changes.added == [(one, signal) for signal in signals]


def test_a_registry_that_suspended_another_one_stands_otherwise(database, add):
    """As after a backup was restored: a copy of one must not pass for a copy of the other."""
    (number, _), _ = add(), add()
    with database.reading() as session:
        before = registry.standing(session, 2)
    suspend(database, number)
    with database.reading() as session:
        assert registry.standing(session, 2) == before
        assert registry.standing(session, 3) != before


def test_no_snapshot_serves_what_is_suspended(database, add, flag, monkeypatch):
    """Not one that was made before, whoever suspended it; and what is resumed is served again."""
    monkeypatch.setattr(registry_snapshot, "SNAPSHOT_SIGNALS", 1)
    (number, one), (_, two) = add(), add()

    def served():
        held = registry_snapshot.open_registry(database)
        with database.reading() as session:
            values = [
                (owner, signal.value)
                for owner in (one, two)
                for signal in registrations.picture_of(session, owner).signals
                if signal.type is SignalType.PDQ
            ]
        return {
            owner
            for owner, pdq in values
            for near in held.index.search(
                ImageSignals("0" * 64, "0" * 32, pdq, 90, "0" * 16, "JPEG", 9, 9, 9),
                pdq_distance=31,
            )
            if near.registration_id == owner
        }

    assert served() == {one, two}
    suspend(database, number)
    assert served() == {two}
    assert served() == {two}, "from the snapshot that was made then"
    resume(database, number)
    assert served() == {one, two}
    flag(one, FLOOD_FLAGS + 1, now=NOW + timedelta(days=1))
    assert served() == {two}


def test_it_is_written_down_who_did_it_and_why(database, add):
    number, _ = add()
    suspend(database, number)
    with database.writing() as session:
        suspensions.resume(session, number, actor="lee", reason="it is hers", now=NOW)

    with database.reading() as session:
        told = [
            (entry.actor, entry.action, entry.reason)
            for entry in audit.entries(session, subject=number, limit=9)
        ]
        assert told == [
            ("lee", "picture resumed", "it is hers"),
            ("kim", "picture suspended", "it is a logo"),
        ]
        assert audit.verify(session).problems == ()


def test_what_cannot_be_suspended_or_resumed_says_so(database, case, add):
    number, _ = add()
    with pytest.raises(InvalidInput, match="needs a reason"):
        suspend(database, number, reason="  ")
    with pytest.raises(Refused, match="is not suspended"):
        resume(database, number)
    suspend(database, number)
    with pytest.raises(Refused, match="suspended already, since 01 March 2026"):
        suspend(database, number)
    with pytest.raises(NotFound, match="R-0"):
        suspend(database, "R-0")

    with database.writing() as session:
        version = registry.bump(session)
        rows = registrations.active_in(session, cases.case_row(session, case).case_id)
        withdrawals.erase(session, rows, version=version, now=NOW)
    for change in (suspend, resume):
        with pytest.raises(Refused, match="was withdrawn on 01 March 2026"):
            change(database, number)
    with database.reading() as session:
        (told,) = registrations.list_registrations(session, case)
        assert (told.suspended_at, told.suspended_for) == (None, None)


def test_a_flood_ends_by_itself_and_its_matches_stay(database, add, flag):
    number, one = add()
    _, two = add()
    flag(two, 3)

    assert flag(one, FLOOD_FLAGS) == FLOOD_FLAGS
    with database.reading() as session:
        assert suspensions.list_suspended(session) == []
        before = registry.current_version(session)

    assert flag(one, 5) == 1

    assert held(database) == {two}
    with database.reading() as session:
        (told,) = suspensions.list_suspended(session)
        assert (told.number, told.flagged) == (number, FLOOD_FLAGS + 1)
        assert told.reason == (
            "It had 51 new matches within 24 hours, and nobody has confirmed one of its matches."
        )
        (entry, *_) = audit.entries(session, subject=number, limit=1)
        assert (entry.actor, entry.action, entry.reason) == (
            "vigil",
            "picture suspended",
            told.reason,
        )
        assert registry.changes_since(session, before).withdrawn == [one]
    assert flag(two) == 1


def test_a_picture_that_is_posted_again_and_again_is_no_flood(database, add, flag):
    """Not even on a weekend on which nobody reviews, nor if somebody posts it to have it so."""
    _, one = add()
    pdq = os.urandom(32).hex()

    for kind in (SignalType.PDQ, SignalType.CONSTELLATION):
        assert flag(one, FLOOD_FLAGS + 10, kind=kind, near_pdq=pdq) == FLOOD_FLAGS + 10
    assert flag(one, FLOOD_FLAGS + 10, kind=SignalType.PDQ) == FLOOD_FLAGS + 10

    with database.reading() as session:
        assert suspensions.list_suspended(session) == []
        assert suspensions.floods(session, now=NOW) == []


def test_what_comes_slowly_or_was_confirmed_once_is_no_flood(database, add, flag):
    _, slow = add()
    for hours in range(FLOOD_FLAGS + 10):
        assert flag(slow, now=NOW + timedelta(hours=hours)) == 1
    _, confirmed = add()
    flag(confirmed, now=NOW - timedelta(days=30))
    with database.writing() as session:
        match = matches.list_matches(session)[-1].number
        matches.match_row(session, match).state = MatchState.CONFIRMED.value

    assert flag(confirmed, FLOOD_FLAGS + 10) == FLOOD_FLAGS + 10
    with database.reading() as session:
        assert suspensions.list_suspended(session) == []


def test_one_that_a_person_resumed_is_not_suspended_for_what_was_known_then(database, add, flag):
    number, one = add()
    flag(one, FLOOD_FLAGS + 1)
    resume(database, number, now=NOW + timedelta(hours=1))
    later = NOW + timedelta(hours=2)

    assert flag(one, FLOOD_FLAGS, now=later) == FLOOD_FLAGS
    assert flag(one, 2, now=later) == 1


def test_what_is_found_at_once_as_one_is_registered_or_resumed_is_no_flood(database, add, flag):
    """What is posted everywhere already is flagged in full, and whoever registers it is told."""
    number, one = add(now=NOW)
    assert flag(one, FLOOD_FLAGS + 5, now=NOW) == FLOOD_FLAGS + 5
    later = NOW + timedelta(hours=1)
    suspend(database, number)
    resume(database, number, now=later)
    assert flag(one, FLOOD_FLAGS + 5, now=later) == FLOOD_FLAGS + 5

    assert flag(one, FLOOD_FLAGS + 5, now=later + timedelta(minutes=1)) == FLOOD_FLAGS + 1


def test_floods_are_told_by_flags_pictures_and_what_was_confirmed(database, add, flag):
    number, one = add()
    flag(one, 20)

    def told(**of):
        with database.reading() as session:
            return [
                (flood.number, flood.flags, flood.pictures, flood.confirmed)
                for flood in suspensions.floods(session, now=NOW, **of)
            ]

    assert told(flags=19) == [(number, 20, 20, 0)]
    assert told(flags=20) == []
    assert told(flags=5, within=timedelta(0)) == []
    with database.writing() as session:
        for match in matches.list_matches(session, limit=2):
            matches.match_row(session, match.number).state = MatchState.CONFIRMED.value
    assert told(flags=19) == [], "a tenth of them is confirmed"


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)  # SQLite: one writer
def test_a_flood_ends_while_others_record(database, add, flag):
    """Two who record hold the registry shared: neither may wait for the other to let go of it."""
    number, one = add()
    flag(one, FLOOD_FLAGS)
    with database.writing() as session:
        before = registry.version_shared(session)

        assert flag(one, 3) == 1

    with database.reading() as session:
        assert [told.number for told in suspensions.list_suspended(session)] == [number]
        assert registry.current_version(session) == before, "somebody held it"
    assert held(database) == set()

    assert flag(one) == 0  # somebody still compares with it, and now the others are told

    with database.reading() as session:
        assert registry.changes_since(session, before).withdrawn == [one]
