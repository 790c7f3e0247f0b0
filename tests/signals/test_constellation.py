"""What is registered of a picture's places: small, the same on every machine, and found again."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from domain.errors import InvalidInput
from practice.photographs import ORIGINALS, open_photo
from signals import place_bits
from signals.constellation import (
    MOST_PLACES,
    REGISTERED_SIDE,
    VERSION,
    Constellation,
    constellation_of,
    unpack,
)
from signals.pictures import hash_picture
from signals.place_bits import (
    PlanesLostError,
    bits_of,
    distances,
    planes,
    read_planes,
    unpacked,
    whole,
)
from signals.scale_space import Workspace
from tests.signals.stored_constellation import PHOTO, STORED

PLANES = Path(place_bits.__file__).with_name(place_bits.FILE)


def registered(photo):
    return constellation_of(photo.convert("L"), planes(), Workspace())


@pytest.fixture(scope="module")
def constellations():
    return {name: registered(open_photo(name)) for name in ORIGINALS}


def test_a_photo_has_many_places_spread_over_all_of_it(constellations):
    for constellation in constellations.values():
        across, down = constellation.places[:, 0], constellation.places[:, 1]
        assert len(constellation) == MOST_PLACES
        assert np.ptp(across) > 0.6 * constellation.width
        assert np.ptp(down) > 0.6 * constellation.height


def test_it_is_stored_as_it_is(constellations):
    for constellation in constellations.values():
        read = unpack(constellation.packed())

        assert (read.bits == constellation.bits).all()
        assert np.abs(read.places[:, :2] - constellation.places[:, :2]).max() <= 1
        assert np.abs(read.places[:, 2] - constellation.places[:, 2]).max() <= 0.125
        turned = np.abs(read.places[:, 3] - constellation.places[:, 3])
        assert np.minimum(turned, 360 - turned).max() <= 2.82
        assert abs(read.width - constellation.width) <= 1
        assert abs(read.height - constellation.height) <= 1


def test_all_signals_of_a_photo_take_less_than_1200_bytes(photos):
    for photo in photos:
        signals = hash_picture(photo.read_bytes()).signals
        assert sum(len(signal.value) // 2 for signal in signals) <= 1200


def test_a_photo_registered_twice_is_the_same(constellations):
    name = ORIGINALS[0]

    assert registered(open_photo(name)).packed() == constellations[name].packed()


def test_this_machine_makes_the_signal_that_others_make():
    made = unpack(registered(open_photo(PHOTO)).packed())
    stored = unpack(bytes.fromhex(STORED))

    nearest = distances(stored.bits, made.bits).min(axis=1)
    assert (nearest <= 2).mean() > 0.95


@pytest.mark.parametrize("size", [(1, 1), (1, 900), (900, 1), (20, 20), (6000, 30)])
def test_small_and_thin_pictures_can_be_registered(size):
    noise = np.random.default_rng(4).integers(0, 256, size[::-1], np.uint8)
    constellation = registered(Image.fromarray(noise))

    assert len(unpack(constellation.packed())) == len(constellation) <= MOST_PLACES


def test_a_picture_of_one_colour_has_an_empty_signal():
    constellation = registered(Image.new("L", (640, 480), 90))

    assert len(constellation) == 0
    assert len(unpack(constellation.packed())) == 0


def test_signals_of_another_version_are_refused(constellations):
    packed = constellations[ORIGINALS[0]].packed()

    with pytest.raises(InvalidInput, match=f"version {VERSION} is wanted; this one has 9"):
        unpack(bytes([9]) + packed[1:])
    with pytest.raises(InvalidInput, match="bytes"):
        unpack(packed[:-1])
    with pytest.raises(InvalidInput, match="none"):
        unpack(b"")


@given(data=st.data(), count=st.integers(0, MOST_PLACES))
@settings(max_examples=40, deadline=None)
def test_whatever_is_packed_is_read_again(data, count):
    seed = data.draw(st.integers(0, 2**32 - 1))
    chance = np.random.default_rng(seed)
    places = np.column_stack(
        [
            chance.integers(0, 256, (count, 2)) * 2,
            chance.integers(0, 32, count) / 4,
            chance.integers(0, 64, count) * 5.625,
        ]
    ).astype(np.float32)
    bits = chance.integers(0, 2**64, (count, 2), np.uint64)
    read = unpack(Constellation(places, bits, REGISTERED_SIDE, 2 * int(seed % 256) + 2).packed())

    assert (read.places == places).all()
    assert (read.bits == bits).all()
    assert (read.width, read.height) == (REGISTERED_SIDE, 2 * int(seed % 256) + 2)


def test_bits_do_not_depend_on_the_order_of_adding_up():
    described = np.sqrt(np.random.default_rng(5).dirichlet(np.ones(128), 200)).astype(np.float32)
    held = planes()
    exact = whole(described).astype(np.int64) @ held.normals.astype(np.int64)
    sides = exact > held.offsets.astype(np.int64)

    assert (bits_of(described, held) == np.packbits(sides, 1, "little").view("<u8")).all()


def test_the_planes_are_those_that_were_fitted():
    held = PLANES.read_bytes()

    assert place_bits.packed(unpacked(held)) == held
    assert hashlib.sha256(held).hexdigest() == place_bits.DIGEST


@pytest.mark.parametrize("damage", ["missing", "cut", "changed"])
def test_lost_planes_are_said_and_nothing_is_made_with_others(damage, tmp_path):
    held = PLANES.read_bytes()
    path = tmp_path / place_bits.FILE
    if damage != "missing":
        path.write_bytes(held[:-1] if damage == "cut" else held[:-1] + bytes([held[-1] ^ 1]))

    with pytest.raises(PlanesLostError, match="edited reposts are not found") as refused:
        read_planes(path)
    assert str(path) in str(refused.value)
