"""Photographs laid out in albums, as people keep the ones that they publish."""

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.photos import find_photos
from domain.errors import InvalidInput
from domain.signal import MIN_PDQ_QUALITY
from signals.pictures import pdq_of_bytes

# A folder has photographs or folders: of one with both, some software shows the folders alone.
NAMES: Final = ("harbour", "hills/summer", "hills/winter", "town")
_NOT_IN_A_NAME: Final = re.compile(r"[^a-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Album:
    """One folder of photographs; ``name`` is its path below the folder of all albums."""

    name: str
    photos: tuple[Path, ...]

    @property
    def title(self) -> str:
        """Give it a heading."""
        return self.name.rpartition("/")[2].title()

    @property
    def slug(self) -> str:
        """Give it a name without slashes."""
        return self.name.replace("/", "-")


@dataclass(frozen=True, slots=True)
class Albums:
    """Every album, in one folder."""

    folder: Path
    albums: tuple[Album, ...]

    @property
    def photos(self) -> list[Path]:
        """List the photographs of all albums."""
        return [photo for album in self.albums for photo in album.photos]


def lay_out(photos: Path, folder: Path, *, at_most: int | None = None) -> Albums:
    """Copy the photographs into albums of about the same size below a new folder.

    Those too plain for PDQ are left out: nobody could say which published picture is theirs.

    Raises:
        InvalidInput: there are fewer photographs than albums.
    """
    fit = [p for p in find_photos(photos) if pdq_of_bytes(p.read_bytes())[1] >= MIN_PDQ_QUALITY]
    fit = fit[:at_most]
    if len(fit) < len(NAMES):
        msg = (
            f"{photos} holds {len(fit)} photographs with enough in them; {len(NAMES)} albums need "
            "one each: name another folder with --photos."
        )
        raise InvalidInput(msg)
    albums = []
    for number, name in enumerate(NAMES):
        (folder / name).mkdir(parents=True)
        share = fit[number * len(fit) // len(NAMES) : (number + 1) * len(fit) // len(NAMES)]
        albums.append(Album(name, tuple(_copied(share, folder / name))))
    return Albums(folder, tuple(albums))


def _copied(photos: Sequence[Path], folder: Path) -> list[Path]:
    copies: list[Path] = []
    for photo in photos:
        # Software treats odd names each in its own way, which is not what is measured here.
        stem = _NOT_IN_A_NAME.sub("-", photo.stem.lower())
        copy = folder / f"{stem}.jpg"
        if copy.exists():
            copy = folder / f"{stem}-{len(copies)}.jpg"
        copies.append(Path(shutil.copyfile(photo, copy)))
    return copies
