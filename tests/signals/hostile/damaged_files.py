"""Sound files cut, changed or said to be of another size."""

import random

from PIL import Image

from tests.signals.hostile.builders import (
    FULL,
    HUGE,
    Files,
    bmp,
    box,
    gif,
    gif_frame,
    ico,
    j2k_sized,
    patched,
    png,
    png_chunk,
    riff,
    sound,
    tiff_picture,
    vp8x,
    webp_pixels,
    with_frame,
    written,
    zeros,
)


def truncated() -> Files:
    for name, body in sound().items():
        for share in (0.01, 0.05, 0.2, 0.5, 0.8, 0.99):
            yield f"{name} cut at {share:.0%}", body[: max(1, int(len(body) * share))]
        yield f"{name} without its last byte", body[:-1]
        yield f"{name} cut behind its magic", body[:12]


def bits_flipped() -> Files:
    for name, body in sound().items():
        for seed in range(4):
            chance = random.Random(f"{name} {seed}")
            changed = bytearray(body)
            reach = min(len(body), 40 if seed < 2 else 400)
            for _ in range(1 + 3 * (seed % 2)):
                changed[chance.randrange(4, reach)] ^= 1 << chance.randrange(8)
            yield f"{name} with flipped bits, {seed}", bytes(changed)


def random_behind_magic() -> Files:
    beginnings = {
        "jpeg": b"\xff\xd8\xff\xe0\0\x10JFIF\0", "png": b"\x89PNG\r\n\x1a\n",
        "png-header": sound()["png"][:33], "gif": b"GIF89a", "bmp": b"BM",
        "webp": b"RIFF\0\1\0\0WEBPVP8 ", "webp-lossless": b"RIFF\0\1\0\0WEBPVP8L",
        "webp-extended": b"RIFF\0\1\0\0WEBPVP8X\n\0\0\0",
        "avif": box(b"ftyp", b"avif\0\0\0\0avif"),
        "tiff": b"II*\0\x08\0\0\0", "tiff-big-endian": b"MM\0*\0\0\0\x08",
        "bigtiff": b"II+\0\x08\0", "jp2": sound()["jp2"][:32], "j2k": b"\xff\x4f\xff\x51",
        "ico": b"\0\0\1\0\1\0", "nothing": b"",
    }  # fmt: skip
    for name, beginning in beginnings.items():
        for size in (50, 5_000):
            yield (
                f"{name}, then {size} random bytes",
                beginning + random.Random(name).randbytes(size),
            )


def wrong_sizes() -> Files:
    jpeg_sizes = ((0, 120), (160, 0), (65_535, 65_535), (1, 1), (161, 999), (65_500, 8))
    for width, height in jpeg_sizes:
        for name in ("jpeg", "jpeg-progressive"):
            yield f"{name} of {width} x {height}", with_frame(name, width=width, height=height)
    idat = png_chunk(b"IDAT", zeros(121 * 161))
    for width, height in (
        (0, 9),
        (9, 0),
        (FULL, FULL),
        (HUGE, 1),
        (1, HUGE),
        (2**31, 9),
        (999, 99),
    ):
        yield f"png of {width} x {height}", png(width, height, idat)
        yield f"gif of {width} x {height}", gif(width & 0xFFFF, height & 0xFFFF, gif_frame())
        strip = bytes(999)
        yield f"tiff of {width} x {height}", tiff_picture(width, height, strip)
        yield f"j2k of {width} x {height}", j2k_sized(width, height)
    for width, height in (
        (0, 9),
        (9, 0),
        (HUGE, HUGE),
        (-9, 9),
        (-(2**31), 9),
        (9, -(2**31)),
        (9, -9),
    ):
        yield f"bmp of {width} x {height}", bmp(width, height, bytes(999))
    for width, height in ((2**24, 255), (2**24, 2**24), (16_384, 16_384), (1, 1), (50, 999)):
        yield f"webp canvas of {width} x {height}", riff(vp8x(width, height), webp_pixels())
    for width, height in ((0, 0), (0x3FFF, 0x3FFF), (16_000, 6_000), (1, 16_383)):
        changed = patched(sound()["webp-lossy"], b"\x9d\x01\x2a", "<HH", width, height, skip=3)
        yield f"webp frame of {width} x {height}", changed
    yield "webp lossless of 16384 x 16384", patched(sound()["webp-lossless"], 21, "<I", 0x0FFFFFFF)
    for width, height in ((0, 0), (FULL, FULL), (32_000, 32_000), (9_000, 9_000), (1, 1)):
        changed = patched(sound()["avif"], b"ispe", ">II", width, height, skip=8)
        yield f"avif of {width} x {height}", changed
    for width, height in ((0, 0), (FULL, FULL), (9_000, 9_000)):
        yield (
            f"jp2 of {width} x {height}",
            patched(sound()["jp2"], b"ihdr", ">II", height, width, skip=4),
        )
    yield (
        "avif whose picture is larger than said",
        patched(sound()["avif"], b"ispe", ">II", 16, 12, skip=8),
    )
    yield "j2k that begins behind its end", j2k_sized(160, 120, x=10**6)
    yield "ico that is larger inside", ico((1, 1, FULL, 22), tail=sound()["png"])


def thin() -> Files:
    for width, height in (
        (1, 65_000),
        (65_000, 1),
        (1, 1),
        (2, 2),
        (1, 9_999_999),
        (4, 4),
        (5, 60_000),
    ):
        yield f"png of {width} x {height}", png(width, height)
        if max(width, height) <= 65_000:
            yield f"bmp of {width} x {height}", written(Image.new("1", (width, height)), "BMP")
            yield f"tiff of {width} x {height}", written(Image.new("L", (width, height)), "TIFF")
            yield f"jpeg of {width} x {height}", written(Image.new("L", (width, height)), "JPEG")
            yield f"gif of {width} x {height}", written(Image.new("L", (width, height)), "GIF")
        if max(width, height) <= 10_000:
            yield f"webp of {width} x {height}", written(Image.new("RGB", (width, height)), "WEBP")
    yield "jpeg of 65500 x 16", written(Image.new("RGB", (65_500, 16)), "JPEG")
    yield "j2k of 1 x 9999", written(Image.new("L", (1, 9_999)), "JPEG2000", no_jp2=True)
    yield "avif of 1 x 9999", written(Image.new("RGB", (1, 9_999)), "AVIF", speed=10)
    yield "png with every pixel transparent", png(99, 99, colour=6)
