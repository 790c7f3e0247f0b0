"""Stickers as people put them on pictures: faces, hearts and stars, drawn here."""

import math
from collections.abc import Callable
from random import Random
from typing import Final

from PIL import Image, ImageDraw

from benchmarks.edit_chance import BLACK, WHITE, Colour, happens, hue, vivid

_DRAWN: Final = 256  # pixels across a sticker as drawn, before it is made as small as it is needed


def sticker(side: int, rng: Random) -> Image.Image:
    """Draw one of six stickers, slightly turned, in RGBA and ``side`` pixels square."""
    drawn = Image.new("RGBA", (_DRAWN, _DRAWN))
    rng.choice(_STICKERS)(ImageDraw.Draw(drawn), rng)
    drawn = drawn.rotate(rng.uniform(-20, 20), Image.Resampling.BICUBIC)
    return drawn.resize((side, side), Image.Resampling.LANCZOS)


def _head(draw: ImageDraw.ImageDraw, rng: Random) -> Colour:
    """Draw a round face without features; its features' colour comes back."""
    skin = hue(rng.uniform(0.09, 0.15), rng.uniform(0.6, 0.85), 1)
    draw.ellipse((8, 8, 248, 248), skin)
    return hue(0.08, 0.9, rng.uniform(0.25, 0.45))


def _laughing(draw: ImageDraw.ImageDraw, rng: Random) -> None:
    dark = _head(draw, rng)
    for x in (88, 168):
        draw.ellipse((x - 16, 62, x + 16, 128), dark)
    draw.chord((56, 96, 200, 224), 0, 180, dark)
    draw.rectangle((78, 162, 178, 178), WHITE)


def _astonished(draw: ImageDraw.ImageDraw, rng: Random) -> None:
    dark = _head(draw, rng)
    for x in (84, 172):
        draw.ellipse((x - 28, 70, x + 28, 132), WHITE)
        draw.ellipse((x - 10, 90, x + 10, 112), dark)
    draw.ellipse((100, 152, 156, 226), dark)


def _in_sunglasses(draw: ImageDraw.ImageDraw, rng: Random) -> None:
    dark = _head(draw, rng)
    draw.rectangle((24, 82, 232, 96), BLACK)
    for x in (84, 172):
        draw.rounded_rectangle((x - 42, 82, x + 42, 140), 22, BLACK)
    draw.arc((76, 110, 180, 206), 20, 160, dark, 12)


def _with_heart_eyes(draw: ImageDraw.ImageDraw, rng: Random) -> None:
    dark = _head(draw, rng)
    for x in (82, 174):
        _heart_at(draw, (x, 100), 36, hue(0.98, 0.85, 0.9))
    draw.chord((70, 110, 186, 222), 0, 180, dark)


def _heart(draw: ImageDraw.ImageDraw, rng: Random) -> None:
    if happens(rng, 0.4):
        draw.rounded_rectangle((8, 8, 248, 248), 36, vivid(rng))
        _heart_at(draw, (128, 124), 84, WHITE)
    else:
        _heart_at(draw, (128, 120), 114, vivid(rng))


def _star(draw: ImageDraw.ImageDraw, rng: Random) -> None:
    points, inner = rng.choice(((5, 52), (5, 64), (6, 66), (12, 96)))
    corners = [
        (128 + radius * math.sin(turn), 130 - radius * math.cos(turn))
        for number in range(2 * points)
        for radius in [inner if number % 2 else 122]
        for turn in [math.pi * number / points]
    ]
    draw.polygon(corners, vivid(rng))


def _heart_at(
    draw: ImageDraw.ImageDraw, middle: tuple[float, float], size: float, ink: Colour
) -> None:
    # The usual curve of sines and cosines, 32 units wide; steps of 6° look smooth at this size.
    outline = [
        (
            middle[0] + size * math.sin(turn) ** 3,
            middle[1] - size / 16 * _heart_height(turn),
        )
        for turn in (math.radians(angle) for angle in range(0, 360, 6))
    ]
    draw.polygon(outline, ink)


def _heart_height(turn: float) -> float:
    return (
        13 * math.cos(turn) - 5 * math.cos(2 * turn) - 2 * math.cos(3 * turn) - math.cos(4 * turn)
    )


_STICKERS: Final[tuple[Callable[[ImageDraw.ImageDraw, Random], None], ...]] = (
    _laughing,
    _astonished,
    _in_sunglasses,
    _with_heart_eyes,
    _heart,
    _star,
)
