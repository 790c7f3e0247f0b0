"""Every image ever sighted, ready to be compared with a new registration.

Reading ten million signals out of a database takes a minute, and comparing them a tenth of a
second. So their PDQ signals are kept beside it, in files of a million that are mapped into memory;
what was sighted since the last was written is read from the database. The database stays the
truth: whatever the files say is near is looked up in it, and files that do not fit it are dropped.

What moves has a row for each of its frames, under the one id of the image: to the comparison a
frame is one more signal, and stills cost what they cost without.
"""

import logging
import sys
from collections.abc import Collection, Iterator, Sequence
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
"""Signals in one file: 40 MB, written anew in a tenth of a second when one of them is forgotten."""

KEPT_IMAGES: Final = 50_000
"""So many new ones are worth writing; fewer are read from the database in a fifth of a second."""

_LOCK: Final = "images"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _File:
    """One file: images with ids in order, all that are usable beyond the file before it.

    All frames of an image stand in one file.

    ``through``: the id up to which it is complete; ``forgotten``: up to which forgotten image it
    was cleaned.
    """

    path: Path
    ids: NDArray[np.int64]
    pdq: NDArray[np.uint8]
    through: int
    forgotten: int


class SightedImages:
    """The signals of all images in a database, searched for those near a registration.

    To miss none, a search holds the registry alone: nobody is recording then. Crawls wait for it
    as long, so what takes time is searched before, without holding anything, and what came since
    then is searched with ``after``, the highest id that was settled when the first search began.
    """

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

    def near(
        self, session: Session, signals: Sequence[Signal], *, pdq_distance: int, after: int = 0
    ) -> set[int]:
        """Return the ids of images near a registration by PDQ, in any view of any of its frames.

        A video among them may show too little of a registered video to match it. ``after`` leaves
        out those with ids up to it.
        """
        queries = pack_pdq([signal.value for signal in signals if is_usable_pdq(signal)])
        if not len(queries):
            return set()
        found: set[int] = set()
        for ids, pdq in self._all(session, after):
            found.update(ids[near_any(queries, pdq, pdq_distance)].tolist())
        return found

    def holding(self, session: Session, signals: Collection[Signal], *, after: int = 0) -> set[int]:
        """Return the ids of images that hold one of these PDQ signals itself, however many.

        ``after`` leaves out those with ids up to it.
        """
        wanted = {bytes.fromhex(signal.value) for signal in signals if is_usable_pdq(signal)}
        if not wanted:
            return set()
        begin = np.array([int.from_bytes(code[:8], sys.byteorder) for code in wanted], np.uint64)
        found: set[int] = set()
        for ids, pdq in self._all(session, after):
            # By their first quarters, sorted: comparing each with each takes minutes for a case of
            # many videos.
            rows = np.flatnonzero(np.isin(np.ascontiguousarray(pdq).view(np.uint64)[:, 0], begin))
            found.update(int(ids[row]) for row in rows if bytes(pdq[row]) in wanted)
        return found

    def _all(
        self, session: Session, after: int
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.uint8]]]:
        """Yield ids and signals of everything sighted beyond an id, of what is in files first."""
        through = after
        if not after:
            for file in self._files(session):
                yield file.ids, file.pdq
                through = file.through
        for chunk in images.pdq_chunks(session, after=through):
            yield chunk.ids, chunk.pdq

    def keep_up(self, database: Database) -> int:
        """Write what was sighted since, if it is worth it, and erase what was forgotten.

        Returns how many signals were written anew, of images and of their frames.
        """
        if self._folder is None:
            return 0
        self.forget(database)
        with database.writing() as session:
            registry.hold(session)
            through = images.settled_through(session)
        with database.reading() as session:
            files = self._files(session)
            written = files[-1].through if files else 0
            fresh = through - written + images.frames_after(session, written)
            if fresh < self._kept_images:
                return 0
        try:
            with self._folder.alone(_LOCK), database.reading() as session:
                files = self._files(session)
                written = self._write(session, self._folder.images, files, through)
            # A withdrawal that came meanwhile may have found no file to clean.
            self.forget(database)
        except OSError as error:  # a full disk must not stop the watch
            _log.warning("Sighted images could not be kept beside: %s", error.strerror)
            return 0
        return written

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
                erased += len(np.unique(file.ids[~kept]))
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
            # A withdrawal may have come since the files were cleaned, and what is written here
            # counts as cleaned up to it.
            kept = ~np.isin(last.ids, images.forgotten_since(session, last.forgotten))
            ids, pdq, number = last.ids[kept], last.pdq[kept], number - 1
        fresh = 0
        for chunk in images.pdq_chunks(session, after=written, through=through):
            fresh += len(chunk.ids)
            ids, pdq = np.concatenate([ids, chunk.ids]), np.concatenate([pdq, chunk.pdq])
            while len(ids) > self._file_images:
                # Before the first frame of an image: its others may still be to come.
                cut = int(np.searchsorted(ids, ids[self._file_images])) or len(ids)
                _save(folder / _name(number), ids[:cut], pdq[:cut], ids[cut - 1], forgotten)
                ids, pdq, number = ids[cut:], pdq[cut:], number + 1
        if len(ids):
            _save(folder / _name(number), ids, pdq, ids[-1], forgotten)
        return fresh

    def _files(self, session: Session) -> list[_File]:
        """Give the files that fit the database, in order; the first that does not ends it."""
        # Loaded before the database is asked anything: a file that another process replaced after
        # the moment that this session sees would look like one of another database.
        paths = self._paths()
        loaded = [
            _load(path) if path.name == _name(number) else None for number, path in enumerate(paths)
        ]
        last_forgotten = images.last_forgotten(session)
        files: list[_File] = []
        for path, file in zip(paths, loaded, strict=True):
            if file is None or not _fits(session, file, last_forgotten):
                _log.warning("The sighted images kept in %s are of no use and left out.", path)
                for useless in paths[len(files) :]:
                    useless.unlink(missing_ok=True)
                break
            files.append(file)
        return files

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
            return images.has_pdq(session, int(file.ids[place]), bytes(file.pdq[place]))
    return False  # nothing in it can be looked up any more
