"""How a worker starts: with what finds places, without it, and where compiled code is kept."""

import asyncio
import shutil
import sys
from pathlib import Path

import pytest

from domain.errors import OutsideDown
from signals import child
from signals.place_bits import FILE
from signals.pool import HashingPool

ROOT = Path(__file__).resolve().parents[2]


def run(scenario):
    async def with_pool():
        pool = HashingPool(1)
        try:
            return await asyncio.wait_for(scenario(pool), 90)
        finally:
            await pool.close()

    return asyncio.run(with_pool())


def test_a_worker_without_planes_says_so_and_hashes_all_the_same(photo, tmp_path, monkeypatch):
    for folder in ("signals", "domain"):
        # With what is compiled: doing that anew takes half a minute.
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns(FILE))
    whole = run(lambda pool: pool.signals_of(photo))
    monkeypatch.setattr(child, "ROOT", tmp_path)
    monkeypatch.delenv("PYTHONPATH", raising=False)

    async def scenario(pool):
        held = await pool.hash(photo)
        again = await pool.signals_of(photo)
        return held, again, pool.places_lost

    held, again, lost = run(scenario)
    assert held.found == ()
    assert held.signals == again
    assert held.signals.constellation is None
    assert held.signals.pdq == whole.pdq
    assert "Install Vigil anew; until then, edited reposts are not found" in lost


def test_a_worker_with_planes_has_lost_none(photo):
    async def scenario(pool):
        before = pool.places_lost
        await pool.signals_of(photo)
        return before, pool.places_lost

    assert run(scenario) == (None, None)


def test_a_worker_keeps_compiled_code_where_whoever_started_it_does(monkeypatch, tmp_path):
    """Where the folder of the code cannot be written, each worker would compile for itself."""
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\nenv > {tmp_path}/environment\nexit 1\n")
    python.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(python))
    for name in ("HOME", "XDG_CACHE_HOME", "NUMBA_CACHE_DIR"):
        monkeypatch.setenv(name, f"/kept/{name}")
    monkeypatch.setenv("VIGIL_DATABASE", "postgresql://vigil:secret@localhost/vigil")

    with pytest.raises(OutsideDown):
        run(lambda pool: pool.start())

    environment = (tmp_path / "environment").read_text()
    for name in ("HOME", "XDG_CACHE_HOME", "NUMBA_CACHE_DIR"):
        assert f"{name}=/kept/{name}\n" in environment
    assert "secret" not in environment
