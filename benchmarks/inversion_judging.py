"""How much a drawing shows of its photo: likeness, and whether the photo is picked by it."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.inversion_canvas import covered, size_of
from benchmarks.inversion_leak import Numbers
from signals.constellation import Constellation, constellation_of
from signals.found_places import found_places, scaled_for_looking, space_of
from signals.pictures import hash_found
from signals.place_bits import Planes
from signals.place_index import PlaceIndex
from signals.recognition import propose, recognise
from signals.scale_space import Workspace

LINEUP_SIDE: Final = 32
"""Pixels of the sides at which a drawing is compared with each photo of the line-up."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What one drawing shows.

    ``likeness``: correlation with the photo's brightness; ``of_own``: the same as small as the
    line-up is compared; ``of_others``: the highest one with any other photo there. Ranks count
    from 1, the photo that is picked first. ``strength`` is that of the photo itself by Vigil's
    own matching, None where it was not proposed.
    """

    likeness: float
    of_own: float
    of_others: float
    rank_as_thumbnail: int
    rank_by_pdq: int
    strength: float | None


class Lineup:
    """Photos, mode "L", of which a drawing's own is to be picked."""

    def __init__(self, photos: Mapping[str, Image.Image], held: Planes) -> None:
        self._names = list(photos)
        self._held = held
        self._workspace = Workspace()
        self._small = np.stack([_row(_small(photo)) for photo in photos.values()])
        self._pdq = np.stack([_pdq(photo) for photo in photos.values()])
        self._constellations = [
            constellation_of(photo, held, self._workspace) for photo in photos.values()
        ]
        self._index = PlaceIndex(self._constellations)

    def __len__(self) -> int:
        return len(self._names)

    def judged(self, name: str, photo: Numbers, drawing: Numbers) -> Judged:
        """Judge a drawing of one of the photos, which is given at the drawing's size."""
        own = self._names.index(name)
        picture = as_picture(drawing)
        likeness = self._small @ _row(_small(picture))
        distances = np.bitwise_count(self._pdq ^ _pdq(picture)).sum(axis=1).astype(np.int64)
        return Judged(
            correlation(photo, drawing),
            float(likeness[own]),
            float(np.delete(likeness, own).max()),
            _rank(-likeness, own),
            _rank(distances.astype(np.float64), own),
            self.strength_of(own, picture),
        )

    def strength_of(self, own: int, grey: Image.Image) -> float | None:
        """Look for a picture as a crawl does, and give the strength of one of the photos."""
        space = space_of(scaled_for_looking(grey), self._workspace)
        found = found_places(space, self._held)
        proposals = propose(self._index, self._constellations, found)
        for each in recognise(space, self._constellations, proposals, self._held):
            if each.picture == own:
                return each.strength
        return None

    def member(self, name: str, photo: Image.Image) -> float | None:
        """Ask with the photo itself whether it is registered: its strength, or None for no."""
        return self.strength_of(self._names.index(name), photo)


def at_size(photo: Image.Image, constellation: Constellation) -> Numbers:
    """Give a photo, mode "L", in the size in which it is drawn."""
    height, width = size_of(constellation)
    return np.asarray(photo.resize((width, height), Image.Resampling.BOX), np.float64)


def share_covered(constellation: Constellation) -> float:
    """Say which share of a picture its places say anything about."""
    return float(covered(constellation).mean())


def correlation(one: Numbers, other: Numbers) -> float:
    """Give the correlation of two pictures' brightness, 0 if one is plain."""
    if one.std() == 0 or other.std() == 0:
        return 0.0
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])


def as_picture(brightness: Numbers) -> Image.Image:
    """Give brightness as a picture."""
    return Image.fromarray(np.rint(brightness).clip(0, 255).astype(np.uint8))


def _small(photo: Image.Image) -> Numbers:
    small = photo.resize((LINEUP_SIDE, LINEUP_SIDE), Image.Resampling.BOX)
    return np.asarray(small, np.float64)


def _row(small: Numbers) -> Numbers:
    """Lay a picture out so that the product of two is their correlation."""
    flat = small.ravel() - small.mean()
    length = float(np.linalg.norm(flat))
    row: Numbers = flat / length if length > 0 else flat
    return row


def _pdq(photo: Image.Image) -> NDArray[np.uint8]:
    file = io.BytesIO()
    photo.save(file, "PNG")
    return np.frombuffer(bytes.fromhex(hash_found(file.getvalue(), None).signals.pdq), np.uint8)


def _rank(far: Numbers, own: int) -> int:
    """Say as which the own one is picked, behind every other that is as near."""
    return int((np.delete(far, own) <= far[own]).sum()) + 1
