"""A place's surroundings as 128 bits: on which side of 128 planes they lie.

The planes were fitted on openly licensed photographs (`benchmarks.fit_planes`): where edits leave
the surroundings of one place on the same side, and other places lie on either. The file that holds
them is checked by its digest: two sets of planes give bits that must never be compared.
"""

import functools
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from domain.errors import VigilError
from signals.compiled import bit_count, compiled
from signals.surroundings import MIRRORED, NUMBERS

BITS: Final = 128
WORDS: Final = BITS // 64

FILE: Final = "constellation.planes"
"""Lies beside this module; `benchmarks.fit_planes` makes it."""

DIGEST: Final = "2d8b172641a2db25feb3641e05f32d0e424a7d517580b2911cdf7f77cbaacbbb"
_STEPS: Final = 254
"""Whole numbers that stand for 0 to 1: with them, 128 products of a plane add up to under 2²⁴,
which float32 holds exactly. So every machine gives the same bits for the same numbers, in whatever
order its library adds them."""


class PlanesLostError(VigilError):
    """The file of planes is missing or is not the one that signals are made with."""


@dataclass(frozen=True, slots=True)
class Planes:
    """``normals``: shape (128, 128), a plane a column; ``offsets`` and ``close``: shape (128,).

    All are float32 that hold whole numbers: normals from -127 to 127. What lies nearer to a plane
    than ``close`` may lie on its other side after an edit.
    """

    normals: NDArray[np.float32]
    offsets: NDArray[np.float32]
    close: NDArray[np.float32]


@functools.cache
def planes() -> Planes:
    """Read the planes that come with Vigil.

    Raises:
        PlanesLostError: the file is missing or damaged; the other signals do not need it.
    """
    return read_planes(Path(__file__).with_name(FILE))


def read_planes(path: Path) -> Planes:
    """Read the planes from a file, which must be the one that signals are made with.

    Raises:
        PlanesLostError: it is missing or damaged.
    """
    try:
        held = path.read_bytes()
    except OSError as error:
        msg = (
            f"The planes of the constellation signal cannot be read: {path} ({error.strerror}). "
            "Install Vigil anew; until then, edited reposts are not found."
        )
        raise PlanesLostError(msg) from error
    digest = hashlib.sha256(held).hexdigest()
    if digest != DIGEST:
        msg = (
            f"{path} is not the file that came with Vigil: its SHA-256 begins with {digest[:12]}, "
            f"not {DIGEST[:12]}. Install Vigil anew; until then, edited reposts are not found."
        )
        raise PlanesLostError(msg)
    return unpacked(held)


def packed(held: Planes) -> bytes:
    """Give planes as their file has them: normals as int8, row by row, then the rest as int32."""
    rest = np.concatenate([held.offsets, held.close])
    return held.normals.astype("<i1").tobytes() + rest.astype("<i4").tobytes()


def unpacked(packed_planes: bytes) -> Planes:
    """Read planes from the bytes of their file.

    Raises:
        ValueError: there are too few bytes.
    """
    count = NUMBERS * BITS
    normals = np.frombuffer(packed_planes, "<i1", count).reshape(NUMBERS, BITS)
    rest = np.frombuffer(packed_planes, "<i4", 2 * BITS, count).astype(np.float32)
    return Planes(normals.astype(np.float32), rest[:BITS], rest[BITS:])


def whole(described: NDArray[np.float32]) -> NDArray[np.float32]:
    """Round surroundings to the whole numbers, 0 to 254, of which planes are made."""
    scaled: NDArray[np.float32] = described * np.float32(_STEPS)
    return np.rint(scaled, out=scaled)


def bits_of(described: NDArray[np.float32], held: Planes) -> NDArray[np.uint64]:
    """Say on which side of each plane surroundings lie.

    Args:
        described: surroundings, float32, shape (n, 128).
        held: the planes.

    Returns:
        Shape (n, 2): bit i of a place, counted from the lowest of the first word, is plane i's.
    """
    return _words(whole(described) @ held.normals > held.offsets)


@dataclass(frozen=True, slots=True)
class SureBits:
    """On which side of each plane places lie: ``bits`` and ``unsure``, uint64, shape (n, 2).

    A bit of ``unsure`` is set for each plane that a place lies close to: an edit turns one in three
    of those over, and one in twenty of the others.
    """

    bits: NDArray[np.uint64]
    unsure: NDArray[np.uint64]


def bits_and_unsure(described: NDArray[np.float32], held: Planes) -> tuple[SureBits, SureBits]:
    """Say on which side surroundings lie, and which of that may change.

    Returns:
        For the places as they are, and for the same in the mirror image of their picture.
    """
    numbers = whole(described)
    # Whoever mirrors the planes need not mirror every place.
    return (
        _sure_bits(numbers @ held.normals, held),
        _sure_bits(numbers @ held.normals[MIRRORED], held),
    )


def _sure_bits(along: NDArray[np.float32], held: Planes) -> SureBits:
    np.subtract(along, held.offsets, out=along)
    bits = _words(along > 0)
    return SureBits(bits, _words(np.abs(along, out=along) < held.close))


def _words(sides: NDArray[np.bool_]) -> NDArray[np.uint64]:
    return np.packbits(sides, axis=1, bitorder="little").view("<u8")


def distances(one: NDArray[np.uint64], other: NDArray[np.uint64]) -> NDArray[np.uint8]:
    """Count the bits in which each place of one differs from each of the other.

    Args:
        one: shape (n, 2).
        other: shape (m, 2).

    Returns:
        Shape (n, m), from 0 to 128.
    """
    out = np.empty((len(one), len(other)), np.uint8)
    _distances(one, other, out)
    return out


@compiled
def _distances(one: NDArray[np.uint64], other: NDArray[np.uint64], out: NDArray[np.uint8]) -> None:
    for i in range(one.shape[0]):
        first, second = one[i, 0], one[i, 1]
        for j in range(other.shape[0]):
            out[i, j] = bit_count(first ^ other[j, 0]) + bit_count(second ^ other[j, 1])
