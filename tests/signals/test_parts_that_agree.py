"""A registered picture within a found one agrees by a part of it, and where it lies is said."""

import asyncio
import io
from itertools import pairwise

import pytest
from PIL import Image

from commands.placement_words import laid_in_words
from domain.signal import MATCH_DISTANCE, ImageSignals, PartSignal, Signal, SignalType, View
from practice.photographs import ORIGINALS
from signals.grid import LAID
from signals.index import SignalIndex
from signals.pictures import hash_image, hash_picture
from signals.pool import HashingPool
from signals.quadrilateral import point_at
from tests.signals.framing import ON_SCREEN, SCREEN_SIZE, framed, screenshot, shown

NAME = ORIGINALS[2]
ON_SCREEN_BOX = tuple(
    pixels / side for pixels, side in zip(ON_SCREEN, SCREEN_SIZE * 2, strict=True)
)
LAID_IN_WORDS = {
    View.UPRIGHT: "",
    View.TURNED_90: "turned by a quarter to the left; ",
    View.TURNED_180: "upside down; ",
    View.TURNED_270: "turned by a quarter to the right; ",
    View.MIRRORED: "mirrored; ",
    View.MIRRORED_90: "mirrored and turned by a quarter to the left; ",
    View.MIRRORED_180: "mirrored and upside down; ",
    View.MIRRORED_270: "mirrored and turned by a quarter to the right; ",
}


def written(picture):
    body = io.BytesIO()
    picture.save(body, "PNG")
    return body.getvalue()


def index_of(*pictures):
    index = SignalIndex()
    for registration_id, picture in enumerate(pictures, start=1):
        for signal in hash_picture(written(picture)).signals:
            index.add(registration_id, signal)
    return index


def test_of_a_screenshot_the_picture_in_it_agrees_and_nobody_elses():
    left, top, right, bottom = ON_SCREEN
    size = right - left, bottom - top
    index = index_of(*(shown(name, *size) for name in (NAME, ORIGINALS[3], ORIGINALS[4])))
    found = hash_image(written(screenshot(NAME)))

    (agreement,) = index.search(found, pdq_distance=MATCH_DISTANCE)

    assert (agreement.registration_id, agreement.type) == (1, SignalType.PDQ)
    laid = agreement.laid
    assert (*laid.corners[0], *laid.corners[2]) == pytest.approx(ON_SCREEN_BOX, abs=0.01)
    assert not laid.mirrored
    assert laid_in_words(laid) == "it fills a third of the found image, in its middle"


@pytest.mark.parametrize("view", list(View))
def test_a_picture_that_is_turned_or_mirrored_in_a_part_lies_as_it_does(view):
    whole = shown(NAME, 600, 420)
    index = index_of(whole)
    laid_down = whole if LAID[view] is None else whole.transpose(LAID[view])
    found = hash_image(written(framed(laid_down, 120, 200, 140, 180, "white")))

    (agreement,) = index.search(found, pdq_distance=MATCH_DISTANCE)

    assert agreement.view is view
    words, where = laid_in_words(agreement.laid).rsplit("it fills ", 1)
    assert words == LAID_IN_WORDS[view]
    assert where.endswith("of the found image, in its middle")
    # Laid back with these corners, the registered picture's brightness is met where it should be.
    posted = framed(laid_down, 120, 200, 140, 180, "white").convert("L")
    grey = whole.convert("L").resize((8, 8), Image.Resampling.BOX)
    small = posted.resize([side // 40 for side in posted.size], Image.Resampling.BOX)
    met = []
    for x in range(8):
        for y in range(8):
            across, down = point_at(agreement.laid.corners, (x + 0.5) / 8, (y + 0.5) / 8)
            at = min(int(across * small.width), small.width - 1), int(down * small.height)
            met.append(abs(grey.getpixel((x, y)) - small.getpixel(at)))
    assert sum(met) / len(met) < 25


def held(*distances):
    """An index of registrations whose PDQ differs in so many bits from 64 zeros."""
    index = SignalIndex()
    for registration_id, distance in enumerate(distances, start=1):
        value = f"{(1 << distance) - 1:064x}"
        index.add(registration_id, Signal(SignalType.PDQ, value, View.UPRIGHT, 100))
    return index


def found_with(*parts, pdq="0" * 64):
    return ImageSignals(
        "a" * 64, "b" * 32, pdq, 100, "c" * 16, "JPEG", 90, 90, 9,
        parts=tuple(PartSignal(value, quality, (0.0, 0.0, 0.5, 0.5)) for value, quality in parts),
    )  # fmt: skip


def test_the_nearest_of_whole_and_parts_is_given_and_the_whole_where_both_are_as_near():
    index = held(10)

    nearer = index.search(found_with((f"{(1 << 8) - 1:064x}", 100)), pdq_distance=31)
    as_near = index.search(found_with(("0" * 64, 100)), pdq_distance=31)
    further = index.search(found_with((f"{(1 << 40) - 1:064x}", 100)), pdq_distance=31)

    assert [(a.distance, a.laid is None) for a in nearer] == [(2, False)]
    assert [(a.distance, a.laid is None) for a in as_near] == [(10, True)]
    assert as_near == further


def test_a_part_too_plain_or_too_far_away_agrees_with_nothing():
    index, far = held(4), "f" * 64

    assert index.search(found_with(("0" * 64, 49), pdq=far), pdq_distance=31) == ()
    assert index.search(found_with((far, 100), pdq=far), pdq_distance=31) == ()
    assert len(index.search(found_with(("0" * 64, 50), pdq=far), pdq_distance=31)) == 1


def test_the_nearer_part_speaks_stronger():
    found = found_with(("0" * 64, 100), pdq="f" * 64)

    strengths = [
        agreement.laid.strength for agreement in held(0, 12, 31).search(found, pdq_distance=31)
    ]

    assert all(stronger > weaker for stronger, weaker in pairwise(strengths))


def test_a_confined_worker_gives_the_parts_that_this_process_gives():
    bodies = [written(screenshot(NAME)), written(framed(shown(NAME), 40, 60, 40, 30, "black"))]
    bodies.append(written(shown(NAME, 5, 7)))

    async def scenario():
        pool = HashingPool(1, demand_filter=True)
        try:
            return [await pool.signals_of(body) for body in bodies]
        finally:
            await pool.close()

    made = asyncio.run(scenario())

    assert made == [hash_image(body) for body in bodies]
    assert [bool(signals.parts) for signals in made] == [True, True, False]
