"""From a decoded picture to a small one in grey, on white, without a second copy in full."""

import math
from typing import Final

import numpy as np
from PIL import Image

from domain.errors import Undecodable

_STRIP_PIXELS: Final = 1_000_000
"""Turned grey at a time: some 20 bytes are needed for each."""


def shrunken_grey(opened: Image.Image, across: int, down: int) -> Image.Image:
    """Average whole boxes of pixels, so many across and down.

    Raises:
        Undecodable: its brightness has no bounds.
    """
    width, height = opened.size
    levels = _levels(opened)
    if opened.mode == "L" and across == down == 1 and not opened.has_transparency_data:
        return opened.copy()  # as most JPEG files come out of their decoder
    shrunken = Image.new("L", (math.ceil(width / across), math.ceil(height / down)))
    rows = max(1, _STRIP_PIXELS // (width * down)) * down
    for top in range(0, height, rows):
        strip = _grey(opened.crop((0, top, width, min(top + rows, height))), levels)
        if across > 1 or down > 1:
            strip = strip.reduce((across, down))
        shrunken.paste(strip, (0, top // down))
    return shrunken


def _levels(opened: Image.Image) -> tuple[float, float] | None:
    """Give the values that are black and white, for pictures of more than 8 bits a value."""
    if opened.mode.startswith("I;16"):
        return 0.0, 65535.0
    if opened.mode not in {"I", "F"}:
        return None
    # Neither mode says what is white, and PDQ does not change when brightness is stretched.
    values = opened.getextrema()
    low, high = float(values[0]), float(values[1])  # type: ignore[arg-type]  # one band, two numbers
    if not math.isfinite(high - low):
        msg = f"its brightness runs from {low} to {high}, which nothing can show"
        raise Undecodable(msg)
    return low, high


def _grey(strip: Image.Image, levels: tuple[float, float] | None) -> Image.Image:
    if levels is not None:
        low, high = levels
        values = np.nan_to_num(np.asarray(strip, dtype=np.float32), nan=low)
        stretched = (values - low) * (255 / max(high - low, 1e-30))
        return Image.fromarray(stretched.clip(0, 255).round().astype(np.uint8))
    if strip.mode == "LAB":
        return strip.getchannel("L")
    if strip.has_transparency_data:
        shown = strip.convert("RGBA")
        white = Image.new("RGBA", shown.size, "white")
        return Image.alpha_composite(white, shown).convert("L")
    if strip.mode in {"L", "1", "RGB"}:
        return strip.convert("L")
    return strip.convert("RGB").convert("L")
