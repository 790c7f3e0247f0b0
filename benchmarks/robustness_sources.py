"""The reposts to look for, and which photo each was made of."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from domain.errors import InvalidInput

_COLUMNS: Final = ("file", "edit", "original")
_OF_SEVERAL: Final = ("collage", "pip")


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
                msg = f"{index} has the columns {rows.fieldnames}; it should have {list(_COLUMNS)}."
                raise InvalidInput(msg)
            reposts = [Repost(folder / row["file"], row["edit"], row["original"]) for row in rows]
    except OSError as error:
        msg = f"The list of reposts cannot be read: {index} ({error.strerror})."
        raise InvalidInput(msg) from error
    if not reposts:
        msg = f"{index} lists no repost."
        raise InvalidInput(msg)
    return reposts
