"""Of which videos the beginning is of any use, and what stands for the digests of a part."""

import hashlib
import struct

import pytest

from signals.pictures import hash_image
from signals.video_part import PartDigests, can_be_read_in_part
from tests.crawler.made_videos import clip, index_first, padded


def box(name, content=b"", *, length=None, large=False):
    length = 8 * (1 + large) + len(content) if length is None else length
    head = struct.pack(">I4sQ", 1, name, length) if large else struct.pack(">I4s", length, name)
    return head + content


FTYP = box(b"ftyp", b"isom" + bytes(12))
MOOV = box(b"moov", bytes(100))


@pytest.mark.parametrize(
    ("start", "useful"),
    [
        (FTYP + MOOV + box(b"mdat", length=10**7), True),
        (FTYP + box(b"mdat", length=10**7) + bytes(99), False),
        (FTYP + box(b"free", bytes(9)) + box(b"mdat", length=2**40, large=True), False),
        (FTYP + box(b"mdat", length=0) + bytes(99), False),
        (FTYP + box(b"moov", length=10**6 + 1) + bytes(99), False),
        (FTYP + box(b"mdat", length=10**5) + bytes(99), True),  # what follows is not known yet
        (FTYP + box(b"mdat", bytes(10**5)) + MOOV, True),
        (FTYP + box(b"odd", length=3) + bytes(99), True),
        (FTYP, True),
        (FTYP + box(b"free") * 100_000, True),
        (b"\x1a\x45\xdf\xa3webm" + bytes(99), True),
        (b"\xff\xd8\xff\xe0" + bytes(99), False),
        (b"", False),
    ],
)
def test_an_index_at_the_end_is_seen_at_the_beginning(start, useful):
    assert can_be_read_in_part(start, 10**6) is useful
    assert can_be_read_in_part(memoryview(start), 10**6) is useful


@pytest.mark.parametrize("kind", ["mp4", "matroska", "mpegts", "avi"])
def test_the_first_half_of_a_video_shows_its_first_half(kind, photos):
    codec = "mpeg2video" if kind == "mpegts" else "mpeg4"
    whole = clip(photos[:12], kind=kind, codec=codec, rate=4000)
    if kind == "mp4":
        assert not can_be_read_in_part(whole[:4096], len(whole) // 2)
        whole = index_first(whole)
    part = whole[: len(whole) // 2]
    assert can_be_read_in_part(part[:4096], len(part))

    shown, all_of_it = hash_image(part), hash_image(whole)

    assert 3 <= len(shown.frames) < len(all_of_it.frames)
    assert [f.pdq for f in shown.frames][:3] == [f.pdq for f in all_of_it.frames][:3]
    assert 0 < (shown.duration_ms or 0) < (all_of_it.duration_ms or 0)


def test_a_part_is_taken_for_no_file(photos):
    part = padded(clip(photos[:1]), 100_000)
    digests = PartDigests.of(part)

    assert digests == PartDigests.of(bytes(part))
    assert digests != PartDigests.of(part[:-1])
    assert digests.sha256 != hashlib.sha256(part).hexdigest()
    assert digests.md5 != hashlib.md5(part, usedforsecurity=False).hexdigest()
    assert (len(digests.sha256), len(digests.md5)) == (64, 32)
