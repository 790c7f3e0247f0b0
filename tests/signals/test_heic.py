"""HEIC pictures as phones write them: one item, or tiles in a grid, turned by quarters."""

import asyncio
import random
import struct
import time

import pytest

from domain.errors import Undecodable
from signals.heif import is_avif, is_heic
from signals.pictures import hash_image, hash_picture
from signals.pool import HashingPool
from tests.signals.bits import bits_between
from tests.signals.heic_files import heic
from tests.signals.hostile.builders import box

ALIKE = 20


@pytest.fixture(scope="module")
def tiles(colours):
    """The photo of 1024 x 768 in six tiles, of which the last column is cut off at 900."""
    return [
        colours.crop((left, top, left + 384, top + 384))
        for top in (0, 384)
        for left in (0, 384, 768)
    ]


@pytest.fixture(scope="module")
def one(colours):
    return heic([colours], 1, colours.size)


def as_bmp(picture, written):
    return hash_image(written(picture, "BMP"))


def test_a_picture_of_one_item_is_hashed_as_what_it_shows(one, colours, written):
    signals = hash_image(one)

    assert is_heic(one)
    assert (signals.format, signals.width, signals.height) == ("HEIC", 1024, 768)
    assert bits_between(signals.pdq, as_bmp(colours, written).pdq) <= ALIKE
    assert (signals.frames, signals.duration_ms) == ((), None)


def test_tiles_are_laid_side_by_side_and_cut_to_size(tiles, colours, written):
    signals = hash_image(heic(tiles, 3, (900, 768)))

    assert (signals.width, signals.height) == (900, 768)
    wanted = as_bmp(colours.crop((0, 0, 900, 768)), written)
    assert bits_between(signals.pdq, wanted.pdq) <= ALIKE


@pytest.mark.parametrize("turn", [1, 2, 3])
def test_a_picture_lies_as_the_phone_was_held(turn, colours, written):
    signals = hash_image(heic([colours], 1, colours.size, turn=turn))

    upright = as_bmp(colours.rotate(90 * turn, expand=True), written)
    assert (signals.width, signals.height) == (upright.width, upright.height)
    assert bits_between(signals.pdq, upright.pdq) <= ALIKE


def test_a_mirrored_picture_is_mirrored_after_it_was_turned(colours, written):
    signals = hash_image(heic([colours], 1, colours.size, turn=1, mirror=1))

    shown = colours.rotate(90, expand=True).transpose(0)
    assert bits_between(signals.pdq, as_bmp(shown, written).pdq) <= ALIKE


def test_a_heic_is_registered_in_every_view(one):
    signals = hash_picture(one).signals

    assert len(signals) == 19
    assert {signal.at_ms for signal in signals} == {None}


def test_a_confined_worker_reads_it(one, tiles):
    bodies = [one, heic(tiles, 3, (900, 768))]

    async def scenario():
        pool = HashingPool(1)
        try:
            return [await pool.signals_of(body) for body in bodies]
        finally:
            await pool.close()

    assert asyncio.run(scenario()) == [hash_image(body) for body in bodies]


def test_a_damaged_heic_is_a_reason_or_a_picture(one):
    chance = random.Random(4)
    reasons = set()
    for _ in range(150):
        body = bytearray(one[:2000] if chance.random() < 0.2 else one)
        for _ in range(chance.choice([1, 3, 30])):
            body[chance.randrange(24, min(len(body), 700))] = chance.randrange(256)
        try:
            hash_image(bytes(body))
        except Undecodable as reason:
            reasons.add(str(reason)[:40])
    assert len(reasons) >= 3


def test_a_grid_that_lacks_tiles_or_announces_too_much_is_refused(tiles):
    whole = heic(tiles, 3, (900, 768))

    with pytest.raises(Undecodable, match="4 x 3 tiles, of which 6 are there"):
        hash_image(whole.replace(b"\0\0\1\2\x03\x84\x03\x00", b"\0\0\3\2\x03\x84\x03\x00"))
    with pytest.raises(Undecodable, match="announces 4,294,836,225 pixels"):
        hash_image(whole.replace(b"\0\0\1\2\x03\x84\x03\x00", b"\0\0\1\2\xff\xff\xff\xff"))


@pytest.mark.parametrize("kind", [b"iinf", b"iref", b"iloc"])
def test_a_heic_of_countless_parts_is_refused_at_once(kind):
    crowd = box(b"free", b"") * 200_000
    # Of a picture's places: 4,000 items of 65,535 parts, each of which takes no bytes at all.
    places = b"\0\0\0\0" + struct.pack(">HH", 0x40, 4_000)
    places += struct.pack(">HHIH", 1, 0, 2**32 - 1, 65_535) * 4_000
    inside = {
        b"iinf": box(b"iinf", bytes(6) + crowd),
        b"iref": box(b"iinf", bytes(6)) + box(b"iref", bytes(4) + box(b"dimg", bytes(4)) * 200_000),
        b"iloc": box(b"iinf", bytes(6)) + box(b"iloc", places),
    }[kind]
    body = box(b"ftyp", b"heic\0\0\0\0mif1heic") + box(b"meta", bytes(4) + inside)

    began = time.process_time()
    with pytest.raises(Undecodable, match="damaged HEIC"):
        hash_image(body)
    assert time.process_time() - began < 1


def test_avif_is_not_taken_for_heic(colours, written):
    body = written(colours.resize((64, 48)), "AVIF")

    assert is_avif(body)
    assert not is_heic(body)
    assert not is_heic(b"\0\0\0\x1cftypmif1\0\0\0\0mif1avif")
    assert is_heic(b"\0\0\0\x1cftypmif1\0\0\0\0mif1heic")
