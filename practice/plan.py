"""What the demo plants where, so that it can say afterwards what was found and what was missed."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

from practice.board import build_board
from practice.gallery import build_gallery
from practice.photographs import ORIGINALS, open_photo, photo_path
from practice.picture import Picture, ServedPicture
from practice.reposts import EDITS, other_pictures
from practice.sites import PracticeSite

EDITS_PER_ORIGINAL: Final = 5
OTHERS: Final = 72


class Place(StrEnum):
    """The two practice sites."""

    GALLERY = "gallery"
    BOARD = "board"


@dataclass(frozen=True, slots=True)
class PracticeCase:
    """A made-up person's case: the names of the photographs to register, and their files."""

    originals: tuple[str, ...]

    @property
    def files(self) -> tuple[Path, ...]:
        """The files to register, in the order of ``originals``."""
        return tuple(photo_path(name) for name in self.originals)


_CASES: Final = (
    PracticeCase(ORIGINALS[0:3]),
    PracticeCase(ORIGINALS[3:6]),
    PracticeCase(ORIGINALS[6:8]),
)
_PLACES: Final = (Place.GALLERY, Place.BOARD)
_FOLDER: Final = {Place.GALLERY: "/photos/", Place.BOARD: "/src/"}
_FIRST_NUMBER: Final = {Place.GALLERY: 1001, Place.BOARD: 1719400001}


@dataclass(frozen=True, slots=True)
class PlantedRepost:
    """One repost: whose original, which edit, and at which path of which site."""

    case: int
    original: str
    edit: str
    place: Place
    served: ServedPicture

    @property
    def path(self) -> str:
        """The path at which its site serves it."""
        return self.served.path

    @property
    def sha256(self) -> str:
        """The SHA-256 of the file as served."""
        return self.served.picture.sha256


@dataclass(frozen=True, slots=True)
class OtherPicture:
    """One picture that is nobody's repost; Vigil is to flag none of them."""

    name: str
    place: Place
    served: ServedPicture


@dataclass(frozen=True, slots=True)
class DemoPlan:
    """Three cases, the 40 reposts of their pictures and the other pictures among which they stand.

    ``inline`` is one more other picture, written into a page of the board.
    """

    cases: tuple[PracticeCase, ...]
    reposts: tuple[PlantedRepost, ...]
    others: tuple[OtherPicture, ...]
    inline: Picture = field(repr=False)

    def build(self, gallery: PracticeSite, board: PracticeSite) -> tuple[str, str]:
        """Fill both sites, running or not, and give the addresses of their front pages."""
        return (
            build_gallery(gallery, self.served_at(Place.GALLERY)),
            build_board(board, self.served_at(Place.BOARD), inline=self.inline),
        )

    def served_at(self, place: Place) -> tuple[ServedPicture, ...]:
        """List what one site serves, reposts among the others, in the order of its pages."""
        planted = [repost.served for repost in self.reposts if repost.place is place]
        others = [other.served for other in self.others if other.place is place]
        return tuple(sorted(planted + others, key=lambda served: served.path))


def make_plan() -> DemoPlan:
    """Make every picture of the demo; the same plan each time."""
    others = other_pictures()
    chosen = sorted(others, key=_shuffled)
    placed = {
        name: (_PLACES[index % 2], others[name]) for index, name in enumerate(chosen[:OTHERS])
    }
    made = list(_made_reposts())
    placed.update({name: (place, picture) for name, _, _, place, picture in made})
    served = _numbered(placed)
    case_of = {name: index for index, case in enumerate(_CASES) for name in case.originals}
    return DemoPlan(
        cases=_CASES,
        reposts=tuple(
            PlantedRepost(case_of[original], original, edit, place, served[name])
            for name, original, edit, place, _ in made
        ),
        others=tuple(OtherPicture(name, placed[name][0], served[name]) for name in chosen[:OTHERS]),
        inline=others[chosen[OTHERS]],
    )


def _made_reposts() -> Iterator[tuple[str, str, str, Place, Picture]]:
    """Give each original its edits, so that all edits are used, and spread them over both sites."""
    edits = tuple(EDITS)
    for index, original in enumerate(ORIGINALS):
        photo = open_photo(original)
        for turn in range(EDITS_PER_ORIGINAL):
            edit = edits[(index * EDITS_PER_ORIGINAL + turn) % len(edits)]
            place = _PLACES[(index + turn) % 2]
            yield f"{original}, {edit}", original, edit, place, EDITS[edit](photo)


def _numbered(placed: Mapping[str, tuple[Place, Picture]]) -> dict[str, ServedPicture]:
    """Give each picture a path that says nothing of what it is, numbered in shuffled order."""
    served = {}
    for place in _PLACES:
        names = sorted((name for name in placed if placed[name][0] is place), key=_shuffled)
        for number, name in enumerate(names, start=_FIRST_NUMBER[place]):
            picture = placed[name][1]
            path = f"{_FOLDER[place]}{number}{picture.extension}"
            served[name] = ServedPicture(path, picture)
    return served


def _shuffled(name: str) -> str:
    # A hash of the name: an order without pattern that is the same with every Python and Pillow.
    return hashlib.sha256(name.encode()).hexdigest()
