"""An operator says how many false flags are bearable; the calibration says from which strength."""

import json

import pytest

from domain.errors import InvalidInput
from signals.calibration import Calibration, CurvePoint, FalseTail, TailKind
from signals.calibration_file import (
    PACKAGED,
    calibration_in_use,
    read_calibration,
    written,
)
from signals.constellation import VERSION


def calibration(strictest=20.0, version=VERSION):
    """A tail that gets ten times rarer with each 1 of strength; its upper end is thrice as high."""
    curve = tuple(
        CurvePoint(s / 2, 1e-3 / 10 ** (s / 2), 5e-4 / 10 ** (s / 2), 3e-3 / 10 ** (s / 2), s > 6)
        for s in range(60)
    )
    tail = FalseTail(1_000_000, TailKind.EXPONENTIAL, 0.0, 200, 3.2, 0.0, 0.434, 0.1, 0.5, curve)
    return Calibration(version, "2026-01-31T09:30:00Z", 700, 1_500, strictest, tail)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "calibration.json"
    path.write_text(written(calibration()))
    return path


@pytest.mark.parametrize("photos", [1, 1_000, 100_000])
@pytest.mark.parametrize("bearable", [0.01, 1.0, 500.0])
def test_the_upper_end_of_false_flags_is_what_was_asked_for(bearable, photos):
    chosen = calibration().strength_for(bearable, photos)
    flags = 1_000_000 * photos

    assert calibration().promises(bearable, photos)
    assert calibration().at(chosen).high * flags <= bearable * 1.001
    assert calibration().at(chosen - 0.05).high * flags > bearable


def test_more_photos_and_fewer_false_flags_make_it_stricter():
    of_photos = [calibration().strength_for(1.0, photos) for photos in (0, 1, 10, 10_000)]
    of_flags = [calibration().strength_for(flags, 1_000) for flags in (100.0, 1.0, 0.1)]

    assert of_photos[0] == of_photos[1] < of_photos[2] < of_photos[3]
    assert of_flags == sorted(of_flags)


def test_what_is_out_of_reach_is_not_promised_and_does_not_switch_finding_off():
    careful = calibration(strictest=8.0)

    assert careful.strength_for(1.0, 100_000) == 8.0
    assert not careful.promises(1.0, 100_000)
    assert careful.promises(1.0, 1)


def test_nothing_is_flagged_that_speaks_against_the_picture():
    assert calibration().strength_for(1_000_000.0, 1) == 0.0


def test_the_heaviest_tail_allowed_is_heavier():
    tail = calibration().tail

    assert tail.heaviest_rate(10.0) > calibration().at(10.0).rate


def test_a_calibration_comes_back_from_its_file_as_it_was(file):
    read = read_calibration(file)

    assert read.measured_at == "2026-01-31T09:30:00Z"
    assert read.strength_for(1.0, 5_000) == pytest.approx(
        calibration().strength_for(1.0, 5_000), abs=0.02
    )
    assert read.at(12.0).extrapolated
    assert not read.at(1.0).extrapolated


def test_the_packaged_calibration_is_of_this_version_and_is_used_by_default():
    used, problem = calibration_in_use(None)

    assert problem is None
    assert used == read_calibration(PACKAGED)
    assert used.version == VERSION
    assert 0 < used.strength_for(1.0, 1_000) <= used.strictest


def test_the_operators_own_takes_its_place(file):
    used, problem = calibration_in_use(file)

    assert problem is None
    assert used.photos == 700


def changed(**changes):
    values = json.loads(written(calibration()))
    for name, value in changes.items():
        inside = values["tail"] if name in values["tail"] else values
        inside[name] = value
    return json.dumps(values)


DAMAGED = {
    "no JSON": (written(calibration())[:400], "no JSON"),
    "empty": ("", "no JSON"),
    "no calibration": ('{"format": "recipe"}', "format"),
    "a list": ("[1, 2]", "format"),
    "too large": (" " * 1_000_001, "1,000,000 bytes"),
    "no curve": (changed(curve=[]), "0 points"),
    "a curve that rises": (
        changed(curve=[[0, 0.1, 0, 0.2, False], [1, 0.2, 0, 0.3, True]]),
        "does not fall at strength 1",
    ),
    "rates out of order": (
        changed(curve=[[0, 0.1, 0.2, 0.3, False], [1, 0.1, 0, 0.1, True]]),
        "not in order",
    ),
    "a rate that is no number": (
        changed(curve=[[0, "a", 0, 0.3, False], [1, 0.1, 0, 0.1, True]]),
        "'a' is no number",
    ),
    "not a number": (changed(strictest=float("nan")), "nan is no number"),
    "no pairs": (changed(pairs=0), "no pair"),
    "no such curve": (changed(kind="straight"), "straight"),
    "something is missing": (
        json.dumps({**json.loads(written(calibration())), "tail": {}}),
        "'strongest' is missing",
    ),
}


@pytest.mark.parametrize(("content", "why"), DAMAGED.values(), ids=DAMAGED.keys())
def test_a_damaged_one_says_what_is_wrong_and_the_packaged_one_goes_on(tmp_path, content, why):
    path = tmp_path / "mine.json"
    path.write_text(content)
    used, problem = calibration_in_use(path)

    assert problem is not None
    assert why in problem
    assert str(path) in problem
    assert "vigil calibrate" in problem
    assert used == calibration_in_use(None)[0]
    with pytest.raises(InvalidInput):
        read_calibration(path)


def test_one_that_is_not_there_is_told(tmp_path):
    _, problem = calibration_in_use(tmp_path / "gone.json")

    assert problem is not None
    assert "cannot be read: No such file" in problem


def test_one_of_another_version_is_refused(tmp_path):
    path = tmp_path / "old.json"
    path.write_text(written(calibration(version=VERSION + 1)))

    with pytest.raises(InvalidInput, match=f"version {VERSION + 1} .* has version {VERSION}"):
        read_calibration(path)
