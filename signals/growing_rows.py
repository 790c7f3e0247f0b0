"""Signals as rows without gaps, added and removed one by one."""

from collections import defaultdict
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

_FIRST_ROOM: Final = 64


class Rows(NamedTuple):
    """Signals as words of 64 bits, shape (n, words), with owners and tags, shape (n,)."""

    codes: NDArray[np.uint64]
    owners: NDArray[np.int64]
    tags: NDArray[np.uint8]


class GrowingRows:
    """Signals with owners and tags; adding one and removing an owner's cost what those are."""

    def __init__(self, words: int) -> None:
        self._count = 0
        self._codes = np.empty((_FIRST_ROOM, words), np.uint64)
        self._owners = np.empty(_FIRST_ROOM, np.int64)
        self._tags = np.empty(_FIRST_ROOM, np.uint8)
        self._rows: defaultdict[int, set[int]] = defaultdict(set)

    def __len__(self) -> int:
        return self._count

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays."""
        return self._codes.nbytes + self._owners.nbytes + self._tags.nbytes

    def add(self, code: NDArray[np.uint64], owner: int, tag: int) -> None:
        """Hold one more row."""
        row = self._count
        if row == len(self._codes):
            self._codes, self._owners, self._tags = (
                np.concatenate([array, np.empty_like(array)])
                for array in (self._codes, self._owners, self._tags)
            )
        self._codes[row] = code
        self._owners[row] = owner
        self._tags[row] = tag
        self._rows[owner].add(row)
        self._count = row + 1

    def remove(self, owner: int) -> int:
        """Forget an owner's rows; return how many there were."""
        gone = self._rows.pop(owner, set())
        # From the highest row down, so that the last row, moved into a gap, is never one that
        # is to go as well.
        for row in sorted(gone, reverse=True):
            last = self._count - 1
            if row != last:
                moved = self._rows[int(self._owners[last])]
                moved.remove(last)
                moved.add(row)
                self._codes[row] = self._codes[last]
                self._owners[row] = self._owners[last]
                self._tags[row] = self._tags[last]
            self._codes[last] = 0  # a withdrawn person's signal does not stay in memory
            self._count = last
        return len(gone)

    def held(self) -> Rows:
        """Give the rows as they are now; they change with the next addition or removal."""
        return Rows(
            self._codes[: self._count], self._owners[: self._count], self._tags[: self._count]
        )
