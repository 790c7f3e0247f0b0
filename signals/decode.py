"""From bytes that a stranger sent to a small grey picture, or to a reason why not.

Only brightness is kept: PDQ and pHash look at nothing else. What a decoder does with a file made
to break it is the business of the process this runs in; see `signals.worker`.
"""

import contextlib
import io
import math
import re
import struct
import warnings
from collections.abc import Iterator
from typing import Final

import numpy as np
from PIL import ExifTags, GifImagePlugin, Image, ImageFile, UnidentifiedImageError

from domain.errors import Undecodable
from signals.decoding_cost import most_pixels, refuse_costly
from signals.grid import Picture, Side, shrunk_side
from signals.mending import MOST_LOST, mended
from signals.shrinking import shrunken_grey
from signals.sniff import what_it_is

FORMATS: Final = ("JPEG", "PNG", "WEBP", "AVIF", "GIF", "BMP", "TIFF", "JPEG2000", "ICO")
"""What is opened. EPS and its like run other programs, and no web page shows them."""

SHORT_SIDE: Final = 256
"""Pixels that shrinking leaves on each side at least.

With the weights of `signals.pdq` folded onto what is left, the hash is that of the full size but
for 0 bits in the median and 6 at most, 99.7 % within 4 (710 photos of up to 1024 pixels; the same
photos enlarged to 2 and 4 times that keep within 4). 128 would cost up to 30.
"""

DETAIL_PIXELS: Final = 480_000
"""Pixels that a picture has at least, if its file has them, in the detail in which places are
looked for: 800 × 600."""

_STILL_LARGE: Final = 2 * SHORT_SIDE
"""Sides of twice as much and more are shrunken by us; a decoder's own shrinking costs less."""

_SHOWN_IN_PART: Final = ("JPEG", "PNG", "WEBP", "AVIF", "GIF", "BMP")
"""What browsers show of a damaged file is as much of it as they can."""

_WHOLE_OR_NOT: Final = ("WEBP", "AVIF")
"""Decoders that give all of a picture or nothing: `signals.mending` looks at what is missing."""

_BLACK: Final = 0
_WHITE: Final = 255

_JPEG_FILLERS: Final = (63, 64, 65, 127, 128, 129)
"""How bright libjpeg leaves what it has no data for: half of each component, darker in CMYK."""

_GREY_RAMP: Final = bytes(level for level in range(256) for _ in range(3))

_SAID: Final = (
    Undecodable,
    MemoryError,
    Image.DecompressionBombWarning,
    Image.DecompressionBombError,
)
"""Errors that say themselves what is wrong; a second try would not change it."""

_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What puts upright a picture with that EXIF orientation."""


def open_picture(body: bytes, short_side: int = SHORT_SIDE, *, detailed: bool = False) -> Picture:
    """Decode a picture, whatever its name or its server says that it is.

    What browsers show of a damaged file is decoded if nine tenths of the picture are there.
    Not for two threads at once: Python's warning filters and Pillow's limits belong to the whole
    process.

    Args:
        body: the file.
        short_side: pixels that shrinking leaves on each side at least, up to _STILL_LARGE.
        detailed: give the detail, too, in which places are looked for, unless a JPEG's decoder has
            left less: see `detail_side`.

    Raises:
        Undecodable: empty, in no format of FORMATS, too large (see `signals.decoding_cost`),
            damaged or cut short.
        MemoryError: more memory was needed than the process may have.
    """
    if not body:
        msg = "the file is empty: 0 bytes"
        raise Undecodable(msg)
    most = most_pixels(body)
    with limited_to(most):
        try:
            return _first_or_second_try(body, short_side, detailed=detailed)
        except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
            announced = re.search(r"\d+", str(error))
            pixels = f"{int(announced[0]):,}" if announced else "too many"
            msg = f"its header announces {pixels} pixels; at most {most:,} are decoded"
            raise Undecodable(msg) from None


def detail_side(width: int, height: int) -> int:
    """Give the short side with which a JPEG of that size is decoded in the detail wanted."""
    return math.ceil(min(width, height) * min(1.0, math.sqrt(DETAIL_PIXELS / (width * height))))


@contextlib.contextmanager
def limited_to(pixels: int) -> Iterator[None]:
    """Have Pillow refuse pictures that announce more pixels, and keep silent about the rest."""
    before = Image.MAX_IMAGE_PIXELS
    # Pillow warns above this many and refuses above twice as many; here both refuse.
    Image.MAX_IMAGE_PIXELS = pixels
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd metadata is no reason to lose a picture
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            yield
    finally:
        Image.MAX_IMAGE_PIXELS = before


def _first_or_second_try(body: bytes, short_side: int, *, detailed: bool) -> Picture:
    try:
        return _decode(body, short_side, detailed=detailed)
    except _SAID:
        raise
    except UnidentifiedImageError:
        reason = what_it_is(body)
    # Decoders raise nearly anything over a damaged file. Their own texts may quote the
    # file, so only the name of the error is passed on.
    except Exception as error:  # noqa: BLE001
        reason = (
            f"the picture is damaged or cut short: {len(body):,} bytes that begin like one "
            f"stop making sense ({type(error).__name__})"
        )
    # Not in there: as long as an error is held, so is the memory of what it happened to.
    picture = _what_is_there(body, short_side, detailed=detailed)
    if picture is None:
        raise Undecodable(reason)
    return picture


def _what_is_there(body: bytes, short_side: int, *, detailed: bool) -> Picture | None:
    """Decode what there is of a damaged picture, or give None if that is too little."""
    before = ImageFile.LOAD_TRUNCATED_IMAGES
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        for mended_body in mended(body):
            if picture := _mostly_there(mended_body, short_side, detailed=detailed):
                return picture
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = before
    return None


def _mostly_there(body: bytes, short_side: int, *, detailed: bool) -> Picture | None:
    try:
        picture = _decode(body, short_side, _BLACK, detailed=detailed)
        if picture.format in _WHOLE_OR_NOT:
            return picture
        # No pixel was decoded where black paper is black and white paper white.
        on_black, on_white = (
            _decode(body, short_side, paper, shown=False) for paper in (_BLACK, _WHITE)
        )
    except _SAID:
        raise
    except Exception:  # noqa: BLE001 - the first try has said what is wrong
        return None
    return picture if _lost(on_black, on_white) <= MOST_LOST else None


def _lost(on_black: Picture, on_white: Picture) -> float:
    """Give the share of a picture that was not decoded, 0 to 1.

    Checked with cuts of practice photos at every hundredth of the file: what is found is the share
    of rows that differ from the whole picture, to within a row of blocks.
    """
    grey = np.asarray(on_black.grey)
    lost = float((grey != np.asarray(on_white.grey)).mean())
    if on_black.format == "JPEG":
        filled = np.isin(grey, _JPEG_FILLERS)
        # Whole rows, or columns in a picture that was turned.
        lost += max(float(filled.all(axis=side).mean()) for side in (0, 1))
    return lost


def _decode(
    body: bytes,
    short_side: int,
    paper: int | None = None,
    *,
    shown: bool = True,
    detailed: bool = False,
) -> Picture:
    """Decode a picture, over a sheet of that brightness if one is given.

    ``shown``: in its colours; otherwise so that each pixel decoded is told from the paper.
    """
    formats = FORMATS if paper is None else _SHOWN_IN_PART
    with Image.open(io.BytesIO(body), formats=formats) as opened:
        full = opened.size
        # JPEG alone can be decoded at a half, quarter or eighth, and as grey; others ignore this.
        opened.draft("L", (short_side, short_side))
        refuse_costly(opened, full, body)
        if paper is not None:
            _lay_on(opened, paper, shown=shown)
        before = opened.size
        opened.load()
        if opened.size != before:  # Pillow itself puts a TIFF upright while loading it
            full = opened.size
        if not shown and opened.mode == "P":
            opened.putpalette(_GREY_RAMP)
        return shrunken_picture(opened, full, detailed=detailed)


def shrunken_picture(
    opened: Image.Image, full: tuple[int, int], *, detailed: bool = False
) -> Picture:
    """Turn what a decoder gave into a picture, shrunken and upright.

    Args:
        opened: a loaded picture, as large as its decoder left it.
        full: its width and height before that.
        detailed: give its detail, too, unless its decoder has left less.
    """
    columns, rows = map(shrunk_side, full, opened.size)
    across, down = (max(1, side // _STILL_LARGE) for side in opened.size)
    picture = Picture(
        grey=shrunken_grey(opened, across, down),
        # A phone's JPEG with a second picture in it is a JPEG to everyone else.
        format="JPEG" if opened.format == "MPO" else str(opened.format),
        rows=Side(rows.full, rows.factor * down),
        columns=Side(columns.full, columns.factor * across),
        detail=_detail(opened, full) if detailed else None,
    )
    return picture.transposed(turn_of(opened))


def _detail(opened: Image.Image, full: tuple[int, int]) -> Image.Image | None:
    """Shrink both sides alike, to DETAIL_PIXELS at least; None of what has fewer and had more."""
    pixels = opened.width * opened.height
    if opened.size != full and pixels < DETAIL_PIXELS:
        return None
    factor = max(1, math.isqrt(pixels // DETAIL_PIXELS))
    return shrunken_grey(opened, factor, factor)


def _lay_on(opened: ImageFile.ImageFile, paper: int, *, shown: bool) -> None:
    if not shown:  # a colour that stands for transparent would be white on any paper
        opened.info.pop("transparency", None)
        if isinstance(opened, GifImagePlugin.GifImageFile):
            opened._frame_transparency = None  # noqa: SLF001 - no other way past it
    colour = (paper,) * len(opened.getbands())
    if opened.mode in {"LA", "RGBA"}:
        colour = (*colour[:-1], 255)
    opened.im = Image.new(opened.mode, opened.size, colour if len(colour) > 1 else paper).im


def turn_of(opened: Image.Image) -> Image.Transpose | None:
    """Say what puts a loaded picture upright; None of one that lies as it is shown."""
    return _TURNS.get(_orientation(opened))


def _orientation(opened: Image.Image) -> int:
    try:
        return int(opened.getexif().get(ExifTags.Base.Orientation, 1))
    except (SyntaxError, ValueError, TypeError, LookupError, OSError, struct.error):
        return 1  # browsers, too, show a picture with broken EXIF as it lies
