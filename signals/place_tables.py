"""Tables in which the places of many pictures stand together by pieces of their bits.

Each place's 128 bits are cut into pieces; places with the same piece stand in the same bucket of
that piece's table. A found place is looked up by its pieces, and again with those bits turned over
that it is least sure of: what an edit changes is nearly always among them. A piece with few unsure
bits is looked up first, since it is the likeliest to be whole, and the rest only as far as the
budget of a place goes. So the work for one found image grows with the registry only by what happens
to be in the same bucket.
"""

import math
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from signals.place_bits import BITS
from signals.place_buckets import erase, fill
from signals.place_lookup import MOST_DISTANCE, meet

__all__ = ["MOST_DISTANCE", "PIECE_BITS", "PlaceTables"]

PIECE_BITS: Final = ((30_000, 12), (120_000, 14), (400_000, 16), (1_600_000, 18), (math.inf, 20))
"""Up to how many places serves which size of pieces: buckets should hold a handful."""


class PlaceTables:
    """The tables of so many places; places are known by their row.

    ``bits`` are kept as they are, not copied: uint64, shape (n, 2). Not for several threads at
    once.
    """

    def __init__(
        self,
        bits: NDArray[np.uint64],
        size: int,
        heads: NDArray[np.uint32],
        items: NDArray[np.uint32],
        checks: NDArray[np.uint32],
    ) -> None:
        self._bits = bits
        self._size = size
        self._heads = heads
        self._items = items
        self._checks = checks

    @classmethod
    def build(cls, bits: NDArray[np.uint64]) -> "PlaceTables":
        """Put places into their buckets: a fourth of a microsecond each."""
        size = next(size for most, size in PIECE_BITS if len(bits) < most)
        pieces = BITS // size
        heads = np.zeros(pieces * (1 << size) + 1, np.uint32)
        items = np.empty(pieces * len(bits), np.uint32)
        checks = np.empty(pieces * len(bits), np.uint32)
        fill(bits, size, pieces, heads, items, checks)
        return cls(bits, size, heads, items, checks)

    @property
    def nbytes(self) -> int:
        """Bytes of memory of the tables, without the bits."""
        return self._heads.nbytes + self._items.nbytes + self._checks.nbytes

    def meet(
        self, bits: NDArray[np.uint64], unsure: NDArray[np.uint64], out: NDArray[np.uint32]
    ) -> int:
        """Write which places are near found ones, by what stands in the same buckets.

        Args:
            bits: of the found places, shape (m, 2).
            unsure: shape (m, 2), as `signals.place_bits.bits_and_unsure` has it.
            out: shape (k, 3): a row, a found place and their distance; what does not fit in it is
                left out.

        Returns:
            How many were written.
        """
        return meet(
            bits, unsure, self._bits, self._heads, self._items, self._checks, self._size, out
        )

    def erase(self, first: int, last: int) -> None:
        """Take places out, from a row to before another; their bits become zeros."""
        erase(self._bits, self._heads, self._items, self._checks, self._size, first, last)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Give the tables as arrays by name; the bits are not among them."""
        return {"heads": self._heads, "items": self._items, "checks": self._checks}

    @classmethod
    def from_arrays(
        cls, bits: NDArray[np.uint64], arrays: Mapping[str, NDArray[Any]]
    ) -> "PlaceTables":
        """Take up what `to_arrays` gave.

        Raises:
            KeyError: an array is missing.
            ValueError: they are of other sizes than those of so many places.
        """
        size = next(size for most, size in PIECE_BITS if len(bits) < most)
        pieces = BITS // size
        heads, items, checks = arrays["heads"], arrays["items"], arrays["checks"]
        wanted = pieces * (1 << size) + 1, pieces * len(bits), pieces * len(bits)
        if (len(heads), len(items), len(checks)) != wanted:
            msg = f"tables of {len(bits):,} places have {wanted} numbers; these have {len(heads):,}"
            raise ValueError(msg)
        return cls(bits, size, heads, items, checks)
