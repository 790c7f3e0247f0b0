"""Which registered pictures have places that look like those of a found image?

A registry lives: what is registered while an index is held is compared in full until there is
enough of it for tables of its own, and what is withdrawn is taken out at once.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, overload

from domain.places import FoundPlaces
from signals.constellation import Constellation
from signals.place_gathering import PlaceGathering
from signals.place_parts import Entry, LikePlaces, Part, Room, Shown
from signals.place_tables import MOST_DISTANCE
from signals.snapshot_file import DamagedSnapshotError, load_snapshot, save_snapshot

__all__ = ["MOST_DISTANCE", "MOST_PICTURES", "LikePlaces", "PlaceIndex", "Shown"]

MOST_PICTURES: Final = 16
"""Pictures given for one image: those that are likest. The right one is among the first eight.

A picture that is registered several times counts once.
"""

MOST_OF_ONE: Final = 2
"""Pictures of one registration given for one image. A video may show the same for a minute, and
would leave no room for anyone else's picture.
"""

RECENT_PICTURES: Final = 64
"""Pictures that are compared in full, in a millisecond; beyond, they get tables of their own."""


class PlaceIndex(Sequence[Constellation]):
    """The places of many registered pictures, and those pictures by their numbers.

    Numbers count from 0 in the order in which pictures were given and added; none is used twice. A
    picture that was removed has no places any more. ``len`` counts numbers, `held` pictures. Not
    for several threads at once.
    """

    def __init__(
        self,
        constellations: Sequence[Constellation] = (),
        shown: Sequence[Shown] | None = None,
    ) -> None:
        if shown is None:
            shown = [Shown(number, None) for number in range(len(constellations))]
        entries = [
            Entry(number, *each)
            for number, each in enumerate(zip(shown, constellations, strict=True))
        ]
        self._given = len(entries)
        self._built = [Part.of(entries, tables=True)] if entries else []
        self._recent: list[Entry] = []
        self._recent_part: Part | None = None
        self._room = Room()

    @classmethod
    def of(
        cls, pictures: Iterable[tuple[Shown, Constellation]], *, expected: int = 0
    ) -> "PlaceIndex":
        """Hold pictures, each read as it is needed; about so many are expected."""
        gathering = PlaceGathering(expected)
        for shown, picture in pictures:
            gathering.add(shown, picture)
        return cls._holding(gathering.part())

    @classmethod
    def _holding(cls, part: Part) -> "PlaceIndex":
        index = cls()
        index._given = len(part)
        index._built = [part] if len(part) else []
        return index

    def __len__(self) -> int:
        return self._given

    @overload
    def __getitem__(self, number: int) -> Constellation: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[Constellation]: ...
    def __getitem__(self, number: int | slice) -> Constellation | Sequence[Constellation]:
        """Give the picture of a number."""
        if isinstance(number, slice):
            return [self[each] for each in range(*number.indices(self._given))]
        part, place = self._find(number)
        return part.constellation(place)

    def shown(self, number: int) -> Shown:
        """Say whose picture a number is, and when it is shown."""
        part, place = self._find(number)
        return part.shown(place)

    def holds(self, registration_id: int) -> bool:
        """Say whether a picture of a registration is held."""
        return any(part.holds(registration_id) for part in self._parts())

    @property
    def held(self) -> int:
        """How many pictures are held."""
        return sum(int((part.sizes[:, 0] > 0).sum()) for part in self._parts())

    @property
    def recent(self) -> int:
        """How many pictures were added since the index was built or loaded."""
        return sum(len(part) for part in self._built[1:]) + len(self._recent)

    @property
    def nbytes(self) -> int:
        """Bytes of memory of everything that is held of places, shared or not."""
        return sum(part.nbytes for part in self._parts())

    def add(self, shown: Shown, constellation: Constellation) -> int:
        """Hold one more picture, found by the next search; return its number."""
        number = self._given
        self._given += 1
        self._recent.append(Entry(number, shown, constellation))
        self._recent_part = None
        if len(self._recent) > RECENT_PICTURES:
            # The first part stays as it is: it may be large, and other processes share it. The rest
            # is put together anew, in ten microseconds for each picture.
            later = [entry for part in self._built[1:] for entry in part.entries()]
            self._built[1:] = [Part.of([*later, *self._recent], tables=True)]
            self._recent = []
        return number

    def remove(self, registration_id: int) -> int:
        """Forget every picture of a registration; return how many there were."""
        kept = [each for each in self._recent if each.shown.registration_id != registration_id]
        removed = len(self._recent) - len(kept)
        if removed:
            self._recent, self._recent_part = kept, None
        return removed + sum(part.remove(registration_id) for part in self._built)

    def like(self, found: FoundPlaces) -> Iterator[LikePlaces]:
        """Give the pictures of which places look like found ones in one arrangement, likest first.

        Args:
            found: the places of an image, or of its mirror image.
        """
        alike = [each for part in self._parts() for each in part.like(found, self._room)]
        alike.sort(key=lambda each: -each.likeness)
        of_one = Counter[int]()
        pictures = set[bytes]()
        for each in alike:
            owner = self.shown(each.picture).registration_id
            if of_one[owner] == MOST_OF_ONE:
                continue
            pictures.add(self[each.picture].bits.tobytes())
            if len(pictures) > MOST_PICTURES:
                return
            of_one[owner] += 1
            yield each

    def save(self, path: Path, facts: Mapping[str, Any]) -> None:
        """Write everything to a file, in the place of the one before, with a few facts about it.

        None is recent in the file and none removed; numbers count from 0 anew.

        Raises:
            OSError: the disk is full, or the folder cannot be written.
        """
        if len(self._built) == 1 and self.held == self._given and not self._recent:
            whole = self._built[0]
        else:
            entries = [entry for part in self._parts() for entry in part.entries()]
            whole = Part.of(entries, tables=True)
        save_snapshot(path, whole.to_arrays(), facts)

    @classmethod
    def load(cls, path: Path) -> tuple["PlaceIndex", Mapping[str, Any]]:
        """Map a file into memory shared with every process that does so; return its facts too.

        Raises:
            FileNotFoundError: there is none.
            DamagedSnapshotError: it cannot be relied on.
        """
        snapshot = load_snapshot(path)
        try:
            part = Part.from_arrays(snapshot.arrays)
        except (KeyError, ValueError) as error:
            msg = f"the snapshot {path} is of another version: {error}. It is made anew."
            raise DamagedSnapshotError(msg) from error
        return cls._holding(part), snapshot.facts

    def _parts(self) -> Iterator[Part]:
        yield from self._built
        if self._recent:
            if self._recent_part is None:
                self._recent_part = Part.of(self._recent, tables=False)
            yield self._recent_part

    def _find(self, number: int) -> tuple[Part, int]:
        for part in self._parts():
            place = part.find(number)
            if place is not None:
                return part, place
        msg = f"no picture has the number {number}; {self._given:,} were given"
        raise IndexError(msg)
