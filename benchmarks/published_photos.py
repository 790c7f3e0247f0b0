"""What a gallery's software published of each photograph: the largest picture that shows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from domain.errors import OutsideDown, Undecodable
from domain.signal import MATCH_DISTANCE
from signals.distance import pack_pdq, word_distances
from signals.pictures import hash_image

_PICTURES: Final = frozenset({".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif"})


@dataclass(frozen=True, slots=True)
class Published:
    """One picture file of a site; ``place`` is its path below the folder that is served."""

    place: str
    pdq: str
    width: int
    height: int

    @property
    def pixels(self) -> int:
        """Count its pixels."""
        return self.width * self.height


def largest_published(folder: Path, photos: Sequence[Path]) -> dict[Path, Published]:
    """Find the largest picture below a folder that shows each photograph.

    Raises:
        OutsideDown: a photograph was not published at all, so that nobody could find it.
    """
    known = [hash_image(photo.read_bytes()).pdq for photo in photos]
    largest: dict[Path, Published] = {}
    for file in sorted(folder.rglob("*")):
        if file.suffix.lower() not in _PICTURES or not file.is_file():
            continue
        published = _read(file, folder)
        nearest = None if published is None else nearest_photo(published.pdq, known)
        if published is None or nearest is None:
            continue
        photo = photos[nearest]
        if photo not in largest or largest[photo].pixels < published.pixels:
            largest[photo] = published
    if missing := [photo.name for photo in photos if photo not in largest]:
        msg = (
            f"The software published nothing of {len(missing)} photographs, the first of which is "
            f"{missing[0]}: look at what it wrote to {folder}."
        )
        raise OutsideDown(msg)
    return largest


def nearest_photo(pdq: str, known: Sequence[str]) -> int | None:
    """Say which of the known PDQ signals a picture is a copy of; None if it is of none."""
    distances = word_distances(pack_pdq([pdq]).view(np.uint64)[0], pack_pdq(known).view(np.uint64))
    nearest = int(distances.argmin())
    return nearest if distances[nearest] <= MATCH_DISTANCE else None


def _read(file: Path, folder: Path) -> Published | None:
    try:
        signals = hash_image(file.read_bytes())
    except Undecodable:  # an icon in a form of its own
        return None
    place = file.relative_to(folder).as_posix()
    return Published(place, signals.pdq, signals.width, signals.height)
