"""How a constellation signal is laid out in bytes; loads nothing that is compiled."""

from typing import Final

VERSION: Final = 1
"""Signals of different versions never compare: other planes, or another way to find places."""

MOST_PLACES: Final = 42
"""Places kept of a picture: with all its other signals, it then has less than 1,200 bytes."""

HEAD_BYTES: Final = 4
"""Version, number of places, and half of each side less one."""

POSITION_BITS: Final = 8
SCALE_BITS: Final = 5
DIRECTION_BITS: Final = 6
LOOK_BITS: Final = 128
PLACE_BITS: Final = 2 * POSITION_BITS + SCALE_BITS + DIRECTION_BITS + LOOK_BITS


def packed_bytes(places: int) -> int:
    """Give how many bytes a signal of so many places has."""
    return HEAD_BYTES + -(-places * PLACE_BITS // 8)


def is_well_formed(packed: bytes, least: int) -> bool:
    """Say whether bytes are a signal of this version, of so many places at least, and whole."""
    return (
        len(packed) >= HEAD_BYTES
        and packed[0] == VERSION
        and least <= packed[1] <= MOST_PLACES
        and len(packed) == packed_bytes(packed[1])
    )
