"""What somebody registers is cut down to the picture itself where that is sure, and only there."""

import io

import numpy as np
import pytest

from domain.signal import MATCH_DISTANCE
from practice.photographs import ORIGINALS
from signals.constellation import Constellation, constellation_of
from signals.decode import open_picture
from signals.pdq import pdq_of
from signals.place_bits import planes
from signals.registered_content import ContentKind, content_cut, content_to_register, grey_cut
from signals.scale_space import Workspace
from tests.signals.bits import bits_between
from tests.signals.framing import (
    ARTICLE_SIZE,
    IN_ARTICLE,
    ON_SCREEN,
    SCREEN_SIZE,
    article,
    captioned,
    framed,
    plain,
    screenshot,
    shown,
    two_on_a_page,
)


def opened(image, *, detailed=False):
    body = io.BytesIO()
    image.save(body, "PNG")
    return open_picture(body.getvalue(), detailed=detailed)


def fractions(size, left, top, right, bottom):
    width, height = size
    return pytest.approx((left / width, top / height, right / width, bottom / height), abs=0.01)


@pytest.mark.parametrize("name", ORIGINALS)
def test_a_screenshot_is_cut_to_the_picture_and_says_so(name):
    picture = opened(screenshot(name))
    left, top, right, bottom = ON_SCREEN

    content = content_to_register(picture)

    assert content.sure
    assert content.kind is ContentKind.SCREENSHOT
    assert content.box == fractions(SCREEN_SIZE, *ON_SCREEN)
    assert content.sentence == (
        "It looks like a screenshot: the picture itself seems to lie in the middle, "
        f"{content.box[2] - content.box[0]:.0%} of the width and "
        f"{content.box[3] - content.box[1]:.0%} of the height.".replace("%", " %")
    )
    cut, _ = pdq_of(content_cut(picture, content))
    alone, _ = pdq_of(opened(shown(name, right - left, bottom - top)))
    assert bits_between(cut, alone) <= MATCH_DISTANCE


@pytest.mark.parametrize("colour", ["black", "white", "teal"])
def test_a_border_is_cut_off(colour):
    for name in ORIGINALS:
        content = content_to_register(opened(framed(shown(name), 40, 60, 40, 30, colour)))

        assert content.sure, name
        assert content.kind is ContentKind.BORDER
        assert content.box == fractions((400, 330), 40, 60, 360, 300)
        assert "border" in content.sentence


def test_a_caption_is_cut_off():
    for name in ORIGINALS:
        content = content_to_register(opened(captioned(name)))

        assert content.kind is ContentKind.CAPTION, name
        assert content.box == fractions((480, 470), 0, 110, 480, 470)
        assert "above" in content.sentence


@pytest.mark.parametrize("name", ORIGINALS)
def test_however_plain_a_picture_on_a_page_is_somebody_is_asked(name):
    content = content_to_register(opened(article(plain(name))))

    assert content.kind is ContentKind.SCREENSHOT
    assert not content.sure
    assert content.box == fractions(ARTICLE_SIZE, *IN_ARTICLE)


def test_a_photo_is_never_cut_without_asking(photos):
    asked = 0
    for path in photos:
        picture = open_picture(path.read_bytes())

        content = content_to_register(picture)

        if content.kind is ContentKind.WHOLE:
            assert content_cut(picture, content) is picture
            assert content.box == (0, 0, 1, 1)
        else:
            assert not content.sure, path.name
            asked += 1
    assert asked <= 1


def test_of_two_pictures_on_one_page_neither_is_taken_without_asking():
    content = content_to_register(opened(two_on_a_page(*ORIGINALS[2:4])))

    assert content.kind is ContentKind.SCREENSHOT
    assert not content.sure
    assert "may be" in content.sentence


def test_the_detail_is_cut_where_the_picture_is():
    left, top, right, bottom = (2 * side for side in ON_SCREEN)
    large = screenshot(ORIGINALS[2]).resize([2 * side for side in SCREEN_SIZE])
    picture = opened(large, detailed=True)
    content = content_to_register(picture)

    cut = content_cut(picture, content)

    assert cut.detail is not None
    scale = picture.detail.width / large.width
    assert cut.detail.width == pytest.approx((right - left) * scale, abs=8)
    assert cut.detail.height == pytest.approx((bottom - top) * scale, abs=8)


def test_two_screenshots_of_one_app_share_no_places_once_they_are_cut():
    held, workspace = planes(), Workspace()
    whole: list[Constellation] = []
    cut: list[Constellation] = []
    for name in (ORIGINALS[0], ORIGINALS[6]):
        picture = opened(screenshot(name))
        content = content_to_register(picture)
        for grey, places in ((picture.grey, whole), (grey_cut(picture.grey, content), cut)):
            places.append(constellation_of(grey, held, workspace))

    assert alike(*whole) >= 3
    assert alike(*cut) == 0


def alike(one, other):
    """How many places of a constellation look like one of another."""
    differ = np.bitwise_count(one.bits[:, None] ^ other.bits[None]).sum(axis=2)
    return int((differ.min(axis=1) <= 16).sum())
