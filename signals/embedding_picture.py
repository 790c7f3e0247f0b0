"""A still picture in its colours, small and upright, as an embedding is made of it.

All other signals look at brightness alone, so that a decoder may leave colours out; where a model
is in use, a file is decoded once more, with them. Colours of HEIC are not decoded: of such a
picture its brightness is embedded.
"""

import io
import math
from typing import Final

from PIL import Image

from domain.signal import MIN_PDQ_QUALITY
from signals.decode import FORMATS, limited_to, turn_of
from signals.decoding_cost import most_pixels, refuse_costly
from signals.embedding import Embedding
from signals.grid import Picture
from signals.shrinking import shrunken_grey

Box = tuple[float, float, float, float]

ALL_OF_IT: Final[Box] = (0.0, 0.0, 1.0, 1.0)

_TIMES: Final = 2
"""How many times the pixels that a model takes are left of what is embedded, or more."""

_STRIP_PIXELS: Final = 1_000_000
"""Put into colours at a time, so that there is no second copy of a large picture."""

_WITHOUT_COLOURS: Final = ("L", "1", "LAB", "F")


def embedded(
    embedding: Embedding | None,
    body: bytes,
    picture: Picture,
    quality: int,
    box: Box = ALL_OF_IT,
) -> str | None:
    """Make the embedding signal of a still picture.

    Args:
        embedding: what makes embeddings; None where no model is in use.
        body: the file.
        picture: the same, decoded as other signals see it.
        quality: PDQ's, of what is embedded: what a model makes of a blank picture says nothing.
        box: what of it is embedded: left, top, right, bottom, as fractions of what is shown.

    Returns:
        The value of the signal; None without a model, of a file that is damaged or would take too
        much memory, of a picture that is too plain, and where the model finds nothing in it.
    """
    if embedding is None or quality < MIN_PDQ_QUALITY:
        return None
    try:
        shown = picture.grey
        if picture.format != "HEIC":
            shown = _in_colours(body, embedding.size, box)
        made = embedding.embed(_cut(shown, box))
    # All other signals of the picture are made without, and a decoder may raise nearly anything
    # over a damaged file, of which the others have mended what they could.
    except Exception:  # noqa: BLE001
        return None
    # Nothing but zeros are near to nothing, and would be the very same of many pictures.
    return embedding.identity.packed(made).hex() if made.any() else None


def _in_colours(body: bytes, size: tuple[int, int], box: Box) -> Image.Image:
    """Decode a picture and shrink it, to some more pixels of what is in the box than are taken.

    Raises:
        Undecodable: it is damaged, or too large.
        MemoryError: more memory was needed than the process may have.
    """
    left, top, right, bottom = box
    # The longer of both, since the picture may yet have to be turned.
    side = _TIMES * math.ceil(max(size[0] / (right - left), size[1] / (bottom - top)))
    with limited_to(most_pixels(body)), Image.open(io.BytesIO(body), formats=FORMATS) as opened:
        full = opened.size
        opened.draft("RGB", (side, side))
        refuse_costly(opened, full, body)
        opened.load()
        turn = turn_of(opened)
        across, down = (max(1, pixels // side) for pixels in opened.size)
        shown = _shrunken(opened, across, down)
    return shown if turn is None else shown.transpose(turn)


def _shrunken(opened: Image.Image, across: int, down: int) -> Image.Image:
    """Average whole boxes of pixels, so many across and down; transparent ones show white."""
    width, height = opened.size
    if opened.mode in _WITHOUT_COLOURS or opened.mode.startswith("I"):
        return shrunken_grey(opened, across, down).convert("RGB")
    shrunken = Image.new("RGB", (math.ceil(width / across), math.ceil(height / down)))
    rows = max(1, _STRIP_PIXELS // (width * down)) * down
    for top in range(0, height, rows):
        strip = _on_white(opened.crop((0, top, width, min(top + rows, height))))
        shrunken.paste(strip.reduce((across, down)), (0, top // down))
    return shrunken


def _on_white(strip: Image.Image) -> Image.Image:
    if not strip.has_transparency_data:
        return strip.convert("RGB")
    shown = strip.convert("RGBA")
    white = Image.new("RGBA", shown.size, "white")
    return Image.alpha_composite(white, shown).convert("RGB")


def _cut(shown: Image.Image, box: Box) -> Image.Image:
    if box == ALL_OF_IT:
        return shown
    left, right = (round(part * shown.width) for part in (box[0], box[2]))
    top, bottom = (round(part * shown.height) for part in (box[1], box[3]))
    return shown.crop((left, top, max(right, left + 1), max(bottom, top + 1)))
