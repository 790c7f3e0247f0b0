"""Benchmarks run, say what they did not measure, and notice wrong results. No time is asserted."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.figures import Figure, print_figures
from benchmarks.registries import RADIUS, distances, like_photos, queries, random_codes
from benchmarks.search_check import check
from crawler.visit import PROJECT
from domain.signal import SignalType
from signals.hamming_index import HammingIndex, Hits
from signals.pictures import hash_picture

COMPARING = ["hashing", "matching", "crawl"]
FIELDS = {"name", "value", "unit", "target", "better"}


@pytest.fixture
def two_photos(photos, tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for photo in photos[:2]:
        shutil.copy(photo, folder)
    return folder


def run(name, *arguments):
    return subprocess.run(
        [sys.executable, "-m", f"benchmarks.{name}", *map(str, arguments)],
        cwd=PROJECT,
        env={**os.environ, "COLUMNS": "120"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


@pytest.mark.parametrize("name", [*COMPARING, "console", "endurance", "retroactive"])
def test_every_benchmark_explains_itself(name):
    done = run(name, "--help")

    assert done.returncode == 0, done.stderr
    assert f"python -m benchmarks.{name}" in done.stdout
    assert "--json" in done.stdout


@pytest.mark.parametrize("name", COMPARING)
def test_a_small_run_without_peers_gives_figures_and_says_what_is_missing(name, two_photos):
    done = run(name, "--json", "--quick", "--without-peers", "--photos", two_photos)

    assert done.returncode in {0, 77}, done.stderr
    told = json.loads(done.stdout)
    assert told["benchmark"] == name
    assert told["machine"]
    assert all(set(figure) == FIELDS for figure in told["figures"])
    assert all(figure["better"] in {"higher", "lower"} for figure in told["figures"])
    values = {figure["name"]: figure["value"] for figure in told["figures"]}
    assert len(values) == len(told["figures"]), "two figures have one name"
    # Ours is measured, and what stands beside a peer that is not there is not.
    assert any(value is not None for value in values.values())
    beside_peers = [name for name in values if "times" in name]
    assert beside_peers
    assert all(values[name] is None for name in beside_peers)
    missing = done.stderr.splitlines()
    assert missing
    assert all(line.endswith("is not measured.") for line in missing)


def test_a_folder_without_photographs_is_said_to_be_one(tmp_path):
    done = run("hashing", "--quick", "--without-peers", "--photos", tmp_path)

    assert done.returncode not in {0, 1, 77}
    assert done.stderr.splitlines()[-1].startswith(f"There is no JPEG file in {tmp_path}")


@pytest.mark.parametrize(
    ("values", "status"),
    [([9.0], 0), ([7.0], 1), ([None], 77), ([7.0, None], 1), ([9.0, None], 77)],
)
def test_what_was_not_measured_is_never_a_target_met(values, status, capsys):
    figures = [Figure(f"row {n}", value, "×", 8.0, "higher") for n, value in enumerate(values)]

    assert print_figures("some", figures, as_json=False) == status

    printed = capsys.readouterr().out
    assert printed.count("not measured") == values.count(None)
    assert printed.count("NOT MET") == values.count(7.0)


def test_planted_queries_lie_as_far_away_as_they_should():
    registry = random_codes(50, 1)

    asked = queries(registry, random_codes, 2 * (RADIUS + 1), 2)

    planted = np.flatnonzero(asked.planted >= 0)
    away = [int(distances(asked.codes[n], registry[asked.planted[n]][None])[0]) for n in planted]
    assert away == list(range(RADIUS + 1))


def test_bits_that_go_together_in_photographs_do_so_in_registries_like_them(photos):
    def going_together(codes):
        bits = np.unpackbits(codes, axis=1)
        correlations = np.asarray(np.corrcoef(bits, rowvar=False))
        return correlations[np.triu_indices(bits.shape[1], 1)]

    hashes = [
        bytes.fromhex(signal.value)
        for photo in photos
        for signal in hash_picture(photo.read_bytes()).signals
        if signal.type is SignalType.PDQ
    ]
    real = going_together(np.frombuffer(b"".join(hashes), np.uint8).reshape(-1, 32))

    drawn = going_together(like_photos(photos)(5_000, 1))

    assert np.corrcoef(real, drawn)[0, 1] > 0.9
    assert abs(np.corrcoef(real, going_together(random_codes(5_000, 1)))[0, 1]) < 0.1


def test_the_check_counts_false_hits_and_missed_ones():
    registry = random_codes(2_000, 1)
    asked = queries(registry, random_codes, 100, 2)
    owners = np.arange(len(registry), dtype=np.int64)
    tags = (owners % 8).astype(np.uint8)
    index = HammingIndex.build(registry, owners, tags, usual=RADIUS)
    hits = index.search_batch(asked.codes, RADIUS)

    right = check(registry, asked, hits, scanned=100)
    assert (right.planted, right.planted_found, right.false, right.missed) == (50, 50, 0, 0)

    fewer = Hits(hits.query[1:], hits.owner[1:], hits.tag[1:], hits.distance[1:])
    assert check(registry, asked, fewer, scanned=100).missed == 1
    nearer = replace(hits, distance=hits.distance + 1)
    assert check(registry, asked, nearer, scanned=0).false == len(hits)
    another = replace(hits, owner=(hits.owner + 1) % len(registry))
    wrong = check(registry, asked, another, scanned=100)
    assert wrong.false == len(hits)
    assert wrong.planted_found == 0


def test_a_small_run_of_the_console_measures_every_page_and_every_decision():
    done = run("console", "--json", "--quick", "--sqlite-only", "--rounds", "1")

    assert done.returncode == 0, done.stderr
    assert "not measured" not in done.stderr, "a page answered with an error"
    values = {each["name"]: each["value"] for each in json.loads(done.stdout)["figures"]}
    for name in ("page_ms_worst_median", "queue_action_ms_worst", "page_kb_worst"):
        assert values[name] > 0
    for name in ("matches.show", "queue.show", "sites.show_all", "figures.show", "confirm"):
        assert values[f"{name}, SQLite"] > 0
