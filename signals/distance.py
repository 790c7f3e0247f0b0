"""Hamming distances over packed bits: what "near" is measured in."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from domain.signal import MIN_PDQ_QUALITY, Signal, SignalType

PDQ_BITS: Final = 256
PDQ_BYTES: Final = PDQ_BITS // 8


def pack_pdq(values: Sequence[str]) -> NDArray[np.uint8]:
    """Turn PDQ signals written in hexadecimal into packed bits.

    Args:
        values: n signals of 64 hexadecimal digits each; n may be 0.

    Returns:
        Packed bits, shape (n, 32), in the order of the digits.

    Raises:
        ValueError: a value is not 64 hexadecimal digits.
    """
    for value in values:
        if len(value) != 2 * PDQ_BYTES:
            msg = f"a PDQ signal is {2 * PDQ_BYTES} hexadecimal digits; {value[:80]!r} is not"
            raise ValueError(msg)
    packed = np.frombuffer(bytes.fromhex("".join(values)), dtype=np.uint8)
    return packed.reshape(len(values), PDQ_BYTES)


def word_distances(query: NDArray[np.uint64], rows: NDArray[np.uint64]) -> NDArray[np.uint16]:
    """Count differing bits between one row of 64-bit words and each of many rows.

    Args:
        query: shape (w,).
        rows: shape (n, w); n may be 0.

    Returns:
        Hamming distances in bits, shape (n,), each from 0 to 64 w.
    """
    differing: NDArray[np.uint16] = np.bitwise_count(rows ^ query).sum(axis=1, dtype=np.uint16)
    return differing


def is_usable_pdq(signal: Signal) -> bool:
    """Say whether a registered signal is a PDQ one that may match; an unknown quality counts."""
    return signal.type is SignalType.PDQ and (
        signal.quality is None or signal.quality >= MIN_PDQ_QUALITY
    )
