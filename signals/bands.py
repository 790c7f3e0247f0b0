"""The bands of a set of signals: built once, searched many times, kept as plain arrays."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from signals.band_plan import BandPlan, masks_around, plan_for, scan_cost, shuffled_bits
from signals.pigeonhole import all_keys, fill_band, scan_rows, search_bands

_SMALL_ENTRY, _LARGE_ENTRY = 32, 64
"""Bits for a row and part of its next key; the large ones hold all of it."""

LARGE_ROWS: Final = 4_000_000
"""From so many on entries are large: few bits of the next key would be left beside a row."""

_FIRST_ROOM: Final = 1024
_ARRAYS: Final = ("order", "widths", "starts", "start_starts", "entries", "entry_bits")


@dataclass(frozen=True, slots=True)
class Near:
    """Rows near queries, in no order: which query, which row, and how many bits apart."""

    query: NDArray[np.int64]
    row: NDArray[np.int64]
    distance: NDArray[np.int64]


_NOTHING: Final = Near(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.int64))


@dataclass(frozen=True, slots=True)
class Probes:
    """How the bands are searched for one distance."""

    radii: NDArray[np.int64]
    masks: NDArray[np.uint32]
    mask_counts: NDArray[np.int64]


@dataclass(slots=True)
class Bands:
    """Finds rows near a query without looking at most of them; see `signals.pigeonhole`.

    Not for several threads at once.
    """

    arrays: Mapping[str, NDArray[Any]]
    _probes: dict[int, Probes | None] = field(default_factory=dict)
    _out: Near = field(default_factory=lambda: _room(_FIRST_ROOM))

    @classmethod
    def build(cls, codes: NDArray[np.uint64], distance: int) -> "Bands":
        """Lay out the bands of signals, shape (n, words), for queries within ``distance``."""
        rows, words = codes.shape
        plan = plan_for(64 * words, rows, distance)
        order = shuffled_bits(64 * words)
        first = np.concatenate([[0], np.cumsum(plan.widths)]).astype(np.int64)
        row_bits = max(1, (rows - 1).bit_length())
        large = rows >= LARGE_ROWS
        entry_bits = _LARGE_ENTRY if large else _SMALL_ENTRY
        key_bits = min(entry_bits - row_bits, *plan.widths)
        start_starts = np.concatenate([[0], np.cumsum([2**width + 1 for width in plan.widths])])
        starts = np.zeros(start_starts[-1], np.uint32)
        entries = np.empty((len(plan.widths), rows), np.uint64 if large else np.uint32)

        def keys_of(band: int) -> NDArray[np.uint32]:
            keys = np.empty(rows, np.uint32)
            all_keys(codes, order, int(first[band]), plan.widths[band], keys)
            return keys

        here = first_keys = keys_of(0)
        for band in range(len(plan.widths)):
            following = keys_of(band + 1) if band + 1 < len(plan.widths) else first_keys
            of_band = starts[start_starts[band] : start_starts[band + 1]]
            fill_band(here, following, row_bits, key_bits, of_band, entries[band])
            here = following
        return cls(
            {
                "order": order,
                "widths": np.array(plan.widths, np.int64),
                "starts": starts,
                "start_starts": start_starts.astype(np.int64),
                "entries": entries,
                "entry_bits": np.array([row_bits, key_bits], np.int64),
            }
        )

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> "Bands":
        """Take up the arrays of bands built before.

        Raises:
            KeyError: one is missing.
        """
        return cls({name: arrays[name] for name in _ARRAYS})

    @property
    def nbytes(self) -> int:
        """Bytes of memory that the bands take."""
        return sum(array.nbytes for array in self.arrays.values())

    def search(self, queries: NDArray[np.uint64], codes: NDArray[np.uint64], distance: int) -> Near:
        """Find every row within ``distance`` bits, inclusive, of each query.

        Args:
            queries: shape (q, words).
            codes: the rows that the bands were built of, shape (n, words).
            distance: 0 to all bits. What is too far for the bands is found by a scan.
        """
        if distance not in self._probes:
            self._probes[distance] = self._probes_for(distance, len(codes))
        probes = self._probes[distance]
        if probes is None:
            return self.scan(queries, codes, distance)
        held = self.arrays
        row_bits, key_bits = held["entry_bits"]

        def fill(out: Near) -> int:
            return search_bands(
                queries,
                codes,
                held["order"],
                held["widths"],
                probes.radii,
                probes.masks,
                probes.mask_counts,
                held["starts"],
                held["start_starts"],
                held["entries"],
                row_bits,
                key_bits,
                distance,
                out.query,
                out.row,
                out.distance,
            )

        return self._filled(fill)

    def scan(self, queries: NDArray[np.uint64], codes: NDArray[np.uint64], distance: int) -> Near:
        """Find the rows near queries by looking at every one; shapes as in `search`."""
        return self._filled(
            lambda out: scan_rows(queries, codes, distance, out.query, out.row, out.distance)
        )

    def _filled(self, fill: Callable[[Near], int]) -> Near:
        found = fill(self._out)
        if not found:  # as it nearly always is
            return _NOTHING
        if found > len(self._out.row):
            self._out = _room(found)
            found = fill(self._out)
        out = self._out
        return Near(out.query[:found].copy(), out.row[:found].copy(), out.distance[:found].copy())

    def _probes_for(self, distance: int, rows: int) -> Probes | None:
        widths = tuple(int(width) for width in self.arrays["widths"])
        plan = BandPlan(len(self.arrays["order"]), widths)
        radii = plan.radii(distance)
        if radii is None or plan.cost(distance, rows) > scan_cost(rows):
            return None
        each = [
            masks_around(width, radius) if radius >= 0 else np.empty(0, np.uint32)
            for width, radius in zip(plan.widths, radii, strict=True)
        ]
        masks = np.zeros((len(each), max(len(part) for part in each)), np.uint32)
        for band, part in enumerate(each):
            masks[band, : len(part)] = part
        counts = np.array([len(part) for part in each], np.int64)
        return Probes(np.array(radii, np.int64), masks, counts)


def _room(rows: int) -> Near:
    return Near(np.empty(rows, np.int64), np.empty(rows, np.int64), np.empty(rows, np.int64))
