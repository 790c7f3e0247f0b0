"""What agrees with an image, put together: one figure, and why in plain words."""

from dataclasses import dataclass

from domain.evidence import CERTAIN, Grade, combined, grade_of, pdq_figure
from domain.laid import Laid


@dataclass(frozen=True)
class Signal:
    signal: str
    distance: int = 0
    registration: str = "R-1"
    view: str = "upright"
    strength: float | None = None
    laid: Laid | None = None


def places(strength, *, part=(0.0, 0.0, 1.0, 1.0), registration="R-1", view="upright"):
    corners = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
    laid = Laid(strength, view == "mirrored", corners, part, 17, 24)
    return Signal("constellation", 18, registration, view, strength, laid)


def figure(*signals):
    found = combined(signals)
    assert found is not None
    return found.figure


def reasons(*signals):
    found = combined(signals)
    assert found is not None
    return found.reasons


def test_nothing_says_nothing():
    assert combined(()) is None


def test_the_very_same_file_is_certain_and_nothing_else_is():
    same = combined((Signal("pdq", 3), Signal("md5"), Signal("sha256")))
    assert same is not None
    assert (same.figure, same.certain) == (CERTAIN, True)
    assert same.reasons == (
        "the very same file",
        "nearly the same picture (PDQ differs in 3 of 256 bits)",
    )
    strong = combined((Signal("pdq", 0), places(500.0)))
    assert strong is not None
    assert not strong.certain
    assert strong.figure < CERTAIN


def test_fewer_bits_speak_more_and_far_off_ones_not_against():
    figures = [figure(Signal("pdq", distance)) for distance in (0, 12, 31, 90, 128)]
    assert figures == sorted(figures, reverse=True)
    assert figures[2] > 6, "a million times likelier at the greatest distance that flags"
    assert figures[-1] == 0


def test_two_types_say_more_than_one_and_less_than_both():
    together = figure(Signal("pdq", 10), places(7.0))
    assert figure(Signal("pdq", 10)) < together
    assert together < figure(Signal("pdq", 10)) + 7.0
    assert figure(places(7.0), Signal("phash", 3)) > figure(places(7.0))


def test_a_second_picture_that_is_alike_adds_nothing():
    assert figure(places(7.0), places(6.0, registration="R-2")) == 7.0
    assert figure(places(-3.0)) == -3.0


def test_it_is_said_what_is_seen_where_and_how_it_lies():
    assert reasons(places(9.0, view="mirrored"), Signal("pdq", 28, view="turned_180")) == (
        "17 of 24 places of R-1 that should be visible are seen where they should be, mirrored",
        "a similar picture (PDQ differs in 28 of 256 bits), upside down",
    )
    (in_part,) = reasons(places(9.0, part=(0.5, 0.0, 1.0, 0.5)))
    assert in_part.endswith("are seen where they should be, in 25 % of the picture")
    assert reasons(Signal("phash", 2), Signal("constellation", 9, "R-2")) == (
        "the rough layout is the same (pHash differs in 2 of 64 bits)",
        "places of R-2 are seen in the same arrangement",
    )


def test_a_grade_is_given_by_what_was_measured():
    assert grade_of(CERTAIN) is Grade.CERTAIN
    assert grade_of(5.1) is Grade.FAIR  # as strong as the strongest of a million false pairs
    assert grade_of(7.2) is Grade.STRONG  # as most reposts are by their places
    assert grade_of(pdq_figure(31)) is Grade.STRONG
    assert grade_of(pdq_figure(4)) is Grade.VERY_STRONG
    assert grade_of(0) is grade_of(-3) is Grade.WEAK
