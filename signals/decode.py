"""From bytes that a stranger sent to a small grey picture, or to a reason why not.

Only brightness is kept: PDQ and pHash look at nothing else. What a decoder does with a file made
to break it is the business of the process this runs in; see `signals.worker`.
"""

import io
import math
import re
import struct
import warnings
from typing import Final

import numpy as np
from PIL import ExifTags, Image, UnidentifiedImageError

from domain.errors import Undecodable
from signals.grid import Picture, Side, shrunk_side
from signals.sniff import what_it_is

FORMATS: Final = ("JPEG", "PNG", "WEBP", "AVIF", "GIF", "BMP", "TIFF", "JPEG2000", "ICO")
"""What is opened. EPS and its like run other programs, and no web page shows them."""

MAX_PIXELS: Final = 100_000_000
"""More than any phone makes. Refused from the header, before a pixel is decoded."""

SHORT_SIDE: Final = 256
"""Pixels that shrinking leaves on each side at least.

With the weights of `signals.pdq` folded onto what is left, the hash is that of the full size but
for 0 bits in the median and 6 at most, 99.7 % within 4 (710 photos of up to 1024 pixels; the same
photos enlarged to 2 and 4 times that keep within 4). 128 would cost up to 30.
"""

_STRIP_PIXELS: Final = 4_000_000
"""Turned grey at a time, so that a large picture is never held twice in full."""

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

# Pillow warns above this many pixels and refuses above twice as many; here both refuse.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS


def open_picture(body: bytes) -> Picture:
    """Decode a picture, whatever its name or its server says that it is.

    Not for two threads at once: Python's warning filters belong to the whole process.

    Raises:
        Undecodable: empty, in no format of FORMATS, over MAX_PIXELS, damaged or cut short.
        MemoryError: more memory was needed than the process may have.
    """
    if not body:
        msg = "the file is empty: 0 bytes"
        raise Undecodable(msg)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # odd metadata is no reason to lose a picture
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            return _decode(body)
        except (Undecodable, MemoryError):
            raise
        except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
            announced = re.search(r"\d+", str(error))
            pixels = f"{int(announced[0]):,}" if announced else "too many"
            msg = f"its header announces {pixels} pixels; at most {MAX_PIXELS:,} are decoded"
            raise Undecodable(msg) from None
        except UnidentifiedImageError:
            raise Undecodable(what_it_is(body)) from None
        # Decoders raise nearly anything over a damaged file. Their own texts may quote the
        # file, so only the name of the error is passed on.
        except Exception as error:
            msg = (
                f"the picture is damaged or cut short: {len(body):,} bytes that begin like one "
                f"stop making sense ({type(error).__name__})"
            )
            raise Undecodable(msg) from error


def _decode(body: bytes) -> Picture:
    with Image.open(io.BytesIO(body), formats=FORMATS) as opened:
        full = opened.size
        # JPEG alone can be decoded at a half, quarter or eighth, and as grey; others ignore this.
        opened.draft("L", (SHORT_SIDE, SHORT_SIDE))
        before = opened.size
        opened.load()
        if opened.size != before:  # Pillow itself puts a TIFF upright while loading it
            full = opened.size
        columns, rows = map(shrunk_side, full, opened.size)
        orientation = _orientation(opened)
        across, down = (max(1, side // SHORT_SIDE) for side in opened.size)
        picture = Picture(
            grey=_shrunken_grey(opened, across, down),
            # A phone's JPEG with a second picture in it is a JPEG to everyone else.
            format="JPEG" if opened.format == "MPO" else str(opened.format),
            rows=Side(rows.full, rows.factor * down),
            columns=Side(columns.full, columns.factor * across),
        )
    return picture.transposed(_TURNS.get(orientation))


def _orientation(opened: Image.Image) -> int:
    try:
        return int(opened.getexif().get(ExifTags.Base.Orientation, 1))
    except (SyntaxError, ValueError, TypeError, LookupError, OSError, struct.error):
        return 1  # browsers, too, show a picture with broken EXIF as it lies


def _shrunken_grey(opened: Image.Image, across: int, down: int) -> Image.Image:
    """Average whole boxes of pixels, so many across and down."""
    width, height = opened.size
    levels = _levels(opened)
    if opened.mode == "L" and across == down == 1 and not opened.has_transparency_data:
        return opened.copy()  # as most JPEG files come out of their decoder
    shrunken = Image.new("L", (math.ceil(width / across), math.ceil(height / down)))
    rows = max(1, _STRIP_PIXELS // (width * down)) * down
    for top in range(0, height, rows):
        strip = _grey(opened.crop((0, top, width, min(top + rows, height))), levels)
        if across > 1 or down > 1:
            strip = strip.reduce((across, down))
        shrunken.paste(strip, (0, top // down))
    return shrunken


def _levels(opened: Image.Image) -> tuple[float, float] | None:
    """Give the values that are black and white, for pictures of more than 8 bits a value."""
    if opened.mode.startswith("I;16"):
        return 0.0, 65535.0
    if opened.mode not in {"I", "F"}:
        return None
    # Neither mode says what is white, and PDQ does not change when brightness is stretched.
    values = opened.getextrema()
    low, high = float(values[0]), float(values[1])  # type: ignore[arg-type]  # one band, two numbers
    if not math.isfinite(high - low):
        msg = f"its brightness runs from {low} to {high}, which nothing can show"
        raise Undecodable(msg)
    return low, high


def _grey(strip: Image.Image, levels: tuple[float, float] | None) -> Image.Image:
    if levels is not None:
        low, high = levels
        values = np.nan_to_num(np.asarray(strip, dtype=np.float32), nan=low)
        stretched = (values - low) * (255 / max(high - low, 1e-30))
        return Image.fromarray(stretched.clip(0, 255).round().astype(np.uint8))
    if strip.mode == "LAB":
        return strip.getchannel("L")
    if strip.has_transparency_data:
        shown = strip.convert("RGBA")
        white = Image.new("RGBA", shown.size, "white")
        return Image.alpha_composite(white, shown).convert("L")
    if strip.mode in {"L", "1", "RGB"}:
        return strip.convert("L")
    return strip.convert("RGB").convert("L")
