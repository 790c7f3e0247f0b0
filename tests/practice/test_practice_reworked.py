"""Pictures that were cut, written on and set among others are what their edits say."""

import io

import numpy as np
import pytest
from PIL import Image

from practice.photographs import ORIGINALS, open_photo, photo_names
from practice.reworked import OTHERS_BESIDE, REWORKED, rework

PHOTO = ORIGINALS[0]


@pytest.fixture(scope="module")
def beside():
    return [open_photo(name) for name in photo_names() if name not in ORIGINALS][:OTHERS_BESIDE]


@pytest.fixture
def reworked(beside):
    def make(edit, name=PHOTO):
        return rework(edit, name, open_photo(name), beside)

    return make


def pixels(picture):
    with Image.open(io.BytesIO(picture.body)) as opened:
        return opened.convert("RGB")


@pytest.mark.parametrize("edit", REWORKED)
def test_every_edit_makes_a_picture_fit_to_post_the_same_each_time(reworked, edit):
    picture = reworked(edit)

    with Image.open(io.BytesIO(picture.body)) as opened:
        assert Image.MIME[opened.format or ""] == picture.content_type
        assert 300 <= min(opened.size) <= max(opened.size) <= 900
    assert reworked(edit) == picture


def test_no_edit_leaves_the_photo_as_it_is(reworked):
    assert len({reworked(edit).sha256 for edit in REWORKED}) == len(REWORKED)
    plain = open_photo(PHOTO)
    for edit in REWORKED:
        made = pixels(reworked(edit))
        difference = np.abs(
            np.asarray(made.convert("L"), float)
            - np.asarray(plain.resize(made.size).convert("L"), float)
        )
        assert difference.mean() > 4, edit


@pytest.mark.parametrize(("edit", "share"), [("cut to 75 %", 0.75), ("cut to 50 %", 0.5)])
@pytest.mark.parametrize("name", ORIGINALS)
def test_what_is_cut_keeps_its_share_of_the_area(reworked, edit, share, name):
    photo = open_photo(name)
    side = min(1, 800 / max(photo.size))
    kept = np.prod(pixels(reworked(edit, name)).size)
    assert kept / (np.prod(photo.size) * side**2) == pytest.approx(share, abs=0.01)


def test_a_small_turn_leaves_no_empty_corner():
    for size in ((640, 480), (300, 800), (500, 500)):
        turned = pixels(rework("turned by 5°", "white", Image.new("RGB", size, "white")))
        assert np.asarray(turned).min() > 250
