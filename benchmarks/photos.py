"""Photographs to measure with: those of --photos, made larger, grainier or another format."""

import io
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from PIL import Image, ImageOps

from domain.errors import InvalidInput

JPEG: Final = {"format": "JPEG", "quality": 90, "subsampling": "4:2:0"}
PROGRESSIVE: Final = {**JPEG, "progressive": True}
PNG: Final = {"format": "PNG", "compress_level": 6}
WEBP: Final = {"format": "WEBP", "quality": 90, "method": 2}

_NAMES: Final = ("*.jpg", "*.jpeg", "*.JPG", "*.JPEG")


@dataclass(frozen=True, slots=True)
class Frame:
    """Size in pixels."""

    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width}×{self.height}"


def find_photos(folder: Path, *, at_most: int | None = None) -> list[Path]:
    """List the JPEG files in a folder and those below it, spread evenly if there are too many.

    Raises:
        InvalidInput: there is none.
    """
    found = sorted({path for pattern in _NAMES for path in folder.rglob(pattern)})
    if not found:
        msg = f"There is no JPEG file in {folder}: name a folder of photographs with --photos."
        raise InvalidInput(msg)
    if at_most is None or len(found) <= at_most:
        return found
    return [found[i * len(found) // at_most] for i in range(at_most)]


def filling(photo: Path, frame: Frame) -> Image.Image:
    """Decode a photograph in RGB and make it fill a frame, cut at its longer side."""
    with Image.open(photo) as opened:
        upright = ImageOps.exif_transpose(opened).convert("RGB")
    return ImageOps.fit(upright, (frame.width, frame.height), Image.Resampling.BICUBIC)


def encoded(picture: Image.Image, options: dict[str, Any]) -> bytes:
    """Encode a picture in memory."""
    out = io.BytesIO()
    picture.save(out, **options)
    return out.getvalue()


def with_grain(picture: Image.Image, strength: float, seed: int) -> Image.Image:
    """Add noise as a camera does: of that many grey levels in the mean square, by its seed."""
    rng = np.random.default_rng(seed)
    tile = _tile()
    height, width = picture.height, picture.width
    top, left = (int(n) for n in rng.integers(0, len(tile), 2))
    rows = (np.arange(height) + top) % len(tile)
    columns = (np.arange(width) + left) % len(tile)
    grain = tile[rows[:, None], columns[None, :], None] * np.float32(strength)
    grainy = np.asarray(picture, dtype=np.float32) + grain
    return Image.fromarray(grainy.round().clip(0, 255).astype(np.uint8))


@cache
def _tile() -> "np.ndarray[Any, np.dtype[np.float32]]":
    # Drawn once: drawing it anew for each of thousands of pictures takes longer than they do.
    return np.random.default_rng(20_260_101).standard_normal((997, 997)).astype(np.float32)
