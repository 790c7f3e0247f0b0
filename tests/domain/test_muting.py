"""Places are muted that several images of something else show, as persons have judged them."""

import pytest

from domain.muting import muted

LOGO = 0b1111_0000
CORNER = 0b11


def test_places_of_rejected_images_are_muted_from_the_third_image_on():
    two = muted([], [LOGO | CORNER, LOGO], of=42)
    three = muted([], [LOGO | CORNER, LOGO, LOGO | 1 << 41], of=42)

    assert two.places == 0
    assert (three.places, three.count, three.images, three.of) == (LOGO, 4, 3, 42)


@pytest.mark.parametrize(
    ("unrelated", "rejected", "expected"),
    [
        ([LOGO], [LOGO, LOGO], LOGO),
        ([LOGO] * 30, [LOGO], 0),
        ([LOGO] * 30, [], 0),
        ([LOGO] * 30, [CORNER] * 3, CORNER),
    ],
    ids=["a third nobody judged", "one rejected", "none rejected", "others rejected"],
)
def test_images_that_nobody_judged_mute_nothing_by_themselves(unrelated, rejected, expected):
    assert muted(unrelated, rejected, of=42).places == expected


@pytest.mark.parametrize(("places", "most"), [(42, 21), (30, 14), (20, 4), (16, 0), (3, 0)])
def test_enough_of_a_picture_always_remains(places, most):
    everything = (1 << places) - 1

    made = muted([], [everything] * 3, of=places)

    assert made.count == most


def test_where_too_many_recur_those_are_muted_that_recur_most():
    often, seldom = (1 << 21) - 1 << 21, (1 << 21) - 1

    assert muted([], [often | seldom] * 3 + [often], of=42).places == often
