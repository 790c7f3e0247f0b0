"""The signals of real photos, upright and in every view."""

import hashlib
import io

import imagehash
import numpy as np
import pdqhash
import pytest
from PIL import Image

from domain.errors import Undecodable
from domain.signal import PHASH_AGREEMENT, SignalType, View
from signals.decode import open_picture
from signals.phash import halved, phash_of
from signals.pictures import hash_image, hash_picture, pdq_of_bytes
from tests.signals.bits import bits_between

LEFT_RIGHT = Image.Transpose.FLIP_LEFT_RIGHT

# Pillow's rotate() turns anticlockwise and is another code path than the one under test.
TRULY_LAID = {
    View.UPRIGHT: lambda picture: picture,
    View.TURNED_90: lambda picture: picture.rotate(90, expand=True),
    View.TURNED_180: lambda picture: picture.rotate(180, expand=True),
    View.TURNED_270: lambda picture: picture.rotate(270, expand=True),
    View.MIRRORED: lambda picture: picture.transpose(LEFT_RIGHT),
    View.MIRRORED_90: lambda picture: picture.transpose(LEFT_RIGHT).rotate(90, expand=True),
    View.MIRRORED_180: lambda picture: picture.transpose(LEFT_RIGHT).rotate(180, expand=True),
    View.MIRRORED_270: lambda picture: picture.transpose(LEFT_RIGHT).rotate(270, expand=True),
}


def test_an_image_is_known_by_its_bytes_and_its_look(photo):
    signals = hash_image(photo)

    assert signals.sha256 == hashlib.sha256(photo).hexdigest()
    assert signals.md5 == hashlib.md5(photo).hexdigest()
    assert (signals.format, signals.width, signals.height) == ("JPEG", 1024, 768)
    assert signals.byte_size == len(photo)
    assert signals.pdq_quality == 100


def test_pdq_and_phash_are_those_of_their_libraries(photos):
    for path in photos:
        signals = hash_image(path.read_bytes())
        with Image.open(path) as picture:
            colours = picture.convert("RGB")
        bits, quality = pdqhash.compute(np.asarray(colours))
        reference = np.packbits(bits.astype(np.uint8)).tobytes().hex()

        assert bits_between(signals.pdq, reference) <= 4  # grey is rounded, PDQ's is not
        assert abs(signals.pdq_quality - quality) <= 2
        assert bits_between(signals.phash, str(imagehash.phash(colours))) <= 2


def test_each_view_is_the_hash_of_the_picture_so_laid(photos, written):
    for path in photos[::5]:
        registered = hash_picture(path.read_bytes()).signals
        pdq = {s.view: s.value for s in registered if s.type is SignalType.PDQ}
        phash = {s.view: s.value for s in registered if s.type is SignalType.PHASH}
        with Image.open(path) as picture:
            colours = picture.convert("RGB")
        for view, truly_laid in TRULY_LAID.items():
            found = hash_image(written(truly_laid(colours), "BMP"))
            distances = {other: bits_between(value, found.pdq) for other, value in pdq.items()}

            assert distances[view] <= 2, (path.name, view)
            assert min(distances, key=distances.__getitem__) is view, (path.name, distances)
            assert bits_between(phash[view], found.phash) <= PHASH_AGREEMENT


def test_a_registration_holds_every_type_and_view(photo):
    signals = hash_picture(photo).signals

    assert len(signals) == 2 + 8 + 8 + 1
    assert {s.view for s in signals if s.type is SignalType.PDQ} == set(View)
    assert {s.view for s in signals if s.type is SignalType.PHASH} == set(View)
    assert {s.quality for s in signals if s.type is SignalType.PDQ} == {100}


def test_a_picture_too_plain_for_pdq_is_registered_without(written):
    plain = written(Image.new("RGB", (400, 300), "teal"))

    signals = hash_picture(plain).signals

    assert hash_image(plain).pdq_quality < 50
    assert {s.type for s in signals} == {SignalType.SHA256, SignalType.MD5, SignalType.PHASH}


def test_a_picture_of_one_pixel_has_no_quality(written):
    assert hash_image(written(Image.new("L", (1, 1)))).pdq_quality == 0


def test_phash_is_what_imagehash_gives_of_the_same_pixels(photos):
    for path in photos:
        body = path.read_bytes()
        pixels = halved(open_picture(body).grey)

        assert min(pixels.size) >= 128
        assert hash_image(body).phash == phash_of(pixels) == str(imagehash.phash(pixels))


def test_pdq_alone_is_the_pdq_of_all_four(photos):
    for path in photos[:5]:
        signals = hash_image(path.read_bytes())

        assert pdq_of_bytes(path.read_bytes()) == (signals.pdq, signals.pdq_quality)


def test_bytes_that_are_no_picture_have_no_signals():
    for hash_bytes in (hash_image, hash_picture, pdq_of_bytes):
        with pytest.raises(Undecodable, match="text, not an image"):
            hash_bytes(io.BytesIO(b"hello").getvalue())
