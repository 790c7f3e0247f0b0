"""What people do to a picture before they post it again, and pictures that are no reposts."""

from collections.abc import Callable, Collection, Mapping
from functools import partial
from types import MappingProxyType
from typing import Final

from PIL import Image, ImageDraw, ImageEnhance, ImageFont, ImageOps

from practice.photographs import ORIGINALS, open_photo, photo_names, photo_path
from practice.picture import Picture, encode

Edit = Callable[[Image.Image], Picture]

_QUALITY: Final = 85
_WATERMARK: Final = "reposted.example"
_FAINT_WHITE: Final = (255, 255, 255, 90)


def _jpeg(image: Image.Image, quality: int = _QUALITY) -> Picture:
    return encode(image, "jpeg", quality=quality)


def _within(image: Image.Image, side: int) -> Image.Image:
    """Shrink so that neither side is longer than ``side`` pixels."""
    return ImageOps.contain(image, (side, side), Image.Resampling.LANCZOS)


def _scaled(image: Image.Image, share: float) -> Picture:
    size = (round(image.width * share), round(image.height * share))
    return _jpeg(image.resize(size, Image.Resampling.LANCZOS))


def _brightness(image: Image.Image, factor: float) -> Picture:
    return _jpeg(ImageEnhance.Brightness(image).enhance(factor))


def _watermarked(image: Image.Image) -> Picture:
    layer = Image.new("RGBA", image.size)
    font = ImageFont.load_default(size=max(12, min(image.size) // 16))
    corner = (image.width * 0.06, image.height * 0.9)
    ImageDraw.Draw(layer).text(corner, _WATERMARK, font=font, fill=_FAINT_WHITE)
    return _jpeg(Image.alpha_composite(image.convert("RGBA"), layer).convert("RGB"))


def _turned(image: Image.Image, how: Image.Transpose) -> Picture:
    return _jpeg(image.transpose(how))


EDITS: Final[Mapping[str, Edit]] = MappingProxyType(
    {
        "resized to 60 %": partial(_scaled, share=0.6),
        "resized to 320 px": lambda image: _jpeg(_within(image, 320)),
        "JPEG quality 40": partial(_jpeg, quality=40),
        "JPEG quality 30": partial(_jpeg, quality=30),
        "WebP": lambda image: encode(image, "webp", quality=50),
        # Speed 8 of 10: the demo's start should not wait for an encoder.
        "AVIF": lambda image: encode(image, "avif", quality=40, speed=8),
        "GIF": lambda image: encode(_within(image, 480), "gif"),
        "PNG": lambda image: encode(_within(image, 480), "png"),
        "brighter": partial(_brightness, factor=1.15),
        "darker": partial(_brightness, factor=0.8),
        "more contrast": lambda image: _jpeg(ImageEnhance.Contrast(image).enhance(1.2)),
        "watermarked": _watermarked,
        "mirrored": partial(_turned, how=Image.Transpose.FLIP_LEFT_RIGHT),
        "turned by 90°": partial(_turned, how=Image.Transpose.ROTATE_90),
        "turned by 180°": partial(_turned, how=Image.Transpose.ROTATE_180),
        "turned by 270°": partial(_turned, how=Image.Transpose.ROTATE_270),
        "mirrored and resized": lambda image: _jpeg(_within(ImageOps.mirror(image), 400)),
        "grey": lambda image: _jpeg(image.convert("L")),
    }
)
"""Each edit by name. All keep an original within 31 PDQ bits of one of its eight views."""


def repost(original: str, edit: str) -> Picture:
    """Make the repost of the photograph ``original`` after the edit called ``edit``."""
    return EDITS[edit](open_photo(original))


def other_pictures(originals: Collection[str] = ORIGINALS) -> Mapping[str, Picture]:
    """Make pictures of everything but ``originals``: each photograph whole, and its four halves.

    Returns:
        More than a hundred pictures by name. Halves are distinct pictures to PDQ, far from the
        whole and from each other.
    """
    pictures = {}
    for name in photo_names():
        if name in originals:
            continue
        pictures[name] = Picture(photo_path(name).read_bytes(), "image/jpeg")
        photo = open_photo(name)
        for side, box in _halves(photo.width, photo.height).items():
            pictures[f"{name}, {side} half"] = _jpeg(photo.crop(box))
    return MappingProxyType(pictures)


def _halves(width: int, height: int) -> Mapping[str, tuple[int, int, int, int]]:
    return {
        "left": (0, 0, width // 2, height),
        "right": (width // 2, 0, width, height),
        "upper": (0, 0, width, height // 2),
        "lower": (0, height // 2, width, height),
    }
