"""Images that are odd or made to be a burden: their places are bounded, and so is the time."""

import asyncio
import io
import time
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw

from domain.places import Alignment, Wanted
from domain.signal import MIN_PLACES
from signals import looking, place_bits
from signals.constellation import MOST_PLACES, constellation_of, unpack
from signals.found_places import MOST_PIXELS
from signals.pictures import hash_found, hash_image
from signals.place_bits import planes
from signals.place_index import PlaceIndex
from signals.pool import HashingPool
from signals.recognition import propose
from signals.scale_space import Workspace
from signals.wire_places import MAX_FOUND_PLACES
from tests.signals.moving_pictures import clip, photographs

SECONDS = 10.0
"""A bound for a busy machine; each takes a tenth of a second on a quiet one."""


def page_of_text():
    page = Image.new("L", (1240, 1754), 255)
    draw = ImageDraw.Draw(page)
    for line in range(120):
        draw.text((60, 20 + 14 * line), "The quick brown fox jumps over the lazy dog. " * 4, fill=0)
    return page


def long_screenshot(photos):
    screen = Image.new("RGB", (600, 20_000), "white")
    for number, path in enumerate(photos[:12]):
        with Image.open(path) as photo:
            screen.paste(photo.resize((560, 420)), (20, 40 + 1_600 * number))
    return screen


def collage(photos):
    sheet = Image.new("RGB", (1_600, 1_200))
    for number in range(100):
        with Image.open(photos[number % len(photos)]) as photo:
            sheet.paste(photo.resize((160, 120)), (160 * (number % 10), 120 * (number // 10)))
    return sheet


def wallpaper(photo):
    with Image.open(io.BytesIO(photo)) as picture:
        tile = picture.convert("RGB").resize((64, 64))
    sheet = Image.new("RGB", (1_280, 960))
    for y in range(0, 960, 64):
        for x in range(0, 1_280, 64):
            sheet.paste(tile, (x, y))
    return sheet


@pytest.fixture(scope="module")
def odd(photos):
    chance = np.random.default_rng(4)
    noise = Image.fromarray(chance.integers(0, 256, (1_200, 1_600), np.uint8))
    squares = (np.indices((900, 1_200)).sum(axis=0) % 2 * 255).astype(np.uint8)
    large = (np.indices((900, 1_200)) // 16).sum(axis=0) % 2 * np.uint8(255)
    photo = photos[0].read_bytes()
    pictures = {
        "one colour": Image.new("RGB", (1_200, 900), "teal"),
        "one pixel": Image.new("L", (1, 1), 80),
        "one pixel wide": noise.crop((0, 0, 1, 1_200)),
        "one pixel high": noise.crop((0, 0, 1_600, 1)),
        "nine pixels": noise.crop((0, 0, 9, 9)),
        "an icon": noise.crop((0, 0, 32, 32)),
        "one pixel wide, and long": Image.effect_noise((1, 60_000), 80),
        "thirty pixels wide, and long": Image.effect_noise((30, 30_000), 80),
        "a long screenshot": long_screenshot(photos),
        "a collage of a hundred": collage(photos),
        "a checkerboard": Image.fromarray(squares),
        "a coarse checkerboard": Image.fromarray(large.astype(np.uint8)),
        "a wallpaper": wallpaper(photo),
        "noise": noise,
        "a page of text": page_of_text(),
    }
    bodies = {}
    for name, picture in pictures.items():
        body = io.BytesIO()
        picture.save(body, "PNG", compress_level=1)
        bodies[name] = body.getvalue()
    body = io.BytesIO()
    noise.save(body, "JPEG", quality=95)
    bodies["noise as a JPEG"] = body.getvalue()
    return bodies


def run(scenario):
    async def with_pool():
        pool = HashingPool(1)
        try:
            await pool.start()
            return await scenario(pool)
        finally:
            await pool.close()

    return asyncio.run(with_pool())


@pytest.fixture(scope="module")
def answered(odd):
    """What a worker says of each, and how long each took, looked for forty pictures besides."""

    async def scenario(pool):
        given = {}
        for name, body in odd.items():
            began = time.monotonic()
            held = await pool.hash(body)
            wanted = wanted_of(held)
            for frame in range(len(held.found)):
                await held.look(frame, wanted)
            held.let_go()
            given[name] = held, time.monotonic() - began
        return given

    return run(scenario)


def wanted_of(held):
    constellation = held.signals.constellation
    if constellation is None:
        return []
    pairs = np.empty((0, 2), np.int64)
    return [
        Wanted(
            bytes.fromhex(constellation),
            Alignment(np.array([[1.0, 0, n], [0, 1, n]]), mirrored, pairs, 0.0),
        )
        for n in range(20)
        for mirrored in (False, True)
    ]


def test_every_odd_image_is_answered_in_time(answered, odd):
    assert answered.keys() == odd.keys()
    slow = {name: took for name, (_, took) in answered.items() if took > SECONDS}
    assert slow == {}


def test_what_is_found_keeps_to_its_bounds(answered):
    for name, (held, _) in answered.items():
        assert len(held.found) <= 1, name
        for frame in held.found:
            assert len(frame.upright) == len(frame.mirrored) <= MAX_FOUND_PLACES, name
            assert frame.upright.width * frame.upright.height <= MOST_PIXELS * 1.01, name
        if held.signals.constellation is not None:
            signature = unpack(bytes.fromhex(held.signals.constellation))
            assert MIN_PLACES <= len(signature) <= MOST_PLACES, name


def test_where_there_is_nothing_to_see_nothing_is_held(answered):
    empty = {name for name, (held, _) in answered.items() if not held.found}

    assert {"one colour", "one pixel", "one pixel wide", "one pixel high"} <= empty
    assert empty.isdisjoint({"a long screenshot", "a collage of a hundred", "a page of text"})


def test_proposals_for_odd_images_are_few_and_quick(answered, photos):
    constellations = []
    for path in photos[:10]:
        with Image.open(path) as picture:
            constellations.append(constellation_of(picture.convert("L"), planes(), Workspace()))
    index = PlaceIndex(constellations)

    for name, (held, _) in answered.items():
        for frame in held.found:
            began = time.monotonic()
            assert len(propose(index, constellations, (frame.upright, frame.mirrored))) <= 40
            assert time.monotonic() - began < SECONDS, name


@pytest.mark.parametrize(
    ("size", "image_format"),
    [
        ((1170, 2532), "PNG"),
        ((2532, 1170), "PNG"),
        ((1170, 2532), "JPEG"),
        ((4000, 700), "WEBP"),
        ((1030, 760), "PNG"),
        ((500, 400), "PNG"),
    ],
)
def test_places_are_looked_for_in_full_detail_and_in_proportion(
    size, image_format, colours, written
):
    """A screenshot of a phone must not lose more detail than a photo: pictures in it are small."""
    body = written(colours.resize(size), image_format)

    found = hash_found(body, looking.looking()).found[0].upright

    assert found.width * found.height >= 0.99 * min(MOST_PIXELS, size[0] * size[1])
    assert abs(found.width / found.height - size[0] / size[1]) < 0.01 * size[0] / size[1]


def test_frames_beyond_the_time_are_left_out_and_the_rest_stands(photos, monkeypatch):
    body = clip(photographs(photos[:5], (320, 240)), seconds=0.5)
    whole = hash_found(body, looking.looking())
    monkeypatch.setattr(looking, "MOST_SECONDS", 0.0)

    hurried = hash_found(body, looking.looking())

    assert len(whole.found) == 5
    assert len(hurried.found) == 1
    assert [f.pdq for f in hurried.signals.frames] == [f.pdq for f in whole.signals.frames]
    assert [f.constellation is None for f in hurried.signals.frames][1:] == [True] * 4


def test_with_the_planes_lost_images_are_hashed_all_the_same(photo, monkeypatch):

    whole = hash_image(photo)
    monkeypatch.setattr(place_bits, "FILE", "no.planes")
    planes.cache_clear()

    rest = hash_image(photo)

    assert whole.constellation is not None
    assert rest.constellation is None
    assert replace(whole, constellation=None) == rest
