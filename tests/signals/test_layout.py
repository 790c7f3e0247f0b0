"""The picture inside what was posted is found, and a plain photo is left whole."""

import io
import time

import numpy as np
import pytest
from PIL import Image, ImageDraw

from practice.photographs import ORIGINALS, photo_names
from signals.decode import open_picture
from signals.layout import (
    LEAST_SHARE,
    LEAST_SIDE,
    MOST_ALIKE,
    MOST_PARTS,
    Layout,
    Part,
    part_of,
    parts_of,
)
from signals.pdq import pdq_of
from tests.signals.bits import bits_between
from tests.signals.framing import framed, screenshot, shown


def grey_of(image, quality=85):
    """The pixels of a picture that was saved as JPEG, at its own size."""
    target = io.BytesIO()
    image.convert("L").save(target, "JPEG", quality=quality)
    with Image.open(target) as opened:
        return np.asarray(opened.convert("L"))


def off(part, left, top, right, bottom):
    """How far the worst side of a part lies from where it should, in pixels."""
    wanted = (left, top, right, bottom)
    return max(
        abs(one - other)
        for one, other in zip((part.left, part.top, part.right, part.bottom), wanted, strict=True)
    )


def nearest(parts, *box):
    return min(off(part, *box) for part in parts)


@pytest.mark.parametrize("colour", ["black", "white", "teal"])
@pytest.mark.parametrize("name", ORIGINALS)
def test_bars_are_trimmed_to_the_picture(name, colour):
    barred = grey_of(framed(shown(name), 48, 0, 48, 0, colour))
    bordered = grey_of(framed(shown(name), 30, 70, 60, 20, colour))

    assert nearest(parts_of(barred), 48, 0, 368, 240) <= 2
    assert nearest(parts_of(bordered), 30, 70, 350, 310) <= 2


@pytest.mark.parametrize("gap", [0, 4])
def test_the_nine_tiles_of_a_collage_are_found(gap):
    collage = Image.new("RGB", (3 * 200 + 2 * gap, 3 * 150 + 2 * gap), "white")
    boxes = [(column * (200 + gap), row * (150 + gap)) for row in range(3) for column in range(3)]
    for (left, top), name in zip(boxes, photo_names()[:9], strict=True):
        collage.paste(shown(name, 200, 150), (left, top))

    parts = parts_of(grey_of(collage))

    for left, top in boxes:
        assert nearest(parts, left, top, left + 200, top + 150) <= 2


def test_a_picture_over_another_is_found_where_it_lies():
    below = shown(ORIGINALS[2], 600, 450)
    below.paste(shown(ORIGINALS[5], 240, 180), (330, 40))

    parts = parts_of(grey_of(below))

    found = min(parts, key=lambda part: off(part, 330, 40, 570, 220))
    assert off(found, 330, 40, 570, 220) <= 2
    assert found.why is Layout.PASTED


@pytest.mark.parametrize("name", ORIGINALS)
def test_the_picture_in_a_screenshot_is_among_the_likeliest(name):
    parts = parts_of(grey_of(screenshot(name)))

    assert nearest(parts[:3], 24, 230, 396, 509) <= 3


def test_a_part_has_the_hash_that_its_picture_has_alone():
    for name in ORIGINALS:
        alone = shown(name, 640, 480)
        posted = io.BytesIO()
        framed(alone, 161, 83, 131, 203, "black").save(posted, "PNG")
        saved = io.BytesIO()
        alone.save(saved, "PNG")
        picture = open_picture(posted.getvalue())

        hashes = [pdq_of(part_of(picture, part))[0] for part in parts_of(np.asarray(picture.grey))]

        wanted, _ = pdq_of(open_picture(saved.getvalue()))
        assert min(bits_between(one, wanted) for one in hashes) <= 10, name


def test_parts_that_make_up_a_picture_are_as_large_as_it_in_full():
    body = io.BytesIO()
    Image.linear_gradient("L").resize((1_999, 1_101)).save(body, "PNG")
    picture = open_picture(body.getvalue())
    for turned in (picture, picture.transposed(Image.Transpose.ROTATE_180)):
        across, down = turned.grey.size
        for left in (100, across // 2):
            one = part_of(turned, Part(0, 0, left, down, Layout.TILE))
            other = part_of(turned, Part(left, 0, across, down, Layout.TILE))
            assert one.width + other.width == turned.width == 1_999
            assert one.height == other.height == turned.height == 1_101
            assert one.grey.width == one.columns.cells
            assert other.grey.width == other.columns.cells


def noise(height, width):
    return np.random.default_rng(7).integers(0, 256, (height, width), np.uint8)


def page(height, width):
    sheet = Image.new("L", (width, height), 255)
    draw = ImageDraw.Draw(sheet)
    for row in range(10, height - 10, 14):
        draw.text((10, row), "nothing but words and words on a page " * 4, 0, font_size=11)
    return np.asarray(sheet)


def squares(height, width, side):
    rows, columns = np.indices((height, width)) // side
    return ((rows + columns) % 2 * 255).astype(np.uint8)


def small_pictures(across):
    sheet = Image.new("L", (800, 800))
    side = 800 // across
    for number in range(across * across):
        name = photo_names()[number % len(photo_names())]
        row, column = divmod(number, across)
        sheet.paste(shown(name, side, side).convert("L"), (column * side, row * side))
    return np.asarray(sheet)


def rings(side):
    sheet = Image.new("L", (side, side))
    draw = ImageDraw.Draw(sheet)
    for number, inset in enumerate(range(0, side // 2, 9)):
        draw.rectangle((inset, inset, side - 1 - inset, side - 1 - inset), fill=255 * (number % 2))
    return np.asarray(sheet)


HOSTILE = {
    "noise": lambda: noise(800, 800),
    "one colour": lambda: np.full((800, 800), 77, np.uint8),
    "a page of text": lambda: page(800, 800),
    "a long page": lambda: page(20_000, 400),
    "one pixel wide": lambda: noise(20_000, 1),
    "long noise": lambda: noise(48, 20_000),
    "a chessboard": lambda: squares(800, 800, 50),
    "a fine chessboard": lambda: squares(800, 800, 1),
    "squares of a strip": lambda: squares(800, 800, 8),
    "a code of squares": lambda: np.kron(noise(80, 80) // 128 * 255, np.ones((10, 10), np.uint8)),
    "a hundred pictures": lambda: small_pictures(10),
    "49 pictures": lambda: small_pictures(7),
    "lines": lambda: np.tile(np.repeat(noise(1, 80), 10, axis=1), (800, 1)),
    "rings": lambda: rings(800),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_makes_more_parts_or_takes_longer_than_allowed(name):
    grey = HOSTILE[name]()
    parts_of(grey)  # what the first call loads is not this picture's doing

    begun = time.process_time()
    parts = parts_of(grey)
    taken = time.process_time() - begun

    height, width = grey.shape
    assert taken < 0.2
    assert len(parts) <= MOST_PARTS
    for part in parts:
        assert 0 <= part.left < part.right <= width
        assert 0 <= part.top < part.bottom <= height
        assert min(part.right - part.left, part.bottom - part.top) >= LEAST_SIDE
        assert area(part) >= LEAST_SHARE * height * width * 0.99
    for number, part in enumerate(parts):
        assert all(alike(part, other) <= MOST_ALIKE + 0.02 for other in parts[:number])


def area(part):
    return (part.right - part.left) * (part.bottom - part.top)


def alike(one, other):
    width = min(one.right, other.right) - max(one.left, other.left)
    height = min(one.bottom, other.bottom) - max(one.top, other.top)
    both = max(width, 0) * max(height, 0)
    return both / (area(one) + area(other) - both)
