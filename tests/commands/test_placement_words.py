"""How a picture lies and how strong the evidence is, in words a caseworker can weigh."""

import pytest

from commands.evidence import in_short, in_words
from commands.placement_words import laid_in_words, part_in_words, strength_in_words
from domain.laid import Laid
from storage.matches import MatchSignal

LEFT_HALF = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
WHOLE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))


def turned(corners, by):
    """Begin with another corner: turned by so many quarters to the left."""
    return corners[-by:] + corners[:-by]


def laid(corners=WHOLE, part=(0.0, 0.0, 1.0, 1.0), strength=9.4, *, mirrored=False):
    return Laid(strength, mirrored, corners, part, 17, 24)


def evidence(how, view="upright", at_ms=None):
    return MatchSignal("constellation", view, 14, "R-1", at_ms, strength=how.strength, laid=how)


@pytest.mark.parametrize(
    ("strength", "said"),
    [
        (-2.0, "weak: no likelier of this picture than of another"),
        (2.0, "weak: 100 times likelier"),
        (5.5, "fair: 10^5 times likelier"),
        (9.4, "strong: 10^9 times likelier"),
        (154.0, "very strong: more than 10^15 times likelier"),
    ],
)
def test_strength_is_said_in_a_word_and_a_number(strength, said):
    assert strength_in_words(strength).startswith(said)


@pytest.mark.parametrize(
    ("box", "said"),
    [
        ((0, 0, 1, 1), "all of it"),
        ((0, 0, 0.5, 1), "the left half of it"),
        ((0.66, 0, 1, 1), "the right third of it"),
        ((0, 0.5, 1, 1), "the lower half of it"),
        ((0, 0, 0.5, 0.5), "a quarter of it, at its upper left corner"),
        ((0.75, 0.3, 1, 0.7), "a tenth of it, at its right edge"),
        ((0.3, 0.3, 0.7, 0.7), "a sixth of it, in its middle"),
        ((0, 0.3, 1, 0.6), "a third of it, in its middle"),
    ],
)
def test_a_part_is_named_by_its_size_and_where_it_is(box, said):
    left, top, right, bottom = box

    assert part_in_words(box, (right - left) * (bottom - top), "it") == said


@pytest.mark.parametrize(
    ("how", "said"),
    [
        (laid(LEFT_HALF), "it fills the left half of the found image"),
        (laid(mirrored=True, corners=(WHOLE[1], WHOLE[0], WHOLE[3], WHOLE[2])), "; mirrored;"),
        (laid(turned(WHOLE, 1)), "turned by a quarter to the left"),
        (laid(turned(WHOLE, 2)), "upside down"),
        (laid(turned(WHOLE, 3)), "turned by a quarter to the right"),
        (laid(part=(0, 0.5, 1, 1)), "seen is the lower half of the registered picture"),
        (laid(part=(0, 0, 0.2, 0.2)), "look closely"),
    ],
)
def test_how_a_picture_lies_is_said(how, said):
    words = laid_in_words(how)

    assert words.startswith("17 of its 24 places that should be visible are seen")
    assert said in words


def test_an_upright_whole_picture_is_said_to_be_no_more_than_that():
    said = in_words(evidence(laid()))

    assert said == (
        "constellation, strong: 10^9 times likelier of this picture than of another; 17 of its 24 "
        "places that should be visible are seen; it fills all of the found image"
    )


def test_of_a_video_the_moment_is_said():
    assert in_words(evidence(laid(), at_ms=47_000), 62).endswith("found image at 0:47")


def test_a_table_says_in_short_that_it_was_edited():
    mirrored = evidence(laid(mirrored=True, strength=20.0), view="mirrored")

    assert in_short([mirrored]) == "edited, very strong, mirrored"
    assert in_short([mirrored, MatchSignal("pdq", "upright", 4, "R-1")]) == "4 bits"
    assert in_short([MatchSignal("constellation", "upright", 14, "R-1")]) == "no PDQ"


def test_evidence_of_before_it_was_kept_how_it_lies_says_that_it_agrees():
    old = MatchSignal("constellation", "mirrored", 14, "R-1")

    assert in_words(old) == "constellation agrees (mirrored)"
