"""What a drawing could show at most: the limits of what places hold, and of so many bytes."""

import io
from typing import Final

import numpy as np
from PIL import Image

from benchmarks.inversion_canvas import ground, laid
from benchmarks.inversion_leak import Numbers
from benchmarks.inversion_patches import cut_patches
from signals.constellation import Constellation
from signals.places import COLUMNS
from signals.scale_space import ScaleSpace, Workspace

COARSE: Final = 3.0
"""Log2 of the blur, in pixels of a picture of 512, beyond which a place counts as coarse: its patch
is 96 pixels wide or more."""

_SIDES: Final = (128, 96, 80, 64, 48, 32)
_QUALITIES: Final = (60, 40, 25)


def true_patches(photo: Image.Image, held: Constellation) -> Numbers:
    """Draw a photo, mode "L", from its own patches: what perfect guesses would give."""
    size = held.width, held.height
    space = ScaleSpace(np.asarray(photo.resize(size)), Workspace(), doubled=False)
    patches, contrast = cut_patches(space, held.places)
    return laid(held, patches * contrast[:, np.newaxis], ground(held))


def without_coarse(held: Constellation) -> Constellation:
    """Leave out the places of which the patches are largest."""
    kept = held.places[:, COLUMNS.scale] <= COARSE
    return Constellation(held.places[kept], held.bits[kept], held.width, held.height)


def thumbnail(photo: Image.Image, most_bytes: int, shape: tuple[int, int]) -> tuple[Numbers, int]:
    """Give the largest WebP thumbnail of so many bytes at most, enlarged, and its longer side.

    Raises:
        ValueError: not even the smallest is so small.
    """
    for side in _SIDES:
        small = photo.copy()
        small.thumbnail((side, side), Image.Resampling.BOX)
        for quality in _QUALITIES:
            file = io.BytesIO()
            small.save(file, "WEBP", quality=quality, method=6)
            if file.tell() <= most_bytes:
                with Image.open(file) as opened:
                    enlarged = opened.convert("L").resize(shape[::-1], Image.Resampling.BICUBIC)
                return np.asarray(enlarged, np.float64), side
    msg = f"no thumbnail of {photo.width}×{photo.height} pixels fits into {most_bytes} bytes"
    raise ValueError(msg)
