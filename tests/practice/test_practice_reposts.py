import io

import numpy as np
import pdqhash
import pytest
from PIL import Image

from domain.signal import MATCH_DISTANCE, MIN_PDQ_QUALITY
from practice.photographs import ORIGINALS, PHOTOS, open_photo, photo_names
from practice.reposts import EDITS, other_pictures, repost


@pytest.mark.parametrize("original", ORIGINALS)
def test_every_edit_decodes_as_its_type_and_matches_its_original(original, distance):
    photo = open_photo(original)
    for edit, make in EDITS.items():
        picture = make(photo)
        with Image.open(io.BytesIO(picture.body)) as decoded:
            assert Image.MIME[decoded.format or ""] == picture.content_type, edit
        assert distance(picture.body, original) <= MATCH_DISTANCE, edit


def test_an_edit_gives_the_same_bytes_each_time():
    assert repost(ORIGINALS[0], "watermarked").sha256 == repost(ORIGINALS[0], "watermarked").sha256


def test_no_two_edits_give_the_same_bytes():
    photo = open_photo(ORIGINALS[0])
    assert len({make(photo).sha256 for make in EDITS.values()}) == len(EDITS)


def test_originals_have_detail_enough_to_be_matched():
    for original in ORIGINALS:
        _, quality = pdqhash.compute(np.asarray(open_photo(original)))
        assert quality >= MIN_PDQ_QUALITY


def test_other_pictures_are_many_distinct_and_far_from_every_original(distance):
    others = other_pictures()

    assert len(others) >= 70
    assert len({picture.sha256 for picture in others.values()}) == len(others)
    for name, picture in others.items():
        assert min(distance(picture.body, original) for original in ORIGINALS) > 40, name


def test_every_photo_is_attributed():
    attributed = (PHOTOS / "LICENSES.md").read_text()
    assert len(photo_names()) == 31
    assert [name for name in photo_names() if f"{name}.jpg" not in attributed] == []
