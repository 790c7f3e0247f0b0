"""Exact range search over signals of one type: which are within so many bits of a query?"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from domain.signal import MATCH_DISTANCE, PHASH_AGREEMENT
from signals.distance import word_distances
from signals.growing_rows import GrowingRows
from signals.snapshot_file import load_snapshot, save_snapshot

if TYPE_CHECKING:
    from signals.bands import Bands

BANDED_ROWS: Final = 16_384
"""Fewer are scanned in full by numpy: a tenth of a millisecond, and no compiled code to load."""

USUAL: Final = {64: PHASH_AGREEMENT, 128: 0, 256: MATCH_DISTANCE}
"""The distance that is asked for most, by the bits of a signal: of pHash, MD5 and PDQ."""

_WORD: Final = 64


class Hit(NamedTuple):
    """A signal near a query."""

    owner: int
    tag: int
    distance: int


@dataclass(frozen=True, slots=True)
class Hits:
    """Signals near several queries, by query and then by distance; arrays of one length."""

    query: NDArray[np.int64]
    owner: NDArray[np.int64]
    tag: NDArray[np.uint8]
    distance: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.owner)


_NOTHING: Final = Hits(
    np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.uint8), np.empty(0, np.int64)
)


class HammingIndex:
    """Signals of so many bits, each with its owner and a tag, searched within a distance.

    The results are those of comparing a query with every signal. A large set that was built or
    loaded at once is searched by its bands, a small one and what was added since is scanned.
    Adding and removing never rebuild anything; `consolidated` gives a set anew in which all of it
    is banded, when there is time. Where a set was loaded from a file, its memory is shared with
    every other process that did so. ``len`` counts the signals held. Not for several threads at
    once.
    """

    def __init__(self, bits: int, usual: int | None = None) -> None:
        if bits not in USUAL:
            msg = f"signals have {', '.join(map(str, USUAL))} bits; not {bits}"
            raise ValueError(msg)
        self.bits: Final = bits
        self.usual: Final = USUAL[bits] if usual is None else usual
        self._words: Final = bits // _WORD
        self._codes = np.empty((0, self._words), np.uint64)
        self._owners = np.empty(0, np.int64)
        self._tags = np.empty(0, np.uint8)
        self._bands: Bands | None = None
        self._gone: NDArray[np.bool_] | None = None
        self._gone_count = 0
        self._recent = GrowingRows(self._words)

    @classmethod
    def build(
        cls,
        codes: NDArray[np.uint8],
        owners: NDArray[np.int64],
        tags: NDArray[np.uint8],
        *,
        usual: int | None = None,
    ) -> "HammingIndex":
        """Index many signals at once.

        Args:
            codes: packed bits, shape (n, 8), (n, 16) or (n, 32).
            owners: shape (n,), in any order; an owner may have several signals.
            tags: shape (n,), given back with each hit.
            usual: the distance that will be asked for most; that of USUAL unless given.

        Raises:
            ValueError: the arrays are not of those shapes.
        """
        index = cls(8 * codes.shape[1] if codes.ndim == 2 else 0, usual)  # noqa: PLR2004 - rows and bytes
        if not len(codes) == len(owners) == len(tags):
            msg = f"{len(codes)} signals have {len(owners)} owners and {len(tags)} tags"
            raise ValueError(msg)
        by_owner = np.argsort(owners, kind="stable")
        index._codes = np.ascontiguousarray(codes[by_owner]).view(np.uint64)
        index._owners = owners[by_owner].astype(np.int64)
        index._tags = tags[by_owner].astype(np.uint8)
        index._band()
        return index

    def __len__(self) -> int:
        return len(self._owners) - self._gone_count + len(self._recent)

    @property
    def recent(self) -> int:
        """How many signals were added since the set was built, and are scanned."""
        return len(self._recent)

    @property
    def nbytes(self) -> int:
        """Bytes of memory of everything that is held, shared or not."""
        own = self._codes.nbytes + self._owners.nbytes + self._tags.nbytes + self._recent.nbytes
        own += self._bands.nbytes if self._bands is not None else 0
        return own + (self._gone.nbytes if self._gone is not None else 0)

    def add(self, code: bytes, owner: int, tag: int = 0) -> None:
        """Hold one more signal, found by the next search.

        Raises:
            ValueError: it is not as long as this index's signals are.
        """
        self._recent.add(self._query(code)[0], owner, tag)

    def remove(self, owner: int) -> int:
        """Forget every signal of an owner; return how many there were."""
        removed = self._recent.remove(owner)
        first, last = np.searchsorted(self._owners, (owner, owner + 1))
        if first == last:
            return removed
        if self._gone is None:
            self._gone = np.zeros(len(self._owners), np.bool_)
        new = int(np.count_nonzero(~self._gone[first:last]))
        self._gone[first:last] = True
        self._gone_count += new
        self._codes[first:last] = 0  # a withdrawn person's signal does not stay in memory
        return removed + new

    def search(self, code: bytes, distance: int) -> list[Hit]:
        """Find the signals within ``distance`` bits, inclusive, of one; the nearest first.

        Raises:
            ValueError: it is not as long as this index's signals are.
        """
        found = self._search(self._query(code), distance)
        return [
            Hit(owner, tag, away)
            for owner, tag, away in zip(
                found.owner.tolist(), found.tag.tolist(), found.distance.tolist(), strict=True
            )
        ]

    def search_batch(self, codes: NDArray[np.uint8], distance: int) -> Hits:
        """Find the signals within ``distance`` bits, inclusive, of each of many.

        Args:
            codes: packed bits, shape (q, bits / 8).
            distance: 0 to all bits.

        Raises:
            ValueError: they are not as long as this index's signals are.
        """
        if codes.ndim != 2 or 8 * codes.shape[1] != self.bits:  # noqa: PLR2004 - rows and bytes
            msg = f"queries here have shape (q, {self.bits // 8}); these have {codes.shape}"
            raise ValueError(msg)
        return self._search(np.ascontiguousarray(codes).view(np.uint64), distance)

    def consolidated(self) -> "HammingIndex":
        """Give an index of the same signals in which none is recent and none is gone."""
        kept = slice(None) if self._gone is None else ~self._gone
        recent = self._recent.held()
        return HammingIndex.build(
            np.concatenate([self._codes[kept], recent.codes]).view(np.uint8),
            np.concatenate([self._owners[kept], recent.owners]),
            np.concatenate([self._tags[kept], recent.tags]),
            usual=self.usual,
        )

    def save(self, path: Path) -> None:
        """Write everything to a file, in the place of the one before.

        Raises:
            OSError: the disk is full, or the folder cannot be written.
        """
        save_snapshot(path, self.to_arrays(), {"bits": self.bits, "usual": self.usual})

    @classmethod
    def load(cls, path: Path) -> "HammingIndex":
        """Map a file into memory that is shared with every process that does so.

        Raises:
            FileNotFoundError: there is none.
            DamagedSnapshotError: it cannot be relied on.
        """
        snapshot = load_snapshot(path)
        facts = snapshot.facts
        return cls.from_arrays(snapshot.arrays, bits=facts["bits"], usual=facts["usual"])

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Give everything as arrays by name, none recent and none gone."""
        whole = self if not self._gone_count and not len(self._recent) else self.consolidated()
        bands = whole._bands.arrays if whole._bands is not None else {}  # noqa: SLF001 - its own kind
        return {
            "codes": whole._codes,  # noqa: SLF001
            "owners": whole._owners,  # noqa: SLF001
            "tags": whole._tags,  # noqa: SLF001
            **bands,
        }

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, NDArray[Any]], *, bits: int, usual: int | None
    ) -> "HammingIndex":
        """Take up what `to_arrays` gave.

        Raises:
            KeyError: an array is missing.
        """
        index = cls(bits, usual)
        index._codes = arrays["codes"]
        index._owners = arrays["owners"]
        index._tags = arrays["tags"]
        if "starts" in arrays:
            from signals.bands import Bands  # noqa: PLC0415 - loads the compiled code

            index._bands = Bands.from_arrays(arrays)
        return index

    def _band(self) -> None:
        if len(self._codes) >= BANDED_ROWS:
            from signals.bands import Bands  # noqa: PLC0415 - loads the compiled code

            self._bands = Bands.build(self._codes, self.usual)

    def _query(self, code: bytes) -> NDArray[np.uint64]:
        if 8 * len(code) != self.bits:
            msg = f"a signal here has {self.bits} bits; this one has {8 * len(code)}"
            raise ValueError(msg)
        return np.frombuffer(code, np.uint64).reshape(1, self._words)

    def _search(self, queries: NDArray[np.uint64], distance: int) -> Hits:
        query, row, away = self._search_built(queries, distance)
        if not len(row) and not len(self._recent):
            return _NOTHING
        if self._gone is not None and len(row):
            there = ~self._gone[row]
            query, row, away = query[there], row[there], away[there]
        owner, tag = self._owners[row], self._tags[row]
        if len(self._recent):
            recent = self._recent.held()
            more_query, more_row, more_away = self._scan(queries, recent.codes, distance)
            query = np.concatenate([query, more_query])
            away = np.concatenate([away, more_away])
            owner = np.concatenate([owner, recent.owners[more_row]])
            tag = np.concatenate([tag, recent.tags[more_row]])
        if len(owner) > 1:
            order = np.lexsort((tag, owner, away, query))
            return Hits(query[order], owner[order], tag[order], away[order])
        return Hits(query, owner, tag, away)

    def _search_built(
        self, queries: NDArray[np.uint64], distance: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        if self._bands is None:
            return _scan(queries, self._codes, distance)
        near = self._bands.search(queries, self._codes, distance)
        return near.query, near.row, near.distance

    def _scan(
        self, queries: NDArray[np.uint64], codes: NDArray[np.uint64], distance: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        if self._bands is None:
            return _scan(queries, codes, distance)
        near = self._bands.scan(queries, codes, distance)  # its compiled code is there anyway
        return near.query, near.row, near.distance


def _scan(
    queries: NDArray[np.uint64], codes: NDArray[np.uint64], distance: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    found_rows: list[NDArray[np.int64]] = []
    found_distances: list[NDArray[np.int64]] = []
    for query in queries:
        distances = word_distances(query, codes)
        rows = np.flatnonzero(distances <= distance)
        found_rows.append(rows)
        found_distances.append(distances[rows].astype(np.int64))
    if not found_rows:
        nothing = np.empty(0, np.int64)
        return nothing, nothing, nothing
    query_of = np.repeat(np.arange(len(found_rows)), [len(rows) for rows in found_rows])
    return query_of, np.concatenate(found_rows), np.concatenate(found_distances)
