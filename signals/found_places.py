"""The places of a found image, and the image kept at every scale for a second look at it."""

import math
from typing import Final

import numpy as np
from PIL import Image

from domain.places import FoundPlaces
from signals.decode import DETAIL_PIXELS
from signals.mirrored_places import mirrored_places
from signals.place_bits import Planes, bits_and_unsure
from signals.places import find_places, spread, with_directions
from signals.scale_space import ScaleSpace, Workspace
from signals.surroundings import surroundings

MOST_PIXELS: Final = DETAIL_PIXELS
"""A found image is shrunk to so many: 800 × 600. A long screenshot keeps more of its length."""

MOST_PLACES: Final = 800
"""Places looked for; those with two directions count as two afterwards."""

_DOUBLED_PIXELS: Final = 130_000
"""Images of fewer pixels are enlarged, or too few places would be found in them."""

_LONGEST: Final = 8_000


def scaled_for_looking(grey: Image.Image) -> Image.Image:
    """Shrink a found image, mode "L", to the size at which places are looked for in it."""
    scale = min(1.0, math.sqrt(MOST_PIXELS / (grey.width * grey.height)))
    scale = min(scale, _LONGEST / max(grey.size))
    if scale == 1:
        return grey
    width, height = (max(1, round(side * scale)) for side in grey.size)
    return grey.resize((width, height), Image.Resampling.BOX)


def space_of(grey: Image.Image, workspace: Workspace) -> ScaleSpace:
    """Take a found image, scaled for looking, apart by scale."""
    doubled = grey.width * grey.height < _DOUBLED_PIXELS
    return ScaleSpace(np.asarray(grey), workspace, doubled=doubled)


def found_places(space: ScaleSpace, held: Planes) -> tuple[FoundPlaces, FoundPlaces]:
    """Find the places of a found image, and give them also as its mirror image would have them."""
    places = with_directions(spread(find_places(space), space, MOST_PLACES), space)
    described, _ = surroundings(space, places)
    turned = mirrored_places(places, space.width)
    size = space.width, space.height
    upright, mirrored = bits_and_unsure(described, held)
    return (
        FoundPlaces(places, upright.bits, upright.unsure, *size),
        FoundPlaces(turned, mirrored.bits, mirrored.unsure, *size),
    )
