"""The privacy study: what a thief reads is what was registered, and a drawing shows its photo."""

import json

import numpy as np
import pytest
from PIL import Image
from scipy.fft import dctn

from benchmarks import inversion
from benchmarks.edit_folder import open_photo
from benchmarks.inversion_attempts import GUESSED, TOGETHER_GUESSED, Thief
from benchmarks.inversion_background import learn
from benchmarks.inversion_canvas import ground, laid
from benchmarks.inversion_judging import Lineup, at_size, correlation, share_covered
from benchmarks.inversion_leak import leak_of
from benchmarks.inversion_patches import Guess, cut_patches, gather
from domain.errors import InvalidInput
from signals.place_bits import planes
from signals.scale_space import ScaleSpace, Workspace

DRAWN = ("deb-lomiri16_6739221f28.jpg", "sklearn_5a4cd546b3.jpg")


@pytest.fixture(scope="module")
def greys(photos):
    chosen = [path for path in photos if path.name in DRAWN] + photos[3:12]
    return {path.name: open_photo(path).convert("L") for path in chosen}


@pytest.fixture(scope="module")
def leaks(photos):
    return {path.name: leak_of(path.read_bytes()) for path in photos if path.name in DRAWN}


@pytest.fixture(scope="module")
def thief(greys):
    others = [grey for name, grey in greys.items() if name not in DRAWN]
    gallery = gather(others, planes())
    return Thief(gallery, Guess(gallery, bent=False), learn(others))


@pytest.fixture(scope="module")
def lineup(greys):
    return Lineup(greys, planes())


@pytest.mark.parametrize("name", DRAWN)
def test_a_thief_reads_from_pdq_and_phash_which_way_each_wave_goes(name, greys, leaks):
    small = greys[name].resize((64, 64), Image.Resampling.BOX)
    waves = dctn(np.asarray(small, np.float64), norm="ortho")

    assert np.mean(np.sign(waves[1:17, 1:17]) == np.sign(leaks[name].pdq)) > 0.85
    assert np.mean(np.sign(waves[:8, :8]) == np.sign(leaks[name].phash)) > 0.85


@pytest.mark.parametrize("name", DRAWN)
def test_the_true_patches_at_their_places_make_the_photo_again(name, greys, leaks):
    held = leaks[name].constellation
    shrunk = greys[name].resize((held.width, held.height))
    space = ScaleSpace(np.asarray(shrunk), Workspace(), doubled=False)
    patches, contrast = cut_patches(space, held.places)

    drawn = laid(held, patches * contrast[:, np.newaxis], ground(held))

    assert correlation(at_size(greys[name], held), drawn) > 0.65
    assert 0.5 < share_covered(held) <= 1


@pytest.mark.parametrize("name", DRAWN)
@pytest.mark.parametrize("attempt", [GUESSED, TOGETHER_GUESSED])
def test_a_drawing_is_more_like_its_photo_than_like_any_other(
    name, attempt, greys, leaks, thief, lineup
):
    drawing = thief.attempts(leaks[name]).pictures[attempt]

    judged = lineup.judged(name, at_size(greys[name], leaks[name].constellation), drawing)

    assert judged.likeness > 0.4
    assert judged.rank_as_thumbnail == 1


def test_who_has_a_photo_learns_that_it_is_registered(greys, lineup):
    for name in DRAWN:
        assert lineup.member(name, greys[name]) > 6


def test_what_has_no_constellation_cannot_be_drawn(tmp_path, thief):
    Image.new("L", (300, 300), 90).save(tmp_path / "plain.png")
    leak = leak_of((tmp_path / "plain.png").read_bytes())

    with pytest.raises(InvalidInput, match="choose another"):
        thief.attempts(leak)


def test_the_command_tells_figures_and_writes_small_sheets(photos, tmp_path, capsys):
    folder = tmp_path / "photos"
    folder.mkdir()
    for path in photos[:4]:
        small = open_photo(path)
        small.thumbnail((420, 420))
        small.save(folder / path.name, quality=90)

    code = inversion.main(["--photos", str(folder), "--out", str(tmp_path / "out"), "--json"])

    figures = {row["name"]: row["value"] for row in json.loads(capsys.readouterr().out)["figures"]}
    sheets = list((tmp_path / "out").iterdir())
    assert code == 0
    assert figures["photos in the line-up"] == 4
    assert len(sheets) == figures["photos drawn"] > 0
    assert all(sheet.stat().st_size < 150_000 for sheet in sheets)


def test_too_few_photos_are_refused_with_what_to_do(photos, tmp_path, capsys):
    (tmp_path / "one.jpg").write_bytes(photos[0].read_bytes())

    code = inversion.main(["--photos", str(tmp_path), "--out", str(tmp_path / "out")])

    assert code == InvalidInput("").exit_code
    assert "There are 1 photos" in capsys.readouterr().err
