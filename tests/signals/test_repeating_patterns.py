"""A picture whose places are all alike, as wallpaper's are, keeps nobody waiting."""

import time

import numpy as np
import pytest
from PIL import Image

from signals.constellation import Constellation, constellation_of
from signals.constellation_scan import Sought
from signals.found_places import found_places, scaled_for_looking, space_of
from signals.place_bits import planes
from signals.place_comparison import MOST_KEPT
from signals.place_index import PlaceIndex
from signals.recognition import propose
from signals.scale_space import Workspace

SECONDS = 1.5
"""Of processor time; it took ten times as long while every pair was tried with every other."""


def tiled(seed=1):
    """One soft tile, a thousand times."""
    chance = np.random.default_rng(seed)
    tile = Image.fromarray(chance.integers(0, 256, (4, 4), np.uint8))
    tile = tile.resize((16, 16), Image.Resampling.BICUBIC)
    return Image.fromarray(np.tile(np.asarray(tile), (32, 32)))


@pytest.fixture(scope="module")
def registered():
    return constellation_of(tiled(), planes(), Workspace())


@pytest.fixture(scope="module")
def found():
    return found_places(space_of(scaled_for_looking(tiled()), Workspace()), planes())


def seconds_for(do):
    do()  # loads the code
    began = time.process_time()
    given = do()
    return given, time.process_time() - began


def test_a_pattern_is_proposed_at_once(registered, found):
    index = PlaceIndex([registered])

    proposed, seconds = seconds_for(lambda: propose(index, index, found))

    assert seconds < SECONDS
    assert [each.picture for each in proposed] == [0]
    assert proposed[0].alignment.votes >= 5, "places all over it agree"


def test_of_one_picture_only_so_many_pairs_are_kept(registered, found):
    for alike in PlaceIndex([registered]).like(found[0]):
        assert len(alike.pairs) == len(alike.distances) == MOST_KEPT
        assert (np.diff(alike.pairs[:, 0]) >= 0).all()
        assert len(np.unique(alike.pairs[:, 0])) > MOST_KEPT // 20, "from all over it"


def test_many_stored_images_of_one_pattern_are_searched_at_once():
    chance = np.random.default_rng(3)
    places = np.column_stack(
        [chance.integers(5, 250, (42, 2)) * 2, np.full(42, 2.0), np.full(42, 90.0)]
    ).astype(np.float32)
    bits = np.repeat(chance.integers(0, 2**64, (1, 2), np.uint64), 42, axis=0)
    packed = Constellation(places, bits, 512, 384).packed()
    sought = Sought([packed])

    rows, seconds = seconds_for(lambda: list(sought.among([packed] * 100)))

    assert seconds < SECONDS
    assert rows == list(range(100))
