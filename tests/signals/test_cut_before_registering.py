"""Signals to register are of the picture itself, without the app, the border or the caption."""

import io

import numpy as np
import pytest
from PIL import Image

from domain.content import ContentChoice
from domain.signal import MATCH_DISTANCE, SignalType, View
from practice.photographs import ORIGINALS
from signals.constellation import unpack
from signals.index import SignalIndex
from signals.looking import looking
from signals.picture_hasher import PictureHasher
from signals.pictures import hash_found, hash_image, hash_picture
from tests.signals.bits import bits_between
from tests.signals.framing import ON_SCREEN, captioned, framed, screenshot, shown, two_on_a_page

NAME, OTHER = ORIGINALS[2], ORIGINALS[3]
CHOICES = [ContentChoice.AUTO, ContentChoice.WHOLE, ContentChoice.INSIDE]


def written(picture, kind="PNG"):
    body = io.BytesIO()
    picture.save(body, kind)
    return body.getvalue()


def on_screen(name):
    left, top, right, bottom = ON_SCREEN
    return shown(name, right - left, bottom - top)


def upright(signals, kind):
    return next(s.value for s in signals.signals if s.type is kind and s.view is View.UPRIGHT)


def found_in(registered, body):
    """Say which of several registered pictures are found in a posted one."""
    index = SignalIndex()
    for number, picture in enumerate(registered):
        for signal in picture.signals:
            index.add(number, signal)
    agreements = index.search(hash_image(body), pdq_distance=MATCH_DISTANCE)
    return {agreement.registration_id for agreement in agreements}


def test_a_registered_screenshot_is_found_as_the_bare_photo_and_in_no_other_screenshot():
    registered = [hash_picture(written(screenshot(name))) for name in (NAME, OTHER)]

    assert found_in(registered, written(on_screen(NAME))) == {0}
    assert found_in(registered, written(screenshot(OTHER))) == {1}
    assert found_in(registered, written(screenshot(ORIGINALS[4]))) == set()


def test_the_bytes_are_of_the_whole_file_and_every_other_signal_of_the_picture():
    body = written(screenshot(NAME))
    cut, whole = hash_picture(body), hash_image(body)
    alone = hash_picture(written(on_screen(NAME)))

    assert upright(cut, SignalType.SHA256) == whole.sha256
    assert upright(cut, SignalType.MD5) == whole.md5
    for kind, most in ((SignalType.PDQ, 10), (SignalType.PHASH, 8)):
        assert bits_between(upright(cut, kind), upright(alone, kind)) <= most
    assert bits_between(upright(cut, SignalType.PDQ), whole.pdq) > 2 * MATCH_DISTANCE
    assert len(cut.signals) == len(alone.signals)
    places = unpack(bytes.fromhex(upright(cut, SignalType.CONSTELLATION)))
    found = hash_found(written(on_screen(NAME)), looking()).found[0].upright
    differ = np.bitwise_count(places.bits[:, None] ^ found.bits[None]).sum(axis=2)
    assert (differ.min(axis=1) <= 24).mean() > 0.8, "the places are those of the picture"
    width, height = on_screen(NAME).size
    assert places.height / places.width == pytest.approx(height / width, abs=0.03)


@pytest.mark.parametrize(
    ("posted", "word"),
    [
        (screenshot(NAME), "screenshot"),
        (captioned(NAME), "written above it"),
        (framed(shown(NAME), 40, 60, 40, 30, "black"), "border"),
    ],
)
def test_what_was_cut_off_is_said_and_all_of_it_is_registered_if_that_is_chosen(posted, word):
    cut, whole, inside = (hash_picture(written(posted), choice) for choice in CHOICES)

    assert cut.content is not None
    assert word in cut.content
    assert cut == inside
    assert whole.content is whole.unsure is cut.unsure is None
    assert upright(whole, SignalType.PDQ) == hash_image(written(posted)).pdq


def test_of_two_pictures_on_a_page_nothing_is_cut_off_unless_that_is_chosen():
    body = written(two_on_a_page(NAME, OTHER))
    unasked, whole, inside = (hash_picture(body, choice) for choice in CHOICES)

    assert unasked.content is None
    assert unasked.unsure is not None
    assert "It may be a screenshot" in unasked.unsure
    assert whole.unsure is None
    assert [s for s in unasked.signals if s.type is not SignalType.CONSTELLATION] == [
        s for s in whole.signals if s.type is not SignalType.CONSTELLATION
    ]
    # The screen around it would match every other screen of that app.
    assert upright(unasked, SignalType.CONSTELLATION) == upright(inside, SignalType.CONSTELLATION)
    assert inside.content == unasked.unsure
    assert len(found_in([hash_picture(written(shown(NAME, 380, 300)))], body)) == 1
    assert upright(inside, SignalType.PDQ) != upright(whole, SignalType.PDQ)


def test_a_photo_is_registered_as_it_is_whatever_is_chosen(photos):
    for path in photos[:3]:
        made = [hash_picture(path.read_bytes(), choice) for choice in CHOICES]

        assert made[0] == made[1] == made[2]
        assert made[0].content is None


def test_of_a_large_screenshot_the_picture_is_registered_in_full_detail():
    large = screenshot(NAME).resize((1680, 3040), Image.Resampling.BICUBIC)
    for kind in ("PNG", "JPEG"):
        signals = hash_picture(written(large, kind))

        assert signals.content is not None
        constellation = unpack(bytes.fromhex(upright(signals, SignalType.CONSTELLATION)))
        assert constellation.width == 512
        assert len(constellation) >= 30


def test_a_confined_worker_cuts_as_this_process_does_and_as_it_is_asked():
    bodies = [written(screenshot(NAME)), written(two_on_a_page(NAME, OTHER))]
    with PictureHasher(demand_filter=True) as hasher:
        made = [hasher.hash(body, choice) for body in bodies for choice in CHOICES]

    assert made == [hash_picture(body, choice) for body in bodies for choice in CHOICES]
    assert made[0].content is not None
    assert made[1].content is None
