"""A folder of reposts, made of a folder of photos: TO/EDIT/NN.jpg and TO/reposts.csv."""

import csv
import hashlib
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Final, TextIO

from PIL import Image, ImageOps, UnidentifiedImageError

from benchmarks.edit_kinds import MOST_OTHERS, edited, find_edit, usual
from benchmarks.photos import find_photos
from domain.errors import InvalidInput, OutsideDown, Undecodable

LIST: Final = "reposts.csv"
HEADER: Final = ("file", "edit", "original")

# What Pillow raises for files that are damaged or far too large, and ours for those too small.
_UNUSABLE: Final = (OSError, ValueError, SyntaxError, Image.DecompressionBombError, InvalidInput)
_KEPT_OPEN: Final = 48  # decoded photos, of at most 2 MB each
_QUIET_SECONDS: Final = 2.0
_LINE_SECONDS: Final = 10.0  # between lines of progress where none can be written over


@dataclass(frozen=True, slots=True)
class Made:
    """What came of a folder of photos. ``unreadable`` are the names of those left out."""

    photos: int
    pictures: int
    unreadable: tuple[str, ...]


def make_reposts(
    folder: Path, to: Path, names: Sequence[str], *, seed: int, number: int | None = None
) -> Made:
    """Make each edit of each photo in a folder and those below it, and list them.

    A photo's number in the names of its reposts counts the photos that could be read. A list that
    is already there is written anew. A photo that cannot be read is named on stderr and left out.

    Args:
        folder: holds the photos, as JPEG files.
        to: where the reposts go; made if it is not there.
        names: the edits to make.
        seed: what chance depends on besides the edit and the photo's name in the folder. Edits
            that show several photos depend on which others are in the folder, too.
        number: take only so many photos, spread evenly over the folder.

    Raises:
        InvalidInput: there is no photo, none can be read, there is no such edit, an edit needs
            other photos than the one that is there, or ``to`` lies in ``folder``.
        OutsideDown: the disk does not take the files.
    """
    found = find_photos(folder)
    crowded = [name for name in names if find_edit(name).others]
    if to.resolve().is_relative_to(folder.resolve()):
        msg = f"{to} is in {folder}: reposts made there would count as photos the next time."
        raise InvalidInput(msg)
    if crowded and len(found) == 1:
        msg = (
            f"There is one photo in {folder}, and {', '.join(crowded)} show it among others: "
            "add photos, or name other edits with --edits."
        )
        raise InvalidInput(msg)
    shelf = _Shelf(folder, found)
    chosen = find_photos(folder, at_most=number)
    try:
        made = _write(shelf, chosen, to, names, seed)
    except OSError as error:
        msg = f"Reposts cannot be written to {to}: {error.strerror or error}."
        raise OutsideDown(msg) from error
    if made.photos == 0:
        msg = f"None of the {len(chosen):,} photos taken from {folder} can be read."
        raise InvalidInput(msg)
    return made


def _write(
    shelf: "_Shelf", chosen: Sequence[Path], to: Path, names: Sequence[str], seed: int
) -> Made:
    for name in names:
        (to / name).mkdir(parents=True, exist_ok=True)
    crowded = any(find_edit(name).others for name in names)
    digits = max(2, len(str(len(chosen) - 1)))
    photos = pictures = 0
    with (
        (to / LIST).open("w", encoding="utf-8", newline="") as stream,
        closing(_Progress(len(chosen) * len(names), sys.stderr)) as progress,
    ):
        rows = csv.writer(stream, lineterminator="\n")
        rows.writerow(HEADER)
        for place, path in enumerate(chosen):
            photo = shelf.photo(path)
            if photo is None:
                continue
            original = shelf.name(path)
            own_seed = seed_of(original, seed)
            others = shelf.others(path, own_seed) if crowded else []
            for done, name in enumerate(names):
                progress.tell(place * len(names) + done)
                repost = edited(name, photo, others, own_seed)
                file = f"{name}/{photos:0{digits}}.{repost.suffix}"
                (to / file).write_bytes(repost.body)
                rows.writerow((file, name, original))
                pictures += 1
            photos += 1
    return Made(photos, pictures, tuple(sorted(shelf.unreadable)))


def seed_of(photo: str, seed: int) -> int:
    """Give the seed of one photo, so that its reposts do not depend on which others are made."""
    digest = hashlib.sha256(f"{seed} {photo}".encode()).digest()
    return int.from_bytes(digest[:8], "big")


def open_photo(path: Path) -> Image.Image:
    """Decode a photo upright and in RGB, no larger than reposts are made from.

    Raises:
        Undecodable: it is no picture, it is damaged, or it is too small; the text says which.
    """
    try:
        with Image.open(path) as opened:
            return usual(ImageOps.exif_transpose(opened))
    except UnidentifiedImageError as error:
        msg = "it is no picture of a known kind."
        raise Undecodable(msg) from error
    except _UNUSABLE as error:
        raise Undecodable(str(error)) from error


class _Shelf:
    """The photos of a folder, opened when asked for."""

    def __init__(self, folder: Path, paths: Sequence[Path]) -> None:
        self.unreadable: set[str] = set()
        self._folder = folder
        self._paths = paths
        self._open = lru_cache(maxsize=_KEPT_OPEN)(open_photo)

    def name(self, path: Path) -> str:
        """Give a photo's name in the folder, with that of a folder below it."""
        return path.relative_to(self._folder).as_posix()

    def photo(self, path: Path) -> Image.Image | None:
        """Open a photo, or say on stderr, once, that it cannot be read and give None."""
        name = self.name(path)
        if name in self.unreadable:
            return None
        try:
            return self._open(path)
        except Undecodable as error:
            self.unreadable.add(name)
            print(f"{name} cannot be read and is left out: {error}", file=sys.stderr)
            return None

    def others(self, path: Path, seed: int) -> list[Image.Image]:
        """Draw photos to show beside one, as many as any edit needs or as there are."""
        beside = [other for other in self._paths if other != path]
        Random(seed).shuffle(beside)  # noqa: S311 - to be repeated, not to be secret
        found: list[Image.Image] = []
        for other in beside:
            photo = self.photo(other)
            if photo is not None:
                found.append(photo)
            if len(found) == MOST_OTHERS:
                break
        return found


class _Progress:
    """Says how far it is on anything that takes more than two seconds."""

    def __init__(self, of: int, stream: TextIO) -> None:
        self._of = of
        self._stream = stream
        self._over = stream.isatty()
        self._next = time.monotonic() + _QUIET_SECONDS
        self._told = False

    def tell(self, done: int) -> None:
        """Say how many are done, if it is time to."""
        if time.monotonic() < self._next:
            return
        start, end = ("\r", "") if self._over else ("", "\n")
        print(f"{start}{done:,} of {self._of:,} reposts made", end=end, file=self._stream)
        self._stream.flush()
        self._told = True
        self._next = time.monotonic() + (0.2 if self._over else _LINE_SECONDS)

    def close(self) -> None:
        """Leave the line."""
        if self._told and self._over:
            print(file=self._stream)
