"""The pictures to calibrate with: originals, their reposts, and impostors."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from domain.errors import InvalidInput

_COLUMNS: Final = ("file", "edit", "original")
_OF_SEVERAL: Final = ("collage", "pip")

_NAMES: Final = frozenset(
    (
        *(".jpg", ".jpeg", ".png", ".webp", ".avif", ".gif", ".bmp", ".tif", ".tiff"),
        *(".jp2", ".ico", ".heic", ".heif"),
    )
)
"""Endings of pictures' names; lists and licences that lie beside them are no pictures."""


@dataclass(frozen=True, slots=True)
class Repost:
    """One edited photo: its file, the name of the edit, and that of the photo."""

    path: Path
    edit: str
    original: str

    @property
    def shows_others(self) -> bool:
        """Whether other photos are to be seen in it as well."""
        return any(part in self.edit for part in _OF_SEVERAL)


def read_reposts(folder: Path, index: Path) -> Sequence[Repost]:
    """Read the list of reposts.

    Raises:
        InvalidInput: there is none, or it has other columns, or no row.
    """
    try:
        with index.open(newline="", encoding="utf-8") as file:
            rows = csv.DictReader(file)
            if tuple(rows.fieldnames or ()) != _COLUMNS:
                msg = (
                    f"{index} has the columns {', '.join(rows.fieldnames or ()) or 'none'}; "
                    f"its first line should be {','.join(_COLUMNS)}."
                )
                raise InvalidInput(msg)
            reposts = [_repost(folder, index, rows.line_num, row) for row in rows]
    except OSError as error:
        msg = f"The list of reposts cannot be read: {index} ({error.strerror})."
        raise InvalidInput(msg) from error
    except UnicodeDecodeError as error:
        msg = f"The list of reposts is no text in UTF-8: {index} ({error.reason})."
        raise InvalidInput(msg) from error
    if not reposts:
        msg = f"{index} lists no repost: it needs one line of {','.join(_COLUMNS)} for each."
        raise InvalidInput(msg)
    return reposts


def pictures_in(folder: Path) -> list[Path]:
    """List the pictures in a folder and those below it, in the order of their names.

    Raises:
        InvalidInput: there is no such folder, or no picture in it.
    """
    if not folder.is_dir():
        msg = f"{folder} is no folder: name one that holds pictures."
        raise InvalidInput(msg)
    found = sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in _NAMES
        and path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )
    if not found:
        msg = f"There is no picture in {folder}: files named .jpg, .png and so on are looked for."
        raise InvalidInput(msg)
    return found


def originals_of(reposts: Sequence[Repost], folder: Path) -> dict[str, Path]:
    """Find the photos that reposts were made of, by the names that the list has for them.

    A name is that of a file, or its path below the folder. One that is not there is left out.

    Raises:
        InvalidInput: none of them is there, or a name means several files.
    """
    pictures = pictures_in(folder)
    by_path = {path.relative_to(folder).as_posix(): path for path in pictures}
    by_name: dict[str, list[Path]] = {}
    for path in pictures:
        by_name.setdefault(path.name, []).append(path)
    wanted = sorted({repost.original for repost in reposts})
    found: dict[str, Path] = {}
    for name in wanted:
        called = [by_path[name]] if name in by_path else by_name.get(name, [])
        if len(called) > 1:
            paths = " and ".join(path.relative_to(folder).as_posix() for path in called[:2])
            msg = (
                f"{name} is the name of several originals, {paths}: write their paths in the list."
            )
            raise InvalidInput(msg)
        if called:
            found[name] = called[0]
    if not found:
        msg = f"None of the {len(wanted):,} originals that the list names is in {folder}."
        raise InvalidInput(msg)
    return found


def _repost(folder: Path, index: Path, line: int, row: dict[str, str | None]) -> Repost:
    file, edit, original = (row[name] for name in _COLUMNS)
    if not file or not edit or not original:
        msg = f"{index}, line {line}: a repost has a file, an edit and an original; one is empty."
        raise InvalidInput(msg)
    return Repost(folder / file, edit, original)
