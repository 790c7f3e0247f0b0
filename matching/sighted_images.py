"""Every image ever sighted, ready to be compared with a new registration.

Reading ten million signals out of a database takes a minute, and comparing them a tenth of a
second. So their PDQ signals are kept beside it, in files of a million that are mapped into memory;
what was sighted since the last was written is read from the database. The database stays the
truth: whatever the files say is near is looked up in it, and files that do not fit it are dropped.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from domain.signal import Signal
from signals.distance import is_usable_pdq, pack_pdq
from signals.scanning import near_any
from signals.snapshot_file import DamagedSnapshotError, load_facts, load_snapshot, save_snapshot
from storage import images, registry
from storage.database import Database
from storage.snapshots import SnapshotFolder

FILE_IMAGES: Final = 1_000_000
"""Images in one file: 40 MB, written anew in a tenth of a second when one of them is forgotten."""

KEPT_IMAGES: Final = 50_000
"""So many new ones are worth writing; fewer are read from the database in a fifth of a second."""

_LOCK: Final = "images"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _File:
    """One file: images with ids in order, all that are usable beyond the file before it.

    ``through``: the id up to which it is complete; ``forgotten``: up to which forgotten image it
    was cleaned.
    """

    path: Path
    ids: NDArray[np.int64]
    pdq: NDArray[np.uint8]
    through: int
    forgotten: int


class SightedImages:
    """The signals of all images in a database, searched for those near a registration."""

    def __init__(
        self,
        folder: SnapshotFolder | None,
        *,
        file_images: int = FILE_IMAGES,
        kept_images: int = KEPT_IMAGES,
    ) -> None:
        self._folder = folder
        self._file_images = file_images
        self._kept_images = kept_images

    def near(self, session: Session, signals: Sequence[Signal], *, pdq_distance: int) -> set[int]:
        """Return the ids of images near a registration by PDQ, in any of its views.

        In a transaction that holds the registry alone none is missed: nobody is recording then.
        """
        queries = pack_pdq([signal.value for signal in signals if is_usable_pdq(signal)])
        if not len(queries):
            return set()
        found: set[int] = set()
        through = 0
        for file in self._files(session):
            found.update(file.ids[near_any(queries, file.pdq, pdq_distance)].tolist())
            through = file.through
        for chunk in images.pdq_chunks(session, after=through):
            found.update(chunk.ids[near_any(queries, chunk.pdq, pdq_distance)].tolist())
        return found

    def keep_up(self, database: Database) -> int:
        """Write what was sighted since, if it is worth it, and erase what was forgotten.

        Returns how many images were written anew.
        """
        if self._folder is None:
            return 0
        self.forget(database)
        with database.writing() as session:
            registry.hold(session)
            through = images.settled_through(session)
        with database.reading() as session:
            files = list(self._files(session))
            written = files[-1].through if files else 0
            if through - written < self._kept_images:
                return 0
        try:
            with self._folder.alone(_LOCK), database.reading() as session:
                files = list(self._files(session))
                return self._write(session, self._folder.images, files, through)
        except OSError as error:  # a full disk must not stop the watch
            _log.warning("Sighted images could not be kept beside: %s", error.strerror)
            return 0

    def forget(self, database: Database) -> int:
        """Erase from the files what was forgotten in the database; return how many images."""
        if self._folder is None or not self._paths():
            return 0
        with database.reading() as session:
            if self._clean(images.last_forgotten(session)):
                return 0
        erased = 0
        with self._folder.alone(_LOCK), database.reading() as session:
            last = images.last_forgotten(session)
            for file in self._files(session):
                if file.forgotten == last:
                    continue
                gone = images.forgotten_since(session, file.forgotten)
                kept = ~np.isin(file.ids, gone)
                erased += int(np.count_nonzero(~kept))
                _save(file.path, file.ids[kept], file.pdq[kept], file.through, last)
        return erased

    def _clean(self, last_forgotten: int) -> bool:
        """Say whether no file holds what was forgotten, by their heads alone."""
        try:
            return all(load_facts(path)["forgotten"] == last_forgotten for path in self._paths())
        except (FileNotFoundError, DamagedSnapshotError, KeyError):
            return False

    def _write(self, session: Session, folder: Path, files: Sequence[_File], through: int) -> int:
        """Fill the last file up, and begin others as they are needed."""
        last = files[-1] if files else None
        written = last.through if last else 0
        forgotten = images.last_forgotten(session)
        ids: NDArray[np.int64] = np.empty(0, np.int64)
        pdq: NDArray[np.uint8] = np.empty((0, 32), np.uint8)
        number = len(files)
        if last is not None and len(last.ids) < self._file_images:
            ids, pdq, number = last.ids, last.pdq, number - 1
        fresh = 0
        for chunk in images.pdq_chunks(session, after=written, through=through):
            fresh += len(chunk.ids)
            ids, pdq = np.concatenate([ids, chunk.ids]), np.concatenate([pdq, chunk.pdq])
            while len(ids) >= self._file_images:
                head, ids = ids[: self._file_images], ids[self._file_images :]
                _save(folder / _name(number), head, pdq[: self._file_images], head[-1], forgotten)
                pdq, number = pdq[self._file_images :], number + 1
        _save(folder / _name(number), ids, pdq, through, forgotten)
        return fresh

    def _files(self, session: Session) -> Iterator[_File]:
        """Yield the files that fit the database, in order; the first that does not ends it."""
        last_forgotten = images.last_forgotten(session)
        for number, path in enumerate(self._paths()):
            file = _load(path) if path.name == _name(number) else None
            if file is None or not _fits(session, file, last_forgotten):
                _log.warning("The sighted images kept in %s are of no use and left out.", path)
                for useless in self._paths()[number:]:
                    useless.unlink(missing_ok=True)
                return
            yield file

    def _paths(self) -> list[Path]:
        return [] if self._folder is None else sorted(self._folder.images.glob("[0-9]*"))


def _save(
    path: Path, ids: NDArray[np.int64], pdq: NDArray[np.uint8], through: Any, forgotten: int
) -> None:
    facts = {"through": int(through), "forgotten": forgotten}
    save_snapshot(path, {"ids": ids, "pdq": pdq}, facts)


def _name(number: int) -> str:
    return f"{number:06}"


def _load(path: Path) -> _File | None:
    try:
        snapshot = load_snapshot(path)
        return _File(
            path=path,
            ids=snapshot.arrays["ids"],
            pdq=snapshot.arrays["pdq"],
            through=snapshot.facts["through"],
            forgotten=snapshot.facts["forgotten"],
        )
    except (FileNotFoundError, DamagedSnapshotError, KeyError) as error:
        _log.warning("%s", error)
        return None


def _fits(session: Session, file: _File, last_forgotten: int) -> bool:
    """Say whether a file is of this database, and not of a later one that a backup replaced."""
    if file.forgotten > last_forgotten:
        return False
    gone = set(images.forgotten_since(session, file.forgotten))
    for place in range(len(file.ids) - 1, -1, -1):
        if int(file.ids[place]) not in gone:
            stored = images.pdq_of(session, int(file.ids[place]))
            return stored is not None and stored == bytes(file.pdq[place])
    return True
