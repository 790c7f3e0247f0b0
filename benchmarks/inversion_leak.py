"""What a thief of the registry holds of one photo, as the numbers that drawing it needs."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from domain.signal import Signal, SignalType, View
from signals.constellation import Constellation, unpack
from signals.grid import LAID, TURNS
from signals.pictures import hash_picture

PDQ_SIDE: Final = 16
"""PDQ has a bit for each of 16 × 16 frequencies, from 1 on: none is level along a side."""

PHASH_SIDE: Final = 8
"""pHash has a bit for each of 8 × 8 frequencies, from 0 on."""

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Leak:
    """The signals of one registered photo, as the registry has them.

    ``pdq``, shape (16, 16), and ``phash``, shape (8, 8), say for each frequency of the upright
    picture, down and across, how surely it is above the middle one: 1 if all eight views say so, -1
    if all deny it. ``constellation`` is None where the photo has too few places.
    """

    constellation: Constellation | None
    pdq: Numbers = field(repr=False)
    phash: Numbers = field(repr=False)
    bytes_held: int

    @property
    def waves(self) -> Numbers:
        """Both hashes in one row of 320 numbers."""
        return np.concatenate([self.pdq.ravel(), self.phash.ravel()])


def leak_of(body: bytes) -> Leak:
    """Register a photo, and read what was registered as a thief would.

    Raises:
        Undecodable: it is no picture.
    """
    signals = hash_picture(body).signals
    held = [signal.value for signal in signals if signal.type is SignalType.CONSTELLATION]
    return Leak(
        unpack(bytes.fromhex(held[0])) if held else None,
        _waves(signals, SignalType.PDQ, PDQ_SIDE),
        _waves(signals, SignalType.PHASH, PHASH_SIDE),
        sum(len(signal.value) // 2 for signal in signals),
    )


def _waves(signals: tuple[Signal, ...], kind: SignalType, side: int) -> Numbers:
    """Lay the bits of every view back on the upright picture, and take their mean."""
    total = np.zeros((side, side))
    views = 0
    for signal in signals:
        if signal.type is kind and signal.view is not None:
            total += _laid_back(
                _bits(signal.value, kind, side), signal.view, first=side == PDQ_SIDE
            )
            views += 1
    mean: Numbers = total / max(1, views)
    return mean


def _bits(value: str, kind: SignalType, side: int) -> Numbers:
    flat = np.unpackbits(np.frombuffer(bytes.fromhex(value), np.uint8))
    if kind is SignalType.PDQ:  # its last bit holds the lowest frequency
        flat = flat[::-1]
    bits: Numbers = flat.reshape(side, side).astype(np.float64) * 2 - 1
    return bits


def _laid_back(bits: Numbers, view: View, *, first: bool) -> Numbers:
    """Undo a view: turned back, and every odd wave of a mirrored side the other way up."""
    operation = LAID[view]
    if operation is None:
        return bits
    turn = TURNS[operation]
    flip_rows, flip_columns = turn.flip_rows, turn.flip_columns
    if turn.swap:  # what is reversed after the swap was the other side before it
        bits, flip_rows, flip_columns = bits.T, flip_columns, flip_rows
    odd: Numbers = np.power(-1.0, np.arange(len(bits)) + (1 if first else 0)).astype(np.float64)
    level = np.ones(len(bits))
    laid: Numbers = bits * np.outer(odd if flip_rows else level, odd if flip_columns else level)
    return laid
