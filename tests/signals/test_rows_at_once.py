"""Loops that take sixteen numbers at a time give what one at a time would, also where rows end."""

import numpy as np
import pytest

from domain.places import FoundPlaces
from signals.constellation import Constellation
from signals.place_extrema import BORDER
from signals.place_index import PlaceIndex, Shown
from signals.place_tables import MOST_DISTANCE, PlaceTables
from signals.places import find_places
from signals.scale_space import ScaleSpace, Workspace
from signals.weighted_rows import weighted_row

WIDTHS = [1, 2, 15, 16, 17, 31, 33, 63, 64, 65, 80, 129, 400]
CHANCE = np.random.default_rng(5)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("pairs", [1, 4, 10])
def test_a_weighted_row_is_added_up_pair_by_pair(width, pairs):
    rows = CHANCE.random((2 * pairs + 1, width), np.float32)
    weights = CHANCE.random(pairs + 1, np.float32)
    out = np.full(width + 2, -1, np.float32)

    weighted_row(rows.reshape(-1), np.arange(2 * pairs + 1) * width, weights, out, 1, width)

    wanted = weights[0] * rows[0]
    for pair in range(1, pairs + 1):
        wanted += weights[pair] * (rows[2 * pair - 1] + rows[2 * pair])
    np.testing.assert_array_equal(out[1:-1], wanted)
    assert out[0] == out[-1] == -1, "more was written than the row"


@pytest.mark.parametrize("width", [24, 40, 41, 55, 56])
def test_a_spot_is_a_place_in_whatever_column_it_lies(width):
    down, across = np.indices((40, width))
    for column in range(2 * BORDER, width - 2 * BORDER):
        away = (across - column) ** 2 + (down - 20) ** 2
        spot = (200 * np.exp(-away / (2 * 2.5**2))).astype(np.uint8)

        places = find_places(ScaleSpace(spot, Workspace(), doubled=False)).rows

        assert np.hypot(places[0, 0] - column, places[0, 1] - 20) < 0.5, column


@pytest.mark.parametrize("width", [48, 100])
def test_nothing_is_a_place_beyond_the_end_of_a_row(width):
    blocks = CHANCE.integers(0, 256, (40, width // 4), np.uint8).repeat(4, axis=0)
    space = ScaleSpace(blocks.repeat(4, axis=1), Workspace(), doubled=False)

    places = find_places(space).rows

    assert len(places) > 10
    octaves = places[:, 4].astype(int)
    wide = np.array([octave.levels.shape[2] for octave in space.octaves])[octaves]
    assert (places[:, 0] >= BORDER - 1).all()
    assert (places[:, 0] <= wide - BORDER).all()


@pytest.mark.parametrize("registered", [1, 5, 300, 40_000])
def test_tables_give_each_near_place_once_and_no_other(registered):
    places = CHANCE.integers(0, 2**64, (registered, 2), np.uint64)
    # A bucket that is fuller than sixteen, and one that ends the tables.
    places[: registered // 3] = places[0]
    places[-1] = np.uint64(2**64 - 1)
    chosen = CHANCE.integers(0, registered, 50)
    turned = np.uint64(1) << CHANCE.integers(0, 64, (50, 2)).astype(np.uint64)
    found = places[chosen] ^ turned
    out = np.empty((200_000, 3), np.uint32)

    met = out[: PlaceTables.build(places).meet(found, turned, out)]

    apart = np.bitwise_count(found[met[:, 1]] ^ places[met[:, 0]]).sum(axis=1)
    np.testing.assert_array_equal(met[:, 2], apart)
    assert apart.max() <= MOST_DISTANCE
    assert len({(place, which) for place, which, _ in met.tolist()}) == len(met)
    seen = {(place, which) for place, which, _ in met.tolist()}
    alike = {
        which
        for which, place in enumerate(chosen.tolist())
        if (places[place] == places[0]).all() or (place, which) in seen
    }
    assert len(alike) == len(chosen), "a place that differs in two unsure bits was not met"


@pytest.mark.parametrize("others", [0, 1, 5, 6, 7, 100])
def test_every_place_of_a_picture_is_paired_with_itself(others):
    places = CHANCE.integers(0, 60, (42 + others, 4)).astype(np.float32)
    looks = CHANCE.integers(0, 2**64, (42 + others, 2), np.uint64)
    index = PlaceIndex()
    index.add(Shown(7, None), Constellation(places[others:], looks[others:], 60, 60))

    (like,) = index.like(FoundPlaces(places, looks, np.zeros_like(looks), 60, 60))

    same = like.pairs[like.distances == 0]
    np.testing.assert_array_equal(same[:, 0], np.arange(42))
    np.testing.assert_array_equal(same[:, 1], np.arange(42) + others)
