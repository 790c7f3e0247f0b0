"""The page of examples: where a photo lies is drawn where it lies, and no miss is left out."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from benchmarks import examples
from benchmarks.examples_drawing import corners_in
from benchmarks.examples_page import explained
from benchmarks.examples_search import Search, register
from benchmarks.photos import encoded

FIRST, SECOND = "deb-lomiri16_6739221f28.jpg", "sklearn_5a4cd546b3.jpg"


@pytest.fixture(scope="module")
def registered(photos):
    return register([path for path in photos if path.name in {FIRST, SECOND}])


@pytest.fixture(scope="module")
def cases(registered):
    search = Search(registered, threshold=6.0)
    edits = ["mirror", "border15", "crop60", "combo_mirror_crop_text"]
    return {case.edit: case for case in search.cases(registered[0], edits, seed=1)}


@pytest.fixture
def two_photos(photos, tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for path in photos:
        if path.name in {FIRST, SECOND}:
            (folder / path.name).write_bytes(path.read_bytes())
    (folder / "LICENSES.md").write_text(f"| {FIRST} | two dogs | Someone | CC0 |\n")
    return folder


def make_page(photos, page, options):
    pictures = page.with_name("pictures")
    asked = ["--photos", str(photos), "--out", str(pictures), "--page", str(page), *options]
    return examples.main(asked)


def test_a_mirrored_photo_is_outlined_from_right_to_left(cases):
    case = cases["mirror"]

    assert case.look.mirrored
    assert np.allclose(corners_in(case), [(1, 0), (0, 0), (0, 1), (1, 1)], atol=0.02)


def test_a_photo_with_a_border_is_outlined_within_it(cases):
    left, top = corners_in(cases["border15"])[0]
    right, bottom = corners_in(cases["border15"])[2]

    assert 0.05 < left < 0.2
    assert 0.05 < top < 0.2
    assert 0.8 < right < 0.95
    assert 0.8 < bottom < 0.95


def test_a_cropped_photo_reaches_beyond_the_repost_and_fewer_places_are_in_view(cases):
    corners = corners_in(cases["crop60"])

    assert corners.min() < -0.02 or corners.max() > 1.02
    assert cases["crop60"].look.in_view.sum() < len(cases["crop60"].look.in_view)


def test_what_was_seen_is_told_in_words(cases):
    case = cases["combo_mirror_crop_text"]

    words = explained(case, 6.0)

    assert f"Strength {case.strength:.1f}: flagged" in words
    assert f"{case.look.in_view.sum()} are in view, and {case.seen.sum()} of those" in words
    assert "Mirrored." in words
    assert "**not enough**" in explained(case, 1_000.0)
    assert "Strength 5.96: **not enough**" in explained(replace(case, strength=5.96), 6.0)


def test_the_page_shows_what_is_found_with_pictures_and_names_their_makers(two_photos, tmp_path):
    page = tmp_path / "page.md"

    code = make_page(two_photos, page, ["--edits", "shot_phone", "crop25", "--threshold", "5"])

    written = page.read_text()
    linked = re.findall(r"!\[.*?\]\((.+?)\)", written)
    assert code == 0
    shown = [link.removeprefix("pictures/").removesuffix(".webp") for link in linked]
    assert shown == [
        "found-crop25",
        "found-shot_phone",
        f"missed-crop25-{FIRST.removesuffix('.jpg')}",
    ]
    assert all((tmp_path / link).stat().st_size < 150_000 for link in linked)
    assert "two dogs, by Someone" in written


def test_no_miss_is_left_out_of_the_page(two_photos, tmp_path, capsys):
    page = tmp_path / "page.md"

    make_page(two_photos, page, ["--edits", "crop50", "jpeg30", "--threshold", "1000", "--json"])

    figures = json.loads(capsys.readouterr().out)
    missed = {(each["edit"], each["photo"]) for each in figures["missed"]}
    assert missed == {("crop50", FIRST), ("crop50", SECOND)}  # PDQ finds the others
    assert page.read_text().count("missed-crop50") == 2
    assert len(list((tmp_path / "pictures").glob("missed-*"))) == 2


def test_an_unknown_edit_is_refused_with_the_names_like_it(two_photos, tmp_path, capsys):
    code = examples.main(["--photos", str(two_photos), "--out", str(tmp_path), "--edits", "crop51"])

    assert code != 0
    assert "crop50" in capsys.readouterr().err


def test_a_photo_with_too_little_detail_is_shown_once_with_all_that_was_missed_of_it(
    photos, two_photos, tmp_path
):
    plain = next(path for path in photos if path.name == "deb-lomiri20_e92fe06b4b.jpg")
    (two_photos / plain.name).write_bytes(plain.read_bytes())
    page = tmp_path / "page.md"

    make_page(two_photos, page, ["--edits", "crop75", "shot_phone"])

    assert "too little detail" in page.read_text()
    assert "are 2 reposts, of which one is shown: `crop75`, `shot_phone`" in page.read_text()
    assert len(list((tmp_path / "pictures").glob("missed-*"))) == 1


def test_another_photo_that_is_flagged_is_shown(two_photos, tmp_path):
    with Image.open(two_photos / FIRST) as opened:
        part = opened.crop((60, 200, 640, 900))
    (two_photos / "part.jpg").write_bytes(encoded(part, {"format": "JPEG", "quality": 90}))
    page = tmp_path / "page.md"

    make_page(two_photos, page, ["--edits", "jpeg30"])

    assert (tmp_path / "pictures" / "false-jpeg30-part.webp").exists()
    assert "false-jpeg30-part.webp" in page.read_text()
