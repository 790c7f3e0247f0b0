"""Places are found again wherever the picture is moved, turned, scaled or mirrored."""

import time

import numpy as np
import pytest
from PIL import Image

from practice.photographs import ORIGINALS, open_photo
from signals.places import FAINTEST, find_places, spread, with_directions
from signals.scale_space import FIRST_BLUR, SCALES, ScaleSpace, Workspace
from signals.surroundings import MIRRORED, surroundings

SIDE = 512


@pytest.fixture(params=ORIGINALS[:4])
def grey(request):
    photo = open_photo(request.param).convert("L")
    photo.thumbnail((SIDE, SIDE), Image.Resampling.BOX)
    return photo


def space_of(grey, *, doubled=False):
    return ScaleSpace(np.asarray(grey), Workspace(), doubled=doubled)


def places_of(grey, most=400):
    space = space_of(grey)
    return with_directions(spread(find_places(space), space, most), space)


def share_found(wanted, found, *, pixels=2.0, octaves=0.3, degrees=15.0):
    away = np.hypot(*(wanted[:, np.newaxis, :2] - found[np.newaxis, :, :2]).transpose(2, 0, 1))
    scale = np.abs(wanted[:, np.newaxis, 2] - found[np.newaxis, :, 2])
    turned = np.abs((wanted[:, np.newaxis, 3] - found[np.newaxis, :, 3] + 180) % 360 - 180)
    return float(((away < pixels) & (scale < octaves) & (turned < degrees)).any(axis=1).mean())


def test_every_level_is_blurred_as_much_as_it_says():
    point = np.zeros((129, 129), np.uint8)
    point[64, 64] = 255
    octave = ScaleSpace(point, Workspace(), doubled=False).octaves[0]

    for number, level in enumerate(octave.levels[: SCALES + 1]):
        blur = FIRST_BLUR * 2 ** (number / SCALES)
        variance = (level * (np.arange(129) - 64) ** 2).sum() / level.sum()
        assert level.sum() == pytest.approx(255, rel=0.01)
        # A picture comes with half a pixel of blur, so a point has that much less.
        assert variance + 0.25 == pytest.approx(blur**2, rel=0.06)


def test_a_picture_of_one_colour_has_no_places():
    assert len(places_of(Image.new("L", (300, 200), 130))) == 0


@pytest.mark.parametrize("size", [(1, 1), (1, 700), (700, 1), (3, 2), (17, 400), (4000, 20)])
def test_pictures_with_hardly_a_side_have_places_or_none_and_break_nothing(size):
    noise = np.random.default_rng(1).integers(0, 256, size[::-1], np.uint8)

    for doubled in (False, True):
        space = space_of(noise, doubled=doubled)
        places = with_directions(find_places(space), space)
        described, seen = surroundings(space, places)
        assert np.isfinite(places).all()
        assert np.isfinite(described).all()
        assert seen.all()


def test_places_are_found_again_in_a_turned_picture(grey):
    places = places_of(grey)
    turned = places_of(grey.transpose(Image.Transpose.ROTATE_90))
    wanted = places.copy()
    wanted[:, 0], wanted[:, 1] = places[:, 1], grey.width - 1 - places[:, 0]
    wanted[:, 3] = (places[:, 3] - 90) % 360

    assert share_found(wanted, turned) > 0.85


def test_places_are_found_again_in_a_mirrored_picture_and_look_mirrored(grey):
    space = space_of(grey)
    places = with_directions(spread(find_places(space), space, 400), space)
    mirrored_space = space_of(grey.transpose(Image.Transpose.FLIP_LEFT_RIGHT))
    wanted = places.copy()
    wanted[:, 0] = grey.width - 1 - places[:, 0]
    wanted[:, 3] = (180 - places[:, 3]) % 360
    found = places_of(grey.transpose(Image.Transpose.FLIP_LEFT_RIGHT))
    described, _ = surroundings(space, places)
    there, seen = surroundings(mirrored_space, wanted)

    assert share_found(wanted, found) > 0.85
    likeness = (described[:, MIRRORED][seen] * there[seen]).sum(axis=1)
    assert np.median(likeness) > 0.99


def test_places_are_found_again_in_a_smaller_picture(grey):
    places = places_of(grey)
    small = grey.resize((grey.width * 3 // 4, grey.height * 3 // 4), Image.Resampling.BOX)
    across, down = small.width / grey.width, small.height / grey.height
    wanted = places.copy()
    wanted[:, 0] = (places[:, 0] + 0.5) * across - 0.5
    wanted[:, 1] = (places[:, 1] + 0.5) * down - 0.5
    wanted[:, 2] += np.log2((across + down) / 2)
    coarse = wanted[wanted[:, 2] > 1.2]  # finer ones are too small to be told there

    assert len(coarse) > 30
    assert share_found(coarse, places_of(small, most=1000), pixels=2.5) > 0.6


def test_writing_laid_over_a_picture_does_not_take_all_places(grey):
    pixels = np.asarray(grey).copy()
    loud = np.random.default_rng(2).integers(0, 2, (grey.height // 4, grey.width), np.uint8)
    pixels[: grey.height // 4] = loud * 255
    space = space_of(pixels)
    chosen = spread(find_places(space), space, 300)
    unit = np.array([octave.unit for octave in space.octaves])[chosen.rows[:, 4].astype(int)]
    below = chosen.rows[:, 1] * unit > grey.height // 4

    assert len(chosen) == 300
    assert below.sum() > 80


def test_a_place_is_as_strong_as_asked_for(grey):
    raw = find_places(space_of(grey))

    assert (raw.rows[:, 3] >= FAINTEST).all()
    assert (np.diff(raw.rows[:, 3]) <= 0).all()


@pytest.mark.parametrize(
    "make",
    [
        lambda rng: rng.integers(0, 256, (600, 800), np.uint8),
        lambda _: np.kron(np.indices((75, 100)).sum(0) % 2, np.ones((8, 8))).astype(np.uint8) * 255,
        lambda rng: np.tile(rng.integers(0, 256, (20, 20), np.uint8), (30, 40)),
        lambda rng: rng.integers(0, 2, (600, 800), np.uint8) * 255,
    ],
    ids=["noise", "checkerboard", "wallpaper", "black and white noise"],
)
def test_pictures_of_thousands_of_places_take_bounded_time(make):
    pixels = make(np.random.default_rng(3))
    places_of(pixels)
    began = time.process_time()
    places = places_of(pixels, most=800)

    assert len(places) <= 1600
    assert time.process_time() - began < 2
