"""Patches of other photos with the bits of their places: what stolen bits are looked up in."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import map_coordinates

from signals.constellation import REGISTERED_SIDE
from signals.place_bits import BITS, Planes, bits_of, distances
from signals.places import COLUMNS, find_places, spread, with_directions
from signals.scale_space import FIRST_BLUR, SCALES, ScaleSpace, Workspace
from signals.surroundings import MIRRORED, surroundings

PATCH: Final = 16
"""Pixels of a patch's side, as a place is turned and scaled."""

REACH: Final = 6.0
"""Blurs from a place to its patch's edge: the four by four cells that its bits were made of."""

_PLACES_OF_EACH: Final = 300
_STEADY: Final = 300.0
_MIXED: Final = 1024
"""Random mixtures of the bits, of which those above zero count: what is learnt bends with them."""

_at = ((np.arange(PATCH) + 0.5) / PATCH * 2 - 1) * REACH
_ACROSS, _DOWN = (each.ravel() for each in np.meshgrid(_at, _at))

Patches = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Gallery:
    """Places of other photos and of their mirror images.

    ``bits``: uint64, shape (n, 2). ``patches``: shape (n, PATCH²), brightness with mean 0 and
    spread 1; ``contrast``: the spread that each had, in steps of 255; ``scales``: log2 of blurs.
    """

    bits: NDArray[np.uint64] = field(repr=False)
    patches: NDArray[np.float16] = field(repr=False)
    contrast: NDArray[np.float32] = field(repr=False)
    scales: NDArray[np.float32] = field(repr=False)

    def __len__(self) -> int:
        return len(self.bits)

    def nearest(self, bits: NDArray[np.uint64], most: int) -> NDArray[np.int64]:
        """Give the patches of which the fewest bits differ, shape (places, most), nearest first."""
        rows = []
        for row in distances(bits, self.bits):
            least = np.argpartition(row, most)[:most]
            rows.append(least[np.argsort(row[least], kind="stable")])
        return np.array(rows, np.int64).reshape(len(bits), -1)

    def shown(self, numbers: NDArray[np.int64]) -> Patches:
        """Give patches as bright as they were, around 0."""
        scaled: Patches = self.patches[numbers].astype(np.float32)
        scaled *= self.contrast[numbers][..., np.newaxis]
        return scaled


def photographed(grey: Image.Image) -> Image.Image:
    """Shrink a photo, mode "L", to the size in which registered places are counted."""
    small = grey.copy()
    small.thumbnail((REGISTERED_SIDE, REGISTERED_SIDE), Image.Resampling.BOX)
    return small


def gather(photos: Iterable[Image.Image], held: Planes) -> Gallery:
    """Cut the patches of the strongest places of photos, mode "L"."""
    workspace = Workspace()
    parts = []
    for photo in photos:
        space = ScaleSpace(np.asarray(photographed(photo)), workspace, doubled=False)
        places = with_directions(spread(find_places(space), space, _PLACES_OF_EACH), space)
        described, _ = surroundings(space, places)
        cut, contrast = cut_patches(space, places)
        upside_down = cut.reshape(-1, PATCH, PATCH)[:, ::-1].reshape(cut.shape)
        bits = bits_of(described, held), bits_of(described[:, MIRRORED], held)
        scales = places[:, COLUMNS.scale]
        parts += [
            Gallery(each, patches.astype(np.float16), contrast, scales)
            for each, patches in zip(bits, (cut, upside_down), strict=True)
        ]
    return joined(parts)


def joined(parts: Iterable[Gallery]) -> Gallery:
    """Make one gallery of several."""
    arrays = [(part.bits, part.patches, part.contrast, part.scales) for part in parts]
    bits, patches, contrast, scales = zip(*arrays, strict=True)
    return Gallery(
        np.concatenate(bits),
        np.concatenate(patches),
        np.concatenate(contrast),
        np.concatenate(scales),
    )


def cut_patches(
    space: ScaleSpace, places: NDArray[np.float32]
) -> tuple[Patches, NDArray[np.float32]]:
    """Cut the patches of places at the blur at which their surroundings are described."""
    out = np.zeros((len(places), PATCH * PATCH), np.float32)
    above = places[:, COLUMNS.scale] - np.log2(FIRST_BLUR * space.octaves[0].unit)
    last = len(space.octaves) - 1
    octave_of = np.clip(np.floor(above + 0.5 / SCALES), 0, last).astype(np.int64)
    levels = np.rint((above - octave_of) * SCALES).astype(np.int64)
    radians = np.deg2rad(places[:, COLUMNS.direction])
    blurs = np.exp2(places[:, COLUMNS.scale])
    for number, octave in enumerate(space.octaves):
        level_of = levels.clip(0, len(octave.levels) - 1)
        for level in range(len(octave.levels)):
            chosen = np.flatnonzero((octave_of == number) & (level_of == level))
            cosine, sine = (
                (part(radians[chosen]) * blurs[chosen])[:, np.newaxis] for part in (np.cos, np.sin)
            )
            x = places[chosen, COLUMNS.x, np.newaxis] + cosine * _ACROSS - sine * _DOWN
            y = places[chosen, COLUMNS.y, np.newaxis] + sine * _ACROSS + cosine * _DOWN
            out[chosen] = map_coordinates(
                octave.levels[level], [y / octave.unit, x / octave.unit], order=1, mode="nearest"
            )
    out -= out.mean(axis=1, keepdims=True)
    contrast = np.maximum(out.std(axis=1), 1.0)
    return out / contrast[:, np.newaxis], contrast


class Guess:
    """A patch for any bits, learnt from a gallery by ridge regression: no patch is looked up.

    ``bent``: from random mixtures of the bits, which is better than from the bits alone.
    """

    def __init__(self, gallery: Gallery, *, bent: bool, seed: int = 1) -> None:
        chance = np.random.default_rng(seed)
        self._mixtures = chance.normal(size=(BITS, _MIXED)) / np.sqrt(BITS) if bent else None
        columns = 1 + (_MIXED if bent else 0) + BITS
        square = _STEADY * np.eye(columns)
        products = np.zeros((columns, PATCH * PATCH))
        scaled = np.zeros((BITS + 2, BITS + 2)) + _STEADY * np.eye(BITS + 2)
        logs = np.zeros(BITS + 2)
        for start in range(0, len(gallery), 20_000):
            part = slice(start, start + 20_000)
            known = self._known(gallery.bits[part])
            square += known.T @ known
            products += known.T @ gallery.patches[part].astype(np.float32)
            with_scale = _with_scale(gallery.bits[part], gallery.scales[part])
            scaled += with_scale.T @ with_scale
            logs += with_scale.T @ np.log(gallery.contrast[part])
        self._rows = np.linalg.solve(square, products)
        self._logs = np.linalg.solve(scaled, logs)

    def of(self, bits: NDArray[np.uint64], scales: NDArray[np.float32]) -> Patches:
        """Give a patch for each place, around 0, as contrasted as such places mostly are."""
        guessed = (self._known(bits) @ self._rows).astype(np.float32)
        spread_out = np.maximum(guessed.std(axis=1, keepdims=True), 1e-6)
        contrast = np.exp(_with_scale(bits, scales) @ self._logs).astype(np.float32)
        patches: Patches = guessed / spread_out * contrast[:, np.newaxis]
        return patches

    def _known(self, bits: NDArray[np.uint64]) -> NDArray[np.float32]:
        sides = _sides(bits)
        ones = np.ones((len(sides), 1), np.float32)
        if self._mixtures is None:
            return np.hstack([sides, ones])
        mixed = np.maximum(sides @ self._mixtures.astype(np.float32), 0)
        return np.hstack([sides, mixed, ones])


def _with_scale(bits: NDArray[np.uint64], scales: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.column_stack([_sides(bits), scales, np.ones(len(bits), np.float32)])


def _sides(bits: NDArray[np.uint64]) -> NDArray[np.float32]:
    flat = np.unpackbits(np.ascontiguousarray(bits).view(np.uint8), axis=1, bitorder="little")
    return flat.astype(np.float32) * 2 - 1
