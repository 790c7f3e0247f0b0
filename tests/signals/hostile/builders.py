"""Sound pictures, and parts of files that no encoder would write.

Made from practice photos with Pillow, or written byte by byte; every run makes the same ones.
"""

import functools
import io
import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from PIL import Image

PHOTOS: Final = Path(__file__).resolve().parents[3] / "practice" / "photos"


Files = Iterator[tuple[str, bytes]]
"""A name that says what is wrong, and the file."""


HUGE: Final = 2**31 - 1


FULL: Final = 2**32 - 1


LARGE: Final = (9_999, 9_999)
"""Just under the number of pixels that is decoded at all."""


@functools.cache
def photo() -> Image.Image:
    with Image.open(min(PHOTOS.glob("*.jpg"))) as opened:
        return opened.convert("RGB").resize((160, 120))


def written(picture: Image.Image, image_format: str, **options: Any) -> bytes:
    target = io.BytesIO()
    picture.save(target, image_format, **options)
    return target.getvalue()


@functools.cache
def sound() -> dict[str, bytes]:
    """Every way in which a picture is written, undamaged."""
    rgb = photo()
    grey, bilevel, palette = rgb.convert("L"), rgb.convert("1"), rgb.convert("P")
    turned = [rgb.transpose(Image.Transpose.ROTATE_180), rgb.transpose(Image.Transpose.TRANSPOSE)]
    same_size = [turned[0], rgb]
    animated: dict[str, Any] = {"save_all": True, "append_images": same_size}
    return {
        "jpeg": written(rgb, "JPEG"),
        "jpeg-progressive": written(rgb, "JPEG", progressive=True),
        "jpeg-restarts": written(rgb, "JPEG", restart_marker_blocks=1),
        "jpeg-grey": written(grey, "JPEG"),
        "jpeg-cmyk": written(rgb.convert("CMYK"), "JPEG"),
        "mpo": written(rgb, "MPO", save_all=True, append_images=turned),
        "png": written(rgb, "PNG"),
        "png-palette": written(palette, "PNG"),
        "png-16": written(
            Image.fromarray(np.asarray(grey).astype(np.uint16) * 257),
            "PNG",
        ),
        "png-interlaced": interlaced(np.asarray(grey)),
        "png-animated": written(rgb, "PNG", **animated),
        "webp-lossy": written(rgb, "WEBP", method=0),
        "webp-lossless": written(rgb, "WEBP", lossless=True, method=0, quality=0),
        "webp-animated": written(rgb, "WEBP", method=0, **animated),
        "avif": written(rgb, "AVIF", speed=10),
        "avif-animated": written(rgb, "AVIF", speed=10, **animated),
        "gif": written(palette, "GIF"),
        "gif-animated": written(rgb, "GIF", **animated),
        "bmp": written(rgb, "BMP"),
        "bmp-palette": written(palette, "BMP"),
        "bmp-rle": bmp(160, 120, rle_rows(160, 120), bits=8, compression=1),
        "tiff": written(rgb, "TIFF"),
        "tiff-lzw": written(rgb, "TIFF", compression="tiff_lzw"),
        "tiff-deflate": written(rgb, "TIFF", compression="tiff_adobe_deflate"),
        "tiff-packbits": written(rgb, "TIFF", compression="packbits"),
        "tiff-jpeg": written(rgb, "TIFF", compression="jpeg"),
        "tiff-fax": written(bilevel, "TIFF", compression="group4"),
        "jp2": written(rgb, "JPEG2000"),
        "j2k": written(rgb, "JPEG2000", no_jp2=True),
        "ico-png": written(rgb, "ICO", sizes=[(160, 120)]),
        "ico-bmp": written(rgb, "ICO", sizes=[(160, 120)], bitmap_format="bmp"),
    }


def png_chunk(kind: bytes, data: bytes, *, length: int | None = None) -> bytes:
    crc = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data) if length is None else length) + kind + data + crc


def png(
    width: int, height: int, *chunks: bytes, depth: int = 8, colour: int = 0, interlace: int = 0
) -> bytes:
    """Join a header and these chunks; without any, black pixels for the whole size."""
    bits = depth * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}.get(colour, 1)
    if not chunks:
        chunks = (png_chunk(b"IDAT", zeros(height * (1 + (width * bits + 7) // 8))),)
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace)
    body = b"".join((png_chunk(b"IHDR", header), *chunks, png_chunk(b"IEND", b"")))
    return b"\x89PNG\r\n\x1a\n" + body


def with_chunks(body: bytes, *chunks: bytes) -> bytes:
    """Put chunks behind the header of a PNG."""
    return body[:33] + b"".join(chunks) + body[33:]


def zeros(count: int) -> bytes:
    """Give what unfolds by zlib into so many zero bytes, about a thousandth of them."""
    squeezer = zlib.compressobj(9, wbits=-15)
    # A block that was flushed in full refers to nothing before it, so it may stand many times.
    block = squeezer.compress(bytes(2**20)) + squeezer.flush(zlib.Z_FULL_FLUSH)
    rest = squeezer.compress(bytes(count % 2**20)) + squeezer.flush()
    checksum = (count % 65_521) << 16 | 1
    return b"\x78\xda" + block * (count >> 20) + rest + struct.pack(">I", checksum)


def interlaced(grey: Any) -> bytes:
    """Write a grey PNG in the seven passes of Adam7, which Pillow only reads."""
    rows = b""
    for left, top, across, down in (
        (0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
        (0, 1, 1, 2),
    ):  # fmt: skip
        rows += b"".join(b"\0" + row.tobytes() for row in grey[top::down, left::across])
    height, width = grey.shape
    return png(width, height, png_chunk(b"IDAT", zlib.compress(rows)), interlace=1)


def jpeg_segment(marker: int, data: bytes, *, length: int | None = None) -> bytes:
    size = len(data) + 2 if length is None else length
    return struct.pack(">BBH", 0xFF, marker, size) + data


def after_soi(body: bytes, *segments: bytes) -> bytes:
    return body[:2] + b"".join(segments) + body[2:]


def frame_header(
    width: int, height: int, sampling: Sequence[int] = (0x11,), *, bits: int = 8, marker: int = 0xC0
) -> bytes:
    components = b"".join(bytes((i + 1, s, 0)) for i, s in enumerate(sampling))
    return jpeg_segment(
        marker, struct.pack(">BHHB", bits, height, width, len(sampling)) + components
    )


def scan_header(components: int = 1, *, start: int = 0, end: int = 63, bits: int = 0) -> bytes:
    which = b"".join(bytes((i + 1, 0)) for i in range(components))
    return jpeg_segment(0xDA, bytes((components,)) + which + bytes((start, end, bits)))


def huffman(kind: int, symbol: int) -> bytes:
    """A table whose only code is the single bit 0. Kinds: 0 for DC, 16 for AC."""
    return jpeg_segment(0xC4, bytes((kind, 1, *[0] * 15, symbol)))


QUANTISATION: Final = jpeg_segment(0xDB, bytes((0, *[1] * 64)))


def jpeg(*parts: bytes, end: bytes = b"\xff\xd9") -> bytes:
    return b"\xff\xd8" + QUANTISATION + b"".join(parts) + end


def with_frame(name: str, **changes: Any) -> bytes:
    """Replace the frame header of a sound colour JPEG; its components are numbered from 1."""
    body = sound()[name]
    start = body.index(b"\xff\xc2" if "progressive" in name else b"\xff\xc0")
    (length,) = struct.unpack_from(">H", body, start + 2)
    header = bytearray(body[start : start + 2 + length])
    for where, value in changes.items():
        code, offset = {"height": (">H", 5), "width": (">H", 7), "bits": (">B", 4)}.get(
            where, (">B", 9)
        )
        struct.pack_into(code, header, offset, value)
    return body[:start] + bytes(header) + body[start + 2 + length :]


def exif_block(*entries: tuple[int, int, int, int], following: int = 0) -> bytes:
    """Write an EXIF block of one directory; it stands at offset 8."""
    return b"Exif\0\0" + tiff(entries, following=following)


def tiff(
    entries: Iterable[tuple[int, int, int, int]], tail: bytes = b"", *, following: int = 0
) -> bytes:
    """Write a little-endian TIFF: entries of tag, type, count and value; then any bytes."""
    rows = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    count = struct.pack("<H", len(rows) // 12)
    return b"II*\0" + struct.pack("<I", 8) + count + rows + struct.pack("<I", following) + tail


SHORT: Final = 3


LONG: Final = 4


def tiff_picture(
    width: int, height: int, strip: bytes, *, following: int = 0, **changes: int
) -> bytes:
    """Write a grey TIFF of one strip; changes go to fields by name."""
    fields = {
        "compression": 1, "bits": 8, "samples": 1, "rows": height, "bytes": len(strip),
        "photometric": 1, "offset": 8 + 2 + 9 * 12 + 4,
    } | changes  # fmt: skip
    entries = [
        (256, LONG, 1, width), (257, LONG, 1, height), (258, SHORT, 1, fields["bits"]),
        (259, SHORT, 1, fields["compression"]), (262, SHORT, 1, fields["photometric"]),
        (273, LONG, 1, fields["offset"]), (277, SHORT, 1, fields["samples"]),
        (278, LONG, 1, fields["rows"]), (279, LONG, 1, fields["bytes"]),
    ]  # fmt: skip
    return tiff(entries, strip, following=following)


def bmp(
    width: int, height: int, pixels: bytes, *, bits: int = 24, compression: int = 0,
    colours: int = 0, header_size: int = 40,
) -> bytes:  # fmt: skip
    palette = bytes(range(256)) * 4 if bits == 8 else b""
    offset = 14 + 40 + len(palette)
    header = struct.pack(
        "<IiiHHIIiiII", header_size, width, height, 1, bits, compression, len(pixels), 0, 0,
        colours, 0,
    )  # fmt: skip
    total = (offset + len(pixels)) & FULL
    return b"BM" + struct.pack("<IHHI", total, 0, 0, offset) + header + palette + pixels


def rle_rows(width: int, height: int) -> bytes:
    row = bytes((width % 256, 7)) + b"\0\0"
    return row * height + b"\0\1"


def gif(
    width: int, height: int, *blocks: bytes, palette: bytes | None = bytes(12), flags: int = 1
) -> bytes:
    has_palette = 0x80 if palette is not None else 0
    screen = struct.pack("<HHBBB", width, height, has_palette | flags, 0, 0)
    return b"GIF89a" + screen + (palette or b"") + b"".join(blocks) + b";"


def gif_frame(
    width: int = 1, height: int = 1, data: bytes = b"\x02\x02\x4c\x01\0", x: int = 0, y: int = 0
) -> bytes:
    return b"," + struct.pack("<HHHHB", x, y, width, height, 0) + data


def riff(*chunks: tuple[bytes, bytes], size: int | None = None) -> bytes:
    body = b"WEBP"
    for kind, data in chunks:
        body += kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)
    return b"RIFF" + struct.pack("<I", len(body) if size is None else size) + body


def vp8x(width: int, height: int, flags: int = 0) -> tuple[bytes, bytes]:
    sizes = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"VP8X", bytes((flags, 0, 0, 0)) + sizes


def webp_pixels(name: str = "webp-lossy") -> tuple[bytes, bytes]:
    """Take the one chunk of pixels out of a sound WebP."""
    body = sound()[name]
    return body[12:16], body[20 : 20 + struct.unpack_from("<I", body, 16)[0]]


def box(kind: bytes, data: bytes, *, length: int | None = None) -> bytes:
    return struct.pack(">I", len(data) + 8 if length is None else length) + kind + data


def j2k_sized(width: int, height: int, *, tile: tuple[int, int] | None = None, x: int = 0) -> bytes:
    """Rewrite the sizes of a JPEG 2000 codestream: image, offset and tile."""
    body = bytearray(sound()["j2k"])
    start = body.index(b"\xff\x51") + 6
    struct.pack_into(">IIII", body, start, width, height, x, 0)
    struct.pack_into(">II", body, start + 16, *(tile or (width, height)))
    return bytes(body)


def ico(*entries: tuple[int, int, int, int], tail: bytes = b"", count: int | None = None) -> bytes:
    """Write an icon file: entries of width, height, bytes and offset; 0 says 256."""
    rows = b"".join(struct.pack("<BBBBHHII", w, h, 0, 0, 1, 32, n, o) for w, h, n, o in entries)
    return struct.pack("<HHH", 0, 1, len(entries) if count is None else count) + rows + tail


def patched(body: bytes, where: bytes | int, code: str, *values: int, skip: int = 0) -> bytes:
    start = (where if isinstance(where, int) else body.index(where)) + skip
    changed = bytearray(body)
    struct.pack_into(code, changed, start, *values)
    return bytes(changed)
