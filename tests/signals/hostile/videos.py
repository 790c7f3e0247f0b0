"""Videos that are cut off, lie about themselves, or repeat parts of themselves very often."""

import random
import struct

from PIL import Image

from tests.signals.hostile.builders import FULL, Files, box, photo
from tests.signals.moving_pictures import ENCODERS, clip

_NUMBERS = (0, 1, 0xFF, 0xFFFF, 2**31 - 1, 2**31, FULL)


def videos() -> Files:
    pictures = [photo(), photo().transpose(Image.Transpose.ROTATE_180)]
    chance = random.Random(7)
    for way in ENCODERS:
        body = clip(pictures, way, seconds=0.5)
        for kept in (0.02, 0.1, 0.5, 0.95):
            yield f"{way} cut off at {kept}", body[: int(len(body) * kept)]
        for number in range(4):
            changed = bytearray(body)
            for _ in range(20):
                at = chance.randrange(8, min(len(body), 2_000) if number % 2 else len(body))
                changed[at] = chance.randrange(256)
            yield f"{way} with other bytes {number}", bytes(changed)
        for number in range(4):
            changed = bytearray(body)
            for _ in range(3):
                at = chance.randrange(8, min(len(body), 1_500) - 4)
                struct.pack_into(">I", changed, at, chance.choice(_NUMBERS))
            yield f"{way} with telling numbers {number}", bytes(changed)
        yield f"{way} twice", body + body
    yield from _mp4(clip(pictures, "mp4", seconds=0.5))
    yield from _avi(clip(pictures, "avi", seconds=0.5))
    yield from _webm(clip(pictures, "webm", seconds=0.5))


def _mp4(body: bytes) -> Files:
    for kind in (b"stsz", b"stco", b"stsc", b"stts", b"ctts", b"stss", b"elst"):
        at = body.find(kind)
        if at > 0:
            changed = bytearray(body)
            struct.pack_into(">I", changed, at + 8, FULL)
            yield f"mp4 whose {kind.decode()} has 2^32 entries", bytes(changed)
    for side in (0, 1, 65_535):
        changed = bytearray(body)
        at = body.index(b"avc1", body.index(b"stsd")) + 28
        struct.pack_into(">HH", changed, at, side, side)
        yield f"mp4 that announces {side} pixels", bytes(changed)
    nested = b""
    for _ in range(2_000):
        nested = box(b"moov", nested)
    yield "mp4 of 2000 boxes in each other", body[:32] + nested
    yield "mp4 of 100000 empty boxes", body[:32] + box(b"free", b"") * 100_000
    outside = box(b"url ", b"\0\0\0\0file:///etc/hostname\0")
    own = box(b"url ", b"\0\0\0\1")
    assert own in body
    yield "mp4 whose pictures lie in another file", body.replace(own, outside)


def _avi(body: bytes) -> Files:
    at = body.index(b"strf")
    for size in (41, 2**20, 2**28, 2**30, FULL):
        changed = bytearray(body)
        struct.pack_into("<I", changed, at + 4, size)
        struct.pack_into("<I", changed, at + 8, size)
        yield f"avi whose format has {size} bytes", bytes(changed)


def _webm(body: bytes) -> Files:
    at = body.index(b"\xe0", body.index(b"V_VP8"))  # the element with a picture's sides
    for side in (0xFFFF, FULL):
        wide = b"\xb0\x84" + struct.pack(">I", side) + b"\xba\x84" + struct.pack(">I", side)
        changed = body[:at] + b"\xe0" + bytes((0x80 | len(wide),)) + wide + body[at:]
        yield f"webm that announces {side} pixels", changed
    yield (
        "webm of endless size",
        body.replace(b"\x1f\x43\xb6\x75", b"\x1f\x43\xb6\x75\x01" + b"\xff" * 7),
    )
