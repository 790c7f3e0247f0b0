"""Exact search: what the index finds is what looking at every signal finds, whatever its size."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signals.band_plan import BandPlan, masks_around, plan_for, shuffled_bits
from signals.bands import Bands
from signals.hamming_index import BANDED_ROWS, HammingIndex
from signals.snapshot_file import DamagedSnapshotError

ROOT = Path(__file__).resolve().parents[2]
USUAL = {256: 31, 64: 8}


def some_codes(rng, rows, bits):
    return rng.integers(0, 256, (rows, bits // 8), dtype=np.uint8)


def flipped(rng, code, distance):
    bits = np.unpackbits(code)
    bits[rng.choice(len(bits), distance, replace=False)] ^= 1
    return np.packbits(bits)


def by_looking_at_all(codes, query, distance):
    """The reference: every signal compared, bit by bit."""
    away = (np.unpackbits(codes, axis=1) != np.unpackbits(query)).sum(axis=1)
    return {(int(row), int(away[row])) for row in np.flatnonzero(away <= distance)}


def rows_found(index, query, distance):
    hits = index.search(query.tobytes(), distance)
    assert [hit.distance for hit in hits] == sorted(hit.distance for hit in hits)
    found = {(hit.owner, hit.distance) for hit in hits}
    assert len(found) == len(hits), "a signal is found twice"
    return found


@pytest.fixture(scope="module", params=[256, 64])
def large(request):
    """An index with bands: a third unrelated signals, a third skewed, a third near one another."""
    bits = request.param
    rng = np.random.default_rng(7)
    third = BANDED_ROWS // 2
    unrelated = some_codes(rng, third, bits)
    skewed = np.packbits(rng.random((third, bits)) < np.linspace(0.02, 0.98, bits), axis=1)
    centre = some_codes(rng, 1, bits)[0]
    near = np.array([flipped(rng, centre, rng.integers(0, 40 * bits // 256)) for _ in range(third)])
    codes = np.concatenate([unrelated, skewed, near])
    owners = np.arange(len(codes))
    index = HammingIndex.build(codes, owners, (owners % 8).astype(np.uint8), usual=USUAL[bits])
    assert index._bands is not None
    return index, codes


@pytest.mark.parametrize("share", [0, 0.1, 0.5, 1.0, 1.5, 3.0, 8.0])
def test_a_banded_index_finds_what_looking_at_all_finds(large, share):
    index, codes = large
    rng = np.random.default_rng(int(10 * share))
    distance = min(int(USUAL[index.bits] * share), index.bits)
    chosen = rng.integers(0, len(codes), 12)
    queries = [flipped(rng, codes[row], rng.integers(0, distance + 1)) for row in chosen]
    queries += list(some_codes(rng, 4, index.bits))
    expected = [by_looking_at_all(codes, query, distance) for query in queries]

    assert [rows_found(index, query, distance) for query in queries] == expected
    batch = index.search_batch(np.array(queries), distance)
    found: list[set[tuple[int, int]]] = [set() for _ in queries]
    for query, owner, tag, away in zip(
        batch.query, batch.owner, batch.tag, batch.distance, strict=True
    ):
        found[query].add((int(owner), int(away)))
        assert tag == owner % 8
    assert found == expected
    assert len(batch) == sum(map(len, expected))


@given(
    rows=st.integers(1, 400),
    spread=st.integers(0, 120),
    distance=st.integers(0, 60),
    bits=st.sampled_from([64, 256]),
    seed=st.integers(0, 2**32),
)
@settings(max_examples=150, deadline=None)
def test_bands_of_any_few_rows_are_exact(rows, spread, distance, bits, seed):
    rng = np.random.default_rng(seed)
    centre = some_codes(rng, 1, bits)[0]
    spread = spread * bits // 256
    codes = np.array([flipped(rng, centre, rng.integers(0, spread + 1)) for _ in range(rows)])
    words = codes.view(np.uint64)
    queries = np.array([centre, flipped(rng, codes[0], min(distance, bits)), codes[-1]])

    near = Bands.build(words, USUAL[bits]).search(queries.view(np.uint64), words, distance)

    found: list[set[tuple[int, int]]] = [set(), set(), set()]
    for query, row, away in zip(near.query, near.row, near.distance, strict=True):
        assert (int(row), int(away)) not in found[query]
        found[query].add((int(row), int(away)))
    assert found == [by_looking_at_all(codes, query, distance) for query in queries]


def test_one_signal_registered_ten_thousand_times_is_found_each_time():
    rng = np.random.default_rng(3)
    codes = np.repeat(some_codes(rng, 2, 256), BANDED_ROWS, axis=0)
    index = HammingIndex.build(
        codes, np.arange(len(codes)), np.zeros(len(codes), np.uint8), usual=31
    )

    hits = index.search(flipped(rng, codes[0], 31).tobytes(), 31)

    assert len(hits) == BANDED_ROWS
    assert {hit.distance for hit in hits} == {31}


@pytest.mark.parametrize("bits", [64, 256])
@pytest.mark.parametrize("rows", [0, 1, 1000, 20_000, 1_000_000, 30_000_000])
def test_a_plan_covers_every_bit_once_and_every_distance_in_full(bits, rows):
    plan = plan_for(bits, rows, USUAL[bits])

    assert sum(plan.widths) == bits
    for distance in range(USUAL[bits] + 1):
        radii = plan.radii(distance)
        assert radii is not None
        assert sum(radius + 1 for radius in radii) == distance + 1
    assert sorted(shuffled_bits(bits)) == list(range(bits))


@pytest.mark.parametrize("bits", [128, 256])
def test_what_is_equal_is_found_by_one_band(bits):
    rng = np.random.default_rng(bits)
    codes = some_codes(rng, BANDED_ROWS, bits)
    owners = np.arange(len(codes))
    index = HammingIndex.build(codes, owners, np.zeros(len(codes), np.uint8), usual=0)
    wider = flipped(rng, codes[50], 3)

    assert [h.owner for h in index.search(codes[50].tobytes(), 0)] == [50]
    assert index.search(wider.tobytes(), 0) == []
    assert [(h.owner, h.distance) for h in index.search(wider.tobytes(), 3)] == [(50, 3)]
    assert index.nbytes < (bits // 8 + 20) * len(codes)


def test_masks_are_all_keys_around_one():
    masks = {int(mask) for mask in masks_around(10, 2)}

    assert masks == {mask for mask in range(1024) if mask.bit_count() <= 2}
    assert BandPlan(20, (10, 10)).radii(5) == (2, 2)
    assert BandPlan(20, (10, 10)).radii(8) is None


@pytest.mark.parametrize("rows", [0, 500, BANDED_ROWS])
def test_what_is_added_is_found_and_what_is_removed_is_not(rows):
    rng = np.random.default_rng(rows)
    codes = some_codes(rng, rows, 256)
    index = HammingIndex.build(codes, np.arange(rows) // 4, np.zeros(rows, np.uint8), usual=31)
    new = some_codes(rng, 200, 256)
    for number, code in enumerate(new):
        index.add(code.tobytes(), 10**9 + number // 2, number % 2)

    assert len(index) == rows + 200
    assert [(h.owner, h.tag) for h in index.search(new[7].tobytes(), 31)] == [(10**9 + 3, 1)]
    assert index.remove(10**9 + 3) == 2
    assert index.search(new[7].tobytes(), 31) == []
    assert index.remove(10**9 + 3) == 0
    if rows:
        assert {h.owner for h in index.search(codes[9].tobytes(), 31)} == {2}
        assert index.remove(2) == 4
        assert index.remove(2) == 0
        assert index.search(codes[9].tobytes(), 31) == []
        assert index.search(codes[12].tobytes(), 0) != []
    index.add(new[7].tobytes(), 5, 3)  # withdrawn once, registered again
    assert [h.owner for h in index.search(new[7].tobytes(), 31)] == [5]

    again = index.consolidated()
    assert len(again) == len(index) == rows + 199 - (4 if rows else 0)
    assert again.recent == 0
    for query in (*new[::20], *codes[::1000]):
        assert again.search(query.tobytes(), 31) == index.search(query.tobytes(), 31)


def test_a_withdrawn_signal_is_not_in_memory_any_more():
    rng = np.random.default_rng(1)
    codes = some_codes(rng, BANDED_ROWS, 256)
    index = HammingIndex.build(
        codes, np.arange(len(codes)), np.zeros(len(codes), np.uint8), usual=31
    )
    index.add(codes[3].tobytes(), 10**6)

    index.remove(3)
    index.remove(10**6)

    held: list[np.ndarray] = [index._codes, *index._recent.held(), index._recent._codes]
    assert all(codes[3].tobytes() not in array.tobytes() for array in held)
    assert codes[4].tobytes() in index._codes.tobytes()


def test_memory_stays_within_150_bytes_a_signal_at_a_million():
    rng = np.random.default_rng(0)
    rows = 1_000_000
    codes = some_codes(rng, rows, 256)
    owners = np.arange(rows) // 8
    index = HammingIndex.build(codes, owners, np.zeros(rows, np.uint8), usual=31)

    assert index.nbytes <= 150 * rows
    planted = rng.integers(0, rows, 500)
    queries = np.array([flipped(rng, codes[row], rng.integers(0, 32)) for row in planted])
    found = index.search_batch(queries, 31)
    assert found.query.tolist() == list(range(500))
    assert found.owner.tolist() == owners[planted].tolist()
    assert len(index.search_batch(some_codes(rng, 500, 256), 31)) == 0


def test_what_is_saved_is_loaded_as_it_was(large, tmp_path):
    index, codes = large
    path = tmp_path / "folder" / "index"

    index.save(path)
    loaded = HammingIndex.load(path)

    assert path.stat().st_mode & 0o777 == 0o600
    assert len(loaded) == len(index)
    assert loaded.bits == index.bits
    for query in codes[:: len(codes) // 40]:
        assert loaded.search(query.tobytes(), 20) == index.search(query.tobytes(), 20)
    loaded.remove(5)  # its own copy of the page, never the file
    assert HammingIndex.load(path).search(codes[5].tobytes(), 0) != []
    with pytest.raises(FileNotFoundError):
        HammingIndex.load(tmp_path / "none")


def test_saving_leaves_out_what_was_removed_and_keeps_what_was_added(tmp_path):
    rng = np.random.default_rng(2)
    codes = some_codes(rng, BANDED_ROWS, 256)
    index = HammingIndex.build(
        codes, np.arange(len(codes)), np.zeros(len(codes), np.uint8), usual=31
    )
    new = some_codes(rng, 1, 256)[0]
    index.add(new.tobytes(), 10**6, 7)
    index.remove(11)

    index.save(tmp_path / "index")

    loaded = HammingIndex.load(tmp_path / "index")
    assert len(loaded) == BANDED_ROWS
    assert [(h.owner, h.tag) for h in loaded.search(new.tobytes(), 0)] == [(10**6, 7)]
    assert loaded.search(codes[11].tobytes(), 31) == []
    assert codes[11].tobytes() not in (tmp_path / "index").read_bytes()


@pytest.mark.parametrize("rows", [0, 300, BANDED_ROWS])
def test_a_damaged_file_is_never_searched(rows, tmp_path):
    rng = np.random.default_rng(rows)
    index = HammingIndex.build(
        some_codes(rng, rows, 256), np.arange(rows), np.zeros(rows, np.uint8), usual=31
    )
    path = tmp_path / "index"
    index.save(path)
    whole = path.read_bytes()
    assert len(HammingIndex.load(path)) == rows

    for kept in {0, 1, 20, 55, 56, 100, 300, *rng.integers(0, len(whole), 20).tolist()}:
        if rows == 0 and kept >= len(whole):
            continue
        path.write_bytes(whole[:kept])
        with pytest.raises(DamagedSnapshotError, match="made anew from the database"):
            HammingIndex.load(path)
    for place in {0, 15, 16, 23, 24, 60, *rng.integers(0, len(whole), 20).tolist()}:
        changed = bytearray(whole)
        changed[place] ^= 0x10
        path.write_bytes(changed)
        if changed[place:] and _is_padding(whole, place):
            continue  # between two arrays nothing is read
        with pytest.raises(DamagedSnapshotError):
            HammingIndex.load(path)


def _is_padding(whole, place):
    return not any(whole[max(0, place - 8) : place + 8])


def test_a_crash_while_saving_leaves_the_old_file(tmp_path):
    path = tmp_path / "index"
    rng = np.random.default_rng(5)
    code = some_codes(rng, 1, 256)
    HammingIndex.build(code, np.array([77]), np.zeros(1, np.uint8), usual=31).save(path)
    program = f"""
import numpy as np, sys
from pathlib import Path
from signals.hamming_index import HammingIndex
codes = np.random.default_rng(0).integers(0, 256, (300_000, 32), dtype=np.uint8)
index = HammingIndex.build(codes, np.arange(300_000), np.zeros(300_000, np.uint8), usual=31)
print("saving", flush=True)
while True:
    index.save(Path({str(path)!r}).with_name("other"))
    index.save(Path({str(path)!r}).with_name("other"))
"""
    for wait in (0.0, 0.02, 0.05, 0.1):
        child = subprocess.Popen(
            [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(wait)
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        child.stdout.close()
        other = tmp_path / "other"
        if other.exists():  # a whole one, or none: never half a file
            assert len(HammingIndex.load(other)) == 300_000
    assert [h.owner for h in HammingIndex.load(path).search(code[0].tobytes(), 0)] == [77]


def test_what_does_not_fit_is_told():
    index = HammingIndex(256, 31)
    with pytest.raises(ValueError, match="this one has 64"):
        index.add(bytes(8), 1)
    with pytest.raises(ValueError, match="this one has 64"):
        index.search(bytes(8), 31)
    with pytest.raises(ValueError, match="have shape"):
        index.search_batch(np.zeros((3, 8), np.uint8), 31)
    with pytest.raises(ValueError, match="not 100"):
        HammingIndex(100, 0)
    with pytest.raises(ValueError, match="2 signals have 1 owners"):
        HammingIndex.build(
            np.zeros((2, 32), np.uint8), np.zeros(1, int), np.zeros(2, np.uint8), usual=31
        )
    assert index.search(bytes(32), 256) == []
    assert len(index.search_batch(np.zeros((0, 32), np.uint8), 31)) == 0
