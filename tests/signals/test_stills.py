"""Pictures that bear the signs of videos and archives where a picture may hold anything."""

import struct

import pytest

from signals.archives import is_archive
from signals.heif import is_heic
from signals.pictures import hash_image
from signals.video import needs_ffmpeg
from tests.signals.bits import bits_between
from tests.signals.test_archives import tarred


def commented(photo, first, length=0x6674):
    """A JPEG that begins with a comment of so many bytes, two of which say how many."""
    comment = first.ljust(length - 2, b"\0")
    return photo[:2] + b"\xff\xfe" + struct.pack(">H", length) + comment + photo[2:]


def with_bytes(body, places):
    changed = bytearray(body)
    for at, sign in places.items():
        changed[at : at + len(sign)] = sign
    return bytes(changed)


NAMES = (
    "JPEG as MP4",
    "JPEG as HEIC",
    "JPEG as TAR",
    "GIF as a stream",
    "GIF as TAR",
    "BMP as TAR",
)


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_with_the_signs_of_another_kind_is_hashed_as_the_still_it_is(
    name, photo, colours, written
):
    gif = written(colours.quantize(256), "GIF")
    bmp = written(colours, "BMP")
    body = {
        "JPEG as MP4": lambda: commented(photo, b"ypisom"),
        "JPEG as HEIC": lambda: commented(photo, b"ypheic"),
        "JPEG as TAR": lambda: with_bytes(commented(photo, b""), {257: b"ustar"}),
        "GIF as a stream": lambda: with_bytes(gif, {188: b"\x47", 376: b"\x47"}),
        "GIF as TAR": lambda: with_bytes(gif, {257: b"ustar"}),
        "BMP as TAR": lambda: with_bytes(bmp, {257: b"ustar"}),
    }[name]()

    signals = hash_image(body)

    assert (signals.format, signals.width, signals.height) == (name.split()[0], 1024, 768)
    assert signals.duration_ms is None
    assert bits_between(signals.pdq, hash_image(photo).pdq) <= 31
    assert not is_archive(body)
    assert not needs_ffmpeg(body)
    assert not is_heic(body)


def test_an_archive_whose_first_member_has_the_name_of_a_picture_is_one(photo):
    for name in ("BM.jpg", "BMW at the beach 40.jpg", "RIFF.webp", "GIF.gif", "II.tif"):
        assert is_archive(tarred({name: photo}))
