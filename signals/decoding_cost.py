"""What decoding a picture will take, worked out from its header before a pixel is decoded.

Bytes for each pixel, measured with Pillow 13.0 as what a process grew by (24 million pixels):

=====================  ====  ==========================================================
JPEG, one scan          0.0  rows at a time; and the picture as it is drafted
JPEG, progressive       3.0  4:2:0; 6 for 4:4:4, 8 for CMYK: all coefficients
PNG, BMP                4.0  colour; 1 for grey and palettes, 2 for 16 bits
GIF                     1.0
TIFF                    4.0  and its strip; 8.0 if it is turned while it is loaded
WEBP                   16.0  two canvases, a copy, and the picture
AVIF                    9.0  8 bits and 4:2:0; 10.5 for 4:4:4, 11.3 with transparency
JPEG 2000              19.4  colour in one tile; 24.5 with transparency, 6.2 grey
=====================  ====  ==========================================================
"""

import math
import struct
from typing import Final

from PIL import ExifTags, Image, TiffImagePlugin

from domain.errors import Undecodable
from signals.containers import boxes
from signals.scans import MAX_SCANS, coefficient_bytes, scans

MAX_PIXELS: Final = 220_000_000
"""More than any camera makes. MAX_BYTES allows fewer of most kinds."""

MAX_SIDE: Final = 1_000_000
"""As libpng has it in browsers. Each row costs memory of its own, here and in `signals.pdq`."""

MAX_BYTES: Final = 320 * 2**20
"""Memory for decoding one picture, beside what the process and the file itself take."""

_WEBP_BYTES: Final = 16
_AVIF_BYTES: Final = {"RGB": 13, "RGBA": 16}
"""With 12 bits and 4:4:4, which is not known before it is decoded."""

_MAX_ICON_PIXELS: Final = 16_000_000
"""What is in an icon is seen only when it is loaded. They have 256 x 256."""

_MAX_RLE_STEPS: Final = 20_000_000
"""Run lengths are decoded in Python: each pixel 0.1 µs and each byte 0.2 µs, so two seconds."""

_JPEG_IN_TIFF: Final = 8

_TILE_BYTES: Final = 4_000
_TILE_COMPONENT_BYTES: Final = 1_200
"""What OpenJPEG keeps of each tile's coding style, whether it is there or not."""

Size = tuple[int, int]


def most_pixels(body: bytes) -> int:
    """Give the pixels that a file of this kind may announce; the file itself is not opened."""
    if body.startswith(b"RIFF"):  # its canvases are allotted when it is opened
        return MAX_BYTES // _WEBP_BYTES
    if body.startswith(b"\0\0\1\0"):
        return _MAX_ICON_PIXELS
    return MAX_PIXELS


def refuse_costly(opened: Image.Image, full: Size, body: bytes) -> None:
    """Raise if decoding takes more than MAX_BYTES or far longer than any true picture.

    Args:
        opened: what will be loaded, after a JPEG was drafted.
        full: its width and height before that.
        body: the file.

    Raises:
        Undecodable: it does, and what the header announces.
    """
    # Of a JPEG that has everything in its first scan, no more is read: counting would cost as much
    # as a tenth of decoding it.
    in_scans = opened.format in {"JPEG", "MPO"} and coefficient_bytes(body) > 0
    if in_scans and (count := scans(body)) > MAX_SCANS:
        msg = f"it is a JPEG of {count:,} scans; at most {MAX_SCANS} are decoded"
        raise Undecodable(msg)
    if max(full) > MAX_SIDE:
        msg = (
            f"its header announces a side of {max(full):,} pixels; at most {MAX_SIDE:,} are decoded"
        )
        raise Undecodable(msg)
    pixels = full[0] * full[1]
    if opened.format == "BMP" and _is_run_length(opened):
        steps = pixels + 2 * len(body)
        if steps > _MAX_RLE_STEPS:
            _refuse(pixels, pixels * _MAX_RLE_STEPS // steps, "BMP in run lengths")
    needed = _bytes_needed(opened, full, body)
    if needed > MAX_BYTES:
        _refuse(pixels, int(pixels * MAX_BYTES / needed), f"{opened.format}, {opened.mode}")


def _refuse(pixels: int, most: int, kind: str) -> None:
    msg = (
        f"its header announces {pixels:,} pixels; at most {most:,} of its kind ({kind}) are decoded"
    )
    raise Undecodable(msg)


def _bytes_needed(opened: Image.Image, full: Size, body: bytes) -> float:
    pixels = full[0] * full[1]
    picture = opened.width * opened.height * _pixel_bytes(opened.mode)
    if opened.format in {"JPEG", "MPO"}:
        return pixels * coefficient_bytes(body) + picture
    if opened.format == "WEBP":
        return pixels * _WEBP_BYTES
    if opened.format == "AVIF":
        return pixels * _AVIF_BYTES.get(opened.mode, 16)
    if opened.format == "JPEG2000":
        return picture + _tile_bytes(body, full)
    if isinstance(opened, TiffImagePlugin.TiffImageFile):
        return _tiff_bytes(opened, picture)
    return picture


def _pixel_bytes(mode: str) -> int:
    if mode in {"1", "L", "P"}:
        return 1
    return 2 if mode.startswith("I;16") else 4


def _is_run_length(opened: Image.Image) -> bool:
    # 1 and 2 are run lengths of bytes and of half bytes.
    return opened.info.get("compression") in {1, 2}


def _tile_bytes(body: bytes, full: Size) -> int:
    """Give what OpenJPEG takes: four bytes a value in one tile, a copy, and a list of tiles."""
    start = 0
    if not body.startswith(b"\xff\x4f"):
        start = next((box.start for box in boxes(body) if box.kind == b"jp2c"), len(body))
    # Start and size markers, length, capabilities, image and its offset, and then the tile.
    width, height = struct.unpack_from(">II", body, start + 24)
    components: int
    (components,) = struct.unpack_from(">H", body, start + 40)
    depths = body[start + 42 : start + 42 + 3 * components : 3]
    value = 4 + (2 if any(depth & 0x7F > 7 for depth in depths) else 1)  # noqa: PLR2004 - 8 bits
    pixels: int = min(width, full[0]) * min(height, full[1])
    tiles: int = math.ceil(full[0] / width) * math.ceil(full[1] / height)
    return pixels * components * value + tiles * (_TILE_BYTES + components * _TILE_COMPONENT_BYTES)


def _tiff_bytes(opened: TiffImagePlugin.TiffImageFile, picture: int) -> int:
    tags = opened.tag_v2
    turned = tags.get(ExifTags.Base.Orientation, 1) != 1
    loaded = picture * (2 if turned else 1)
    compression = opened.info.get("compression", "raw")
    if compression == "raw":
        return loaded
    width, height = opened.size
    # A whole tile or strip is unfolded before any of it becomes pixels.
    across = int(tags.get(TiffImagePlugin.TILEWIDTH, width))
    down = int(tags.get(TiffImagePlugin.TILELENGTH, tags.get(TiffImagePlugin.ROWSPERSTRIP, height)))
    bits = sum(tags.get(TiffImagePlugin.BITSPERSAMPLE, (1,)))
    unit = bits // 8 + 1
    if compression == "jpeg":
        unit += _JPEG_IN_TIFF
    if TiffImagePlugin.TILEWIDTH not in tags:
        down = min(down, height)
    return max(loaded, picture + across * down * unit)
