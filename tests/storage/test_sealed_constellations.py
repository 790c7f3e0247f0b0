"""What is stored of a registered constellation tells nothing without the key, and fits one row."""

import os
from datetime import UTC, datetime

import pytest
from sqlalchemy import select, update

from domain.signal import PictureSignals, Signal, SignalType, View
from storage import cases, registrations, registry, resealing
from storage.database import Database
from storage.registry_keys import RegistryKeys, UnusableKeyError, new_secret, written
from storage.resealing import StoredConstellations
from storage.sealed_constellations import FORM, Place, seal, unseal
from storage.tables import SignalRow
from tests.promises.test_nothing_is_kept import dump
from tests.registry_key_files import key_file, opened_with

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def a_picture(frames=(None,)):
    constellations = [
        Signal(SignalType.CONSTELLATION, "01" + os.urandom(817).hex(), at_ms=at_ms)
        for at_ms in frames
    ]
    return PictureSignals((Signal(SignalType.SHA256, os.urandom(32).hex()), *constellations))


def register(database, picture):
    with database.writing() as session:
        version = registry.bump(session)
        case = cases.case_row(session, cases.open_case(session, now=NOW).number)
        return registrations.add(
            session, case.case_id, picture, source="file", version=version, now=NOW
        ).registration_id


def constellations(picture):
    return [each for each in picture.signals if each.type is SignalType.CONSTELLATION]


def read(database):
    """What a crawl reads: all constellations, by either way; and how many it cannot."""
    with database.reading() as session:
        changes = registry.changes_since(session, 0)
        chunks = list(registry.constellation_chunks(session))
    by_changes = {
        (owner, signal.at_ms, signal.value)
        for owner, signal in changes.added
        if signal.type is SignalType.CONSTELLATION
    }
    by_chunks = {
        (int(owner), at_ms, packed.hex())
        for chunk in chunks
        for owner, at_ms, packed in zip(chunk.ids, chunk.at_ms, chunk.packed, strict=True)
    }
    unreadable = sum(chunk.unreadable for chunk in chunks)
    assert by_changes == by_chunks
    assert changes.unreadable == unreadable
    return by_chunks, unreadable


def stored(database):
    with database.reading() as session:
        return resealing.stored_constellations(session)


def values(database):
    with database.reading() as session:
        return session.scalars(
            select(SignalRow.value)
            .where(SignalRow.type == SignalType.CONSTELLATION.value)
            .order_by(SignalRow.signal_id)
        ).all()


@pytest.fixture
def keyed(database, tmp_path):
    opened = opened_with(database, key_file(tmp_path / "registry.key"))
    yield opened
    opened.close()


@pytest.fixture
def with_keys(database, tmp_path):
    """Open the database with the keys given."""
    others: list[Database] = []

    def do(*secrets):
        others.append(opened_with(database, key_file(tmp_path / f"{len(others)}.key", *secrets)))
        return others[-1]

    yield do
    for each in others:
        each.close()


def test_with_a_key_no_part_of_it_is_in_any_table_and_it_is_read_as_it_was(
    keyed, database, database_url
):
    picture = a_picture(frames=(None, 0, 2_000))

    registration_id = register(keyed, picture)

    for value in dump(database_url):
        for signal in constellations(picture):
            packed = bytes.fromhex(signal.value)
            for start in range(0, len(packed) - 8, 8):
                assert packed[start : start + 8] not in value
    with keyed.reading() as session:
        assert registrations.picture_of(session, registration_id).signals == picture.signals
    wanted = {(registration_id, each.at_ms, each.value) for each in constellations(picture)}
    assert read(keyed) == (wanted, 0)
    assert stored(keyed) == StoredConstellations(plain=0, current=3, older=0, unreadable=0)
    # Whoever has the database alone: nothing of it, and everything else.
    assert read(database) == (set(), 3)
    assert stored(database).unreadable == 3
    with database.reading() as session:
        without = registrations.picture_of(session, registration_id)
    assert {each.type for each in without.signals} == {SignalType.SHA256}


def test_the_same_picture_twice_is_stored_in_two_ways(keyed):
    picture = a_picture()
    for _ in range(2):
        register(keyed, picture)

    first, second = values(keyed)

    assert first[:18] == second[:18]  # the form and the key
    assert not any(first[start : start + 16] in second for start in range(18, len(first) - 16, 2))


def test_without_a_key_it_is_stored_as_ever_and_both_may_stand_side_by_side(database, keyed):
    plain, sealed = a_picture(), a_picture()
    of_plain = register(database, plain)
    of_sealed = register(keyed, sealed)

    assert values(database)[0] == constellations(plain)[0].value
    assert stored(keyed) == StoredConstellations(plain=1, current=1, older=0, unreadable=0)
    wanted = {
        (owner, None, constellations(picture)[0].value)
        for owner, picture in ((of_plain, plain), (of_sealed, sealed))
    }
    assert read(keyed) == (wanted, 0)


def test_moved_to_another_registration_view_or_moment_it_cannot_be_read(keyed):
    ids = [register(keyed, a_picture()), register(keyed, a_picture())]
    taken = values(keyed)
    with keyed.writing() as session:
        for owner, value in zip(ids, reversed(taken), strict=True):
            session.execute(
                update(SignalRow)
                .where(SignalRow.registration_id == owner, SignalRow.type == "constellation")
                .values(value=value)
            )

    assert read(keyed) == (set(), 2)
    assert stored(keyed).unreadable == 2

    with keyed.writing() as session:  # back again
        for owner, value in zip(ids, taken, strict=True):
            session.execute(
                update(SignalRow)
                .where(SignalRow.registration_id == owner, SignalRow.type == "constellation")
                .values(value=value)
            )
    assert len(read(keyed)[0]) == 2
    with keyed.writing() as session:
        of = SignalRow.type == "constellation"
        session.execute(update(SignalRow).where(of).values(view=View.MIRRORED.value))
    assert read(keyed)[1] == 2
    with keyed.writing() as session:
        session.execute(update(SignalRow).where(of).values(view=View.UPRIGHT.value, at_ms=7))
    assert read(keyed)[1] == 2


@pytest.mark.parametrize("place", [0, 1, 9, 21, 400, -1], ids=str)
def test_a_single_bit_that_is_changed_is_noticed(keyed, place):
    register(keyed, a_picture())
    value = bytearray(bytes.fromhex(values(keyed)[0]))
    value[place] ^= 1
    with keyed.writing() as session:
        session.execute(
            update(SignalRow)
            .where(SignalRow.type == "constellation")
            .values(value=bytes(value).hex())
        )

    if place == 0:  # no longer one that is encrypted: of a version that there is not
        assert stored(keyed).plain == 1
    else:
        assert read(keyed) == (set(), 1)


def test_what_is_cut_short_cannot_be_read_and_stops_nothing(tmp_path):
    key = RegistryKeys(key_file(tmp_path / "key")).current()
    whole = seal(key, Place(1, "upright", None), b"\x01 a constellation")

    assert unseal(key, Place(1, "upright", None), whole) == b"\x01 a constellation"
    for length in range(len(FORM), len(whole)):
        assert unseal(key, Place(1, "upright", None), whole[:length]) is None


def test_another_key_reads_nothing_and_the_lost_one_below_it_everything(with_keys):
    secret, other = new_secret(), new_secret()
    register(with_keys(secret), a_picture())

    assert read(with_keys(other)) == (set(), 1)
    assert len(read(with_keys(other, secret))[0]) == 1
    assert stored(with_keys(other, secret)).older == 1


def test_with_a_key_that_cannot_be_used_nothing_is_stored_in_plain(keyed, database):
    keyed.keys.path.write_bytes(b"")

    with pytest.raises(UnusableKeyError, match="is empty"):
        register(keyed, a_picture())

    with database.reading() as session:
        assert session.scalars(select(SignalRow)).first() is None


# --- changing how it is stored --------------------------------------------------------------


def nobody(*_):
    """Hear nothing."""


def test_what_is_stored_in_plain_is_encrypted_and_can_be_taken_back(database, keyed, monkeypatch):
    monkeypatch.setattr(resealing, "_AT_ONCE", 4)
    pictures = [a_picture() for _ in range(10)]
    for picture in pictures:
        register(database, picture)
    before, heard = read(database), []

    done = resealing.encrypt(keyed, told=lambda *each: heard.append(each))

    assert (done.changed, done.unreadable) == (10, 0)
    assert heard == [(4, 10), (8, 10), (10, 10)]
    assert read(keyed) == before
    assert read(database) == (set(), 10)
    assert resealing.encrypt(keyed, told=nobody).changed == 0

    assert resealing.decrypt(keyed, told=nobody).changed == 10

    assert read(database) == before
    assert values(database) == [constellations(picture)[0].value for picture in pictures]


def test_interrupted_it_goes_on_where_it_was(database, keyed, monkeypatch):
    monkeypatch.setattr(resealing, "_AT_ONCE", 4)
    for _ in range(10):
        register(database, a_picture())
    before = read(database)

    def interrupt(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        resealing.encrypt(keyed, told=interrupt)

    assert stored(keyed) == StoredConstellations(plain=6, current=4, older=0, unreadable=0)
    assert read(keyed) == before
    assert resealing.encrypt(keyed, told=nobody).changed == 6
    assert read(keyed) == before


def test_a_new_key_takes_over_while_a_crawl_that_knows_the_old_one_goes_on(database, keyed):
    for _ in range(3):
        register(keyed, a_picture())
    before = read(keyed)
    path = keyed.keys.path
    (old,) = path.read_bytes().splitlines()
    path.write_bytes(written([new_secret()]) + old + b"\n")
    afterwards = opened_with(database, path)
    try:
        of_new, of_old = afterwards.keys.all()

        assert resealing.encrypt(afterwards, told=nobody).changed == 3

        with afterwards.reading() as session:
            assert resealing.under(session, of_old) == 0
            assert resealing.under(session, of_new) == 3
        assert read(afterwards) == read(keyed) == before
    finally:
        afterwards.close()


def test_what_cannot_be_read_is_left_and_counted_and_the_rest_goes_on(with_keys, database):
    lost, key = new_secret(), new_secret()
    register(with_keys(lost), a_picture())
    register(database, a_picture())
    register(with_keys(lost), a_picture())
    held = with_keys(key)

    done = resealing.encrypt(held, told=nobody)

    assert (done.changed, done.unreadable) == (1, 2)
    assert stored(held) == StoredConstellations(plain=0, current=1, older=0, unreadable=2)
    done = resealing.decrypt(held, told=nobody)
    assert (done.changed, done.unreadable) == (1, 2)
    assert len(read(with_keys(lost))[0]) == 3
