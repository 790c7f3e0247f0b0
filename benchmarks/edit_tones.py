"""How a picture's light, colour and sharpness change: filters, noise, a photograph of a screen.

Every function is given a picture in RGB and gives a new one of the same size. Lengths are for a
picture whose longer side is 800 pixels, and scale with it.
"""

import math
from random import Random
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageEnhance, ImageFilter

from benchmarks.edit_chance import Colour, happens
from benchmarks.edit_shapes import in_perspective

Levels = NDArray[np.float32]

_FULL_SIDE: Final = 800
_FILTERS: Final[tuple[tuple[float, ...], ...]] = (
    # Rows of red, green, blue and a constant, as Image.convert takes them.
    (0.50, 0.60, 0.15, 8, 0.35, 0.55, 0.10, 2, 0.22, 0.40, 0.12, 0),  # sepia
    (1.15, 0.15, 0.00, 12, 0.05, 0.85, 0.05, 4, 0.00, 0.10, 0.60, 0),  # a warm evening
    (0.65, 0.10, 0.05, 0, 0.00, 0.90, 0.15, 4, 0.05, 0.20, 1.10, 22),  # cold and blue
    (0.95, 0.05, 0.20, 14, 0.10, 0.60, 0.10, 0, 0.20, 0.20, 0.85, 24),  # pink
    (0.60, 0.30, 0.00, 0, 0.15, 0.95, 0.10, 12, 0.05, 0.25, 0.55, 0),  # green
)


def brighter_or_darker(picture: Image.Image, rng: Random) -> Image.Image:
    """Change the brightness by a fifth or more, up or down, and add contrast."""
    brightness = rng.uniform(1.15, 1.4) if happens(rng, 0.65) else rng.uniform(0.65, 0.85)
    lit = ImageEnhance.Brightness(picture).enhance(brightness)
    return ImageEnhance.Contrast(lit).enhance(rng.uniform(1.25, 1.55))


def recoloured(picture: Image.Image, rng: Random) -> Image.Image:
    """Change saturation, contrast and the balance of the three colours."""
    saturated = ImageEnhance.Color(picture).enhance(rng.choice((0.4, 1.6, 1.9)))
    contrasted = ImageEnhance.Contrast(saturated).enhance(rng.uniform(0.8, 1.3))
    balance = [rng.uniform(0.8, 1.2) for _ in range(3)]
    table = [min(255, round(level * factor)) for factor in balance for level in range(256)]
    return contrasted.point(table)


def grey(picture: Image.Image) -> Image.Image:
    """Take the colours away."""
    return picture.convert("L").convert("RGB")


def blurred(picture: Image.Image, rng: Random) -> Image.Image:
    """Blur as far as people do who hide detail and still show everything."""
    return picture.filter(ImageFilter.GaussianBlur(rng.uniform(2.2, 3.2) * _scale(picture)))


def sharpened(picture: Image.Image, rng: Random) -> Image.Image:
    """Sharpen until edges get halos."""
    return picture.filter(
        ImageFilter.UnsharpMask(rng.uniform(1.2, 2.5), rng.randint(150, 260), threshold=0)
    )


def noisy(picture: Image.Image, rng: Random) -> Image.Image:
    """Add coloured noise with a deviation of about 23 levels."""
    levels = _levels(picture)
    deviation = rng.uniform(20, 26)
    return _picture(levels + _normal(rng, levels.shape) * np.float32(deviation))


def filtered(picture: Image.Image, rng: Random) -> Image.Image:
    """Apply a strong colour filter, dark corners and the grain of film."""
    coloured = picture.convert("RGB", rng.choice(_FILTERS))
    levels = _levels(ImageEnhance.Contrast(coloured).enhance(rng.uniform(1.1, 1.4)))
    x, y = _places(picture)
    corners = np.clip((x * x + y * y) / 2, 0, 1) ** np.float32(rng.uniform(0.8, 1.3))
    levels *= 1 - np.float32(rng.uniform(0.65, 0.85)) * corners[:, :, None]
    grain = _normal(rng, (picture.height, picture.width, 1)) * np.float32(rng.uniform(16, 22))
    return _picture(levels + grain).filter(ImageFilter.GaussianBlur(0.4))


def photographed_from_screen(picture: Image.Image, rng: Random) -> Image.Image:
    """Show a picture as a phone's camera sees it on a screen.

    That is the screen's grid and the moiré it makes, seen from one side, with uneven light and a
    reflection, slightly blurred and with a camera's noise.
    """
    levels = _levels(picture)
    levels *= _grid(picture, rng)[:, :, None]
    around: Colour = (rng.randint(8, 40),) * 3
    seen = in_perspective(_on_screen(_picture(levels), rng, around), rng, 0.045, around)
    lit = _levels(seen) * _light(seen, rng)[:, :, None]
    lit += _reflection(seen, rng)[:, :, None]
    soft = _picture(lit).filter(ImageFilter.GaussianBlur(rng.uniform(0.8, 1.2) * _scale(picture)))
    levels = _levels(soft)
    tint = np.array([rng.uniform(0.92, 1.04), 1, rng.uniform(0.98, 1.1)], dtype=np.float32)
    noise = _normal(rng, levels.shape) * np.float32(rng.uniform(5, 9))
    return _picture(levels * tint + noise)


def _on_screen(picture: Image.Image, rng: Random, around: Colour) -> Image.Image:
    """Set a picture into a screen's dark frame at the same size, slightly smaller."""
    share = rng.uniform(0.88, 0.95)
    size = (round(picture.width * share), round(picture.height * share))
    result = Image.new("RGB", picture.size, around)
    small = picture.resize(size, Image.Resampling.BICUBIC)
    result.paste(small, ((picture.width - size[0]) // 2, (picture.height - size[1]) // 2))
    return result


def _grid(picture: Image.Image, rng: Random) -> Levels:
    """Draw the bright and dark of a screen's lines, and of the broad bands that they make."""
    across = np.arange(picture.width, dtype=np.float32)[None, :]
    down = np.arange(picture.height, dtype=np.float32)[:, None]
    bright = np.ones((picture.height, picture.width), dtype=np.float32)
    for shortest, longest, depth in ((3.4, 5.5, 0.2), (3.4, 5.5, 0.2), (26, 70, 0.09)):
        turn = rng.uniform(0, math.pi)
        period = rng.uniform(shortest, longest)
        wave = (across * math.cos(turn) + down * math.sin(turn)) * (2 * math.pi / period)
        bright += np.float32(depth) * np.sin(wave.astype(np.float32))
    return bright


def _light(picture: Image.Image, rng: Random) -> Levels:
    """Draw light that falls off from one side to the other."""
    x, y = _places(picture)
    turn = rng.uniform(0, 2 * math.pi)
    slope = (x * math.cos(turn) + y * math.sin(turn)) / math.sqrt(2)
    falling = np.float32(rng.uniform(0.15, 0.3)) * slope
    return (np.float32(rng.uniform(0.85, 1)) + falling).astype(np.float32)


def _reflection(picture: Image.Image, rng: Random) -> Levels:
    """Draw a lamp's soft reflection: levels to add, at most about 70."""
    x, y = _places(picture)
    far = (x - rng.uniform(-0.8, 0.8)) ** 2 + (y - rng.uniform(-0.8, 0.8)) ** 2
    shine = np.float32(rng.uniform(35, 70)) * np.exp(-far / np.float32(rng.uniform(0.08, 0.3)))
    return np.asarray(shine, dtype=np.float32)


def _places(picture: Image.Image) -> tuple[Levels, Levels]:
    """Give each column's and each row's place from -1 to 1, to be broadcast to the picture."""
    x = np.linspace(-1, 1, picture.width, dtype=np.float32)[None, :]
    y = np.linspace(-1, 1, picture.height, dtype=np.float32)[:, None]
    return x, y


def _normal(rng: Random, shape: tuple[Any, ...]) -> Levels:
    return np.random.default_rng(rng.getrandbits(64)).standard_normal(shape, dtype=np.float32)


def _levels(picture: Image.Image) -> Levels:
    """Give the levels from 0 to 255, shape (height, width, 3), to be changed in place."""
    return np.array(picture, dtype=np.float32)


def _picture(levels: Levels) -> Image.Image:
    return Image.fromarray(levels.round().clip(0, 255).astype(np.uint8))


def _scale(picture: Image.Image) -> float:
    return max(picture.size) / _FULL_SIDE
