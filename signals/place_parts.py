"""Some registered pictures with their places, and tables of these unless they are few."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from domain.places import FoundPlaces
from signals.constellation import Constellation
from signals.place_bits import WORDS
from signals.place_comparison import compared
from signals.place_tables import PlaceTables
from signals.place_votes import Rows, worth_comparing

_MOST_COMPARED: Final = 96
"""Pictures compared in full for one image: those of which the likeliest pairs were met."""

_MOST_OF_ONE: Final = 4
"""Of those, the ones of one registration: a video may have shown the same for a minute."""

_MET_COUNTS: Final = 4
"""How much more a pair counts that was met: of those that chance gives, hardly any are."""

_MOST_MET: Final = 400_000
_MOST_PAIRS: Final = 130_000
_STILL: Final = -1
"""Stands for the moment of a still picture."""


class Shown(NamedTuple):
    """Whose picture a constellation is, and when it is shown: None for a still picture."""

    registration_id: int
    at_ms: int | None


class Entry(NamedTuple):
    """A picture to hold, by its number."""

    number: int
    shown: Shown
    constellation: Constellation


@dataclass(frozen=True, slots=True)
class LikePlaces:
    """One registered picture and the pairs of its places and found ones that look alike.

    ``picture`` is its number. ``pairs``: int64, shape (n, 2), registered and found places, in order
    of the registered ones; ``distances``: uint8, shape (n,). ``likeness``: the higher, the more of
    them agree how the picture lies, and the more alike they are.
    """

    picture: int
    pairs: NDArray[np.int64] = field(repr=False)
    distances: NDArray[np.uint8] = field(repr=False)
    likeness: int


class Room:
    """Memory to work in, for one search after the other."""

    def __init__(self) -> None:
        self.met: NDArray[np.uint32] = np.empty((_MOST_MET, 3), np.uint32)
        self.pairs: NDArray[np.int64] = np.empty((_MOST_PAIRS, 2), np.int64)
        self.distances: NDArray[np.uint8] = np.empty(_MOST_PAIRS, np.uint8)


@dataclass(frozen=True, slots=True)
class Part:
    """Pictures as arrays of one length: their numbers, in order, whose they are, when, how large.

    ``sizes``: shape (n, 2), width and height; 0 of what was removed. ``often`` are zeros.
    """

    numbers: NDArray[np.int64]
    registrations: NDArray[np.int64]
    moments: NDArray[np.int64]
    sizes: NDArray[np.uint32]
    rows: Rows
    tables: PlaceTables | None
    often: NDArray[np.uint32]

    @classmethod
    def of(cls, entries: Sequence[Entry], *, tables: bool) -> "Part":
        """Put pictures together, in the order of their numbers."""
        constellations = [entry.constellation for entry in entries]
        counts = [len(constellation) for constellation in constellations]
        no_bits, no_places = np.empty((0, WORDS), np.uint64), np.empty((0, 4), np.float32)
        rows = Rows(
            np.concatenate([no_places, *(each.places for each in constellations)]),
            np.concatenate([no_bits, *(each.bits for each in constellations)]),
            np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            np.repeat(np.arange(len(counts), dtype=np.uint32), counts),
        )
        return cls.of_rows(
            [entry.shown for entry in entries],
            [(each.width, each.height) for each in constellations],
            rows,
            PlaceTables.build(rows.bits) if tables else None,
            [entry.number for entry in entries],
        )

    @classmethod
    def of_rows(
        cls,
        shown: Sequence[Shown],
        sizes: Sequence[tuple[int, int]],
        rows: Rows,
        tables: PlaceTables | None,
        numbers: Sequence[int] | None = None,
    ) -> "Part":
        """Take up rows and what they are of; without numbers, from 0."""
        moments = [_STILL if each.at_ms is None else each.at_ms for each in shown]
        return cls(
            np.arange(len(shown)) if numbers is None else np.array(numbers, np.int64),
            np.array([each.registration_id for each in shown], np.int64),
            np.array(moments, np.int64),
            np.array(sizes, np.uint32).reshape(-1, 2),
            rows,
            tables,
            np.zeros(len(shown), np.uint32),
        )

    def __len__(self) -> int:
        """Count the pictures, those that were removed included."""
        return len(self.numbers)

    @property
    def nbytes(self) -> int:
        """Bytes of memory of what is held of places."""
        held = self.rows.places.nbytes + self.rows.bits.nbytes + self.rows.owners.nbytes
        return held + (self.tables.nbytes if self.tables is not None else 0)

    def find(self, number: int) -> int | None:
        """Give the place of a picture among these, None if it is not here."""
        place = int(np.searchsorted(self.numbers, number))
        return place if place < len(self) and self.numbers[place] == number else None

    def shown(self, place: int) -> Shown:
        """Say whose picture is at a place."""
        at_ms = int(self.moments[place])
        return Shown(int(self.registrations[place]), None if at_ms == _STILL else at_ms)

    def constellation(self, place: int) -> Constellation:
        """Give the picture at a place; one that was removed has no places."""
        first, last = self.rows.starts[place : place + 2].tolist()
        width, height = self.sizes[place].tolist()
        if not width:
            first = last
        places, bits = self.rows.places[first:last], self.rows.bits[first:last]
        return Constellation(places, bits, width, height)

    def entries(self) -> list[Entry]:
        """Give the pictures that were not removed."""
        return [
            Entry(number, self.shown(place), self.constellation(place))
            for place, number in enumerate(self.numbers.tolist())
            if self.sizes[place, 0]
        ]

    def holds(self, registration_id: int) -> bool:
        """Say whether a picture of a registration is here, and was not removed."""
        return bool(((self.registrations == registration_id) & (self.sizes[:, 0] > 0)).any())

    def remove(self, registration_id: int) -> int:
        """Forget the pictures of a registration; return how many there were."""
        removed = 0
        for place in np.flatnonzero(self.registrations == registration_id).tolist():
            first, last = self.rows.starts[place : place + 2].tolist()
            if self.tables is not None:
                self.tables.erase(first, last)
            # A withdrawn person's signal does not stay in memory.
            self.rows.bits[first:last] = 0
            self.rows.places[first:last] = 0
            removed += bool(self.sizes[place, 0])
            self.sizes[place] = 0
        return removed

    def like(self, found: FoundPlaces, room: Room) -> Iterator[LikePlaces]:
        """Give the pictures of which places look like found ones in one arrangement."""
        if self.tables is None:
            pictures = np.arange(len(self), dtype=np.uint32)
            worth = None
        else:
            met = room.met[: self.tables.meet(found.bits, found.unsure, room.met)]
            pictures, worth = worth_comparing(met, self.rows, found, self.often)
            few = _few_of_each(self.registrations[pictures])
            pictures, worth = pictures[few][:_MOST_COMPARED], worth[few][:_MOST_COMPARED]
        there = self.sizes[pictures, 0] > 0
        pictures = pictures[there]
        full = compared(pictures, self.rows, found, room.pairs, room.distances)
        likeness = full.likeness.astype(np.int64)
        if worth is None:  # all pairs were met, so to speak
            likeness *= 1 + _MET_COUNTS
        else:
            likeness += _MET_COUNTS * worth[there][full.places]
        begin = 0
        for place, end, alike in zip(
            pictures[full.places].tolist(), full.ends.tolist(), likeness.tolist(), strict=True
        ):
            pairs, distances = room.pairs[begin:end].copy(), room.distances[begin:end].copy()
            yield LikePlaces(int(self.numbers[place]), pairs, distances, alike)
            begin = end

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Give everything but the numbers as arrays by name."""
        tables = self.tables.to_arrays() if self.tables is not None else {}
        return {
            "registrations": self.registrations,
            "moments": self.moments,
            "sizes": self.sizes,
            "starts": self.rows.starts,
            "places": self.rows.places.view(np.uint32),
            "bits": self.rows.bits,
            **{f"{_TABLES}{name}": array for name, array in tables.items()},
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> "Part":
        """Take up what `to_arrays` gave; the pictures are numbered from 0.

        Raises:
            KeyError: an array is missing.
            ValueError: they do not fit together.
        """
        starts, bits = arrays["starts"], arrays["bits"]
        count = len(starts) - 1
        owners = np.repeat(np.arange(count, dtype=np.uint32), np.diff(starts))
        tables = {
            name.removeprefix(_TABLES): array
            for name, array in arrays.items()
            if name.startswith(_TABLES)
        }
        return cls(
            np.arange(count, dtype=np.int64),
            arrays["registrations"],
            arrays["moments"],
            arrays["sizes"],
            Rows(arrays["places"].view(np.float32), bits, starts, owners),
            PlaceTables.from_arrays(bits, tables),
            np.zeros(count, np.uint32),
        )


def _few_of_each(owners: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say which things to keep, the first _MOST_OF_ONE of each owner."""
    order = np.argsort(owners, kind="stable")
    sorted_owners = owners[order]
    few = np.empty(len(owners), np.bool_)
    few[order] = np.arange(len(owners)) - np.searchsorted(sorted_owners, sorted_owners) < (
        _MOST_OF_ONE
    )
    return few


_TABLES: Final = "tables."
