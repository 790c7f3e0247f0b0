"""A drawing says where a picture lies, in lines and words, and holds nothing else."""

import xml.etree.ElementTree as ET

import pytest

from domain.laid import Laid
from signals.outline import outline
from signals.quadrilateral import area, box_of, seen_part, within

WHOLE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
LEFT_HALF = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
MIRRORED = ((1.0, 0.0), (0.0, 0.0), (0.0, 1.0), (1.0, 1.0))
CUT = ((-1.0, -0.5), (1.0, -0.5), (1.0, 1.0), (-1.0, 1.0))
SVG = "{http://www.w3.org/2000/svg}"


def laid(corners, part=(0.0, 0.0, 1.0, 1.0), *, mirrored=False):
    return Laid(9.3, mirrored, corners, part, 17, 24)


def drawn(how, lines=("one", "two"), width=1000, height=500):
    return ET.fromstring(outline(how, width=width, height=height, lines=lines))


def words(drawing):
    return [text.text for text in drawing.iter(f"{SVG}text")]


def points(path):
    numbers = [float(number) for number in path.get("d").strip("Mz").split()]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def test_the_image_has_its_proportions_and_the_picture_lies_where_it_does():
    drawing = drawn(laid(LEFT_HALF))

    (found,) = (each for each in drawing.iter(f"{SVG}rect") if each.get("class") == "found")
    assert float(found.get("width")) == 2 * float(found.get("height")) == 420
    (inside,) = (each for each in drawing.iter(f"{SVG}path") if each.get("class") == "laid")
    assert points(inside) == [(0, 0), (210, 0), (210, 210), (0, 210)]
    assert words(drawing)[-2:] == ["one", "two"]
    assert "The found image, 1,000 × 500 pixels" in words(drawing)


@pytest.mark.parametrize(("corners", "to_the_right"), [(WHOLE, True), (MIRRORED, False)])
def test_arrows_tell_a_mirrored_picture_from_one_that_is_not(corners, to_the_right):
    ways = [p for p in drawn(laid(corners)).iter(f"{SVG}path") if p.get("class") == "way"]

    (start, top), (again, right) = (points(way) for way in ways)
    assert start == again
    assert top[1] < start[1]
    assert (right[0] > start[0]) is to_the_right


def test_what_lies_far_beyond_the_image_does_not_make_the_drawing_larger():
    far = tuple((20 * x, 20 * y) for x, y in CUT)
    width, height = (float(drawn(laid(far)).get(side)) for side in ("width", "height"))

    assert width < 1_000
    assert height < 1_000


def test_a_picture_beside_the_image_is_drawn_without_arrows():
    beside = tuple((x + 1.2, y) for x, y in WHOLE)

    assert not [p for p in drawn(laid(beside)).iter(f"{SVG}path") if p.get("class") == "way"]


def test_words_cannot_become_anything_else_and_long_ones_are_broken():
    line = "<script>alert(1)</script> & " + "word " * 60
    drawing = drawn(laid(WHOLE), lines=[line])

    assert not list(drawing.iter(f"{SVG}script"))
    said = [text for text in words(drawing) if "word" in text]
    assert len(said) > 1
    assert max(map(len, said)) < 90


def test_no_picture_is_in_a_drawing():
    drawing = drawn(laid(CUT))

    assert not list(drawing.iter(f"{SVG}image"))
    assert "data:" not in ET.tostring(drawing, encoding="unicode")


@pytest.mark.parametrize(
    ("corners", "share", "box"),
    [
        (WHOLE, 1.0, (0, 0, 1, 1)),
        (LEFT_HALF, 0.5, (0, 0, 0.5, 1)),
        (MIRRORED, 1.0, (0, 0, 1, 1)),
        (CUT, 1.0, (0, 0, 1, 1)),
        (((0.5, -0.5), (1.5, 0.5), (0.5, 1.5), (-0.5, 0.5)), 1.0, (0, 0, 1, 1)),
        (((0.5, 0.0), (1.0, 0.5), (0.5, 1.0), (0.0, 0.5)), 0.5, (0, 0, 1, 1)),
        (((0.75, 0.0), (1.25, 0.0), (1.25, 0.5), (0.75, 0.5)), 0.125, (0.75, 0, 1, 0.5)),
    ],
)
def test_a_shape_is_cut_off_at_the_edges_of_the_image(corners, share, box):
    shape = within(corners)

    assert area(shape) == pytest.approx(share)
    assert box_of(shape) == pytest.approx(box)


def test_nothing_is_left_of_a_shape_that_lies_outside():
    assert within([(x + 2, y) for x, y in WHOLE]) == []
    assert area([]) == 0


def test_what_is_seen_of_a_mirrored_picture_is_where_it_lies():
    left_half_of_it = laid(MIRRORED, part=(0.0, 0.0, 0.5, 1.0), mirrored=True)

    assert box_of(seen_part(left_half_of_it)) == (0.5, 0.0, 1.0, 1.0)
