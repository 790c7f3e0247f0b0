"""What stands in a picture beside its pixels: frames, palettes, profiles, metadata."""

import random
import struct
import zlib

from PIL import Image

from tests.signals.hostile.builders import (
    FULL,
    HUGE,
    LONG,
    SHORT,
    Files,
    after_soi,
    bmp,
    exif_block,
    gif,
    gif_frame,
    jpeg_segment,
    patched,
    photo,
    png,
    png_chunk,
    riff,
    sound,
    vp8x,
    webp_pixels,
    with_chunks,
    written,
    zeros,
)


def animations() -> Files:
    yield "gif of 20000 frames", gif(9, 9, gif_frame() * 20_000)
    yield "gif of 20000 empty extensions", gif(9, 9, b"!\xfe\0" * 20_000, gif_frame())
    yield "gif of extensions without end", gif(9, 9, b"!\xff\x0bNETSCAPE2.0" + b"\1\0" * 50_000)
    yield (
        "gif whose comment is a million blocks",
        gif(9, 9, b"!\xfe" + b"\1A" * 10**6 + b"\0", gif_frame()),
    )
    yield "gif without a frame", gif(9, 9)
    yield (
        "gif with a second frame outside",
        gif(9, 9, gif_frame(), gif_frame(65_535, 65_535, x=65_535, y=65_535)),
    )
    frame = png_chunk(b"fcTL", struct.pack(">IIIIIHHBB", 0, 160, 120, 0, 0, 1, 1, 0, 0))
    many = png_chunk(b"acTL", struct.pack(">II", 20_000, 0))
    yield "apng of 20000 frames", with_chunks(sound()["png"], many, frame * 20_000)
    yield (
        "apng that announces 2^32 frames",
        with_chunks(sound()["png"], png_chunk(b"acTL", struct.pack(">II", FULL, 0)), frame),
    )
    yield "apng of no frames", with_chunks(sound()["png"], png_chunk(b"acTL", bytes(8)))
    large = struct.pack(">IIIIIHHBB", 0, HUGE, HUGE, HUGE, HUGE, 1, 0, 9, 9)
    yield "apng with a frame outside", with_chunks(sound()["png"], many, png_chunk(b"fcTL", large))
    kind, pixels = webp_pixels("webp-lossless")
    whole = bytes(6) + (159).to_bytes(3, "little") + (119).to_bytes(3, "little") + bytes(4)
    held = whole + kind + struct.pack("<I", len(pixels)) + pixels + b"\0" * (len(pixels) % 2)
    small = written(Image.new("RGB", (1, 1)), "WEBP", lossless=True)
    one = bytes(16) + small[12:]
    anim = (b"ANIM", bytes(6))
    yield "webp of 5000 frames", riff(vp8x(160, 120, 2), anim, *[(b"ANMF", one)] * 5_000)
    yield "webp of frames that fill it", riff(vp8x(160, 120, 2), anim, *[(b"ANMF", held)] * 50)
    yield "webp of 80 MP with little frames", riff(vp8x(16_000, 5_000, 2), anim, (b"ANMF", one))
    yield "webp with a frame outside", riff(vp8x(9, 9, 2), anim, (b"ANMF", held))
    yield "webp without a frame", riff(vp8x(9, 9, 2), anim)
    yield (
        "avif of frames that lie",
        patched(sound()["avif-animated"], b"stsz", ">II", FULL, FULL, skip=8),
    )
    yield (
        "avif of frames that last for ever",
        patched(sound()["avif-animated"], b"stts", ">II", FULL, FULL, skip=8),
    )
    pages = [photo().resize((8, 8))] * 1_000
    yield "tiff of 1000 pages", written(pages[0], "TIFF", save_all=True, append_images=pages)


def palettes_and_profiles() -> Files:
    rows = zlib.compress(b"".join(b"\0" + bytes(range(100, 160)) for _ in range(60)))
    idat = png_chunk(b"IDAT", rows)
    yield "png index behind its palette", png(60, 60, png_chunk(b"PLTE", bytes(9)), idat, colour=3)
    yield "png without its palette", png(60, 60, idat, colour=3)
    yield "png with an empty palette", png(60, 60, png_chunk(b"PLTE", b""), idat, colour=3)
    yield "png with a palette of 7 bytes", png(60, 60, png_chunk(b"PLTE", bytes(7)), idat, colour=3)
    long_palette, alphas = png_chunk(b"PLTE", bytes(3_000)), png_chunk(b"tRNS", bytes(3_000))
    yield "png with a palette of 1000", png(60, 60, long_palette, idat, colour=3)
    yield (
        "png with 3000 alphas",
        png(60, 60, png_chunk(b"PLTE", bytes(768)), alphas, idat, colour=3),
    )
    for colour in (0, 2, 3):
        short = png_chunk(b"tRNS", b"\1")
        body = png(60, 60, png_chunk(b"PLTE", bytes(768)), short, idat, colour=colour)
        yield f"png of kind {colour} with half a transparent colour", body
    yield "gif index behind its palette", gif(9, 9, gif_frame(), palette=bytes(6), flags=0)
    yield "gif without a palette", gif(9, 9, gif_frame(), palette=None, flags=0)
    yield "gif with a code size of 12", gif(9, 9, gif_frame(9, 9, b"\x0c\2\xff\xff\0"))
    yield "gif with a code size of 255", gif(9, 9, gif_frame(9, 9, b"\xff\2\xff\xff\0"))
    yield "gif with half a palette", gif(9, 9, palette=bytes(30), flags=7)
    yield "bmp of 2^32 colours", bmp(9, 9, bytes(99), bits=8, colours=FULL)
    yield "bmp index behind its palette", bmp(9, 9, bytes(range(99)), bits=8, colours=2)
    for bits in (0, 3, 64, 65_535):
        yield f"bmp of {bits} bits", bmp(9, 9, bytes(999), bits=bits)
    for header_size in (0, 12, 41, 108, HUGE, FULL):
        yield f"bmp with a header of {header_size}", bmp(9, 9, bytes(999), header_size=header_size)
    for compression in (2, 3, 4, 5, 6, 99):
        yield f"bmp of compression {compression}", bmp(9, 9, bytes(999), compression=compression)
    noise = random.Random("profile").randbytes(60_000)
    for title, profile in (("random", noise), ("empty", b""), ("huge", noise[:100] + bytes(2**20))):
        for image_format in ("PNG", "JPEG", "WEBP", "TIFF", "AVIF"):
            options = {"icc_profile": profile} if profile else {"icc_profile": b"\0"}
            name = f"{image_format.lower()} with a {title} profile"
            yield name, written(photo(), image_format, **options)
    base = sound()["png"]
    for size in (10**6, 10**8, 2**30):
        bomb = zeros(size)
        yield (
            f"png, profile unfolds to {size}",
            with_chunks(base, png_chunk(b"iCCP", b"p\0\0" + bomb)),
        )
        yield f"png, zTXt unfolds to {size}", with_chunks(base, png_chunk(b"zTXt", b"t\0\0" + bomb))
        text = b"t\0\1\0\0\0" + bomb
        yield f"png, iTXt unfolds to {size}", with_chunks(base, png_chunk(b"iTXt", text))
    megabyte = png_chunk(b"zTXt", b"t\0\0" + zeros(2**20 - 1))
    yield "png, 100 texts of a megabyte", with_chunks(base, megabyte * 100)
    for kind in (b"iCCP", b"zTXt", b"iTXt", b"tEXt", b"eXIf", b"pHYs", b"gAMA", b"cHRM", b"sRGB"):
        yield f"png with an empty {kind.decode()}", with_chunks(base, png_chunk(kind, b""))
    parts = (
        jpeg_segment(0xE2, b"ICC_PROFILE\0" + bytes((number, 255)) + noise[:9])
        for number in (1, 1, 200, 0, 255)
    )
    yield "jpeg with a jumbled profile", after_soi(sound()["jpeg"], *parts)


def metadata() -> Files:
    jpeg_body = sound()["jpeg"]
    for value in (0, 2, 5, 8, 9, 255, 65_535):
        block = exif_block((274, SHORT, 1, value))
        yield f"jpeg of orientation {value}", after_soi(jpeg_body, jpeg_segment(0xE1, block))
    blocks = {
        "a directory that follows itself": exif_block((274, SHORT, 1, 6), following=8),
        "an inner directory that is the outer": exif_block((0x8769, LONG, 1, 8)),
        "a GPS directory that is the outer": exif_block((0x8825, LONG, 1, 8), (0x8769, LONG, 1, 8)),
        "inner directories a million times": exif_block((0x8769, LONG, 10**6, 8)),
        "an orientation of 2^32 values": exif_block((274, SHORT, FULL, 6)),
        "an orientation in text": exif_block((274, 2, 4, 0x36)),
        "an orientation as a fraction by zero": exif_block((274, 5, 1, 26)) + bytes(8),
        "an orientation of unknown type": exif_block((274, 99, 1, 6)),
        "a field behind its end": exif_block((270, 2, FULL, FULL)),
        "a maker's note without end": exif_block((0x927C, 7, FULL, 8), (0x8769, LONG, 1, 8)),
        "an interoperability loop": exif_block((0xA005, LONG, 1, 8), following=8),
        "no header": b"Exif\0\0",
        "a header alone": b"Exif\0\0II*\0",
        "an offset behind its end": b"Exif\0\0II*\0" + struct.pack("<I", FULL),
        "random bytes": b"Exif\0\0" + random.Random("exif").randbytes(6_000),
        "5000 fields": exif_block(*[(274, SHORT, 1, 6)] * 5_000),
    }
    for title, block in blocks.items():
        yield f"jpeg whose exif has {title}", after_soi(jpeg_body, jpeg_segment(0xE1, block))
        yield (
            f"png whose exif has {title}",
            with_chunks(sound()["png"], png_chunk(b"eXIf", block.removeprefix(b"Exif\0\0"))),
        )
        yield (
            f"webp whose exif has {title}",
            riff(vp8x(160, 120, 8), webp_pixels(), (b"EXIF", block)),
        )
    marks = b'<x:xmpmeta tiff:Orientation="' + b"9" * 50_000
    xmp = b"http://ns.adobe.com/xap/1.0/\0"
    yield "jpeg whose xmp has no end", after_soi(jpeg_body, jpeg_segment(0xE1, xmp + marks))
    mpo = sound()["mpo"]
    index = mpo.index(b"MPF\0") + 4
    yield "mpo that announces 2^32 pictures", patched(mpo, index + 10 + 12 + 8, "<I", FULL)
    yield "mpo whose index is all ones", mpo[:index] + b"\xff" * 80 + mpo[index + 80 :]
    yield "mpo whose index follows itself", patched(mpo, index + 4, "<I", 0)
    yield "mpo whose index is zeros", mpo[:index] + bytes(80) + mpo[index + 80 :]
    yield "mpo whose pictures lie behind its end", patched(mpo, index + 50, "<IIII", *[FULL] * 4)
    yield "mpo without its second picture", mpo[: len(mpo) // 2]
