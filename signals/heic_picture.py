"""A HEIC picture decoded by FFmpeg, tile by tile; loads FFmpeg, so only video workers do.

libheif reads more kinds of such files, and had holes of its own in 2026; FFmpeg is there for
videos anyway. What a phone's camera writes is one item or a grid of tiles, taken apart by
`signals.heif`.
"""

import struct
from typing import Final, Literal

import av
import numpy as np
from av.error import FFmpegError
from av.video.codeccontext import VideoCodecContext
from numpy.typing import NDArray

from domain.errors import Undecodable
from signals.decode import SHORT_SIDE
from signals.grid import Picture
from signals.heif import Grid, Item, read_grid, read_items
from signals.luma import grey_picture, is_full_range, luma_of

MAX_PIXELS: Final = 100_000_000
"""Of the whole picture, a byte each."""

MAX_TILE_PIXELS: Final = 52_000_000
"""Of one item that is decoded at once: three bytes each with 10 bits, twice."""

_CODECS: Final[dict[bytes, tuple[Literal["hevc", "h264"], bytes]]] = {
    b"hvc1": ("hevc", b"hvcC"),
    b"avc1": ("h264", b"avcC"),
}
"""How the items are coded that phones write, and the property with what a decoder needs first."""


def open_heic(body: bytes, short_side: int = SHORT_SIDE) -> Picture:
    """Decode a HEIC picture; shrinking leaves so many pixels on the shorter side at least.

    Raises:
        Undecodable: it is damaged, too large, or of a kind that is not read; the text says which.
    """
    primary, items = read_items(body)
    item = items.get(primary)
    if item is None:
        msg = f"the file is a HEIC that names no picture ({len(body):,} bytes)"
        raise Undecodable(msg)
    if item.kind == b"grid":
        luma, full_range = _of_grid(item, items)
    else:
        luma, full_range = _decoded(item)
    turn = item.property(b"irot")
    mirror = item.property(b"imir")
    if mirror:  # after the turn, says the standard
        luma = np.rot90(luma, (turn or b"\0")[0] & 3)
        luma = luma[:, ::-1] if mirror[0] & 1 else luma[::-1]
        turn = None
    degrees = 90 * ((turn or b"\0")[0] & 3)
    return grey_picture(
        np.ascontiguousarray(luma),
        "HEIC",
        full_range=full_range,
        turned=degrees,
        short_side=short_side,
    )


def _of_grid(item: Item, items: dict[int, Item]) -> tuple[NDArray[np.uint8], bool]:
    grid = read_grid(item.content)
    _refuse_large(grid.width, grid.height, MAX_PIXELS)
    if len(item.made_of) < grid.rows * grid.columns:
        msg = (
            f"the picture is a HEIC of {grid.rows} x {grid.columns} tiles, of which "
            f"{len(item.made_of)} are there"
        )
        raise Undecodable(msg)
    canvas = np.zeros((grid.height, grid.width), np.uint8)
    full_range = True
    for place, number in enumerate(item.made_of[: grid.rows * grid.columns]):
        tile = items.get(number)
        if tile is None:
            msg = "the picture is a HEIC that lacks one of its tiles"
            raise Undecodable(msg)
        luma, full_range = _decoded(tile)
        _lay(canvas, luma, place, grid)
    return canvas, full_range


def _lay(canvas: NDArray[np.uint8], luma: NDArray[np.uint8], place: int, grid: Grid) -> None:
    rows, columns = luma.shape  # all tiles are of one size
    top, left = place // grid.columns * rows, place % grid.columns * columns
    room = canvas[top : top + rows, left : left + columns]
    room[:] = luma[: room.shape[0], : room.shape[1]]


def _decoded(item: Item) -> tuple[NDArray[np.uint8], bool]:
    """Decode one item; give its brightness, and whether black is 0 in it."""
    if item.kind not in _CODECS:
        kind = item.kind.decode("ascii", "replace")
        msg = f"the picture is a HEIC of a kind that is not read ({kind if kind.isalnum() else ''})"
        raise Undecodable(msg)
    size = item.property(b"ispe")
    if size and len(size) >= 12:  # noqa: PLR2004 - version, width, height
        _refuse_large(int.from_bytes(size[4:8]), int.from_bytes(size[8:12]), MAX_TILE_PIXELS)
    codec, configuration = _CODECS[item.kind]
    try:
        decoder = VideoCodecContext.create(codec, "r")
        decoder.extradata = item.property(configuration)
        decoder.thread_count = 1
        decoder.options = {"max_pixels": str(MAX_TILE_PIXELS)}
        frames = [*decoder.decode(av.Packet(item.content)), *decoder.decode(None)]
    except (FFmpegError, ValueError) as error:
        msg = f"the picture is a HEIC whose pixels are damaged ({type(error).__name__})"
        raise Undecodable(msg) from None
    if not frames:
        msg = "the picture is a HEIC without pixels that can be decoded"
        raise Undecodable(msg)
    frame = frames[0]
    return _clean(luma_of(frame), item.property(b"clap")).copy(), is_full_range(frame)


def _clean(luma: NDArray[np.uint8], aperture: bytes | None) -> NDArray[np.uint8]:
    """Cut off what an encoder has added to come to an even number of pixels."""
    try:
        width, by, height, down_by, *_ = struct.unpack_from(">IIIIiIiI", aperture or b"")
        rows, columns = height // down_by, width // by
    except (struct.error, ZeroDivisionError):
        return luma
    # It is added at the right and below; a cut in the middle would be an editor's.
    return luma[: rows or None, : columns or None]


def _refuse_large(width: int, height: int, most: int) -> None:
    if not 0 < width * height <= most:
        msg = f"its header announces {width * height:,} pixels; at most {most:,} of its kind (HEIC)"
        raise Undecodable(msg + " are decoded")
