"""`vigil calibrate` on folders of real photographs and reposts of them."""

import csv
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, ImageOps

import cli
from commands.calibration_check import calibration
from commands.calibration_sources import originals_of, read_reposts
from config import load_config
from domain.errors import InvalidInput
from domain.finding import Level
from practice.photographs import ORIGINALS, open_photo, photo_names, photo_path
from signals.calibration_file import read_calibration

ROOT = Path(cli.__file__).parent
PICKED = ORIGINALS[1:3]
OTHERS = [name for name in photo_names() if name not in ORIGINALS][:6]

EDITS = {
    "mirror": ImageOps.mirror,
    "bordered": lambda photo: ImageOps.expand(photo, 90, "white"),
    "collage": lambda photo: side_by_side(photo, open_photo(OTHERS[0])),
}


def side_by_side(one, other):
    sheet = Image.new("RGB", (1_000, 500))
    for number, photo in enumerate((one, other)):
        sheet.paste(ImageOps.fit(photo, (500, 500)), (500 * number, 0))
    return sheet


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Originals, impostors with them among them, and reposts with their list; some unreadable."""
    root = tmp_path_factory.mktemp("calibration")
    for name in ("originals", "impostors", "reposts"):
        (root / name).mkdir()
    with (root / "reposts/reposts.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("file", "edit", "original"))
        for name in PICKED:
            shutil.copy(photo_path(name), root / "originals")
            for edit, make in EDITS.items():
                (root / f"reposts/{edit}").mkdir(exist_ok=True)
                make(open_photo(name)).save(root / f"reposts/{edit}/{name}.jpg", quality=80)
                rows.writerow((f"{edit}/{name}.jpg", edit, f"{name}.jpg"))
        Image.new("RGB", (400, 400), "grey").save(root / "reposts/plain.png")
        rows.writerow(("plain.png", "painted over", f"{PICKED[0]}.jpg"))
        rows.writerow(("nowhere.jpg", "mirror", f"{PICKED[0]}.jpg"))
        rows.writerow(("mirror/other.jpg", "mirror", "not-there.jpg"))
    for name in (*OTHERS, PICKED[0]):
        shutil.copy(photo_path(name), root / "impostors")
    (root / "impostors/broken.jpg").write_bytes(photo_path(OTHERS[0]).read_bytes()[:900])
    (root / "impostors/LICENSES.md").write_text("These are free.")
    return root


def calibrate(root, out, *more, **environment):
    command = [
        *(sys.executable, "-m", "cli", "calibrate", "--registry-photos", "500"),
        *("--originals", root / "originals", "--reposts", root / "reposts"),
        *("--impostors", root / "impostors", "--out", out, *more),
    ]
    return subprocess.run(
        [str(part) for part in command],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "VIGIL_DATA": str(root / "data"), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def vigil_here(capsys, tmp_path):
    """Run a command in this process, and give its exit code and what it said about errors."""

    def run(*arguments, **environment):
        settings = {"VIGIL_DATA": str(tmp_path / "data"), **environment}
        code = cli.run([str(argument) for argument in arguments], settings)
        return code, capsys.readouterr().err

    return run


@pytest.fixture(scope="module")
def done(folders):
    return calibrate(folders, folders / "measured", "--false-flags", "50")


@pytest.fixture(scope="module")
def report(done, folders):
    assert done.returncode == 0, done.stderr
    return json.loads((folders / "measured/report.json").read_text())


def test_it_says_from_which_strength_to_flag_and_what_is_found(done, report):
    point = report["point"]

    assert f"Flag from strength {point['strength']:.2f}" in done.stdout
    assert point["false_flags"]["high"] <= 50.001
    assert point["promised"]
    found = {recall["edit"]: recall["found"] for recall in report["by_edit"]}
    assert found == {"mirror": 100, "bordered": 100, "collage": 100, "painted over": 0}
    assert report["recall"]["reposts"] == 7


def test_every_picture_is_counted_once_and_none_in_silence(done, report):
    assert report["counts"] == {
        "originals": 2,
        "impostors": len(OTHERS),  # the original among them is an original
        "without_constellation": 0,
        "reposts": 7,
        "reposts_without_original": 1,
        "unreadable": 2,
    }
    unreadable = {Path(name).name: reason for name, reason in report["unreadable"]}
    assert set(unreadable) == {"broken.jpg", "nowhere.jpg"}
    assert unreadable["nowhere.jpg"] == "No such file or directory"
    assert "LICENSES" not in done.stdout


def test_pairs_of_what_really_shows_others_are_no_false_pairs(report):
    registered = 2 + len(OTHERS)
    images = 5 + registered  # four reposts and a plain one: collages do not count

    assert report["point"]["pairs"] == images * (registered - 1)
    assert not any(pair["image"].startswith("collage/") for pair in report["false_pairs"])


def test_misses_are_named(done, report):
    assert [miss["repost"] for miss in report["misses"]] == ["painted over/plain.png"]
    assert f"painted over/plain.png, made of {PICKED[0]}.jpg: not seen" in done.stdout


def test_what_it_extrapolates_is_said(done, report):
    pairs = report["point"]["pairs"]

    assert report["point"]["false_flags"]["extrapolated"]
    assert "ASSUMED" in done.stdout or "EXTRAPOLATED" in done.stdout
    assert f"no rate below 3 in {pairs:,}" in done.stdout


def test_what_it_writes_is_a_calibration_reports_and_curves_and_no_picture(report, folders):
    measured = folders / "measured"
    names = {path.name for path in measured.iterdir()}
    curves = {"recall-by-strength.png", "false-pairs-by-strength.png", "recall-by-edit.png"}

    assert names == curves | {"calibration.json", "report.json", "report.txt"}
    for curve in curves:
        with Image.open(measured / curve) as opened:
            assert opened.size == (1_400, 900)
            assert len(opened.convert("RGB").getcolors(1_400 * 900) or ()) > 10
    assert not (folders / "data").exists()
    read = read_calibration(measured / "calibration.json")
    assert read.strength_for(50.0, 500) == pytest.approx(report["point"]["strength"], abs=0.02)
    assert PICKED[0] not in (measured / "calibration.json").read_text()


def test_a_calibration_before_is_not_written_over(report, folders):
    assert report["calibration"]["images"] == 7 + 2 + len(OTHERS)
    again = calibrate(folders, folders / "measured")

    assert again.returncode == 1
    assert "calibration.json is there already" in again.stderr
    assert "--force" in again.stderr


def test_json_is_the_report_and_the_configured_number_is_used(folders, tmp_path):
    few = ("--impostors", folders / "originals")
    settings = {"VIGIL_FALSE_FLAGS_PER_MILLION": "250"}
    done = calibrate(folders, tmp_path / "new", "--json", *few, **settings)

    assert done.returncode == 0
    assert json.loads(done.stdout)["point"]["false_flags_per_million"] == 250


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--originals", "nowhere", "nowhere is no folder"),
        ("--impostors", "nowhere", "nowhere is no folder"),
        ("--impostors", "empty", "There is no picture in"),
        ("--originals", "impostors-only", "None of the 1 originals that the list names is in"),
        ("--originals", "unreadable", "No original can be read. The first:"),
        ("--reposts", "nowhere", "cannot be read"),
        ("--index", "empty.csv", "lists no repost"),
        ("--index", "columns.csv", "has the columns file, original; its first line should be"),
        ("--index", "gap.csv", "line 2: a repost has a file, an edit and an original"),
        ("--index", "binary.csv", "is no text in UTF-8"),
    ],
)
def test_what_cannot_be_used_is_told_before_anything_is_written(
    vigil_here, folders, tmp_path, option, value, message
):
    (tmp_path / "empty").mkdir()
    (tmp_path / "impostors-only").mkdir()
    shutil.copy(photo_path(OTHERS[0]), tmp_path / "impostors-only")
    (tmp_path / "unreadable").mkdir()
    (tmp_path / f"unreadable/{PICKED[0]}.jpg").write_bytes(b"nothing")
    lists = {
        "empty.csv": b"file,edit,original\n",
        "columns.csv": b"file,original\na,b\n",
        "gap.csv": b"file,edit,original\na.jpg,,b.jpg\n",
        "binary.csv": b"file,edit,original\n\xff\xfe,b,c\n",
        "one.csv": f"file,edit,original\na.jpg,mirror,{PICKED[0]}.jpg\n".encode(),
    }
    for name, content in lists.items():
        (tmp_path / name).write_bytes(content)
    options = {
        "--originals": folders / "originals",
        "--reposts": folders / "reposts",
        "--impostors": folders / "impostors",
        "--out": tmp_path / "out",
        "--index": tmp_path / "one.csv",
        option: tmp_path / value,
    }
    if option == "--reposts":
        del options["--index"]
    code, errors = vigil_here("calibrate", *(part for pair in options.items() for part in pair))

    assert code == 2
    assert message in errors
    assert not list((tmp_path / "out").glob("*"))


def test_impostors_that_are_the_original_alone_leave_nothing_to_compare(
    vigil_here, folders, tmp_path
):
    alone = tmp_path / "alone"
    alone.mkdir()
    shutil.copy(photo_path(PICKED[0]), alone)
    index = tmp_path / "one.csv"
    index.write_text(f"file,edit,original\nmirror/{PICKED[0]}.jpg,mirror,{PICKED[0]}.jpg\n")
    code, errors = vigil_here(
        *("calibrate", "--originals", alone, "--impostors", alone, "--index", index),
        *("--reposts", folders / "reposts", "--out", tmp_path / "out"),
    )

    assert code == 2
    assert "no pair of different things" in errors


def test_a_name_of_two_originals_wants_their_paths(tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        shutil.copy(photo_path(OTHERS[0]), tmp_path / folder / "1.jpg")
    index = tmp_path / "reposts.csv"
    index.write_text("file,edit,original\nx.jpg,mirror,1.jpg\n")
    with pytest.raises(InvalidInput, match=r"several originals, a/1\.jpg and b/1\.jpg"):
        originals_of(read_reposts(tmp_path, index), tmp_path)

    index.write_text("file,edit,original\nx.jpg,mirror,b/1.jpg\n")
    found = originals_of(read_reposts(tmp_path, index), tmp_path)
    assert found == {"b/1.jpg": tmp_path / "b/1.jpg"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("VIGIL_FALSE_FLAGS_PER_MILLION", "few"),
        ("VIGIL_FALSE_FLAGS_PER_MILLION", "0"),
        ("VIGIL_FALSE_FLAGS_PER_MILLION", "nan"),
        ("VIGIL_FALSE_FLAGS_PER_MILLION", "inf"),
    ],
)
def test_a_number_of_false_flags_that_is_none_is_refused(vigil_here, name, value):
    code, errors = vigil_here("case", "list", **{name: value})

    assert code == 2
    assert f"{name} is '{value}': it takes a number from 0.001 to 1000000." in errors


@pytest.fixture
def config(tmp_path):
    return load_config({"VIGIL_DATA": str(tmp_path), "VIGIL_FALSE_FLAGS_PER_MILLION": "0.001"})


def test_doctor_hears_of_a_calibration_that_cannot_be_used(config, tmp_path):
    (tmp_path / "mine.json").write_text("{")
    found = calibration(replace(config, calibration_file=tmp_path / "mine.json"), photos=1)

    assert found.level is Level.WARN
    assert "mine.json is damaged" in found.found


def test_doctor_hears_of_what_cannot_be_promised(config):
    asked_for_much = calibration(config, photos=100_000_000)
    asked_for_little = calibration(replace(config, false_flags_per_million=1e6), photos=1)

    assert asked_for_much.level is Level.WARN
    assert "false flags in a million images, not 0.001" in asked_for_much.found
    assert asked_for_little.level is Level.OK


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_doctor_says_what_can_be_promised_once_a_picture_is_registered(vigil):
    assert "Calibration" not in vigil("doctor").stdout
    number = json.loads(vigil("case", "open", "--json").stdout)["number"]
    assert vigil("register", number, photo_path(PICKED[0])).returncode == 0

    (line,) = (each for each in vigil("doctor").stdout.splitlines() if "Calibration" in each)
    assert "false flags in a million images, not 1" in line
