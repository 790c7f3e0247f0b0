"""Very many registered pictures put together one by one, without holding any of them twice."""

from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from signals.constellation import MOST_PLACES, Constellation
from signals.place_bits import WORDS
from signals.place_parts import Part, Shown
from signals.place_tables import PlaceTables
from signals.place_votes import Rows

T = TypeVar("T", bound=np.generic)

_FEWEST: Final = 64
_GROWTH: Final = 1.25


class PlaceGathering:
    """Takes pictures in and gives them as a part, numbered from 0.

    A picture by itself takes three times the memory that its rows do. Room that is never written to
    takes none, so there may be too much of it.

    Args:
        expected: how many pictures there will be, more or less.
    """

    def __init__(self, expected: int) -> None:
        most = max(expected, _FEWEST)
        self._places: NDArray[np.float32] = np.empty((most * MOST_PLACES, 4), np.float32)
        self._bits: NDArray[np.uint64] = np.empty((most * MOST_PLACES, WORDS), np.uint64)
        self._counts: list[int] = []
        self._shown: list[Shown] = []
        self._sizes: list[tuple[int, int]] = []
        self._taken = 0

    def add(self, shown: Shown, picture: Constellation) -> None:
        """Take one more picture in."""
        last = self._taken + len(picture)
        if last > len(self._bits):
            more = int(last * _GROWTH) + 1
            self._places = _grown(self._places, self._taken, more)
            self._bits = _grown(self._bits, self._taken, more)
        self._places[self._taken : last] = picture.places
        self._bits[self._taken : last] = picture.bits
        self._taken = last
        self._counts.append(len(picture))
        self._shown.append(shown)
        self._sizes.append((picture.width, picture.height))

    def part(self) -> Part:
        """Give all pictures, with tables."""
        places, bits = self._places[: self._taken], self._bits[: self._taken]
        numbers = np.arange(len(self._counts), dtype=np.uint32)
        rows = Rows(
            places,
            bits,
            np.concatenate([[0], np.cumsum(self._counts)]).astype(np.int64),
            np.repeat(numbers, self._counts),
        )
        return Part.of_rows(self._shown, self._sizes, rows, PlaceTables.build(bits))


def _grown(array: NDArray[T], taken: int, rows: int) -> NDArray[T]:
    larger = np.empty((rows, array.shape[1]), array.dtype)
    larger[:taken] = array[:taken]
    return larger
