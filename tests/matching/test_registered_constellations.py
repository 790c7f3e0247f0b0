"""Registered constellations are read once a machine, kept up, and in no file once withdrawn."""

import gc

import numpy as np
import pytest
from sqlalchemy import delete, insert, update

from casework import withdrawing
from domain.places import FoundPlaces, FramePlaces
from matching import registered_constellations
from matching.registered_constellations import open_constellations
from matching.registry_snapshot import drop_outdated, open_registry
from signals.constellation import Constellation
from signals.place_index import PlaceIndex
from storage import registry
from storage.database import Database
from storage.tables import RegistrationRow, RegistryRow, SignalRow
from tests.matching.conftest import NOW

ENOUGH = registered_constellations.SNAPSHOT_PICTURES


def picture(chance):
    """A picture of nothing, as a registered one is read."""
    places = np.column_stack(
        [
            chance.integers(5, 250, (42, 2)) * 2,
            chance.integers(4, 16, 42) / 4,
            chance.integers(0, 64, 42) * 5.625,
        ]
    )
    bits = chance.integers(0, 2**64, (42, 2), np.uint64)
    return Constellation(places.astype(np.float32), bits, 512, 384)


def shown(held, some):
    """Whose picture is proposed for an image that shows one as it is."""
    sure = np.zeros_like(some.bits)
    found = FoundPlaces(some.places, some.bits, sure, some.width, some.height)
    proposed = held.propose(FramePlaces(None, found, found))
    return {each.registration_id for each in proposed if each.alignment.votes > 20}


@pytest.fixture
def register_pictures(database, register_many):
    """Register so many pictures with a constellation; return case, ids and constellations."""

    def do(number, *, seed=0):
        case, ids, _ = register_many(number, seed=seed)
        chance = np.random.default_rng([seed, 5])
        pictures = [picture(chance) for _ in ids]
        with database.writing() as session:
            session.execute(
                insert(SignalRow),
                [
                    {
                        "registration_id": registration_id,
                        "type": "constellation",
                        "view": "upright",
                        "value": each.packed().hex(),
                    }
                    for registration_id, each in zip(ids, pictures, strict=True)
                ],
            )
        return case, ids, pictures

    return do


@pytest.fixture
def snapshot(database):
    return database.snapshots.constellations


def caught_up(database, held):
    with database.reading() as session:
        held.apply(registry.changes_since(session, held.version))
    return held


def test_a_small_registry_leaves_no_copy_on_disk_and_is_kept_up(
    database, register_pictures, snapshot
):
    case, ids, pictures = register_pictures(20)

    held = open_constellations(database)

    assert (len(held), held.version) == (20, 1)
    assert shown(held, pictures[7]) == {ids[7]}
    assert not snapshot.exists()
    _, more, of_more = register_pictures(2, seed=1)
    assert shown(held, of_more[0]) == set()
    assert shown(caught_up(database, held), of_more[0]) == {more[0]}
    withdrawing.withdraw(database, case, actor="a", reason=None, now=NOW)
    assert shown(caught_up(database, held), pictures[7]) == set()
    assert len(held) == 2


def test_a_registry_without_constellations_is_none(database, register_many):
    register_many(3)

    assert open_registry(database).constellations is None


def test_a_large_registry_is_kept_and_shared_and_caught_up(database, register_pictures, snapshot):
    _, ids, pictures = register_pictures(ENOUGH)

    first = open_constellations(database)
    written = snapshot.stat().st_mtime_ns
    second = open_registry(database).constellations

    assert snapshot.stat().st_mode & 0o777 == 0o600
    assert snapshot.stat().st_mtime_ns == written, "read again, not made again"
    for held in (first, second):
        assert held is not None
        assert len(held) == ENOUGH
        assert shown(held, pictures[1234]) == {ids[1234]}
    _, more, of_more = register_pictures(3, seed=1)
    third = open_constellations(database)
    assert third.version == 2
    assert shown(third, of_more[1]) == {more[1]}
    assert snapshot.stat().st_mtime_ns == written


def test_many_new_pictures_are_put_into_a_new_snapshot(database, register_pictures, snapshot):
    register_pictures(ENOUGH)
    open_constellations(database)
    _, ids, pictures = register_pictures(registered_constellations.RECENT_PICTURES + 1, seed=1)

    held = open_constellations(database)

    assert held.recent == 0
    assert shown(held, pictures[0]) == {ids[0]}
    assert PlaceIndex.load(snapshot)[1]["version"] == 2


def test_what_is_withdrawn_is_in_no_file_and_found_by_nobody(database, register_pictures, snapshot):
    register_pictures(ENOUGH)
    case, _, pictures = register_pictures(2, seed=1)
    before = open_constellations(database)
    needle = pictures[0].bits[9].tobytes()
    assert needle in snapshot.read_bytes()

    withdrawing.withdraw(database, case, actor="a", reason=None, now=NOW)

    assert not snapshot.exists()
    assert shown(caught_up(database, before), pictures[0]) == set()
    after = open_constellations(database)
    assert shown(after, pictures[0]) == set()
    assert needle not in snapshot.read_bytes()
    assert len(after) == ENOUGH


def test_a_withdrawal_on_another_machine_erases_the_file_of_this_one(
    database, register_pictures, snapshot
):
    case, _, pictures = register_pictures(ENOUGH)
    open_constellations(database)
    kept = snapshot.read_bytes()
    assert not drop_outdated(database)

    elsewhere = Database(str(database.engine.url.render_as_string(hide_password=False)))
    withdrawing.withdraw(elsewhere, case, actor="a", reason=None, now=NOW)
    elsewhere.close()

    assert snapshot.exists()
    assert drop_outdated(database)
    assert not snapshot.exists()
    snapshot.write_bytes(kept)  # as by a process that had begun to write it before
    _, _, others = register_pictures(ENOUGH, seed=1)
    held = open_constellations(database)
    assert shown(held, pictures[0]) == set()
    assert len(held) == ENOUGH
    assert others


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_damaged_file_and_one_of_another_registry_are_made_anew(
    database, register_pictures, snapshot
):
    register_pictures(ENOUGH)
    open_constellations(database)
    other = snapshot.read_bytes()
    with database.writing() as session:
        session.execute(delete(SignalRow))
        session.execute(delete(RegistrationRow))
        session.execute(update(RegistryRow).values(version=0))
    _, ids, pictures = register_pictures(ENOUGH, seed=2)
    for kept in (other, other[: len(other) // 2], b"", other[:-900] + bytes(900)):
        snapshot.write_bytes(kept)

        held = open_constellations(database)

        assert shown(held, pictures[5]) == {ids[5]}
        assert PlaceIndex.load(snapshot)[1]["version"] == 1


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_never_are_two_copies_of_a_large_registry_in_memory(
    database, register_pictures, monkeypatch
):
    """One of a hundred thousand photos takes 400 MB."""
    monkeypatch.setattr(registered_constellations, "SNAPSHOT_PICTURES", 5)
    monkeypatch.setattr(registered_constellations, "RECENT_PICTURES", 3)
    beside = []

    def noting(do):
        def noted(_cls, *given, **named):
            beside.append(sum(isinstance(one, PlaceIndex) and bool(len(one)) for one in all_held()))
            return do(*given, **named)

        return classmethod(noted)

    def all_held():
        gc.collect()
        return gc.get_objects()

    for name in ("load", "of"):
        monkeypatch.setattr(PlaceIndex, name, noting(getattr(PlaceIndex, name)))
    before = sum(isinstance(one, PlaceIndex) and bool(len(one)) for one in all_held())

    register_pictures(6)
    assert len(open_constellations(database)) == 6
    register_pictures(4, seed=1)
    assert len(open_constellations(database)) == 10, "made anew"

    assert len(beside) == 6
    assert set(beside) == {before}


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_folder_that_cannot_be_written_costs_speed_and_no_match(
    database, register_pictures, snapshot, caplog
):
    _, ids, pictures = register_pictures(ENOUGH)
    snapshot.mkdir(parents=True)  # no file can take its place

    with caplog.at_level("WARNING"):
        held = open_constellations(database)

    assert shown(held, pictures[1]) == {ids[1]}
    assert "cannot be used" in caplog.text


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_constellation_of_another_version_is_left_out_and_told(
    database, register_pictures, caplog
):
    _, ids, pictures = register_pictures(3)
    with database.writing() as session:
        session.execute(
            update(SignalRow)
            .where(SignalRow.registration_id == ids[0], SignalRow.type == "constellation")
            .values(value="63" + pictures[0].packed().hex()[2:])
        )

    held = open_constellations(database)

    assert len(held) == 2
    assert shown(held, pictures[1]) == {ids[1]}
    assert f"registration {ids[0]} is left out" in caplog.text
