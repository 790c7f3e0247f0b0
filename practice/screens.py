"""Screenshots as people post them: a picture in a phone's viewer and in an app's feed.

The surroundings are drawn here and belong to no real product.
"""

from random import Random
from typing import Final

from PIL import Image, ImageDraw, ImageFont, ImageOps

_PHONE: Final = (450, 900)
_APP: Final = (414, 736)
_WHITE: Final = (255, 255, 255)
_BLACK: Final = (0, 0, 0)
_GREY: Final = (132, 136, 144)
_PALE: Final = (240, 242, 245)
_ACCENTS: Final = ((24, 119, 242), (225, 48, 108), (29, 161, 92), (122, 74, 200))
_NAMES: Final = ("ana.lind", "jo_berg_88", "kim.sato", "noor", "lee.okoro", "max.roth")

Colour = tuple[int, int, int]


def on_phone(photo: Image.Image, rng: Random) -> Image.Image:
    """Show a photo at a phone's full width, black or white around it."""
    width, height = _PHONE
    ground, ink = rng.choice(((_BLACK, _WHITE), (_WHITE, _BLACK)))
    screen = Image.new("RGB", _PHONE, ground)
    draw = ImageDraw.Draw(screen)
    draw.text((24, 12), _clock(rng), ink, _font(16))
    draw.rounded_rectangle((width - 52, 14, width - 24, 27), 3, outline=ink)
    draw.rectangle((width - 49, 17, width - 49 + rng.randint(5, 22), 24), ink)
    _post_head(draw, (16, 48), ink, rng)
    shown = ImageOps.contain(photo, (width, 640), Image.Resampling.LANCZOS)
    screen.paste(shown, ((width - shown.width) // 2, 100))
    below = 100 + shown.height + 14
    _signs(draw, (20, below), ink, ground)
    draw.text((20, below + 44), f"{rng.randint(20, 9_999):,} likes", ink, _font(17))
    draw.text((20, below + 70), f"{rng.randint(2, 23)} hours ago", _GREY, _font(14))
    draw.rounded_rectangle((156, height - 14, 294, height - 9), 2, ink)
    return screen


def in_app(photo: Image.Image, rng: Random) -> Image.Image:
    """Show a photo as a card of a feed, in half of the screen, below the end of another card."""
    width, height = _APP
    accent = rng.choice(_ACCENTS)
    screen = Image.new("RGB", _APP, _PALE)
    draw = ImageDraw.Draw(screen)
    draw.rectangle((0, 0, width, 58), _WHITE)
    draw.text((20, 16), "circles", accent, _font(24))
    draw.ellipse((width - 52, 16, width - 26, 42), outline=accent, width=3)
    draw.rounded_rectangle((10, 70, width - 10, 150), 8, _WHITE)
    draw.text((24, 84), "What is on your mind?", _GREY, _font(16))
    draw.rounded_rectangle((24, 116, 120, 138), 6, accent)
    draw.rounded_rectangle((10, 162, width - 10, height - 64), 8, _WHITE)
    _post_head(draw, (24, 174), _BLACK, rng)
    shown = ImageOps.contain(photo, (width - 36, 370), Image.Resampling.LANCZOS)
    screen.paste(shown, ((width - shown.width) // 2, 226))
    _signs(draw, (26, 226 + shown.height + 12), _GREY, _WHITE)
    draw.rectangle((0, height - 52, width, height), _WHITE)
    here = rng.randrange(5)
    for number in range(5):
        left = 32 + 82 * number
        ink = accent if number == here else _GREY
        draw.rounded_rectangle((left, height - 38, left + 24, height - 14), 6, outline=ink, width=3)
    return screen


def _post_head(draw: ImageDraw.ImageDraw, at: tuple[int, int], ink: Colour, rng: Random) -> None:
    """Draw who has posted it, with a picture as those have it who show no face."""
    x, y = at
    draw.ellipse((x, y, x + 38, y + 38), rng.choice(_ACCENTS))
    draw.ellipse((x + 13, y + 8, x + 25, y + 20), _WHITE)
    draw.chord((x + 7, y + 22, x + 31, y + 50), 180, 360, _WHITE)
    draw.text((x + 50, y + 8), rng.choice(_NAMES), ink, _font(17))


def _signs(draw: ImageDraw.ImageDraw, at: tuple[int, int], ink: Colour, ground: Colour) -> None:
    """Draw a heart, a bubble and an arrow."""
    x, y = at
    draw_heart(draw, (x, y, x + 28, y + 28), ink)
    draw.ellipse((x + 46, y, x + 74, y + 26), ink)
    draw.ellipse((x + 49, y + 3, x + 71, y + 23), ground)
    draw.polygon(((x + 92, y), (x + 122, y + 6), (x + 102, y + 26)), ink)


def draw_heart(draw: ImageDraw.ImageDraw, box: tuple[int, int, int, int], ink: Colour) -> None:
    """Draw a heart into a box."""
    left, top, right, bottom = box
    middle, low = (left + right) / 2, top + (bottom - top) * 0.55
    draw.ellipse((left, top, middle, low), ink)
    draw.ellipse((middle, top, right, low), ink)
    shoulder = top + (bottom - top) * 0.36
    draw.polygon(((left, shoulder), (right, shoulder), (middle, bottom)), ink)


def _clock(rng: Random) -> str:
    return f"{rng.randint(0, 23):02}:{rng.randint(0, 59):02}"


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size=size)
