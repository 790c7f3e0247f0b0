"""Screenshots of apps: the photo lies where the list says, and the same seed makes them again."""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from random import Random

import numpy as np
import pytest
from PIL import Image, ImageOps

from benchmarks.app_chrome import main
from benchmarks.app_chrome_fonts import check_faces
from benchmarks.app_chrome_kinds import KINDS
from benchmarks.app_chrome_pages import Picture, write_page
from domain.errors import OutsideDown

ROOT = Path(__file__).resolve().parent.parent.parent

HIGH, WIDE = "deb-lomiri16_6739221f28.jpg", "sklearn_5a4cd546b3.jpg"
CUT, WHOLE = "feed_light", "browser_tabs"  # one cuts a photo to its place, one shows all of it
PHONE = (1080, 2340)


@pytest.fixture(scope="session")
def two_photos(photos, tmp_path_factory):
    folder = tmp_path_factory.mktemp("photos")
    for name in (HIGH, WIDE):
        shutil.copy(photos[0].with_name(name), folder / name)
    return folder


def run(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "benchmarks.app_chrome", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


@pytest.fixture(scope="session")
def screens(two_photos, tmp_path_factory):
    """Two kinds with two photos each, and the rows of their list."""
    to = tmp_path_factory.mktemp("screens")
    done = run("--photos", two_photos, "--to", to, "--kinds", CUT, WHOLE, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "list": str(to / "screens.csv"),
        "photos": 2,
        "screens": 4,
        "unreadable": [],
    }
    with (to / "screens.csv").open(newline="") as stream:
        return to, list(csv.DictReader(stream))


def opened(path):
    with Image.open(path) as image:
        return image.convert("RGB")


def place(row):
    return tuple(int(row[side]) for side in ("left", "top", "right", "bottom"))


def away(image, box, wanted):
    """Grey levels by which a part of a picture differs from another picture, in the mean."""
    part = np.asarray(image.crop(box), dtype=float)
    return float(np.abs(part - np.asarray(wanted, dtype=float)).mean())


def test_the_list_names_every_screenshot_with_its_kind_and_its_original(screens):
    to, rows = screens
    assert (to / "screens.csv").read_text().startswith("file,kind,original,left,top,right,bottom\n")
    assert [(row["kind"], row["original"]) for row in rows] == [
        (kind, name) for name in (HIGH, WIDE) for kind in (CUT, WHOLE)
    ]
    assert {path.relative_to(to).as_posix() for path in to.rglob("*.*")} == {
        "screens.csv",
        *(row["file"] for row in rows),
    }
    assert all(re.fullmatch(r"\w+/0[01]\.(png|jpg)", row["file"]) for row in rows)


def test_the_photo_lies_where_the_list_says(screens, two_photos):
    to, rows = screens
    for row in rows:
        image, photo = opened(to / row["file"]), opened(two_photos / row["original"])
        left, top, right, bottom = place(row)
        assert 0 <= left < right <= image.width
        assert 0 <= top < bottom <= image.height
        size = (right - left, bottom - top)
        if row["kind"] == WHOLE:
            assert size[0] / size[1] == pytest.approx(photo.width / photo.height, rel=0.01)
        shown = ImageOps.fit(photo, size, Image.Resampling.LANCZOS)
        here = away(image, place(row), shown)
        assert here < 8, row
        beside = ((-4, 0), (4, 0), (0, -4), (0, 4))
        for right_by, down_by in beside:
            moved = (left + right_by, top + down_by, right + right_by, bottom + down_by)
            assert away(image, moved, shown) > here, row


def test_a_screenshot_has_its_devices_shape_and_more_in_it_than_the_photo(screens):
    to, rows = screens
    for row in rows:
        image = opened(to / row["file"])
        if KINDS[row["kind"]].device == "phone":
            assert image.width / image.height == pytest.approx(PHONE[0] / PHONE[1], abs=0.002)
            assert PHONE[0] / 2 <= image.width <= PHONE[0]
        else:
            assert image.width / image.height == pytest.approx(16 / 9, abs=0.005)
        bars = np.asarray(image.convert("L"), dtype=float)[: place(row)[1] - 2]
        assert bars.std() > 8, "there is nothing above the photo"


def test_the_same_seed_makes_the_same_files_and_another_seed_others(screens, two_photos, tmp_path):
    to, rows = screens
    arguments = ("--photos", two_photos, "--kinds", CUT, "--to")
    assert run(*arguments, tmp_path / "again").returncode == 0
    assert run(*arguments, tmp_path / "other", "--seed", 2).returncode == 0
    for row in rows:
        if row["kind"] == CUT:
            body = (to / row["file"]).read_bytes()
            assert (tmp_path / "again" / row["file"]).read_bytes() == body
    assert {path.read_bytes() for path in (tmp_path / "other" / CUT).iterdir()}.isdisjoint(
        {path.read_bytes() for path in (to / CUT).iterdir()}
    )


@pytest.mark.parametrize("name", KINDS)
def test_every_template_can_be_filled_and_shows_the_photo_once(name):
    picture = Picture("data:image/jpeg;base64,AAAA", 1.5)
    pages = [write_page(name, KINDS[name].language, picture, Random(seed)) for seed in (1, 1, 2)]
    assert pages[0] == pages[1] != pages[2]
    for page in pages:
        assert page.count('id="photo"') == 1
        assert page.count(picture.address) == 1
        assert "{{" not in page
        assert "<script" not in page
        assert "://" not in page


def test_there_are_many_kinds_in_many_languages(capsys):
    assert main(["--list", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["kind"] for row in rows] == list(KINDS)
    assert len(rows) >= 14
    assert {"en", "de", "es", "ru", "el", "ar", "hi", "th", "ko", "ja", "zh"} == {
        row["language"] for row in rows
    }
    assert {row["device"] for row in rows} == {"phone", "desktop"}

    assert main(["--list", "--kinds", CUT]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(CUT)
    assert KINDS[CUT].sentence in line


def test_an_unknown_kind_is_refused_with_names_like_it(two_photos, tmp_path, capsys):
    arguments = ["--photos", str(two_photos), "--to", str(tmp_path / "screens")]
    assert main([*arguments, "--kinds", "feed_ligth"]) == 2
    said = capsys.readouterr().err
    assert "feed_ligth" in said
    assert "feed_light" in said
    assert "--list" in said
    assert not (tmp_path / "screens").exists()


@pytest.mark.parametrize("chromium", ["/nowhere/chromium", "/bin/false"])
def test_without_a_chromium_that_is_said_in_a_sentence(chromium, two_photos, tmp_path):
    to = tmp_path / "screens"
    done = run("--photos", two_photos, "--to", to, "--kinds", CUT, VIGIL_CHROMIUM=chromium)
    assert done.returncode == 3
    last = done.stderr.splitlines()[-1]
    assert chromium in last
    assert "apt install chromium" in last
    assert "Traceback" not in done.stderr
    assert not to.exists()


def test_a_script_without_a_font_is_refused_and_a_nicer_face_is_only_named(tmp_path):
    with pytest.raises(OutsideDown, match=r"th, zh.*fonts-noto-cjk fonts-noto-core.*--kinds"):
        check_faces(["en", "zh", "th"], [tmp_path])
    assert "fonts-liberation" in check_faces(["en", "ru"], [tmp_path])

    for name in ("NotoSansThai-Regular.ttf", "LiberationSans-Regular.ttf"):
        (tmp_path / name).touch()
    assert "fonts-liberation" not in check_faces(["en", "th"], [tmp_path])


def test_screenshots_are_not_put_among_the_photos(two_photos, capsys):
    to = two_photos / "screens"
    assert main(["--photos", str(two_photos), "--to", str(to), "--kinds", CUT]) == 2
    assert "photos" in capsys.readouterr().err
    assert not to.exists()


def test_an_unreadable_photo_is_named_and_the_rest_goes_on(two_photos, tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    shutil.copy(two_photos / WIDE, folder / WIDE)
    (folder / "broken.jpg").write_bytes(b"no picture")

    done = run("--photos", folder, "--to", tmp_path / "screens", "--kinds", WHOLE)

    assert done.returncode == 0
    assert "broken.jpg cannot be read" in done.stderr
    assert "of 1 photos. Photos that cannot be read: 1." in done.stdout
