"""What people do to a picture that changes it as a whole, and that Vigil sees through.

The edits of `practice.reposts` leave a picture what it is. These cut it, write on it, and set it
among other things, so that it is recognised by its places alone, if at all.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from random import Random
from types import MappingProxyType
from typing import Final

from PIL import Image, ImageDraw, ImageFont, ImageOps

from practice.picture import Picture, encode
from practice.screens import draw_heart, in_app, on_phone

Rework = Callable[[Image.Image, Random, Sequence[Image.Image]], Image.Image]
"""Makes a new picture of a photo, what chance says, and other photos that may stand beside it."""

OTHERS_BESIDE: Final = 3
"""Other photos that a collage shows."""

_SIDE: Final = 800
"""Pixels of the longer side before anything: as most sites shrink what is posted."""
_POSTED_SIDE: Final = 900
_QUALITY: Final = 80
_WHITE: Final = (255, 255, 255)
_BLACK: Final = (0, 0, 0)
_SKIN: Final = (255, 205, 70)
_RED: Final = (215, 40, 60)
_SENTENCES: Final = (
    "when nobody asked",
    "look who this is",
    "send this to everyone",
    "guess who",
    "more in my profile",
)


def rework(edit: str, name: str, photo: Image.Image, others: Sequence[Image.Image] = ()) -> Picture:
    """Edit a photo, as it would be posted again; the same edit and name give the same bytes.

    Args:
        edit: a name in ``REWORKED``.
        name: what chance depends on besides the edit.
        photo: in RGB.
        others: photos that a collage shows beside it, ``OTHERS_BESIDE`` of them.
    """
    rng = Random(f"{name}, {edit}")  # noqa: S311 - to be repeated, not to be secret
    made = REWORKED[edit](_within(photo, _SIDE), rng, others)
    return encode(_within(made, _POSTED_SIDE), "jpeg", quality=_QUALITY)


def _within(image: Image.Image, side: int) -> Image.Image:
    """Shrink so that neither side is longer than ``side`` pixels; never enlarge."""
    if max(image.size) <= side:
        return image
    return ImageOps.contain(image, (side, side), Image.Resampling.LANCZOS)


def _cut(photo: Image.Image, rng: Random, share: float) -> Image.Image:
    """Keep ``share`` of the area, from anywhere in the photo."""
    width, height = (round(side * math.sqrt(share)) for side in photo.size)
    left = rng.randint(0, photo.width - width)
    top = rng.randint(0, photo.height - height)
    return photo.crop((left, top, left + width, top + height))


def _captioned(photo: Image.Image, rng: Random) -> Image.Image:
    """Put a white bar with a sentence above or below."""
    bar = round(photo.height * 0.18)
    above = rng.random() < 0.5  # noqa: PLR2004 - as likely as not
    made = Image.new("RGB", (photo.width, photo.height + bar), _WHITE)
    made.paste(photo, (0, bar if above else 0))
    middle = (photo.width / 2, bar / 2 if above else photo.height + bar / 2)
    font = _font(min(bar / 2, photo.width / 12))
    ImageDraw.Draw(made).text(middle, rng.choice(_SENTENCES), _BLACK, font, "mm")
    return made


def _written_on(photo: Image.Image, rng: Random) -> Image.Image:
    """Write two outlined lines across it."""
    made = photo.copy()
    draw = ImageDraw.Draw(made)
    size = photo.width / 12
    for share, sentence in zip((0.2, 0.8), rng.sample(_SENTENCES, 2), strict=True):
        at = (photo.width / 2, photo.height * share)
        draw.text(at, sentence, _WHITE, _font(size), "mm", stroke_width=3, stroke_fill=_BLACK)
    return made


def _with_stickers(photo: Image.Image, rng: Random) -> Image.Image:
    """Put a face of a third of the shorter side on it, and a smaller heart."""
    made = photo.copy()
    draw = ImageDraw.Draw(made)
    _face(draw, _somewhere(photo, rng, 1 / 3))
    draw_heart(draw, _somewhere(photo, rng, 1 / 6), _RED)
    return made


def _somewhere(photo: Image.Image, rng: Random, share: float) -> tuple[int, int, int, int]:
    side = round(min(photo.size) * share)
    left, top = rng.randint(0, photo.width - side), rng.randint(0, photo.height - side)
    return left, top, left + side, top + side


def _face(draw: ImageDraw.ImageDraw, box: tuple[int, int, int, int]) -> None:
    left, top, right, bottom = box
    side = right - left
    draw.ellipse(box, _SKIN)
    for eye in (0.32, 0.68):
        x, y = left + eye * side, top + 0.38 * side
        draw.ellipse((x - side / 14, y - side / 8, x + side / 14, y + side / 8), _BLACK)
    mouth = (left + 0.22 * side, top + 0.3 * side, right - 0.22 * side, bottom - 0.14 * side)
    draw.chord(mouth, 15, 165, _BLACK)


def _turned(photo: Image.Image, degrees: float) -> Image.Image:
    """Turn a little and cut off the corners that would be empty."""
    radians = math.radians(abs(degrees))
    aspect = max(photo.size) / min(photo.size)
    kept = 1 / (math.cos(radians) + aspect * math.sin(radians))
    turned = photo.rotate(degrees, Image.Resampling.BICUBIC)
    width, height = (math.floor(side * kept) - 2 for side in photo.size)
    left, top = (photo.width - width) // 2, (photo.height - height) // 2
    return turned.crop((left, top, left + width, top + height))


def _bordered(photo: Image.Image, rng: Random) -> Image.Image:
    ground = rng.choice((_WHITE, _BLACK, (120, 60, 90), (60, 110, 150)))
    return ImageOps.expand(photo, round(min(photo.size) * 0.15), ground)


def _four(photo: Image.Image, rng: Random, others: Sequence[Image.Image]) -> Image.Image:
    """Set it among three others, two by two; tiles are squares, so something is cut off."""
    tiles = [photo, *others[:OTHERS_BESIDE]]
    rng.shuffle(tiles)
    side, gap = 440, 8
    made = Image.new("RGB", (2 * side + gap, 2 * side + gap), _WHITE)
    for number, tile in enumerate(tiles):
        fitted = ImageOps.fit(tile, (side, side), Image.Resampling.LANCZOS)
        made.paste(fitted, (number % 2 * (side + gap), number // 2 * (side + gap)))
    return made


def _beside(photo: Image.Image, rng: Random, others: Sequence[Image.Image]) -> Image.Image:
    """Set it beside another, both whole and equally high."""
    high = 480
    pair = [
        each.resize((round(each.width * high / each.height), high), Image.Resampling.LANCZOS)
        for each in (photo, others[0])
    ]
    rng.shuffle(pair)
    made = Image.new("RGB", (pair[0].width + pair[1].width, high), _WHITE)
    made.paste(pair[0], (0, 0))
    made.paste(pair[1], (pair[0].width, 0))
    return made


def _all_of_it(photo: Image.Image, rng: Random) -> Image.Image:
    return on_phone(_written_on(_cut(ImageOps.mirror(photo), rng, 0.75), rng), rng)


def _font(size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size=max(12, round(size)))


REWORKED: Final[Mapping[str, Rework]] = MappingProxyType(
    {
        "cut to 75 %": lambda photo, rng, _: _cut(photo, rng, 0.75),
        "cut to 50 %": lambda photo, rng, _: _cut(photo, rng, 0.5),
        "mirrored and cut to 75 %": lambda photo, rng, _: _cut(ImageOps.mirror(photo), rng, 0.75),
        "turned by 90° and cut to 75 %": lambda photo, rng, _: _cut(
            photo.transpose(Image.Transpose.ROTATE_90), rng, 0.75
        ),
        "turned by 5°": lambda photo, rng, _: _turned(photo, rng.choice((-5.0, 5.0))),
        "bordered": lambda photo, rng, _: _bordered(photo, rng),
        "captioned": lambda photo, rng, _: _captioned(photo, rng),
        "written on": lambda photo, rng, _: _written_on(photo, rng),
        "with stickers": lambda photo, rng, _: _with_stickers(photo, rng),
        "in a phone's screenshot": lambda photo, rng, _: on_phone(photo, rng),
        "in an app's screenshot": lambda photo, rng, _: in_app(photo, rng),
        "in a collage of four": _four,
        "beside another picture": _beside,
        "mirrored, cut, written on, on a phone": lambda photo, rng, _: _all_of_it(photo, rng),
    }
)
"""Each edit by name."""
