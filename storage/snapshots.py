"""Where this machine keeps snapshots of the database for fast searching, and their locks.

They hold copies of signals, so they are as secret as the database and erased with it: what is
withdrawn is gone from them as soon as a process of this machine hears of it.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from config import Config


@dataclass(frozen=True, slots=True)
class SnapshotFolder:
    """A folder readable by its owner alone; it is made when something is first kept in it."""

    path: Path

    @classmethod
    def of(cls, config: Config) -> "SnapshotFolder":
        """Give the folder of an installation."""
        return cls(config.data / "snapshots")

    @property
    def registry(self) -> Path:
        """The file of the registry's signals."""
        return self.path / "registry"

    @property
    def constellations(self) -> Path:
        """The file of the registry's constellations."""
        return self.path / "constellations"

    @property
    def images(self) -> Path:
        """The folder of the signals of sighted images."""
        return self.path / "images"

    def drop_registry(self) -> bool:
        """Erase what is kept of the registry; it is made anew when next needed.

        Returns:
            False if nothing was kept.
        """
        dropped = [_dropped(kept) for kept in (self.registry, self.constellations)]
        return any(dropped)

    def drop_constellations(self) -> bool:
        """Erase what is kept of the registry's constellations; False if nothing was kept."""
        return _dropped(self.constellations)

    @contextmanager
    def alone(self, name: str) -> Iterator[None]:
        """Keep every other process of this machine from the same work until the block ends."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(self.path / f".{name}.lock", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)


def _dropped(kept: Path) -> bool:
    try:
        kept.unlink()
    except FileNotFoundError:
        return False
    return True
