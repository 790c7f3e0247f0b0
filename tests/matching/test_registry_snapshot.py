"""A large registry is read once a machine, and what was withdrawn is in no file of it."""

import threading
from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, update

from casework import withdrawing
from domain.errors import OutsideDown
from domain.signal import ImageSignals, View
from matching import registry_snapshot
from matching.registry_snapshot import apply_changes, drop_outdated, open_registry
from signals.index import SignalIndex
from storage import registry
from storage.database import Database
from storage.tables import RegistrationRow, RegistryRow, SignalRow

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ENOUGH = registry_snapshot.SNAPSHOT_SIGNALS // len(View) + 1


def image(pdq):
    return ImageSignals("0" * 64, "0" * 32, pdq.tobytes().hex(), 100, "0" * 16, "JPEG", 9, 9, 9)


def found(held, pdq):
    agreements = held.index.search(image(pdq), pdq_distance=31)
    return [(a.registration_id, a.view) for a in agreements]


@pytest.fixture
def snapshot(database):
    return database.snapshots.registry


def test_a_small_registry_leaves_no_copy_on_disk(database, register_many, snapshot):
    _, ids, pdq = register_many(20)

    held = open_registry(database)

    assert found(held, pdq[7, 2]) == [(ids[7], View.TURNED_180)]
    assert held.version == 1
    assert not snapshot.exists()


def test_a_large_registry_is_kept_and_shared_and_caught_up(database, register_many, snapshot):
    _, ids, pdq = register_many(ENOUGH)

    first = open_registry(database)
    written = snapshot.stat().st_mtime_ns
    second = open_registry(database)

    assert snapshot.stat().st_mode & 0o777 == 0o600
    assert snapshot.parent.stat().st_mode & 0o777 == 0o700
    assert snapshot.stat().st_mtime_ns == written, "read again, not made again"
    for held in (first, second):
        assert len(held.index) == ENOUGH * len(View)
        assert found(held, pdq[4000, 5]) == [(ids[4000], View.MIRRORED_90)]

    _, more, more_pdq = register_many(3, seed=1)
    third = open_registry(database)
    assert third.version == 2
    assert found(third, more_pdq[1, 0]) == [(more[1], View.UPRIGHT)]
    assert snapshot.stat().st_mtime_ns == written
    with database.reading() as session:
        apply_changes(first.index, registry.changes_since(session, first.version))
    assert found(first, more_pdq[2, 0]) == [(more[2], View.UPRIGHT)]


def test_many_new_registrations_are_put_into_a_new_snapshot(database, register_many, snapshot):
    register_many(ENOUGH)
    open_registry(database)
    _, ids, pdq = register_many(registry_snapshot.RECENT_SIGNALS // len(View) + 1, seed=1)

    held = open_registry(database)

    assert held.index.recent == 0
    assert found(held, pdq[0, 0]) == [(ids[0], View.UPRIGHT)]
    assert SignalIndex.load(snapshot)[1]["version"] == 2


def test_a_constellation_is_in_no_snapshot_and_keeps_nothing_from_being_found(
    database, register_many, snapshot
):
    """It is compared by other means; whoever is named in the registry stays findable by these."""
    value = bytes(range(1, 201)) * 4

    def give(registration_id):
        with database.writing() as session:
            session.add(
                SignalRow(
                    registration_id=registration_id,
                    type="constellation",
                    view="upright",
                    value=value.hex(),
                )
            )

    _, ids, pdq = register_many(ENOUGH)
    give(ids[0])
    first = open_registry(database)
    _, more, more_pdq = register_many(1, seed=1)
    give(more[0])

    second = open_registry(database)

    assert value[:16] not in snapshot.read_bytes()
    assert len(first.index) == ENOUGH * len(View)
    assert len(second.index) == (ENOUGH + 1) * len(View)
    assert found(second, pdq[0, 3]) == [(ids[0], View.TURNED_270)]
    assert found(second, more_pdq[0, 1]) == [(more[0], View.TURNED_90)]


def test_what_is_withdrawn_is_in_no_file_and_found_by_nobody(database, register_many, snapshot):
    register_many(ENOUGH)
    case, ids, pdq = register_many(2, seed=1)
    before = open_registry(database)
    assert pdq[0, 0].tobytes() in snapshot.read_bytes()

    withdrawing.withdraw(database, case, actor="a", reason=None, now=NOW)

    assert not snapshot.exists()
    with database.reading() as session:
        apply_changes(before.index, registry.changes_since(session, before.version))
    assert found(before, pdq[0, 0]) == []
    after = open_registry(database)
    assert found(after, pdq[0, 0]) == []
    assert pdq[0, 0].tobytes() not in snapshot.read_bytes()
    assert len(after.index) == ENOUGH * len(View)
    assert ids


def test_a_withdrawal_on_another_machine_erases_the_snapshot_of_this_one(
    database, register_many, snapshot
):
    case, _, _ = register_many(ENOUGH)
    open_registry(database)
    kept = snapshot.read_bytes()
    assert not drop_outdated(database)

    elsewhere = Database(str(database.engine.url.render_as_string(hide_password=False)))
    withdrawing.withdraw(elsewhere, case, actor="a", reason=None, now=NOW)
    elsewhere.close()

    assert snapshot.exists()
    assert drop_outdated(database)
    assert not snapshot.exists()
    snapshot.write_bytes(kept)  # as by a process that had begun to write it before
    assert len(open_registry(database).index) == 0


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_damaged_snapshot_is_made_anew(database, register_many, snapshot):
    _, ids, pdq = register_many(ENOUGH)
    open_registry(database)
    whole = snapshot.read_bytes()
    for damaged in (whole[: len(whole) // 2], b"nonsense", b"", whole[:-2000] + bytes(2000)):
        snapshot.write_bytes(damaged)

        assert found(open_registry(database), pdq[9, 0]) == [(ids[9], View.UPRIGHT)]
        assert snapshot.read_bytes() == whole


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_snapshot_of_another_registry_is_not_used(database, register_many, snapshot):
    """A restored backup, or another database: its version alone would not tell."""
    register_many(ENOUGH, seed=1)
    open_registry(database)
    other = snapshot.read_bytes()
    with database.writing() as session:
        session.execute(delete(SignalRow))
        session.execute(delete(RegistrationRow))
        session.execute(update(RegistryRow).values(version=0))
    _, ids, pdq = register_many(ENOUGH, seed=2)

    snapshot.write_bytes(other)
    held = open_registry(database)

    assert found(held, pdq[0, 0]) == [(ids[0], View.UPRIGHT)]
    assert SignalIndex.load(snapshot)[1]["version"] == 1


def test_crawls_that_start_together_all_get_the_whole_registry(database, register_many):
    _, ids, pdq = register_many(ENOUGH)
    opened = []
    threads = [
        threading.Thread(target=lambda: opened.append(open_registry(database))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert [found(held, pdq[70, 1]) for held in opened] == [[(ids[70], View.TURNED_90)]] * 4


def test_a_folder_that_cannot_be_written_costs_speed_and_no_match(
    database, register_many, snapshot, caplog
):
    _, ids, pdq = register_many(ENOUGH)
    snapshot.parent.mkdir(parents=True)
    snapshot.mkdir()  # no file can take its place

    with caplog.at_level("WARNING"):
        held = open_registry(database)

    assert found(held, pdq[1, 0]) == [(ids[1], View.UPRIGHT)]
    assert "cannot be used" in caplog.text


def test_a_snapshot_that_cannot_be_erased_is_told(database, register_many, snapshot):
    case, _, _ = register_many(3)
    snapshot.mkdir(parents=True)  # no file to be unlinked

    with pytest.raises(OutsideDown, match=rf"{case} is withdrawn, but .*snapshots could not be"):
        withdrawing.withdraw(database, case, actor="a", reason=None, now=NOW)
    assert len(open_registry(database).index) == 0
