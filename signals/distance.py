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


def pdq_distances(query: NDArray[np.uint8], registered: NDArray[np.uint8]) -> NDArray[np.uint16]:
    """Count the bits in which one PDQ signal differs from each of many.

    Args:
        query: packed bits, shape (32,).
        registered: packed bits, shape (n, 32); n may be 0.

    Returns:
        Hamming distances in bits, shape (n,), each from 0 to 256.

    Raises:
        ValueError: the arrays are not of those shapes.

    Source: "The TMK+PDQF video-hashing algorithm and the PDQ image-hashing algorithm" (2019).
    """
    if query.shape != (PDQ_BYTES,) or registered.shape[1:] != (PDQ_BYTES,):
        msg = (
            f"PDQ distances want shapes ({PDQ_BYTES},) and (n, {PDQ_BYTES}); "
            f"these are {query.shape} and {registered.shape}"
        )
        raise ValueError(msg)
    # Eight bytes at a time: four XORs and counts a signal instead of thirty-two.
    query_words = np.ascontiguousarray(query).view(np.uint64)
    registered_words = np.ascontiguousarray(registered).view(np.uint64)
    return word_distances(query_words, registered_words)


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


def phash_distance(one: str, other: str) -> int:
    """Count the bits, 0 to 64, in which two pHash signals of 16 hexadecimal digits differ."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


def is_usable_pdq(signal: Signal) -> bool:
    """Say whether a registered signal is a PDQ one that may match; an unknown quality counts."""
    return signal.type is SignalType.PDQ and (
        signal.quality is None or signal.quality >= MIN_PDQ_QUALITY
    )
