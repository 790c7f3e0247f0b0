"""The brightness of a frame that FFmpeg has decoded, as a picture; loads FFmpeg."""

from typing import Final

import numpy as np
from av import VideoFrame
from numpy.typing import NDArray
from PIL import Image

from signals.decode import SHORT_SIDE
from signals.grid import Picture, Side

_PLANAR: Final = tuple(
    f"{kind}{sampling}p" for kind in ("yuv", "yuvj", "yuva") for sampling in (420, 422, 444)
)
_BRIGHTNESS_FIRST: Final = frozenset((*_PLANAR, "yuv440p", "yuv411p", "yuv410p", "nv12", "gray"))
"""Layouts whose first plane is brightness, 8 bits a pixel: there is nothing to convert."""

_FULL_RANGE: Final = 2
_ALWAYS_FULL: Final = ("yuvj", "gray")

_STRETCHED: Final = bytes(round(min(max((level - 16) * 255 / 219, 0), 255)) for level in range(256))
"""From the 16 to 235 of video to the 0 to 255 of pictures; PDQ's quality depends on it."""

_TURNS: Final = {
    90: Image.Transpose.ROTATE_90,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_270,
}


def luma_of(frame: VideoFrame) -> NDArray[np.uint8]:
    """Give the brightness of every pixel, shape (height, width); valid as long as the frame is."""
    if frame.format.name not in _BRIGHTNESS_FIRST or frame.planes[0].line_size < frame.width:
        frame = frame.reformat(format="gray", threads=1)
    plane = frame.planes[0]
    rows: NDArray[np.uint8] = np.frombuffer(memoryview(plane), np.uint8)
    return rows[: plane.line_size * frame.height].reshape(frame.height, plane.line_size)[
        :, : frame.width
    ]


def is_full_range(frame: VideoFrame) -> bool:
    """Say whether black is 0 and white 255, and not 16 and 235, in what `luma_of` gives."""
    name = frame.format.name
    return (
        name not in _BRIGHTNESS_FIRST  # converting it has stretched it
        or name.startswith(_ALWAYS_FULL)
        or frame.color_range == _FULL_RANGE
    )


def grey_picture(
    luma: NDArray[np.uint8],
    image_format: str,
    *,
    full_range: bool,
    turned: int = 0,
    short_side: int = SHORT_SIDE,
) -> Picture:
    """Shrink brightness to a picture.

    Args:
        luma: shape (height, width).
        image_format: what the file is called.
        full_range: black is 0 and white 255, and not 16 and 235.
        turned: degrees by which it is to be turned anticlockwise to be upright; what is no
            quarter turn is not done.
        short_side: pixels that shrinking leaves on the shorter side at least.
    """
    height, width = luma.shape
    across, down = max(1, width // short_side), max(1, height // short_side)
    # As decoders of pictures shrink them: of the shorter side, so much or a little more is left.
    factor = min(across, down)
    grey = Image.fromarray(luma)
    if factor > 1:
        grey = grey.reduce(factor)
    if not full_range:
        grey = grey.point(_STRETCHED)
    picture = Picture(grey, image_format, Side(height, factor), Side(width, factor))
    return picture.transposed(_TURNS.get(turned % 360))
