"""A folder of screenshots, made of a folder of photos: TO/KIND/NN.png or .jpg, and screens.csv."""

import base64
import csv
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from random import Random
from typing import Final

from PIL import Image, ImageOps

from benchmarks.app_chrome_browser import Box, Camera, camera
from benchmarks.app_chrome_kinds import find_kind
from benchmarks.app_chrome_pages import Picture, write_page
from benchmarks.edit_folder import seed_of
from benchmarks.photos import JPEG, encoded, find_photos
from domain.errors import InvalidInput, OutsideDown

LIST: Final = "screens.csv"
HEADER: Final = ("file", "kind", "original", "left", "top", "right", "bottom")

_SERVED_SIDE: Final = 1_440
"""Pixels of the longer side that an app shows a photo with, whatever was uploaded."""

# What Pillow raises for files that are no picture, are damaged, or far too large.
_UNUSABLE: Final = (OSError, ValueError, SyntaxError, Image.DecompressionBombError)
_PNG: Final = {"format": "PNG", "compress_level": 4}
_SHARE_OF_PNG: Final = 0.4
"""How many are as the device wrote them; the others were sent by something in between."""

_LINE_SECONDS: Final = 10.0
"""Between lines of progress."""


@dataclass(frozen=True, slots=True)
class Screen:
    """A screenshot as a file, with its kind, the name of its photo, and where that lies in it."""

    file: str
    kind: str
    original: str
    photo: Box
    body: bytes

    @property
    def row(self) -> tuple[str | int, ...]:
        """Give what the list says of it."""
        return self.file, self.kind, self.original, *astuple(self.photo)


@dataclass(frozen=True, slots=True)
class Made:
    """What came of a folder of photos. ``unreadable`` are the names of those left out."""

    photos: int
    screens: int
    unreadable: tuple[str, ...]


def make_screens(
    program: Path,
    folder: Path,
    to: Path,
    names: Sequence[str],
    *,
    seed: int,
    number: int | None = None,
) -> Made:
    """Make a screenshot of each kind with each photo in a folder and those below it, and list them.

    A list that is already there is written anew. A photo that cannot be read is named on stderr
    and left out.

    Args:
        program: the Chromium to take them with.
        folder: holds the photos, as JPEG files.
        to: where the screenshots go; made if it is not there.
        names: the kinds to make.
        seed: what chance depends on besides the kind and the photo's name in the folder.
        number: take only so many photos, spread evenly over the folder.

    Raises:
        InvalidInput: there is no photo, none can be read, or ``to`` lies in ``folder``.
        OutsideDown: the browser does not work, or the disk does not take the files.
    """
    if to.resolve().is_relative_to(folder.resolve()):
        msg = f"{to} is in {folder}: screenshots there would count as photos the next time."
        raise InvalidInput(msg)
    paths = find_photos(folder, at_most=number)
    shelf = _Shelf(folder, paths)
    with camera(program) as taken_by:
        try:
            written = _write(_screens(taken_by, shelf, names, seed), to, names)
        except OSError as error:
            msg = f"Screenshots cannot be written to {to}: {error.strerror or error}."
            raise OutsideDown(msg) from error
    if written == 0:
        msg = f"None of the {len(paths):,} photos taken from {folder} can be read."
        raise InvalidInput(msg)
    return Made(written // len(names), written, tuple(shelf.unreadable))


def _write(screens: Iterator[Screen], to: Path, names: Sequence[str]) -> int:
    for name in names:
        (to / name).mkdir(parents=True, exist_ok=True)
    written = 0
    with (to / LIST).open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream, lineterminator="\n")
        rows.writerow(HEADER)
        for screen in screens:
            (to / screen.file).write_bytes(screen.body)
            rows.writerow(screen.row)
            written += 1
    return written


def _screens(
    taken_by: Camera, shelf: "_Shelf", names: Sequence[str], seed: int
) -> Iterator[Screen]:
    told = time.monotonic()
    made = 0
    for stem, original, picture in shelf.pictures():
        for name in names:
            yield _screen(taken_by, name, picture, original, stem, seed)
            made += 1
            if time.monotonic() > told + _LINE_SECONDS:
                told = time.monotonic()
                print(f"{made:,} of {shelf.size * len(names):,} screenshots", file=sys.stderr)


def _screen(
    taken_by: Camera, name: str, picture: Picture, original: str, stem: str, seed: int
) -> Screen:
    kind = find_kind(name)
    # Of its kind, too, so that a screenshot does not depend on which others are made.
    rng = Random(seed_of(f"{name}/{original}", seed))  # noqa: S311 - to be repeated, not to be secret
    window = rng.choice(kind.windows)
    scale = rng.uniform(kind.least, 1)
    as_png = rng.random() < _SHARE_OF_PNG
    jpeg = {"format": "JPEG", "quality": rng.randint(70, 95)}
    taken = taken_by.photograph(write_page(name, kind.language, picture, rng), window)
    sent = taken.scaled(scale)
    return Screen(
        f"{name}/{stem}.{'png' if as_png else 'jpg'}",
        name,
        original,
        sent.photo,
        encoded(sent.image, _PNG if as_png else jpeg),
    )


class _Shelf:
    """The photos of a folder, as apps show them."""

    def __init__(self, folder: Path, paths: Sequence[Path]) -> None:
        self.size = len(paths)
        self.unreadable: list[str] = []
        self._folder = folder
        self._paths = paths

    def pictures(self) -> Iterator[tuple[str, str, Picture]]:
        """Give each that can be read, after its number and its name in the folder."""
        digits = max(2, len(str(self.size - 1)))
        number = 0
        for path in self._paths:
            original = path.relative_to(self._folder).as_posix()
            try:
                picture = _served(path)
            except _UNUSABLE as error:
                self.unreadable.append(original)
                print(f"{original} cannot be read and is left out: {error}", file=sys.stderr)
                continue
            yield f"{number:0{digits}}", original, picture
            number += 1


def _served(path: Path) -> Picture:
    with Image.open(path) as opened:
        photo = ImageOps.exif_transpose(opened).convert("RGB")
    photo.thumbnail((_SERVED_SIDE, _SERVED_SIDE), Image.Resampling.LANCZOS)
    body = base64.b64encode(encoded(photo, JPEG)).decode("ascii")
    return Picture(f"data:image/jpeg;base64,{body}", photo.width / photo.height)
