"""Drawings of evidence: from measured numbers alone, within their frame, and said in sentences."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from console import languages
from console.evidence_placement import placement
from console.evidence_plots import distance_plot, strength_plot
from console.evidence_times import borders_of_time, film, spread_plot
from console.evidence_words import headline
from console.outline import outline_of
from console.plot_shapes import WIDTH
from domain.evidence import Grade
from domain.laid import Laid
from domain.measured import (
    BITS_A_BAR,
    MEASURED_AT,
    NEAREST_DIFFERENT,
    PAIRS_OF_PHOTOS,
    PDQ_OF_DIFFERENT,
    PDQ_OF_REPOSTS,
    REPOSTS,
    REPOSTS_WITHIN,
    STRENGTH_OF_REPOSTS,
)
from signals.calibration_file import calibration_in_use
from storage.match_evidence import MatchedImage
from storage.matches import MatchSignal

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
WHOLE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))


@pytest.fixture(autouse=True)
def request_context():
    """Words are written in the language of whoever asks."""
    app = Flask(__name__)
    languages.apply(app)
    app.config["SECRET_KEY"] = "x"
    app.extensions["babel"].locale_selector = lambda: "en"
    app.extensions["babel"].timezone_selector = lambda: "UTC"
    with app.test_request_context():
        yield


def calibration():
    return calibration_in_use(None)[0]


def laid(corners=WHOLE, *, mirrored=False, part=(0.0, 0.0, 1.0, 1.0)):
    return Laid(7.0, mirrored, corners, part, 20, 24)


def test_the_measured_numbers_are_of_one_measurement_and_add_up():
    assert calibration().measured_at == MEASURED_AT
    assert sum(PDQ_OF_REPOSTS) == REPOSTS
    assert sum(PDQ_OF_DIFFERENT) == PAIRS_OF_PHOTOS
    within = [sum(PDQ_OF_REPOSTS[: bar + 1]) for bar in range(4)]
    assert within == [REPOSTS_WITHIN[bar * BITS_A_BAR + BITS_A_BAR - 1] for bar in range(4)]
    first = next(bar for bar, pairs in enumerate(PDQ_OF_DIFFERENT) if pairs)
    assert first == NEAREST_DIFFERENT // BITS_A_BAR
    reach = [number for _, number in STRENGTH_OF_REPOSTS]
    assert reach == sorted(reach, reverse=True)


def test_reposts_are_drawn_only_beside_the_calibration_they_were_measured_with():
    ours = strength_plot(7.2, calibration())
    assert "Of 864 measured reposts, at least 15 are as strong or stronger." in ours.says
    assert ours.above
    theirs = strength_plot(7.2, replace(calibration(), measured_at="2027-01-01T00:00:00Z"))
    assert theirs.above == ()
    assert not any("reposts" in said for said in theirs.says)


def test_what_was_not_counted_is_not_said_to_be():
    weak = strength_plot(3.0, calibration())
    assert any("about 30 would be" in said for said in weak.says)
    strong = strength_plot(6.0, calibration())
    assert any("none is; the strongest has 5.1" in said for said in strong.says)


@pytest.mark.parametrize("strength", [-2.0, 0.0, 4.5, 9.9, 60.0])
def test_a_mark_lies_within_the_drawing(strength):
    plot = strength_plot(strength, calibration())
    assert plot.mark is not None
    assert 0 <= plot.mark.x <= WIDTH
    for bar in (*plot.above, *plot.below):
        assert bar.x >= 0
        assert bar.x + bar.width <= WIDTH
        assert 0 <= bar.y <= bar.y + bar.height <= plot.height


def test_a_distance_beyond_what_was_measured_is_said_without_reposts():
    far = distance_plot(MatchSignal("pdq", "upright", 40, "R"), 60)
    assert not any("as near or nearer" in said for said in far.says)
    part = distance_plot(MatchSignal("pdq", "upright", 4, "R", laid=laid()), 31)
    assert any("here, a part of the image is one" in said for said in part.says)


@pytest.mark.parametrize(
    ("passed", "pieces"),
    [
        (timedelta(0), 1),
        (timedelta(minutes=90), 2),
        (timedelta(hours=28), 28),
        (timedelta(hours=29), 2),
        (timedelta(days=28), 28),
        (timedelta(days=300), 28),
        (timedelta(days=-1), 1),
    ],
)
def test_time_is_cut_so_that_no_sighting_is_left_out(passed, pieces):
    borders = borders_of_time(NOW - passed, NOW)
    assert len(borders) == pieces + 1
    assert borders == sorted(borders)
    assert borders[0] <= min(NOW, NOW - passed)
    assert borders[-1] > NOW


def test_how_it_spread_is_said_by_hour_or_by_day():
    hours = borders_of_time(NOW - timedelta(hours=3), NOW)
    assert spread_plot(hours, [5, 0, 2]).says == ("In the last hour: 2. At most in one: 5.",)
    days = borders_of_time(NOW - timedelta(days=3), NOW)
    assert spread_plot(days, [5, 0, 2]).says == ("In the last day: 2. At most in one: 5.",)
    longer = spread_plot(borders_of_time(NOW - timedelta(days=60), NOW), [1] * 20)
    assert longer.title == "New places, every 3 days"


def test_where_a_picture_lies_is_said_as_a_person_would():
    corner = ((0.6, 0.6), (1.0, 0.6), (1.0, 1.0), (0.6, 1.0))
    assert placement(laid(corner)) == (
        "All of the registered picture is seen, or nearly all.",
        "It fills about 16% of the found image, at the lower right of it.",
    )
    upside_down = ((1.0, 1.0), (0.0, 1.0), (0.0, 0.0), (1.0, 0.0))
    said = placement(laid(upside_down, part=(0.0, 0.0, 0.3, 0.3)))
    assert said[0] == "The registered picture lies there upside down."
    assert "about 9% of the registered picture, at the upper left" in said[1]
    assert "So little may be one thing that both pictures show" in said[-1]


def test_an_outline_fits_its_frame_however_far_the_picture_reaches_beyond():
    signal = MatchSignal(
        "constellation",
        "upright",
        9,
        "R",
        strength=7.0,
        laid=laid(((-30.0, -30.0), (20.0, -30.0), (20.0, 20.0), (-30.0, 20.0))),
    )
    image = MatchedImage(1, 1, 1, "JPEG", 20, 4000, None)
    outline = outline_of([signal], image, 1, name="outline-1")
    assert outline is not None
    left, top, right, bottom = outline.shapes.room
    assert right - left <= WIDTH + 1
    assert bottom - top <= WIDTH + 1
    assert outline_of([replace(signal, laid=None)], image, 1, name="outline-1") is None


def test_what_does_not_move_has_no_film_and_every_moment_lies_on_it():
    assert film([MatchSignal("pdq", "upright", 4, "R")], None) is None
    moving = MatchSignal("pdq", "upright", 4, "R", at_ms=9_000, moments=(0, 9_000, 99_000))
    drawn = film([moving], 10_000)
    assert drawn is not None
    assert all(0 <= x <= WIDTH for x in drawn.moments)
    assert "agrees at 3 moments" in drawn.says
    assert "Only its beginning was read" not in drawn.says
    short = film([moving], 400, in_part=True)
    assert short is not None
    assert "It lasts 0.4 s" in short.says
    assert "Only its beginning was read" in short.says


def test_the_verdict_names_what_speaks_most():
    phash = MatchSignal("phash", "mirrored", 2, "R")
    pdq = MatchSignal("pdq", "mirrored", 20, "R")
    assert headline([phash, pdq]) == (Grade.STRONG, "Strong: a similar picture, mirrored")
    embedding = MatchSignal("embedding", "upright", 40, "R")
    assert headline([embedding]) == (
        Grade.WEAK,
        "Weak: only a model says that they are alike",
    )
    assert headline([])[0] is Grade.WEAK
