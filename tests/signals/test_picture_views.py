"""A registered picture is found inside a screenshot, a collage or a frame by the hash of a part."""

import io
from itertools import combinations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageOps

from benchmarks.edits import edited
from domain.signal import MATCH_DISTANCE, MIN_PDQ_QUALITY
from practice.photographs import ORIGINALS, open_photo, photo_names
from signals.decode import open_picture
from signals.layout import Layout, Part, part_of
from signals.layout_hashing import samples_of_part
from signals.pdq import hash_of, pdq_of, pdq_of_views, quality_of
from signals.picture_views import MOST_VIEWS, part_signals
from tests.signals.bits import bits_between
from tests.signals.framing import ON_SCREEN, SCREEN_SIZE, screenshot, shown


def opened(image, kind="PNG"):
    body = io.BytesIO()
    image.save(body, kind)
    return open_picture(body.getvalue())


def registered(image):
    return [pdq for pdq, _ in pdq_of_views(opened(image)).values()]


def nearest(pdqs, views):
    return min((bits_between(one, other) for one in pdqs for other in views), default=256)


@pytest.fixture(scope="module")
def views():
    return {name: registered(open_photo(name)) for name in photo_names()}


@pytest.mark.parametrize(
    ("edit", "least"),
    [("border15", 8), ("letterbox15", 8), ("shot_phone", 7), ("collage2x2", 7), ("pip50", 4)],
)
@pytest.mark.parametrize("mirrored", [False, True])
def test_what_only_a_part_shows_is_found_by_the_part(edit, least, mirrored, views):
    found = 0
    for name in ORIGINALS:
        photo = open_photo(name)
        posted = ImageOps.mirror(photo) if mirrored else photo
        others = [open_photo(other) for other in ORIGINALS if other != name]
        picture = open_picture(edited(edit, posted, others, seed=1).body)

        whole, _ = pdq_of(picture)
        parts = [part.pdq for part in part_signals(picture)]

        assert nearest([whole], views[name]) > MATCH_DISTANCE
        found += nearest(parts, views[name]) <= MATCH_DISTANCE
    assert found >= least


def test_no_part_of_a_photo_is_taken_for_another_photo(photos, views):
    for path in photos:
        parts = [part.pdq for part in part_signals(open_picture(path.read_bytes()))]
        for other in photo_names():
            if other != path.stem:
                assert nearest(parts, views[other]) > 2 * MATCH_DISTANCE, (path.stem, other)


def test_parts_are_few_and_say_where_they_lie(photos):
    pictures = [open_picture(path.read_bytes()) for path in photos]
    pictures += [opened(screenshot(name)) for name in ORIGINALS]
    for picture in pictures:
        parts = part_signals(picture)

        assert len(parts) <= MOST_VIEWS
        for part in parts:
            left, top, right, bottom = part.box
            assert 0 <= left < right <= 1
            assert 0 <= top < bottom <= 1
            assert part.quality >= MIN_PDQ_QUALITY
        assert all(one.pdq != other.pdq for one, other in combinations(parts, 2))


def test_the_box_of_a_part_is_where_the_picture_is_shown():
    width, height = SCREEN_SIZE
    left, top, right, bottom = ON_SCREEN
    wanted = left / width, top / height, right / width, bottom / height
    for name in ORIGINALS:
        alone = registered(shown(name, right - left, bottom - top))

        likest = min(
            part_signals(opened(screenshot(name))), key=lambda part: nearest([part.pdq], alone)
        )

        assert likest.box == pytest.approx(wanted, abs=0.01), name


def test_an_app_without_a_picture_has_no_parts():
    screen = Image.new("L", (600, 900), 235)
    draw = ImageDraw.Draw(screen)
    for top, bottom, level in ((0, 110, 20), (150, 480, 255), (520, 840, 90)):
        draw.rectangle((20, top, 580, bottom), level)
    draw.rectangle((60, 560, 300, 800), 0)

    assert part_signals(opened(screen)) == ()
    assert part_signals(opened(Image.new("L", (600, 900), 77))) == ()


def test_a_part_is_hashed_as_a_picture_of_its_own_would_be(photos):
    chance = np.random.default_rng(3)
    for path in photos:
        large = Image.open(path).resize((1_931, 1_277))
        picture = opened(large, "BMP").transposed(chance.choice([None, *Image.Transpose]))
        width, height = picture.grey.size
        for _ in range(3):
            left, top = (int(chance.integers(0, side // 2)) for side in (width, height))
            right, bottom = (
                int(chance.integers(start + 60, side + 1))
                for start, side in ((left, width), (top, height))
            )
            part = part_of(picture, Part(left, top, right, bottom, Layout.TILE))

            samples = samples_of_part(np.asarray(part.grey), part.rows, part.columns)

            pdq, quality = pdq_of(part)
            assert bits_between(hash_of(samples), pdq) <= 2
            assert abs(quality_of(samples) - quality) <= 1
