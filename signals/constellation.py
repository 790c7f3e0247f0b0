"""The constellation signal: the few dozen places of a picture that survive edits best.

A registered picture is edited in six ways, and the places are kept that are found again in most of
them, look like no other place of it, and lie well apart. A repost, however cropped, turned,
mirrored, captioned or pasted, still shows some of them, in the same arrangement.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from domain.errors import InvalidInput
from signals import constellation_form
from signals.compiled import bit_count, compiled
from signals.constellation_form import (
    DIRECTION_BITS,
    HEAD_BYTES,
    PLACE_BITS,
    POSITION_BITS,
    SCALE_BITS,
    packed_bytes,
)
from signals.place_bits import BITS, Planes, bits_of
from signals.places import find_places, spread, with_directions
from signals.scale_space import ScaleSpace, Workspace
from signals.simulated_edits import moved_places, simulated_edits
from signals.surroundings import MIRRORED, surroundings

VERSION: Final = constellation_form.VERSION
MOST_PLACES: Final = constellation_form.MOST_PLACES

REGISTERED_SIDE: Final = 512
"""Pixels of the longer side in which a registered picture's places are counted."""

_FIRST_CHOICE: Final = 700
_FOUND_AGAIN: Final = 500

_PIXELS_A_STEP: Final = REGISTERED_SIDE / 2**POSITION_BITS
_SCALE_STEPS: Final = 4
_DEGREES_A_STEP: Final = 360 / 2**DIRECTION_BITS

_NEAR: Final = 0.5
_LEAST_NEAR: Final = 1.5
_SCALE_OFF: Final = 0.45
_DIRECTION_OFF: Final = 20.0
_SURE_BITS: Final = 24
_LOST_BITS: Final = 48
_NEVER_FOUND: Final = 0.15
_SAME_SPOT: Final = 6.0
_ALIKE: Final = 16
_UNLIKE: Final = 36
_LEAST_UNIQUE: Final = 0.3
_APART: Final = 0.075
_SAME_SCALE: Final = 0.8
_CROWDED: Final = 0.75
_CROWDED_OTHER_SCALE: Final = 0.4
_TOO_NEAR: Final = 4.0


@dataclass(frozen=True, slots=True)
class Constellation:
    """The places of one registered picture, the best first.

    ``places``: float32, shape (n, 4), columns as `signals.places.with_directions` gives them, in
    pixels of the picture shrunk to REGISTERED_SIDE; ``bits``: uint64, shape (n, 2). ``width`` and
    ``height`` are in the same pixels.
    """

    places: NDArray[np.float32] = field(repr=False)
    bits: NDArray[np.uint64] = field(repr=False)
    width: int
    height: int

    def __len__(self) -> int:
        return len(self.places)

    def packed(self) -> bytes:
        """Give the signal as it is stored: 4 bytes, and 19 and 3/8 for each place."""
        x, y, scale, direction = self.places.T
        numbers = (
            (x / _PIXELS_A_STEP, POSITION_BITS),
            (y / _PIXELS_A_STEP, POSITION_BITS),
            (scale * _SCALE_STEPS, SCALE_BITS),
            (direction / _DEGREES_A_STEP % 2**DIRECTION_BITS, DIRECTION_BITS),
        )
        columns = [
            (np.rint(values).astype(np.int64)[:, np.newaxis] >> np.arange(size)) & 1
            for values, size in numbers
        ]
        looks = np.unpackbits(self.bits.view(np.uint8).reshape(len(self), BITS // 8), axis=1)
        rows = np.concatenate([*columns, looks], axis=1).astype(np.uint8)
        head = bytes((VERSION, len(self), (self.width - 1) // 2, (self.height - 1) // 2))
        return head + np.packbits(rows).tobytes()


def unpack(packed: bytes) -> Constellation:
    """Read a stored signal.

    Raises:
        InvalidInput: it is of another version, or cut short.
    """
    if len(packed) < HEAD_BYTES or packed[0] != VERSION:
        version = packed[0] if packed else "none"
        msg = f"a constellation signal of version {VERSION} is wanted; this one has {version}"
        raise InvalidInput(msg)
    count = packed[1]
    needed = packed_bytes(count)
    if len(packed) != needed:
        msg = f"a constellation of {count} places has {needed} bytes; this one has {len(packed)}"
        raise InvalidInput(msg)
    held = np.frombuffer(packed, np.uint8, offset=HEAD_BYTES)
    flat = np.unpackbits(held, count=count * PLACE_BITS)
    rows = flat.reshape(count, PLACE_BITS)
    numbers = []
    at = 0
    for size in (POSITION_BITS, POSITION_BITS, SCALE_BITS, DIRECTION_BITS):
        numbers.append(rows[:, at : at + size] @ (1 << np.arange(size)))
        at += size
    x, y, scale, direction = numbers
    places = np.column_stack(
        [
            x * _PIXELS_A_STEP,
            y * _PIXELS_A_STEP,
            scale / _SCALE_STEPS,
            direction * _DEGREES_A_STEP,
        ]
    )
    looks = np.packbits(rows[:, at:], axis=1).view("<u8")
    width, height = (2 * side + 2 for side in packed[2:HEAD_BYTES])
    return Constellation(places.astype(np.float32), looks, width, height)


def constellation_of(grey: Image.Image, held: Planes, workspace: Workspace) -> Constellation:
    """Choose the places of a picture to register.

    Args:
        grey: mode "L", upright; its longer side is shrunk to REGISTERED_SIDE.
        held: the planes.
        workspace: memory to work in.

    Returns:
        At most MOST_PLACES places; none of a picture of one colour.
    """
    longest = max(grey.size)
    if longest > REGISTERED_SIDE:
        width, height = (max(1, round(side * REGISTERED_SIDE / longest)) for side in grey.size)
        grey = grey.resize((width, height), Image.Resampling.BOX)
    places, bits = _found(grey, held, workspace, _FIRST_CHOICE)
    again = np.zeros(len(places), np.float32)
    for edited in simulated_edits(grey):
        found, found_bits = _found(edited.grey, held, workspace, _FOUND_AGAIN)
        nearest = np.empty(len(places), np.uint8)
        _nearest(moved_places(places, edited.map), bits, found, found_bits, nearest)
        again += ((_LOST_BITS - nearest) / (_LOST_BITS - _SURE_BITS)).clip(0, 1)
    unlike = unlike_others(places, bits)
    unique = ((unlike - float(_ALIKE)) / (_UNLIKE - _ALIKE)).clip(_LEAST_UNIQUE, 1)
    chosen = places_apart(places, (again + _NEVER_FOUND) * unique, _APART * max(grey.size))
    return in_registered_pixels(places[chosen], bits[chosen], grey.size)


def in_registered_pixels(
    places: NDArray[np.float32], bits: NDArray[np.uint64], size: tuple[int, int]
) -> Constellation:
    """Make a constellation of places counted in pixels of a picture of that width and height."""
    # Of a small picture, places are counted as if it had been enlarged.
    scale = REGISTERED_SIDE / max(size)
    kept = places.copy()
    kept[:, :2] = (kept[:, :2] * scale).clip(0, REGISTERED_SIDE - _PIXELS_A_STEP)
    kept[:, 2] = (kept[:, 2] + np.log2(scale)).clip(0, (2**SCALE_BITS - 1) / _SCALE_STEPS)
    width, height = (max(1, round(side * scale)) for side in size)
    return Constellation(kept, bits, width, height)


def mirrored_bits(described: NDArray[np.float32], held: Planes) -> NDArray[np.uint64]:
    """Give the bits that places would have in the mirror image of their picture."""
    return bits_of(described[:, MIRRORED], held)


def _found(
    grey: Image.Image, held: Planes, workspace: Workspace, most: int
) -> tuple[NDArray[np.float32], NDArray[np.uint64]]:
    space = ScaleSpace(np.asarray(grey), workspace, doubled=False)
    places = with_directions(spread(find_places(space), space, most), space)
    described, _ = surroundings(space, places)
    return places, bits_of(described, held)


@compiled
def _nearest(
    moved: NDArray[np.float32],
    bits: NDArray[np.uint64],
    found: NDArray[np.float32],
    found_bits: NDArray[np.uint64],
    out: NDArray[np.uint8],
) -> None:
    """Write how many bits the likest place differs that was found where each one should be."""
    for i in range(moved.shape[0]):
        reach = max(_LEAST_NEAR, _NEAR * 2.0 ** moved[i, 2])
        least = np.uint64(BITS)
        for j in range(found.shape[0]):
            across, down = found[j, 0] - moved[i, 0], found[j, 1] - moved[i, 1]
            if across * across + down * down > reach * reach:
                continue
            turned = abs((found[j, 3] - moved[i, 3] + 180.0) % 360.0 - 180.0)
            if abs(found[j, 2] - moved[i, 2]) > _SCALE_OFF or turned > _DIRECTION_OFF:
                continue
            differ = bit_count(bits[i, 0] ^ found_bits[j, 0])
            differ += bit_count(bits[i, 1] ^ found_bits[j, 1])
            least = min(least, differ)
        out[i] = least


def unlike_others(places: NDArray[np.float32], bits: NDArray[np.uint64]) -> NDArray[np.uint8]:
    """Say how many bits each place differs from the likest one elsewhere in its picture."""
    unlike = np.empty(len(places), np.uint8)
    _unlike(places, bits, unlike)
    return unlike


@compiled
def _unlike(places: NDArray[np.float32], bits: NDArray[np.uint64], out: NDArray[np.uint8]) -> None:
    """Write how many bits each place differs from the likest one elsewhere in its picture."""
    for i in range(places.shape[0]):
        least = np.uint64(BITS)
        for j in range(places.shape[0]):
            across, down = places[j, 0] - places[i, 0], places[j, 1] - places[i, 1]
            if across * across + down * down < _SAME_SPOT * _SAME_SPOT:
                continue
            differ = bit_count(bits[i, 0] ^ bits[j, 0]) + bit_count(bits[i, 1] ^ bits[j, 1])
            least = min(least, differ)
        out[i] = least


def places_apart(
    places: NDArray[np.float32], value: NDArray[np.floating], reach: float
) -> NDArray[np.int64]:
    """Take the most valuable places one by one; each makes those near it less valuable.

    Args:
        places: shape (n, 4).
        value: shape (n,), what each is worth by itself.
        reach: how near that is, in the places' pixels.

    Returns:
        The numbers of MOST_PLACES at most, the best first.
    """
    worth = value.astype(np.float64)
    x, y, scale = (np.ascontiguousarray(column) for column in places.T[:3])
    chosen: list[int] = []
    while len(chosen) < min(MOST_PLACES, len(places)):
        best = int(worth.argmax())
        if worth[best] <= 0:
            break
        chosen.append(best)
        away = np.hypot(x - x[best], y - y[best])
        loss = np.where(np.abs(scale - scale[best]) < _SAME_SCALE, _CROWDED, _CROWDED_OTHER_SCALE)
        near = away * away
        np.negative(near, out=near)
        near /= 2 * reach * reach
        loss *= np.exp(near, out=near)
        worth *= np.subtract(1, loss, out=loss)
        worth[away < _TOO_NEAR] = 0
    return np.array(chosen, np.int64)
