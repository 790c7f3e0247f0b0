"""The edits themselves, by name: 36 that are usual and 12 that are hard to see through.

The names of the usual ones are those of the folders of reposts that Vigil was first measured
with, so that figures of either set can be laid side by side.
"""

import difflib
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from types import MappingProxyType
from typing import Any, Final

from PIL import Image, ImageOps

from benchmarks import edit_chance as chance
from benchmarks import edit_drawing as drawing
from benchmarks import edit_screens as screens
from benchmarks import edit_shapes as shapes
from benchmarks import edit_tones as tones
from benchmarks.photos import encoded
from domain.errors import InvalidInput

Change = Callable[[Image.Image, Random, Sequence[Image.Image]], Image.Image]
"""Makes a new picture of a photo in RGB, what chance says, and as many others as it asked for."""

SIDE: Final = 800
"""Pixels of the longer side to which a photo is shrunk before anything: as most sites do."""

LEAST: Final = 64
"""Pixels that the shorter side must have left then: less is no picture to cut and draw on."""

_POSTED_SIDE: Final = 900  # pixels, of what has become larger than its photo
_SUFFIXES: Final = {"JPEG": "jpg", "WEBP": "webp", "AVIF": "avif", "GIF": "gif", "PNG": "png"}
_WEBP: Final = {"format": "WEBP", "quality": 50}
# One thread, as an encoder with several may divide a picture otherwise on another machine.
_AVIF: Final = {"format": "AVIF", "quality": 40, "speed": 8, "max_threads": 1}
_GIF: Final = {"format": "GIF"}
_QUALITY: Final = 82


def _jpeg(quality: int) -> dict[str, Any]:
    return {"format": "JPEG", "quality": quality}


@dataclass(frozen=True, slots=True)
class Edit:
    """One way in which people change a picture before they post it again.

    ``others`` is how many other photos it needs; ``encoding`` is what Pillow's ``save`` is given.
    """

    sentence: str
    change: Change
    encoding: Mapping[str, Any]
    others: int

    @property
    def suffix(self) -> str:
        """Say how the names of its files end, without a dot."""
        return _SUFFIXES[self.encoding["format"]]


@dataclass(frozen=True, slots=True)
class Edited:
    """A file as it is posted."""

    body: bytes
    suffix: str


def edited(name: str, photo: Image.Image, others: Sequence[Image.Image], seed: int) -> Edited:
    """Edit a photo as somebody would before posting it again.

    Args:
        name: a name in ``BASE_EDITS`` or ``HARD_EDITS``.
        photo: upright, of any mode and of almost any size; it is left as it is.
        others: other photos, for edits that show several at once. Where there are fewer than an
            edit needs, some are shown twice.
        seed: what chance depends on besides the name. The same photo, others and seed make the
            same bytes with the same Pillow and NumPy.

    Raises:
        InvalidInput: there is no edit of that name, it needs other photos and got none, or a photo
            is too small or too narrow.
    """
    edit = find_edit(name)
    rng = Random(f"{name} {seed}")  # noqa: S311 - to be repeated, not to be secret
    beside = _chosen([other for other in others if other is not photo], edit.others, rng)
    if len(beside) < edit.others:
        msg = f"{name} shows a photo among others and was given none: give it other photos too."
        raise InvalidInput(msg)
    posted = edit.change(usual(photo), rng, [usual(other) for other in beside])
    return Edited(encoded(posted, dict(edit.encoding)), edit.suffix)


def find_edit(name: str) -> Edit:
    """Give the edit of a name.

    Raises:
        InvalidInput: there is none; the text lists those with a name much like it.
    """
    edit = ALL_EDITS.get(name)
    if edit is None:
        near = difflib.get_close_matches(name, ALL_EDITS, n=4, cutoff=0.5)
        like = f" Did you mean {', '.join(near)}?" if near else ""
        msg = (
            f"There is no edit called {name}.{like} "
            "`python -m benchmarks.edits --list` shows all of them."
        )
        raise InvalidInput(msg)
    return edit


def _chosen(others: list[Image.Image], number: int, rng: Random) -> list[Image.Image]:
    """Draw so many, none twice before each was drawn once; none at all if there is none."""
    chosen: list[Image.Image] = []
    while others and len(chosen) < number:
        chosen += rng.sample(others, min(len(others), number - len(chosen)))
    return chosen


def usual(photo: Image.Image) -> Image.Image:
    """Give a photo in RGB and as large as edits are made from.

    Raises:
        InvalidInput: it has too few pixels.
    """
    usual_size = shapes.shrunk(photo.convert("RGB"), SIDE)
    if min(usual_size.size) < LEAST:
        msg = (
            f"A photo of {photo.width}×{photo.height} pixels is too small or too narrow to edit: "
            f"at no more than {SIDE} pixels, its shorter side is under {LEAST}."
        )
        raise InvalidInput(msg)
    return usual_size


def _edit(
    sentence: str, change: Change, *, encoding: Mapping[str, Any] | None = None, others: int = 0
) -> Edit:
    return Edit(sentence, change, encoding or _jpeg(_QUALITY), others)


# --- edits of more than one step ------------------------------------------------------------


def _recompressed(picture: Image.Image, quality: int) -> Image.Image:
    with Image.open(io.BytesIO(encoded(picture, _jpeg(quality)))) as opened:
        return opened.convert("RGB")


def _posted(picture: Image.Image) -> Image.Image:
    return shapes.shrunk(picture, _POSTED_SIDE)


def _small_angle(rng: Random, middle: float) -> float:
    """Draw an angle of about so many degrees, to the left or to the right."""
    return rng.choice((-1, 1)) * middle * rng.uniform(0.85, 1.15)


def _quarter_turn(rng: Random) -> Image.Transpose:
    return rng.choice((Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_270))


def _cropped_and_watermarked(photo: Image.Image, rng: Random) -> Image.Image:
    marked = drawing.watermarked(shapes.cropped(photo, rng, 0.75), rng)
    return shapes.shrunk(marked, 640)


def _mirrored_and_written_on(photo: Image.Image, rng: Random) -> Image.Image:
    return drawing.written_on(shapes.cropped(ImageOps.mirror(photo), rng, 0.75), rng)


def _heavily_combined(photo: Image.Image, rng: Random) -> Image.Image:
    part = shapes.cropped(ImageOps.mirror(photo), rng, rng.uniform(0.65, 0.75))
    lit = tones.brighter_or_darker(part, rng) if chance.happens(rng, 0.5) else part
    return screens.on_phone(drawing.with_sticker(lit, rng), rng)


def _collage_on_phone(
    photo: Image.Image, rng: Random, others: Sequence[Image.Image]
) -> Image.Image:
    collage = shapes.in_collage(photo, rng, others, across=2, side=_POSTED_SIDE)
    return screens.on_phone(_recompressed(collage, 70), rng)


def _extremely_combined(photo: Image.Image, rng: Random) -> Image.Image:
    part = shapes.cropped(ImageOps.mirror(photo), rng, 0.6)
    ground = rng.choice((chance.BLACK, chance.WHITE))
    turned = shapes.turned_whole(part, rng.choice((-10, 10)), ground)
    marked = drawing.watermarked(tones.recoloured(turned, rng), rng)
    return drawing.written_on(marked, rng)


def _shot_of_shot(photo: Image.Image, rng: Random) -> Image.Image:
    shot = _recompressed(screens.on_phone(photo, rng), 50)
    # Whoever shoots a screenshot again mostly shows it in the same kind of viewer.
    return screens.on_phone(shot, rng)


def _turned_cropped_mirrored(photo: Image.Image, rng: Random) -> Image.Image:
    turned = shapes.turned_inside(ImageOps.mirror(photo), _small_angle(rng, 15))
    return shapes.cropped(turned, rng, 0.8)


BASE_EDITS: Final[Mapping[str, Edit]] = MappingProxyType(
    {
        "resize320": _edit(
            "shrunk to 320 pixels on the longer side",
            lambda photo, *_: shapes.shrunk(photo, 320),
        ),
        "jpeg30": _edit("saved as JPEG of quality 30", lambda photo, *_: photo, encoding=_jpeg(30)),
        "webp50": _edit("saved as WebP of quality 50", lambda photo, *_: photo, encoding=_WEBP),
        "avif40": _edit("saved as AVIF of quality 40", lambda photo, *_: photo, encoding=_AVIF),
        "gif480": _edit(
            "shrunk to 480 pixels and saved as GIF, in 256 colours",
            lambda photo, *_: shapes.shrunk(photo, 480),
            encoding=_GIF,
        ),
        "bright_contrast": _edit(
            "made brighter or darker, with more contrast",
            lambda photo, rng, _: tones.brighter_or_darker(photo, rng),
        ),
        "grayscale": _edit("without its colours", lambda photo, *_: tones.grey(photo)),
        "blur": _edit("blurred", lambda photo, rng, _: tones.blurred(photo, rng)),
        "sharpen": _edit(
            "sharpened until edges have halos",
            lambda photo, rng, _: tones.sharpened(photo, rng),
        ),
        "noise": _edit("with strong noise", lambda photo, rng, _: tones.noisy(photo, rng)),
        "watermark_tiled": _edit(
            "with faint words on a slant all over it",
            lambda photo, rng, _: drawing.watermarked(photo, rng),
        ),
        "meme_caption": _edit(
            "with words on a white band above or below it",
            lambda photo, rng, _: drawing.captioned(photo, rng),
        ),
        "emoji": _edit(
            "with a sticker of up to a third of the shorter side",
            lambda photo, rng, _: drawing.with_sticker(photo, rng),
        ),
        "eye_box": _edit(
            "with a strip covered, as over somebody's eyes",
            lambda photo, rng, _: drawing.with_eye_box(photo, rng),
        ),
        "text_overlay": _edit(
            "with a line or two of outlined words across it",
            lambda photo, rng, _: drawing.written_on(photo, rng),
        ),
        "pixel_patch": _edit(
            "with a part made unreadable, in squares or smooth",
            lambda photo, rng, _: drawing.with_pixel_patch(photo, rng),
        ),
        "crop90": _edit(
            "cut to 90 % of its area", lambda photo, rng, _: shapes.cropped(photo, rng, 0.9)
        ),
        "crop75": _edit(
            "cut to 75 % of its area, off the middle",
            lambda photo, rng, _: shapes.cropped(photo, rng, 0.75),
        ),
        "crop60": _edit(
            "cut to 60 % of its area, off the middle",
            lambda photo, rng, _: shapes.cropped(photo, rng, 0.6),
        ),
        "crop50": _edit(
            "cut to half of its area, off the middle",
            lambda photo, rng, _: shapes.cropped(photo, rng, 0.5),
        ),
        "mirror": _edit("mirrored", lambda photo, *_: ImageOps.mirror(photo)),
        "rot90": _edit(
            "turned by a quarter, to the left or to the right",
            lambda photo, rng, _: photo.transpose(_quarter_turn(rng)),
        ),
        "rot180": _edit(
            "turned upside down", lambda photo, *_: photo.transpose(Image.Transpose.ROTATE_180)
        ),
        "rot5": _edit(
            "turned by about 5 degrees, without the empty corners",
            lambda photo, rng, _: shapes.turned_inside(photo, _small_angle(rng, 5)),
        ),
        "perspective": _edit(
            "seen somewhat from one side",
            lambda photo, rng, _: shapes.in_perspective(photo, rng, 0.06),
        ),
        "border15": _edit(
            "with a border of 15 % on each side",
            lambda photo, rng, _: _posted(shapes.bordered(photo, rng, 0.15)),
        ),
        "letterbox15": _edit(
            "with bars of 15 % left and right, or above and below",
            lambda photo, rng, _: _posted(shapes.barred(photo, rng, 0.15)),
        ),
        "shot_mobile": _edit(
            "in a screenshot of an app's feed", lambda photo, rng, _: screens.in_app(photo, rng)
        ),
        "shot_web": _edit(
            "in a screenshot of a web page", lambda photo, rng, _: screens.on_web_page(photo, rng)
        ),
        "shot_phone": _edit(
            "in a screenshot of a phone, at its full width",
            lambda photo, rng, _: screens.on_phone(photo, rng),
        ),
        "collage2x2": _edit(
            "one of four pictures in a grid",
            lambda photo, rng, others: shapes.in_collage(
                photo, rng, others, across=2, side=_POSTED_SIDE
            ),
            others=3,
        ),
        "collage_side": _edit(
            "beside another picture",
            lambda photo, rng, others: _posted(shapes.side_by_side(photo, rng, others, height=512)),
            others=1,
        ),
        "pip50": _edit(
            "pasted over another picture, at half of its width",
            lambda photo, rng, others: shapes.in_picture(photo, rng, others, share=0.5, side=600),
            others=1,
        ),
        "combo_crop_wm_jpeg": _edit(
            "cut to 75 %, watermarked, 640 pixels, JPEG of quality 40",
            lambda photo, rng, _: _cropped_and_watermarked(photo, rng),
            encoding=_jpeg(40),
        ),
        "combo_mirror_crop_text": _edit(
            "mirrored, cut to 75 % and written on",
            lambda photo, rng, _: _mirrored_and_written_on(photo, rng),
        ),
        "combo_heavy": _edit(
            "mirrored, cut to about 70 %, with a sticker, on a phone, JPEG of quality 50",
            lambda photo, rng, _: _heavily_combined(photo, rng),
            encoding=_jpeg(50),
        ),
    }
)
"""The 36 usual edits, from the mildest kind to combinations of several."""

HARD_EDITS: Final[Mapping[str, Edit]] = MappingProxyType(
    {
        "crop25": _edit(
            "cut to a quarter of its area, off the middle",
            lambda photo, rng, _: shapes.cropped(photo, rng, 0.25, inwards=0.2),
        ),
        "collage3x3": _edit(
            "one of nine pictures in a grid",
            lambda photo, rng, others: shapes.in_collage(
                photo, rng, others, across=3, side=_POSTED_SIDE
            ),
            others=8,
        ),
        "pip30": _edit(
            "pasted over another picture, at 30 % of its width",
            lambda photo, rng, others: shapes.in_picture(
                photo, rng, others, share=0.3, side=_POSTED_SIDE
            ),
            others=1,
        ),
        "collage_in_phone": _edit(
            "one of four pictures in a grid, in a screenshot of a phone",
            _collage_on_phone,
            others=3,
        ),
        "extreme_combo": _edit(
            "mirrored, cut to 60 %, turned by 10 degrees, recoloured, watermarked, written on, "
            "JPEG of quality 25",
            lambda photo, rng, _: _extremely_combined(photo, rng),
            encoding=_jpeg(25),
        ),
        "tiny": _edit(
            "shrunk to 160 pixels on the longer side, JPEG of quality 50",
            lambda photo, *_: shapes.shrunk(photo, 160),
            encoding=_jpeg(50),
        ),
        "heavy_filter": _edit(
            "with a strong colour filter, dark corners and the grain of film",
            lambda photo, rng, _: tones.filtered(photo, rng),
        ),
        "wide_sticker": _edit(
            "with stickers and boxes over 45 % of it",
            lambda photo, rng, _: drawing.with_much_on_it(photo, rng, 0.45),
        ),
        "aspect": _edit(
            "stretched by a quarter in one direction",
            lambda photo, rng, _: shapes.stretched(photo, rng, 1.25),
        ),
        "photo_of_screen": _edit(
            "photographed from a screen: its grid, from one side, uneven light, noise",
            lambda photo, rng, _: tones.photographed_from_screen(photo, rng),
        ),
        "double_shot": _edit(
            "in a screenshot of a screenshot, JPEG of quality 50 and then 60",
            lambda photo, rng, _: _shot_of_shot(photo, rng),
            encoding=_jpeg(60),
        ),
        "rot15_crop_mirror": _edit(
            "turned by about 15 degrees, cut inside and to 80 % of that, and mirrored",
            lambda photo, rng, _: _turned_cropped_mirrored(photo, rng),
        ),
    }
)
"""The 12 hard edits: much is lost, covered or changed, but a person still knows the picture."""

ALL_EDITS: Final[Mapping[str, Edit]] = MappingProxyType({**BASE_EDITS, **HARD_EDITS})
"""Both, the usual ones first."""

MOST_OTHERS: Final = max(edit.others for edit in ALL_EDITS.values())
"""How many other photos are enough for every edit."""
