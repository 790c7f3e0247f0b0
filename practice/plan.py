"""What the demo plants where, so that it can say afterwards what was found and what was missed."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from random import Random
from typing import Final

from PIL import Image

from practice.board import build_board
from practice.gallery import build_gallery
from practice.photographs import ORIGINALS, open_photo, photo_names, photo_path
from practice.picture import Picture, ServedPicture
from practice.reposts import EDITS, other_pictures
from practice.reworked import OTHERS_BESIDE, REWORKED, rework
from practice.sites import PracticeSite

EDITS_PER_ORIGINAL: Final = 5
"""Of the slight edits of `practice.reposts`, and as many of those of `practice.reworked`."""
OTHERS: Final = 72
"""Other pictures as they are; besides, each edit of `practice.reworked` was made to one more."""


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
    """Three cases, the 80 reposts of their pictures and the other pictures among which they stand.

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
    unregistered = {name: open_photo(name) for name in photo_names() if name not in ORIGINALS}
    for index, (name, picture) in enumerate(_reworked_others(unregistered)):
        placed[name] = (_PLACES[index % 2], picture)
    other_names = tuple(placed)
    made = [*_made_reposts(), *_reworked_reposts(unregistered)]
    placed.update({name: (place, picture) for name, _, _, place, picture in made})
    served = _numbered(placed)
    case_of = {name: index for index, case in enumerate(_CASES) for name in case.originals}
    return DemoPlan(
        cases=_CASES,
        reposts=tuple(
            PlantedRepost(case_of[original], original, edit, place, served[name])
            for name, original, edit, place, _ in made
        ),
        others=tuple(OtherPicture(name, placed[name][0], served[name]) for name in other_names),
        inline=others[chosen[OTHERS]],
    )


_Made = tuple[str, str, str, Place, Picture]
"""A repost's name, its original's, its edit's, where it goes, and itself."""


def _made_reposts() -> Iterator[_Made]:
    """Give each original its slight edits."""
    for original, edit, place in _turns(tuple(EDITS)):
        yield f"{original}, {edit}", original, edit, place, EDITS[edit](open_photo(original))


def _reworked_reposts(unregistered: Mapping[str, Image.Image]) -> Iterator[_Made]:
    """Give each original its edits that change it as a whole."""
    for original, edit, place in _turns(tuple(REWORKED)):
        name = f"{original}, {edit}"
        beside = _beside(name, unregistered)
        yield name, original, edit, place, rework(edit, original, open_photo(original), beside)


def _turns(edits: tuple[str, ...]) -> Iterator[tuple[str, str, Place]]:
    """Deal edits out to originals, so that all are used, and spread them over both sites.

    Which original gets which edit was settled before anyone knew what would be found.
    """
    for index, original in enumerate(ORIGINALS):
        for turn in range(EDITS_PER_ORIGINAL):
            edit = edits[(index * EDITS_PER_ORIGINAL + turn) % len(edits)]
            yield original, edit, _PLACES[(index + turn) % 2]


def _reworked_others(unregistered: Mapping[str, Image.Image]) -> Iterator[tuple[str, Picture]]:
    """Make each edit to a photo that nobody registered: a screenshot alone is no repost."""
    for edit, photo in zip(REWORKED, sorted(unregistered, key=_shuffled), strict=False):
        name = f"{photo}, {edit}"
        rest = {other: opened for other, opened in unregistered.items() if other != photo}
        yield name, rework(edit, photo, unregistered[photo], _beside(name, rest))


def _beside(name: str, photos: Mapping[str, Image.Image]) -> list[Image.Image]:
    """Draw photos for a collage."""
    rng = Random(name)  # noqa: S311 - to be repeated, not to be secret
    return [photos[other] for other in rng.sample(sorted(photos), OTHERS_BESIDE)]


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
