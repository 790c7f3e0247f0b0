"""What people draw over a picture: words, watermarks, stickers, boxes and blurred patches.

Every function is given a picture in RGB and gives a new one; which words, colours and places it
takes is drawn from ``rng``. Lettering is Pillow's own font, so that no font need be installed.
"""

import math
from functools import lru_cache
from random import Random

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from benchmarks.edit_chance import BLACK, WHITE, happens, vivid, words
from benchmarks.edit_stickers import sticker

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@lru_cache(maxsize=128)
def font(size: int) -> Font:
    """Give Pillow's own font, some ``size`` pixels high."""
    return ImageFont.load_default(size)


def fitting(text: str, width: float, height: float) -> Font:
    """Give the font in which a line fills a box of so many pixels without leaving it."""
    size = max(8, int(height))
    left, _, right, _ = font(size).getbbox(text)
    return font(max(8, min(size, int(size * width / (right - left)))))


def watermarked(picture: Image.Image, rng: Random) -> Image.Image:
    """Write the same faint words all over a picture, on a slant."""
    text = words(rng)
    letters = font(max(12, round(max(picture.size) * rng.uniform(0.028, 0.045))))
    left, top, right, bottom = letters.getbbox(text)
    line = Image.new("L", (round(right - left) + 4, round(bottom - top) + 4))
    ImageDraw.Draw(line).text(
        (2 - left, 2 - top), text, rng.randint(90, 140), letters, stroke_width=rng.choice((0, 0, 1))
    )
    across, down = line.width + rng.uniform(25, 85), line.height * rng.uniform(2.4, 4.2)
    # Written on a square as wide as the picture's diagonal: turned, it still covers all of it.
    side = math.ceil(math.hypot(*picture.size))
    mask = Image.new("L", (side, side))
    for row in range(math.ceil(side / down) + 1):
        start = -(row * across * 0.37 % across)
        for column in range(math.ceil(side / across) + 2):
            mask.paste(line, (round(start + column * across), round(row * down)))
    angle = rng.choice((-1, 1)) * rng.uniform(15, 40)
    mask = mask.rotate(angle, Image.Resampling.BICUBIC)
    x, y = (side - picture.width) // 2, (side - picture.height) // 2
    mask = mask.crop((x, y, x + picture.width, y + picture.height))
    ink = WHITE if happens(rng, 0.85) else BLACK
    return Image.composite(Image.new("RGB", picture.size, ink), picture, mask)


def written_on(picture: Image.Image, rng: Random) -> Image.Image:
    """Write a line or two across a picture, outlined so that they can be read on anything."""
    result = picture.copy()
    draw = ImageDraw.Draw(result)
    ink = rng.choice((WHITE, WHITE, BLACK, vivid(rng)))
    outline = WHITE if ink == BLACK else BLACK
    height = max(14, picture.height * rng.uniform(0.07, 0.1))
    y = picture.height * rng.uniform(0.05, 0.7)
    for _ in range(rng.randint(1, 2)):
        text = words(rng)
        letters = fitting(text, picture.width * rng.uniform(0.5, 0.8), height)
        left, _, right, bottom = letters.getbbox(text)
        x = rng.uniform(0.02, 0.98) * max(0, picture.width - (right - left))
        draw.text((x, y), text, ink, letters, stroke_width=height / 14, stroke_fill=outline)
        y += bottom * 1.2
    return result


def captioned(picture: Image.Image, rng: Random) -> Image.Image:
    """Put a white band with words above a picture, or now and then below it."""
    band = round(picture.height * rng.uniform(0.15, 0.2))
    above = happens(rng, 0.75)
    result = Image.new("RGB", (picture.width, picture.height + band), WHITE)
    result.paste(picture, (0, band if above else 0))
    text = words(rng)
    letters = fitting(text, picture.width * rng.uniform(0.55, 0.9), band * 0.7)
    middle = (picture.width / 2, band / 2 if above else picture.height + band / 2)
    bold = band / 90 if happens(rng, 0.5) else 0
    ImageDraw.Draw(result).text(middle, text, BLACK, letters, "mm", stroke_width=bold)
    return result


def with_sticker(picture: Image.Image, rng: Random) -> Image.Image:
    """Put one sticker on a picture, of a quarter to a third of its shorter side."""
    side = round(min(picture.size) * rng.uniform(0.25, 0.34))
    result = picture.copy()
    drawn = sticker(side, rng)
    place = (rng.randint(0, picture.width - side), rng.randint(0, picture.height - side))
    result.paste(drawn, place, drawn)
    return result


def with_eye_box(picture: Image.Image, rng: Random) -> Image.Image:
    """Cover a strip, as over somebody's eyes: half of the width and a sixth of the height."""
    width = round(picture.width * rng.uniform(0.5, 0.6))
    height = round(picture.height * rng.uniform(0.14, 0.18))
    left = round((picture.width - width) * rng.uniform(0.1, 0.9))
    top = round((picture.height - height) * rng.uniform(0.05, 0.6))
    result = picture.copy()
    ink = BLACK if happens(rng, 0.85) else WHITE
    result.paste(ink, (left, top, left + width, top + height))
    return result


def with_pixel_patch(picture: Image.Image, rng: Random) -> Image.Image:
    """Make a part of a picture unreadable, in squares or smooth: up to two fifths of each side."""
    width = round(picture.width * rng.uniform(0.25, 0.42))
    height = round(picture.height * rng.uniform(0.25, 0.42))
    left, top = rng.randint(0, picture.width - width), rng.randint(0, picture.height - height)
    patch = picture.crop((left, top, left + width, top + height))
    cell = max(picture.size) / rng.uniform(30, 45)
    few = (max(2, round(width / cell)), max(2, round(height / cell)))
    how = rng.choice((Image.Resampling.NEAREST, Image.Resampling.BICUBIC))
    result = picture.copy()
    few_pixels = patch.resize(few, Image.Resampling.BOX)
    result.paste(few_pixels.resize(patch.size, how), (left, top))
    return result


def with_much_on_it(picture: Image.Image, rng: Random, share: float) -> Image.Image:
    """Put stickers and boxes on a picture until they cover at least ``share`` of it.

    Each is small beside the picture, so that little more than the share is covered and what is
    left to see lies all over it.
    """
    layer = Image.new("RGBA", picture.size)
    draw = ImageDraw.Draw(layer)
    shorter = min(picture.size)
    while np.count_nonzero(np.asarray(layer.getchannel("A"))) < share * layer.width * layer.height:
        middle = (rng.uniform(0, picture.width), rng.uniform(0, picture.height))
        if happens(rng, 0.5):
            _stick(layer, middle, sticker(round(shorter * rng.uniform(0.2, 0.3)), rng))
        else:
            width, height = shorter * rng.uniform(0.25, 0.5), shorter * rng.uniform(0.08, 0.16)
            _labelled_box(draw, middle, (width, height), rng)
    return Image.alpha_composite(picture.convert("RGBA"), layer).convert("RGB")


def _stick(layer: Image.Image, middle: tuple[float, float], drawn: Image.Image) -> None:
    # Moved inwards where it would stick out: Pillow composites nothing that does.
    left, top = (
        max(0, min(round(place - own / 2), room - own))
        for place, own, room in zip(middle, drawn.size, layer.size, strict=True)
    )
    layer.alpha_composite(drawn, (left, top))


def _labelled_box(
    draw: ImageDraw.ImageDraw,
    middle: tuple[float, float],
    size: tuple[float, float],
    rng: Random,
) -> None:
    ink = rng.choice((BLACK, WHITE, vivid(rng)))
    x, y = middle[0] - size[0] / 2, middle[1] - size[1] / 2
    box = (x, y, x + size[0], y + size[1])
    draw.rounded_rectangle(box, rng.choice((0, size[1] / 4)), (*ink, 255))
    text = words(rng)
    letters = fitting(text, size[0] * 0.85, size[1] * 0.7)
    on_it = WHITE if sum(ink) < 3 * 128 else BLACK
    draw.text(middle, text, (*on_it, 255), letters, "mm")
