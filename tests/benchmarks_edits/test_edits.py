"""The generator of reposts: what it makes can be opened, made again, and is what its name says."""

import csv
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from benchmarks import edit_folder
from benchmarks.edits import ALL_EDITS, BASE_EDITS, HARD_EDITS, edited, main
from domain.errors import InvalidInput

ROOT = Path(__file__).resolve().parent.parent.parent

FIRST, SECOND = "deb-lomiri16_6739221f28.jpg", "sklearn_5a4cd546b3.jpg"  # one high, one wide

UNMOVED = [  # the picture stays where it is, whatever is done to it
    *("resize320", "jpeg30", "webp50", "avif40", "gif480", "bright_contrast", "grayscale"),
    *("blur", "sharpen", "noise", "watermark_tiled", "emoji", "text_overlay", "pixel_patch"),
    *("tiny", "heavy_filter", "aspect"),
]


@pytest.fixture(scope="session")
def opened(photos):
    return {path.name: edit_folder.open_photo(path) for path in photos[:10] + photos[-2:]} | {
        name: edit_folder.open_photo(photos[0].with_name(name)) for name in (FIRST, SECOND)
    }


@pytest.fixture(scope="session")
def reposts(opened):
    """Every edit of two photos, made once."""
    others = [photo for name, photo in opened.items() if name not in {FIRST, SECOND}]
    return {
        (edit, name): edited(edit, opened[name], others, seed=7)
        for edit in ALL_EDITS
        for name in (FIRST, SECOND)
    }


@pytest.fixture
def two_photos(photos, tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in (FIRST, SECOND):
        shutil.copy(photos[0].with_name(name), folder / name)
    return folder


def picture(repost):
    with Image.open(io.BytesIO(repost.body)) as image:
        return image.convert("RGB")


def grey(image, size=(64, 64)):
    small = image.convert("L").resize(size, Image.Resampling.BOX)
    return np.asarray(small, dtype=np.float64).ravel()


def likeness(one, other):
    return float(np.corrcoef(grey(one), grey(other))[0, 1])


def test_there_are_36_usual_edits_and_12_hard_ones():
    assert len(BASE_EDITS) == 36
    assert len(HARD_EDITS) == 12
    assert list(ALL_EDITS) == [*BASE_EDITS, *HARD_EDITS]


def test_every_repost_opens_and_is_another_picture_than_its_original(opened, reposts):
    suffixes = {None: "", "JPEG": "jpg", "WEBP": "webp", "AVIF": "avif", "GIF": "gif"}
    for (edit, name), repost in reposts.items():
        with Image.open(io.BytesIO(repost.body)) as image:
            assert suffixes[image.format] == repost.suffix, edit
            same_size = image.size == opened[name].size
            assert not same_size or image.convert("RGB") != opened[name], edit
            assert 100 < max(image.size) <= 1_000, edit


def test_no_two_photos_and_no_two_edits_give_the_same_file(reposts):
    assert len({repost.body for repost in reposts.values()}) == len(reposts)


@pytest.mark.parametrize("edit", UNMOVED)
def test_a_repost_still_looks_like_its_original(edit, opened, reposts):
    for name in (FIRST, SECOND):
        assert likeness(picture(reposts[edit, name]), opened[name]) > 0.75


@pytest.mark.parametrize(
    ("edit", "back"),
    [
        ("mirror", ImageOps.mirror),
        ("rot180", lambda image: image.rotate(180)),
    ],
)
def test_what_was_turned_can_be_turned_back(edit, back, opened, reposts):
    for name in (FIRST, SECOND):
        assert likeness(back(picture(reposts[edit, name])), opened[name]) > 0.99


@pytest.mark.parametrize(
    ("edit", "share"),
    [("crop90", 0.9), ("crop75", 0.75), ("crop60", 0.6), ("crop50", 0.5), ("crop25", 0.25)],
)
def test_a_crop_keeps_its_share_of_the_area_from_inside_the_photo(edit, share, opened, reposts):
    for name in (FIRST, SECOND):
        photo, part = opened[name], picture(reposts[edit, name])
        assert part.width * part.height == pytest.approx(
            share * photo.width * photo.height, rel=0.01
        )
        assert part.width <= photo.width
        assert part.height <= photo.height


@pytest.mark.parametrize(
    ("edit", "size"),
    [
        ("resize320", (213, 320)),
        ("tiny", (107, 160)),
        ("rot90", (800, 533)),
        ("shot_mobile", (414, 736)),
        ("shot_web", (900, 552)),
        ("shot_phone", (450, 900)),
        ("pip50", (600, 600)),
        ("collage3x3", (600, 900)),
        ("double_shot", (450, 900)),
    ],
)
def test_a_repost_has_the_size_of_its_kind(edit, size, opened, reposts):
    assert opened[FIRST].size == (533, 800)
    assert picture(reposts[edit, FIRST]).size == size


def test_a_stretched_photo_has_another_shape(opened, reposts):
    photo, wide = opened[FIRST], picture(reposts["aspect", FIRST])
    shape = (wide.width / wide.height) / (photo.width / photo.height)
    assert max(shape, 1 / shape) == pytest.approx(1.25, rel=0.01)


def test_stickers_cover_almost_half_and_leave_the_rest(opened, reposts):
    for name in (FIRST, SECOND):
        posted = np.asarray(picture(reposts["wide_sticker", name]), dtype=int)
        changed = np.abs(posted - np.asarray(opened[name], dtype=int)).max(axis=2) > 40
        assert 0.35 < changed.mean() < 0.6


def test_a_collage_shows_the_photo_in_one_of_its_places(opened, reposts):
    for name in (FIRST, SECOND):
        collage = picture(reposts["collage2x2", name])
        width, height = collage.width // 2, collage.height // 2
        quarters = [
            collage.crop((x, y, x + width, y + height))
            for x in (0, collage.width - width)
            for y in (0, collage.height - height)
        ]
        alike = [likeness(quarter, opened[name]) > 0.9 for quarter in quarters]
        assert sum(alike) == 1


def test_another_seed_makes_another_repost(opened, reposts):
    for edit in ("crop50", "noise", "shot_mobile", "meme_caption", "emoji"):
        again = edited(edit, opened[FIRST], [], seed=8)
        assert again.body != reposts[edit, FIRST].body


def test_another_process_makes_the_same_bytes(two_photos, tmp_path):
    arguments = ["--photos", str(two_photos), "--number", "1", "--to"]
    assert main([*arguments, str(tmp_path / "here")]) == 0
    subprocess.run(
        [sys.executable, "-m", "benchmarks.edits", *arguments, tmp_path / "there"],
        env={**os.environ, "PYTHONHASHSEED": "1"},
        cwd=ROOT,
        check=True,
        timeout=120,
    )
    here, there = (
        {path.relative_to(to): path.read_bytes() for path in to.rglob("*.*")}
        for to in (tmp_path / "here", tmp_path / "there")
    )
    assert len(here) == len(ALL_EDITS) + 1
    assert here == there


def test_the_list_names_every_file_with_its_edit_and_its_original(two_photos, tmp_path, capsys):
    to = tmp_path / "reposts"
    arguments = ["--photos", str(two_photos), "--to", str(to), "--edits", "mirror", "webp50"]
    assert main([*arguments, "--json"]) == 0

    assert json.loads(capsys.readouterr().out) == {
        "list": str(to / "reposts.csv"),
        "photos": 2,
        "reposts": 4,
        "unreadable": [],
    }
    assert (to / "reposts.csv").read_bytes().startswith(b"file,edit,original\nmirror/00.jpg,")
    with (to / "reposts.csv").open(newline="") as stream:
        rows = [tuple(row.values()) for row in csv.DictReader(stream)]
    assert rows == [
        ("mirror/00.jpg", "mirror", FIRST),
        ("webp50/00.webp", "webp50", FIRST),
        ("mirror/01.jpg", "mirror", SECOND),
        ("webp50/01.webp", "webp50", SECOND),
    ]
    assert sorted(path for path in to.rglob("*.*")) == sorted(
        [to / "reposts.csv", *(to / row[0] for row in rows)]
    )


def test_an_unreadable_photo_is_named_and_the_rest_goes_on(two_photos, tmp_path, capsys):
    (two_photos / "broken.jpg").write_bytes(b"no picture")
    whole = (two_photos / FIRST).read_bytes()
    (two_photos / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    to = tmp_path / "reposts"

    assert main(["--photos", str(two_photos), "--to", str(to), "--edits", "collage2x2"]) == 0

    out, err = capsys.readouterr()
    assert "of 2 photos" in out
    assert "cannot be read: 2" in out
    assert err.count("broken.jpg cannot be read") == 1
    assert err.count("cut.jpg cannot be read") == 1
    assert len(list((to / "collage2x2").iterdir())) == 2


def test_a_photo_alone_cannot_be_in_a_collage(two_photos, tmp_path, capsys):
    (two_photos / SECOND).unlink()
    arguments = ["--photos", str(two_photos), "--to", str(tmp_path / "reposts"), "--edits"]

    assert main([*arguments, "pip50"]) == 2
    assert "pip50" in capsys.readouterr().err
    assert main([*arguments, "crop50"]) == 0


def test_an_unknown_edit_is_refused_with_names_like_it(opened, capsys, tmp_path):
    with pytest.raises(InvalidInput, match=r"crop_50.*crop50.*--list"):
        edited("crop_50", opened[FIRST], [], seed=1)
    assert main(["--to", str(tmp_path / "reposts"), "--edits", "mirrored"]) == 2
    assert "mirror" in capsys.readouterr().err
    assert not (tmp_path / "reposts").exists()


def test_a_folder_without_photos_is_refused(tmp_path, capsys):
    assert main(["--photos", str(tmp_path), "--to", str(tmp_path.parent / "elsewhere")]) == 2
    assert "no JPEG file" in capsys.readouterr().err


def test_reposts_are_not_put_among_the_photos(two_photos, capsys):
    assert main(["--photos", str(two_photos), "--to", str(two_photos / "reposts")]) == 2
    assert "photos" in capsys.readouterr().err
    assert len(list(two_photos.iterdir())) == 2


def test_the_edits_are_listed_with_a_sentence_each(capsys):
    assert main(["--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(ALL_EDITS)

    assert main(["--list", "--only", "hard", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["edit"] for row in rows] == list(HARD_EDITS)
    assert all(row["sentence"] for row in rows)
