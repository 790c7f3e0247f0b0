"""Small files that announce, unfold to or take far more than they are."""

from PIL import Image

from tests.signals.hostile.builders import (
    FULL,
    LARGE,
    Files,
    bmp,
    frame_header,
    gif,
    gif_frame,
    huffman,
    ico,
    j2k_sized,
    jpeg,
    patched,
    png,
    png_chunk,
    riff,
    scan_header,
    sound,
    tiff_picture,
    vp8x,
    written,
    zeros,
)


def announced_bombs() -> Files:
    """A few bytes that announce gigapixels."""
    sizes = ((65_535, 65_535), (30_000, 30_000), (100_000, 100_000), (1_000_000, 1_000))
    for width, height in sizes:
        title = f"of {width} x {height}"
        yield f"png {title}", png(width, height, png_chunk(b"IDAT", zeros(9_999)), colour=6)
        yield f"bmp {title}", bmp(width, height, bytes(999))
        yield f"bmp rle {title}", bmp(width, height, b"\0\1", bits=8, compression=1)
        for compression in (1, 5, 8, 7, 4, 32773):
            strip = zeros(99_999) if compression == 8 else bytes(999)
            yield (
                f"tiff {compression} {title}",
                tiff_picture(width, height, strip, compression=compression, rows=FULL),
            )
        yield f"j2k {title}", j2k_sized(width, height)
        yield f"j2k in little tiles {title}", j2k_sized(width, height, tile=(1, 1))
        yield f"ico {title}", ico((0, 0, 99_999, 22), tail=png(width, height, b"", colour=6))
    yield "jpeg of 65535 x 65535", jpeg(frame_header(65_535, 65_535), scan_header())
    yield (
        "jpeg of 65500 x 65500 in full colour",
        jpeg(frame_header(65_500, 65_500, (0x11, 0x11, 0x11, 0x11), marker=0xC2), scan_header(4)),
    )
    yield "gif of 65535 x 65535", gif(65_535, 65_535, gif_frame())
    yield "gif with a frame outside", gif(9, 9, gif_frame(65_535, 65_535))
    for name in ("webp-animated", "webp-lossy"):
        flags = 2 if name == "webp-animated" else 0
        tail = (b"ANIM", bytes(6)), (b"ANMF", bytes(16) + b"VP8 " + bytes(9))
        yield f"{name} of 2^32 pixels", riff(vp8x(65_535, 65_535, flags), *tail)
    yield "avif of 65535 x 65535", patched(sound()["avif"], b"ispe", ">II", 65_535, 65_535, skip=8)


def unfolding_bombs() -> Files:
    """Small files that really hold a hundred million pixels, or unfold beyond their size."""
    width, height = LARGE
    yield "png of 100 MP in grey", png(width, height)
    yield "png of 100 MP, transparent", png(width, height, colour=6)
    yield "png of 100 MP, 16 bits", png(width, height, depth=16)
    yield "png of 1 bit", png(width, height, depth=1)
    yield (
        "png of 100 MP with one row",
        png(width, height, png_chunk(b"IDAT", zeros(30_000)), colour=2),
    )
    gigabyte = png_chunk(b"IDAT", zeros(2**30))
    yield "png of 9 x 9 with a gigabyte of pixels", png(9, 9, gigabyte)
    yield "png of 100 MP, interlaced", png(width, height, interlace=1)
    black = Image.new("L", LARGE)
    yield "gif of 100 MP", written(black, "GIF")
    yield "gif of 100 MP, one code", gif(width, height, gif_frame(width, height))
    yield (
        "gif of clear codes only",
        gif(99, 99, gif_frame(99, 99, b"\x02" + b"\xfe" + b"\x24" * 254)),
    )
    yield (
        "tiff of 100 MP, deflated",
        tiff_picture(width, height, zeros(width * height), compression=8),
    )
    yield "tiff of 9 x 9 with a gigabyte", tiff_picture(9, 9, zeros(2**30), compression=8)
    yield (
        "tiff of 100 MP, packed bits",
        tiff_picture(width, height, b"\x81\0" * (width * height // 128 + 1), compression=32773),
    )
    yield "tiff of 100 MP that is not there", tiff_picture(width, height, bytes(99))
    yield "tiff of 100 MP in doubles", tiff_picture(width, height, bytes(99), bits=64)
    yield (
        "bmp rle of 100 MP in jumps",
        bmp(width, height, b"\0\2\xff\xff" * 50 + b"\0\1", bits=8, compression=1),
    )
    yield "bmp rle of 100 MP, ended at once", bmp(width, height, b"\0\1", bits=8, compression=1)
    yield (
        "bmp rle of 24 MP in runs of one",
        bmp(4_900, 4_900, b"\1\7" * 2_000_000, bits=8, compression=1),
    )
    yield "bmp rle of no length", bmp(99, 99, b"\0\3\7\7\7\0" * 2_000, bits=8, compression=1)
    for title, mode in (("", "RGB"), (", transparent", "RGBA")):
        # Of one colour, so that its pixels take no bits, however many they are said to be.
        plain = written(Image.new(mode, (8, 8), (1, 2, 3, 4)[: len(mode)]), "WEBP", lossless=True)
        sizes = (width - 1) | (height - 1) << 14 | (len(mode) == 4) << 28
        yield f"webp lossless of 100 MP{title}", patched(plain, 21, "<I", sizes)
    yield (
        "jpeg of 100 MP without pixels",
        jpeg(frame_header(*LARGE), huffman(0, 0), huffman(16, 0), scan_header()),
    )
    yield "progressive jpeg of 100 MP without pixels", jpeg(
        frame_header(*LARGE, (0x22, 0x11, 0x11), marker=0xC2), huffman(0, 0), huffman(16, 0),
        scan_header(3, end=0),
    )  # fmt: skip
    yield "progressive cmyk jpeg of 100 MP without pixels", jpeg(
        frame_header(*LARGE, (0x11,) * 4, marker=0xC2), huffman(0, 0), huffman(16, 0),
        scan_header(4, end=0),
    )  # fmt: skip
    yield (
        "arithmetic jpeg of 100 MP",
        jpeg(frame_header(*LARGE, (0x11,) * 3, marker=0xCA), scan_header(3, end=0), bytes(99)),
    )
    yield (
        "jpeg with every thumbnail factor",
        jpeg(
            frame_header(65_500, 1_500, (0x44, 0x11, 0x11)),
            huffman(0, 0),
            huffman(16, 0),
            scan_header(3),
        ),
    )
    yield "j2k of 49 MP without pixels", j2k_sized(7_000, 7_000)
    yield "j2k of 100 MP", j2k_sized(width, height)
    yield "j2k of 65000 tiles", j2k_sized(9_000, 9_000, tile=(36, 36))
    yield "ico with 100 MP", ico((0, 0, 2**20, 22), tail=png(width, height, colour=6))
    yield (
        "ico with a bitmap of 100 MP",
        ico((0, 0, 2**20, 22), tail=bmp(width, 2 * height, bytes(99), bits=32)[14:]),
    )


def scan_bomb(side: int, scans: int) -> bytes:
    """Write a progressive JPEG of zeros whose every scan passes over each block again.

    One code stands for a run of 32,767 blocks without coefficients, so that a scan over a million
    blocks is some sixty bytes.
    """
    blocks = ((side + 7) // 8) ** 2
    codes = "0" + "1" * 14
    bits = codes * (blocks // 32_767 + 1)
    packed = int(bits.ljust((len(bits) + 7) // 8 * 8, "1"), 2).to_bytes((len(bits) + 7) // 8, "big")
    run = packed.replace(b"\xff", b"\xff\0")
    first = scan_header(end=0) + bytes(blocks // 8 + 1)
    return jpeg(
        frame_header(side, side, marker=0xC2), huffman(0, 0), huffman(16, 0xE0), first,
        (scan_header(start=1) + run) * scans,
    )  # fmt: skip


def time_bombs() -> Files:
    """Small files that keep a decoder busy: the last for minutes."""
    yield "progressive jpeg of 500 scans", scan_bomb(8_000, 500)
    yield (
        "bmp rle of 100 MP, one pixel a line",
        bmp(65_000, 1_500, b"\1\7\0\0" * 1_500 + b"\0\1", bits=8, compression=1),
    )
    yield "progressive jpeg of 20000 scans", scan_bomb(9_999, 20_000)
