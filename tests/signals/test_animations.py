"""Pictures that move: every distinct frame is hashed, whatever breaks later."""

import io

import pytest
from PIL import Image

from domain.signal import SignalType, View
from signals import animation
from signals.animation import MAX_ANIMATION_FRAMES, may_move
from signals.pictures import hash_image, hash_picture
from tests.signals import moving_pictures
from tests.signals.bits import bits_between

WAYS = {
    "GIF": {},
    "PNG": {"compress_level": 1},
    "WEBP": {"method": 0},
    "AVIF": {"speed": 10},
}


@pytest.fixture(scope="module")
def four(photos):
    return moving_pictures.photographs(photos[:4], (320, 240))


def still(picture):
    target = io.BytesIO()
    picture.save(target, "PNG")
    return hash_image(target.getvalue())


@pytest.mark.parametrize("image_format", WAYS)
def test_every_frame_of_an_animation_is_hashed_with_its_time(image_format, four):
    body = moving_pictures.animation(four, image_format, **WAYS[image_format])

    signals = hash_image(body)

    assert [frame.at_ms for frame in signals.frames] == [0, 250, 500, 750]
    assert signals.duration_ms == 1000
    for frame, picture in zip(signals.frames, four, strict=True):
        assert bits_between(frame.pdq, still(picture).pdq) <= 24
    assert (signals.pdq, signals.phash) == (signals.frames[0].pdq, signals.frames[0].phash)
    assert (signals.format, signals.width, signals.height) == (image_format, 320, 240)


@pytest.mark.parametrize("image_format", WAYS)
def test_a_still_picture_of_a_format_that_may_move_has_no_frames(image_format, four):
    target = io.BytesIO()
    four[0].save(target, image_format)

    signals = hash_image(target.getvalue())

    assert (signals.frames, signals.duration_ms) == ((), None)
    assert may_move(target.getvalue()) is (image_format == "GIF")


def test_frames_that_look_alike_are_one(four):
    brighter = four[0].point(lambda level: min(level + 6, 255))
    body = moving_pictures.animation([four[0], brighter, four[1], four[0]], "WEBP", method=0)

    assert [frame.at_ms for frame in hash_image(body).frames] == [0, 500]


def test_a_picture_that_only_flickers_is_a_still_one(four):
    brighter = four[0].point(lambda level: min(level + 6, 255))
    signals = hash_image(moving_pictures.animation([four[0], brighter] * 3, "WEBP", method=0))

    assert (signals.frames, signals.duration_ms) == ((), None)


def test_a_picture_behind_a_black_first_frame_is_found(four):
    black = Image.new("RGB", four[0].size)

    signals = hash_image(moving_pictures.animation([black, four[0]], "WEBP", method=0))

    assert [frame.at_ms for frame in signals.frames] == [250]
    assert bits_between(signals.pdq, still(four[0]).pdq) <= 24
    assert signals.pdq_quality >= 50


@pytest.mark.parametrize("image_format", ["GIF", "PNG"])
def test_a_broken_later_frame_loses_itself_and_what_follows(image_format, four):
    body = moving_pictures.animation(four, image_format, **WAYS[image_format])

    signals = hash_image(body[: len(body) * 6 // 10])

    assert [frame.at_ms for frame in signals.frames] == [0, 250]


def test_frames_that_are_shown_for_no_time_have_times_all_the_same(four):
    target = io.BytesIO()
    four[0].save(target, "GIF", save_all=True, append_images=four[1:], duration=0)

    signals = hash_image(target.getvalue())

    assert [frame.at_ms for frame in signals.frames] == [0, 100, 200, 300]


def test_a_long_animation_keeps_frames_of_its_beginning_and_its_end(photos):
    pictures = moving_pictures.photographs(photos, (96, 72))
    turned = [picture.rotate(angle) for angle in (0, 90, 180) for picture in pictures]

    signals = hash_image(moving_pictures.animation(turned, "WEBP", method=0))

    assert len(signals.frames) == MAX_ANIMATION_FRAMES < len(turned)
    assert signals.frames[0].at_ms == 0
    assert signals.frames[-1].at_ms > 250 * (len(turned) - 5)


def test_what_is_decoded_of_an_animation_has_a_bound(four, monkeypatch):
    monkeypatch.setattr(animation, "MOST_PIXELS", 2 * 320 * 240)

    signals = hash_image(moving_pictures.animation(four, "WEBP", method=0))

    assert [frame.at_ms for frame in signals.frames] == [0, 250]


def test_an_animation_is_registered_by_every_frame_in_every_view(four):
    body = moving_pictures.animation(four, "WEBP", method=0)

    signals = hash_picture(body).signals

    pdq = {(s.at_ms, s.view): s.value for s in signals if s.type is SignalType.PDQ}
    assert set(pdq) == {(at_ms, view) for at_ms in (0, 250, 500, 750) for view in View}
    found = hash_image(body)
    assert [pdq[frame.at_ms, View.UPRIGHT] for frame in found.frames] == [
        frame.pdq for frame in found.frames
    ]
    exact = {s.type: s.at_ms for s in signals if s.type in {SignalType.SHA256, SignalType.MD5}}
    assert exact == {SignalType.SHA256: None, SignalType.MD5: None}
