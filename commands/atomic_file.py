"""A file that is there whole or not at all, and is for its owner's eyes alone."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from domain.errors import OutsideDown, Refused


@contextmanager
def atomic_file(path: Path, *, force: bool) -> Iterator[IO[bytes]]:
    """Open a file that takes its name only once everything in it is on the disk.

    Raises:
        Refused: the file is there, and ``force`` is not given.
        OutsideDown: it cannot be written.
    """
    if not force and os.path.lexists(path):
        raise _is_there(path)
    try:
        # Made readable by its owner only, which the rename keeps.
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise _cannot_write(path, error) from error
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        if force:
            Path(name).replace(path)
        else:
            # A link fails if the name was taken meanwhile; a rename would write over it.
            os.link(name, path)
    except FileExistsError:
        raise _is_there(path) from None
    except OSError as error:
        raise _cannot_write(path, error) from error
    finally:
        with suppress(FileNotFoundError):
            Path(name).unlink()


def _is_there(path: Path) -> Refused:
    return Refused(f"{path} is there already. Choose another name, or add --force to replace it.")


def _cannot_write(path: Path, error: OSError) -> OutsideDown:
    return OutsideDown(f"{path} cannot be written: {error.strerror}.")
