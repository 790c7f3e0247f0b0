"""PDQ of the pictures that lie within a found one: in a screenshot, a collage, a frame.

A registration holds its picture in all eight views, so one signal of each part is enough.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from domain.signal import MIN_PDQ_QUALITY
from signals.grid import Picture
from signals.layout import MOST_PARTS, Layout, parts_of, sides_of
from signals.layout_hashing import samples_of_part, shown_share
from signals.pdq import hash_of, quality_of

MOST_VIEWS: Final = MOST_PARTS

_LEAST_SHOWN: Final = 0.3
_SHOWN_STEP: Final = 2.0
"""In a photo, brightness steps further than so many levels at nearly every one of PDQ's samples. In
a card of an app it does so at a few edges, which are high enough for PDQ's own measure of quality.
"""

_SAME: Final = 4
"""Bits up to which a part tells nothing that one before it did not."""


@dataclass(frozen=True, slots=True)
class PartSignals:
    """PDQ of a part of a found image.

    ``box`` is left, top, right and bottom, as fractions of the image's width and height.
    """

    pdq: str
    quality: int
    box: tuple[float, float, float, float]
    layout: Layout


def part_signals(picture: Picture) -> tuple[PartSignals, ...]:
    """Hash what may be whole pictures within a found one, the likeliest first.

    Returns:
        At most MOST_VIEWS, all of a quality that may match and none of them twice. The picture as a
        whole is not among them. Most photos have none, or a few that nobody registered.
    """
    # A copy, since compiled code takes what must not be written to for another kind of array, and
    # workers have loaded it for one kind before they are confined.
    grey = np.array(picture.grey)
    height, width = grey.shape
    found: list[PartSignals] = []
    known: list[int] = []
    for part in parts_of(grey):
        inside = grey[part.top : part.bottom, part.left : part.right]
        samples = samples_of_part(inside, *sides_of(picture, part))
        quality = quality_of(samples)
        if quality < MIN_PDQ_QUALITY or shown_share(samples, _SHOWN_STEP) < _LEAST_SHOWN:
            continue
        pdq = hash_of(samples)
        bits = int(pdq, 16)
        if any((bits ^ other).bit_count() <= _SAME for other in known):
            continue
        known.append(bits)
        box = part.left / width, part.top / height, part.right / width, part.bottom / height
        found.append(PartSignals(pdq, quality, box, part.why))
    return tuple(found)
