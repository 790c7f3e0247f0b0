"""Does this machine compute constellations as every other one does? Asked at a start.

Signals of two machines are compared with each other, so the same picture must give the same places
and the same bits on both. A picture made by formula is taken through every step, and what comes out
is compared with what is stored here.

The last place of a number may differ: another processor's library rounds a cosine in another way,
and one bit of a thousand turns over, where a match allows for one of five. That is no trouble. What
is told is a machine whose constellations another one would not know again.
"""

import functools
import hashlib
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from domain.places import FoundPlaces
from signals.constellation import REGISTERED_SIDE, Constellation, constellation_of, unpack
from signals.found_places import found_places, scaled_for_looking, space_of
from signals.place_bits import Planes, PlanesLostError, bits_of, distances, planes, whole
from signals.places import COLUMNS, find_places, spread, with_directions
from signals.scale_space import ScaleSpace, Workspace
from signals.surroundings import surroundings

_WIDTH: Final = 112
_HEIGHT: Final = 84
_BLOCKS: Final = ((4, 1), (10, 2), (25, 3))
"""Sides of blocks of the test picture, in pixels, and how much each counts."""

_MOST_PLACES: Final = 40
_DIGITS: Final = 16

_SAME_SPOT: Final = 2.5
_SAME_SCALE: Final = 0.3
_SAME_DIRECTION: Final = 6.0
_SAME_BITS: Final = 4
"""How far two places of one picture may be apart (pixels, octaves, degrees, bits) to be one."""

_FOUND_BITS: Final = 16
"""The same, where one is of the picture as registered and the other of it as found."""

_ENOUGH: Final = 0.9
"""Share of the places that is the same wherever constellations can be compared."""

_WHAT_FOLLOWS: Final = (
    "Its constellations must not be compared with those of other machines; every other signal goes "
    "on. Install Vigil anew with the versions that its lock names; if it stays so, crawl and "
    "register on another machine."
)


@functools.cache
def self_test() -> str | None:
    """Compute the constellation of the test picture and compare it with what is stored.

    Returns:
        What differs, what follows from it and what to do, as sentences; None where all is well.
        The message of the planes if they are lost: without them there is nothing to compare.
    """
    try:
        held = planes()
    except PlanesLostError as error:
        return str(error)
    workspace, grey = Workspace(), formula_picture()
    computed = constellation_of(grey, held, workspace)
    return difference(computed, steps(grey, held, workspace))


def found_otherwise(held: Planes) -> str | None:
    """Find the places of the test picture, and look among them for those that are registered of it.

    It takes 3 ms, once what is compiled is loaded, and loads nothing that finding does without.

    Returns:
        What differs, what follows from it and what to do, as sentences; None where all is well.
    """
    found, _ = found_places(space_of(scaled_for_looking(formula_picture()), Workspace()), held)
    return missing(found)


def missing(found: FoundPlaces) -> str | None:
    """Say what is wrong with the places found of the test picture, or None if nothing is."""
    stored = unpack(bytes.fromhex(STORED))
    scale = REGISTERED_SIDE / max(found.width, found.height)
    places = found.places.copy()
    places[:, [COLUMNS.x, COLUMNS.y]] *= scale
    places[:, COLUMNS.scale] += np.log2(scale)
    same = _same_places(stored, places, found.bits, _FOUND_BITS)
    if same >= _ENOUGH * len(stored):
        return None
    return (
        "This machine finds places in another way than others: of the "
        f"{len(stored)} that are registered of the test picture, it finds {same} in it. "
        f"{_WHAT_FOLLOWS}"
    )


def difference(computed: Constellation, digests: Mapping[str, str]) -> str | None:
    """Say what is wrong with the constellation of the test picture, or None if it is as stored.

    Args:
        computed: the constellation that this machine gives the test picture.
        digests: what `steps` gives, to name the first one that goes another way.
    """
    stored = unpack(bytes.fromhex(STORED))
    same = _same_places(stored, computed.places, computed.bits, _SAME_BITS)
    if same >= _ENOUGH * len(stored):
        return None
    first = next((step for step, digest in digests.items() if digest != STEPS[step]), LAST_STEP)
    return (
        "This machine computes constellations in another way than others: of the "
        f"{len(stored)} places of the test picture, {same} are the same, and {first} are the first "
        f"that differ. {_WHAT_FOLLOWS}"
    )


def formula_picture() -> Image.Image:
    """Make the test picture from whole numbers alone: blocks of grey in three sizes, mode "L"."""
    down, across = np.indices((_HEIGHT, _WIDTH), np.uint32)
    total = np.zeros((_HEIGHT, _WIDTH), np.uint32)
    for side, weight in _BLOCKS:
        mixed = (across // side) * np.uint32(73_856_093) ^ (down // side) * np.uint32(19_349_663)
        mixed ^= mixed >> np.uint32(13)
        mixed *= np.uint32(1_540_483_477)
        total += (mixed >> np.uint32(24)) * np.uint32(weight)
    return Image.fromarray((total // sum(weight for _, weight in _BLOCKS)).astype(np.uint8))


def steps(grey: Image.Image, held: Planes, workspace: Workspace) -> dict[str, str]:
    """Take a picture through every step before the choice of places; give a digest of each."""
    space = ScaleSpace(np.asarray(grey), workspace, doubled=False)
    places = with_directions(spread(find_places(space), space, _MOST_PLACES), space)
    described, _ = surroundings(space, places)
    given: tuple[NDArray[Any], ...] = (
        _rounded(places),
        whole(described).astype(np.int16),
        bits_of(described, held),
    )
    return dict(zip(STEPS, map(_digest, given), strict=True))


def _rounded(places: NDArray[np.float32]) -> NDArray[np.int32]:
    return np.rint(places * np.array([1, 1, 4, 0.2], np.float32)).astype(np.int32)


def _digest(values: NDArray[Any]) -> str:
    ordered = values.astype(values.dtype.newbyteorder("<"))
    return hashlib.sha256(ordered.tobytes()).hexdigest()[:_DIGITS]


def _same_places(
    stored: Constellation,
    places: NDArray[np.float32],
    bits: NDArray[np.uint64],
    most_bits: int,
) -> int:
    """Count the stored places that are there again, of which so many bits may have turned over."""
    off = np.abs(stored.places[:, np.newaxis] - places)
    turned = np.minimum(off[..., COLUMNS.direction], 360 - off[..., COLUMNS.direction])
    same = np.hypot(off[..., COLUMNS.x], off[..., COLUMNS.y]) <= _SAME_SPOT
    same &= (off[..., COLUMNS.scale] <= _SAME_SCALE) & (turned <= _SAME_DIRECTION)
    same &= distances(stored.bits, bits) <= most_bits
    return int(same.any(axis=1).sum())


LAST_STEP: Final = "the places chosen to be registered"

STEPS: Final = {
    "the places that stand out": "c948789a6069076f",
    "the surroundings of places": "273ce5fd994f7f11",
    "the bits of places": "7960c6b5f7089167",
}
"""Each step in order, with the beginning of the SHA-256 of what it gives of the test picture."""

STORED: Final = (
    "0121ffbf8d4c3193a4af78a37645f2ab23011a10c8aa0da88dc505108404869205dbcc689f19b28719a76a5e34d9"
    "c95e2def4ce0d1decf2a6ccc642cbdf28caf1ac5c1024c6725dbd6d9e4cc3a2da88b8e34f38b1f452b7700c706bb"
    "ff823e7de0697e4e33ac64e00ce4abe3b1688f75143d2cfcdecb71d3f1737db406387e52b7372a26e79731e14e16"
    "4dbcbb75afd4e227a4aa03ed452e66a52a6d018b6f8cd237fc1e94a434806d1dc6cefb9165fbc4925fd601572fa2"
    "8ea0a839b2ffe8ff46b8f3d4c1e7b027d4fd1345d2975a5c4e6b6bfbf3ad1c58b53e9f4437c3dda567520259585e"
    "0bef9622be7e530c90a6235fbb1889c09ee501a9aeab96c08e21fa5458c091d518d0bf79bacc6cd42bdec0c765ba"
    "e302938c8e56432d9d226406003d92d87a7b2b4e345f3f6c0a925e12c8ad749c9bd9e5a4c671b27c0a6b4648197a"
    "a22639619b31af6540a82ca82f96f06cda885ab6780beb5f4279130505c95f4496de2cf92c8a24e5d5f5eefc4c28"
    "01848e2ddc1af967202e3c08fc254ffc8b6cc7cb9f74b0fb870b26894e110302c0eade14ce49505804e1d0c6ad60"
    "fadd599c6fdcc52b0c1f4fba508f910db717bd8acc1d72d0adb1c71e103aef7efd2278c4bf83bfd24747a0568614"
    "67c37f2e7c2846bbeeda522a6be42531466205adb98a37ba8f899a4d94689e29b5e12b73de7579845e8314b4b0ae"
    "0491112bc01ad76c19d226afcb2aeddc7013a6a16649624634ce76483a2e1776e2af727a83e017ccac502b515d36"
    "65345720599b91013725f870bbc2fc14183e5e01e31190b7db1f998bc9961d21dfe9652d0b674072049beb996de3"
    "238570d8956578a2225f2336dbc80706ca75c45f0ed0232466b4f070b3e566eb7802e0d94af8abe19a84ec8cd680"
)
"""The constellation of the test picture, packed, in hexadecimal."""
