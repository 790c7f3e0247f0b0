"""A machine that computes constellations in another way is told of, and a slight difference not."""

import os
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from signals import self_test
from signals.constellation import constellation_of, unpack
from signals.found_places import found_places, scaled_for_looking, space_of
from signals.place_bits import planes
from signals.scale_space import Workspace

ROOT = Path(self_test.__file__).resolve().parents[1]


def _computed():
    grey, workspace = self_test.formula_picture(), Workspace()
    computed = constellation_of(grey, planes(), workspace)
    return computed, self_test.steps(grey, planes(), workspace)


def test_this_machine_computes_what_others_do():
    assert self_test.self_test() is None
    computed, digests = _computed()
    assert computed.packed().hex() == self_test.STORED
    assert digests == self_test.STEPS


def test_it_is_done_in_a_moment():
    _computed()  # what is compiled is loaded by its first use
    took = []
    for _ in range(5):
        begun = time.process_time()
        self_test.self_test.__wrapped__()
        took.append(time.process_time() - begun)

    assert min(took) < 0.05


def test_a_bit_here_and_there_is_no_trouble():
    computed, digests = _computed()
    bits = computed.bits.copy()
    bits[::3, 0] ^= np.uint64(1 << 17)
    digests["the surroundings of places"] = "another"

    assert self_test.difference(replace(computed, bits=bits), digests) is None


@pytest.mark.parametrize("step", range(4))
def test_the_first_step_that_differs_is_named(step):
    computed, digests = _computed()
    for name in list(digests)[step:]:
        digests[name] = "another"
    bits = np.roll(computed.bits, 1, axis=0)

    said = self_test.difference(replace(computed, bits=bits), digests)

    assert said is not None
    assert f"and {[*self_test.STEPS, self_test.LAST_STEP][step]} are the first" in said
    assert "must not be compared with those of other machines" in said
    assert "every other signal goes on" in said


def test_another_way_to_see_surroundings_is_noticed():
    """In a process of its own, whose copy of one step goes another way."""
    code = (
        "import numpy as np, signals.constellation as c, signals.self_test as s\n"
        "real = c.surroundings\n"
        "def other(space, places):\n"
        "    described, seen = real(space, places)\n"
        "    return np.roll(described, 1, axis=1), seen\n"
        "c.surroundings = s.surroundings = other\n"
        "print(s.self_test())"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert "the surroundings of places are the first that differ" in told.stdout, told.stderr


def test_what_is_found_of_the_test_picture_is_what_is_registered_of_it():
    found, _ = found_places(
        space_of(scaled_for_looking(self_test.formula_picture()), Workspace()), planes()
    )

    assert self_test.missing(found) is None
    said = self_test.missing(replace(found, bits=np.roll(found.bits, 1, axis=0)))
    assert said is not None
    assert "finds places in another way than others: of the 33" in said
    assert "every other signal goes on" in said


def test_where_numbers_differ_pictures_are_registered_and_found_without_places(photos, tmp_path):
    """Whole workers, from a copy of the code that has what another kind of machine computes."""
    shutil.copytree(ROOT / "signals", tmp_path / "signals")
    shutil.copytree(ROOT / "domain", tmp_path / "domain")
    stored = unpack(bytes.fromhex(self_test.STORED))
    another = replace(stored, bits=np.roll(stored.bits, 1, axis=0)).packed().hex()
    with (tmp_path / "signals" / "self_test.py").open("a") as code:
        code.write(f'STORED = "{another}"\n')
    code = (
        "import asyncio, sys, pathlib\n"
        "from signals.picture_hasher import PictureHasher\n"
        "from signals.pool import HashingPool\n"
        "body = pathlib.Path(sys.argv[1]).read_bytes()\n"
        "async def found():\n"
        "    pool = HashingPool(1)\n"
        "    signals = await pool.signals_of(body)\n"
        "    print(pool.places_lost, '|', signals.constellation, '|', signals.pdq is not None)\n"
        "    await pool.close()\n"
        "if __name__ == '__main__':\n"
        "    asyncio.run(found())\n"
        "    with PictureHasher() as hasher:\n"
        "        made = hasher.hash(body)\n"
        "    print(made.no_constellation, '|', *sorted({s.type for s in made.signals}))\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", code, photos[0]],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    found, registered = told.stdout.splitlines()
    assert found.startswith("This machine finds places in another way than others"), told.stderr
    assert found.endswith("| None | True")
    assert registered == "numbers differ | md5 pdq phash sha256"


def test_lost_planes_are_said_to_be_lost():
    code = (
        "import pathlib, signals.place_bits as b, signals.self_test as s\n"
        "b.FILE = 'gone.planes'\n"
        "print(s.self_test())"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert told.stdout.startswith("The planes of the constellation signal cannot be read")
