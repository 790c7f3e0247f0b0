"""Constellations that are encrypted are found by like the others, and stand in no file beside."""

import logging

import numpy as np
import pytest
from sqlalchemy import insert

from domain.signal import Signal, SignalType
from matching import registered_constellations
from matching.registered_constellations import open_constellations
from matching.registry_snapshot import open_registry
from storage import registry, resealing
from storage.sealed_constellations import rows_of
from storage.tables import SignalRow
from tests.matching.test_registered_constellations import picture, shown
from tests.registry_key_files import key_file, opened_with

FEW = 20


@pytest.fixture(autouse=True)
def few_are_many(monkeypatch):
    monkeypatch.setattr(registered_constellations, "SNAPSHOT_PICTURES", FEW)


@pytest.fixture
def with_key(database, tmp_path):
    """Open the database with a key; the same name gives the same key."""
    others = []

    def do(name="registry.key"):
        path = tmp_path / name
        others.append(opened_with(database, path if path.exists() else key_file(path)))
        return others[-1]

    yield do
    for each in others:
        each.close()


@pytest.fixture
def register_pictures(register_many):
    """Register so many pictures with a constellation, as a database stores them."""

    def do(database, number, *, seed=0):
        _, ids, _ = register_many(number, seed=seed)
        chance = np.random.default_rng([seed, 5])
        pictures = [picture(chance) for _ in ids]
        with database.writing() as session:
            for registration_id, each in zip(ids, pictures, strict=True):
                signal = Signal(SignalType.CONSTELLATION, each.packed().hex())
                session.execute(insert(SignalRow), rows_of(session, registration_id, [signal]))
        return ids, pictures

    return do


def nobody(*_):
    """Hear nothing."""


def test_a_registry_that_is_encrypted_is_held_and_kept_up_and_leaves_no_file(
    database, with_key, register_pictures
):
    keyed = with_key()
    ids, pictures = register_pictures(keyed, FEW)

    held = open_constellations(keyed)

    assert (len(held), held.unreadable) == (FEW, 0)
    assert shown(held, pictures[7]) == {ids[7]}
    assert not database.snapshots.constellations.exists()
    more, of_more = register_pictures(keyed, 2, seed=1)
    with keyed.reading() as session:
        held.apply(registry.changes_since(session, held.version))
    assert shown(held, of_more[0]) == {more[0]}


def test_a_file_of_before_is_erased_when_there_is_a_key(database, with_key, register_pictures):
    ids, pictures = register_pictures(database, FEW)
    open_constellations(database)
    assert database.snapshots.constellations.exists()

    held = open_constellations(with_key())

    assert shown(held, pictures[3]) == {ids[3]}
    assert not database.snapshots.constellations.exists()


def test_without_the_key_what_can_be_read_is_held_and_no_file_is_made_that_lacks_the_rest(
    database, with_key, register_pictures, caplog
):
    sealed, of_sealed = register_pictures(with_key(), FEW)
    plain, of_plain = register_pictures(database, FEW, seed=1)

    with caplog.at_level(logging.WARNING):
        held = open_registry(database).constellations

    assert held is not None
    assert (len(held), held.unreadable) == (FEW, FEW)
    assert shown(held, of_plain[5]) == {plain[5]}
    assert shown(held, of_sealed[5]) == set()
    assert f"{FEW} registered constellations are left out" in caplog.text
    assert not database.snapshots.constellations.exists()

    resealing.decrypt(with_key(), told=nobody)

    assert shown(open_constellations(database), of_sealed[5]) == {sealed[5]}


def test_with_another_key_all_other_signals_are_held(with_key, register_pictures):
    register_pictures(with_key(), FEW)

    found = open_registry(with_key("another.key"))

    assert found.constellations is not None
    assert (len(found.constellations), found.constellations.unreadable) == (0, FEW)
    assert len(found.index) == 8 * FEW


def test_what_is_registered_with_a_key_that_a_crawl_lacks_is_left_out_and_counted(
    database, with_key, register_pictures, caplog
):
    ids, pictures = register_pictures(database, FEW)
    held = open_constellations(database)
    _, of_more = register_pictures(with_key(), 1, seed=1)

    with database.reading() as session, caplog.at_level(logging.WARNING):
        held.apply(registry.changes_since(session, held.version))

    assert held.unreadable == 1
    assert shown(held, of_more[0]) == set()
    assert shown(held, pictures[0]) == {ids[0]}
    assert "vigil doctor" in caplog.text
