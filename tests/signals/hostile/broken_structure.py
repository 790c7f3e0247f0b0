"""Directories, boxes and chunks that contradict themselves."""

import gzip
import random
import struct
import zlib

from tests.signals.hostile.builders import (
    FULL,
    HUGE,
    LONG,
    SHORT,
    Files,
    bmp,
    ico,
    j2k_sized,
    patched,
    png,
    png_chunk,
    riff,
    sound,
    tiff,
    tiff_picture,
    vp8x,
    webp_pixels,
    zeros,
)


def tiff_structure() -> Files:
    grey = bytes(range(100)) * 100
    yield "tiff that follows itself", tiff_picture(100, 100, grey, following=8)
    yield "tiff that follows into its middle", tiff_picture(100, 100, grey, following=20)
    yield "tiff that follows behind its end", tiff_picture(100, 100, grey, following=FULL)
    yield "tiff without fields", tiff([])
    yield "tiff whose directory lies behind its end", b"II*\0" + struct.pack("<I", FULL)
    yield "tiff whose directory is its header", b"II*\0" + bytes(4)
    changes: dict[str, dict[str, int]] = {
        "a strip behind its end": {"offset": FULL}, "a strip of 4 GiB": {"bytes": FULL},
        "a strip of nothing": {"bytes": 0}, "no rows in a strip": {"rows": 0},
        "2^32 rows in a strip": {"rows": FULL}, "65535 samples": {"samples": 65_535},
        "no samples": {"samples": 0}, "no bits": {"bits": 0}, "65535 bits": {"bits": 65_535},
        "32 bits": {"bits": 32}, "64 bits": {"bits": 64}, "1 bit": {"bits": 1},
        "a palette it lacks": {"photometric": 3}, "YCbCr of one sample": {"photometric": 6},
        "an unknown colour": {"photometric": 65_535}, "a strip in its header": {"offset": 0},
    }  # fmt: skip
    for title, change in changes.items():
        yield f"tiff with {title}", tiff_picture(100, 100, grey, **change)
    for compression in (0, 2, 3, 4, 5, 6, 7, 8, 32773, 34712, 34925, 50000, 50001, 65_535):
        yield (
            f"tiff of compression {compression}",
            tiff_picture(100, 100, grey, compression=compression),
        )
    for count in (0, 1_000, 10**8, FULL):
        entries = [(256, LONG, 1, 99), (257, LONG, 1, 99), (258, SHORT, 1, 8), (262, SHORT, 1, 1)]
        entries += [(273, LONG, count, 8), (279, LONG, count, 8), (278, LONG, 1, 1)]
        yield f"tiff of {count} strips", tiff(entries, bytes(9_999))
    for side in (0, 1, 16, HUGE, FULL):
        entries = [(256, LONG, 1, 99), (257, LONG, 1, 99), (258, SHORT, 1, 8), (262, SHORT, 1, 1)]
        entries += [
            (322, LONG, 1, side),
            (323, LONG, 1, side),
            (324, LONG, 1, 8),
            (325, LONG, 1, FULL),
        ]
        yield f"tiff of tiles of {side}", tiff(entries, bytes(9_999))
    for kind in (0, 1, 2, 5, 7, 12, 13, 99):
        yield f"tiff whose width has type {kind}", tiff([(256, kind, 1, 99), (257, LONG, 1, 99)])
    yield (
        "tiff whose inner directory is the outer",
        tiff(
            [(256, LONG, 1, 99), (257, LONG, 1, 99), (330, 13, 1, 8), (0x8769, LONG, 1, 8)],
            bytes(9_999),
        ),
    )
    yield "tiff of floats that are no numbers", tiff(
        [
            (256, LONG, 1, 9), (257, LONG, 1, 9), (258, SHORT, 1, 32), (259, SHORT, 1, 1),
            (262, SHORT, 1, 1), (273, LONG, 1, 122), (278, LONG, 1, 9), (279, LONG, 1, 324),
            (339, SHORT, 1, 3),
        ],
        b"\xff" * 999,
    )  # fmt: skip
    yield "bigtiff", b"II+\0\x08\0\0\0" + struct.pack("<QQ", 16, 2**63)
    yield "bigtiff that follows itself", b"II+\0\x08\0\0\0" + struct.pack("<QQQ", 16, 0, 16)


def containers() -> Files:
    for size in (0, 3, 4, 12, HUGE, FULL):
        yield f"webp that is said to be {size} long", riff(webp_pixels(), size=size)
        yield f"webp whose chunk is {size} long", patched(sound()["webp-lossy"], 16, "<I", size)
        yield f"avif whose first box is {size} long", patched(sound()["avif"], 0, ">I", size)
        yield (
            f"avif whose meta is {size} long",
            patched(sound()["avif"], b"meta", ">I", size, skip=-4),
        )
        yield (
            f"avif whose item lies at {size}",
            patched(sound()["avif"], b"iloc", ">I", size, skip=16),
        )
        yield (
            f"jp2 whose header is {size} long",
            patched(sound()["jp2"], b"jp2h", ">I", size, skip=-4),
        )
        yield (
            f"jp2 whose codestream is {size} long",
            patched(sound()["jp2"], b"jp2c", ">I", size, skip=-4),
        )
        yield f"png whose header is {size} long", patched(sound()["png"], 8, ">I", size)
        yield (
            f"png whose pixels are {size} long",
            patched(sound()["png"], b"IDAT", ">I", size, skip=-4),
        )
        yield f"ico whose picture lies at {size}", ico((16, 16, 999, size), tail=sound()["png"])
        yield f"ico whose picture is {size} long", ico((16, 16, size, 22), tail=sound()["png"])
    body = sound()["webp-lossless"]
    yield "webp with two pictures", riff(webp_pixels(), webp_pixels("webp-lossless"))
    yield "webp with alpha alone", riff(vp8x(160, 120, 16), (b"ALPH", b"\1" + body[21:]))
    yield (
        "webp with random alpha",
        riff(vp8x(160, 120, 16), (b"ALPH", random.Random("alpha").randbytes(999)), webp_pixels()),
    )
    yield "png with wrong sums", sound()["png"].replace(b"IEND\xaeB`\x82", b"IEND\0\0\0\0")
    yield "png whose pixels have a wrong sum", patched(sound()["png"], -16, ">I", 0)
    yield "png of a filter it has not", png(9, 9, png_chunk(b"IDAT", zlib.compress(b"\x09" * 90)))
    yield (
        "png of another squeezer",
        png(9, 9, png_chunk(b"IDAT", gzip.compress(bytes(90), mtime=0))),
    )
    for depth, colour in ((0, 0), (3, 0), (32, 0), (255, 255), (16, 3), (4, 2), (8, 1), (8, 5)):
        yield (
            f"png of kind {colour} in {depth} bits",
            png(9, 9, png_chunk(b"IDAT", zeros(999)), depth=depth, colour=colour),
        )
    for field, code, values in (
        (4, ">H", (0,)), (38, ">H", (16_384,)), (40, ">B", (255,)), (41, ">BB", (0, 255)),
    ):  # fmt: skip
        start = sound()["j2k"].index(b"\xff\x51")
        yield (
            f"j2k with {values[0]} at {field}",
            patched(sound()["j2k"], start, code, *values, skip=field - 0),
        )
    start = sound()["j2k"].index(b"\xff\x52")
    for skip in range(4, 14):
        yield (
            f"j2k with a coding style of 255 at {skip}",
            patched(sound()["j2k"], start, ">B", 255, skip=skip),
        )
    for tile in ((0, 0), (1, 1), (FULL, FULL), (7, 5)):
        yield f"j2k with tiles of {tile[0]} x {tile[1]}", j2k_sized(160, 120, tile=tile)
    yield "ico of nothing", ico()
    yield "ico that announces 65535", ico((16, 16, 99, 22), count=65_535)
    yield "ico whose picture is itself", ico((16, 16, 999, 0))
    yield "ico with an icon inside", ico((16, 16, 999, 22), tail=sound()["ico-png"])
    bitmap = bmp(16, 32, bytes(16 * 16 * 4), bits=32)[14:]
    yield "ico without its mask", ico((16, 16, len(bitmap), 22), tail=bitmap)
    for bits in (0, 1, 4, 8, 24, 99):
        tail = bmp(16, 32, bytes(99), bits=bits)[14:]
        yield f"ico with a bitmap of {bits} bits", ico((16, 16, len(tail), 22), tail=tail)
