"""Files of thousands of parts."""

from tests.signals.hostile.builders import (
    LONG,
    QUANTISATION,
    SHORT,
    Files,
    after_soi,
    box,
    exif_block,
    huffman,
    ico,
    jpeg_segment,
    png,
    png_chunk,
    riff,
    sound,
    tiff,
    vp8x,
    webp_pixels,
    with_chunks,
    zeros,
)


def thousands_of_parts() -> Files:
    base, jpeg_body = sound()["png"], sound()["jpeg"]
    texts = b"".join(png_chunk(b"tEXt", b"k%d\0v" % number) for number in range(20_000))
    yield "png of 20000 texts", with_chunks(base, texts)
    yield "png of 50000 empty chunks", with_chunks(base, png_chunk(b"zzZz", b"") * 50_000)
    yield "png of 20000 private chunks", with_chunks(base, png_chunk(b"prVt", b"1") * 20_000)
    pixels = zeros(100 * 101)
    singly = [png_chunk(b"IDAT", pixels[i : i + 1]) for i in range(len(pixels))]
    yield "png with a byte in each IDAT", png(100, 100, *singly)
    yield "png of 50000 empty IDATs", png(100, 100, png_chunk(b"IDAT", b"") * 50_000)
    whole = png_chunk(b"IDAT", pixels)
    yield (
        "png of 20000 IDATs behind its pixels",
        png(100, 100, whole, png_chunk(b"IDAT", b"x") * 20_000),
    )
    yield "png of 1000 headers", with_chunks(base, base[8:33] * 1_000)
    yield "png of 1000 palettes", with_chunks(base, png_chunk(b"PLTE", bytes(768)) * 1_000)
    yield (
        "png of 1000 profiles",
        with_chunks(base, png_chunk(b"iCCP", b"p\0\0" + zeros(9_999)) * 1_000),
    )
    yield "jpeg of 20000 comments", after_soi(jpeg_body, jpeg_segment(0xFE, b"x") * 20_000)
    yield "jpeg of 20000 empty APPs", after_soi(jpeg_body, jpeg_segment(0xE5, b"") * 20_000)
    largest = jpeg_segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + b" " * 65_000)
    yield "jpeg of 60 XMPs of 64 KiB", after_soi(jpeg_body, largest * 60)
    yield (
        "jpeg of 5000 EXIFs",
        after_soi(jpeg_body, jpeg_segment(0xE1, exif_block((274, SHORT, 1, 6))) * 5_000),
    )
    yield (
        "jpeg of 5000 Photoshop blocks",
        after_soi(
            jpeg_body,
            jpeg_segment(0xED, b"Photoshop 3.0\08BIM\x03\xed\0\0\0\0\0\x10" + bytes(16)) * 5_000,
        ),
    )
    yield "jpeg of a million fill bytes", jpeg_body[:2] + b"\xff" * 10**6 + jpeg_body[2:]
    yield "jpeg of a million restarts", jpeg_body[:-2] + b"\xff\xd0" * 500_000 + b"\xff\xd9"
    yield "jpeg of 2000 tables", after_soi(jpeg_body, QUANTISATION * 2_000, huffman(0, 0) * 2_000)
    yield "jpeg of a thousand beginnings", b"\xff\xd8" * 1_000 + jpeg_body
    yield (
        "webp of 20000 unknown chunks",
        riff(vp8x(160, 120), *[(b"zzzz", b"")] * 20_000, webp_pixels()),
    )
    yield "avif of 20000 free boxes", sound()["avif"] + box(b"free", b"") * 20_000
    yield (
        "jp2 of 20000 free boxes",
        sound()["jp2"][:32] + box(b"free", b"") * 20_000 + sound()["jp2"][32:],
    )
    nested = b""
    for _ in range(2_000):
        nested = box(b"jp2h", nested)
    yield "jp2 of nested boxes", sound()["jp2"][:32] + nested
    nested = b""
    for _ in range(2_000):
        nested = box(b"meta", bytes(4) + nested)
    yield "avif of nested boxes", box(b"ftyp", b"avif\0\0\0\0avifmif1") + nested
    yield "ico of 65535 entries", ico(*[(16, 16, 99, 22)] * 65_535)
    yield (
        "ico of 2000 true pictures",
        ico(*[(16, 16, 999, 6 + 16 * 2_000)] * 2_000, tail=sound()["png"]),
    )
    yield "tiff of 65535 fields", tiff([(tag, LONG, 1, 1) for tag in range(65_535)])
