"""The bytes of a model for embeddings, read from the file that an operator supplies.

Its version is told by them. What nobody should run is refused here, before ONNX Runtime sees it.
"""

import hashlib
import re
import stat
from pathlib import Path
from typing import Final

from domain.errors import InvalidInput
from signals.embedding_rows import VERSION_DIGITS

MOST_BYTES: Final = 500_000_000
"""Of a model file. The largest of SSCD's has some 180 MB."""

_LOCATION: Final = b"location"
_LENGTH_OF_LOCATION: Final = re.compile(rb"(?:\x08|\x88\x80*\x00)\Z")
"""What stands before a string of eight bytes: their number, in one byte or needlessly in more."""

_LONGEST_LENGTH: Final = 10


class UnusableModelError(InvalidInput):
    """A file that was to be a model for embeddings and cannot be used as one, with the reason."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path} cannot be used as a model for embeddings: {reason}.")
        self.path = path
        self.reason = reason


def read_model(path: Path) -> bytes:
    """Read a model's file.

    Raises:
        UnusableModelError: it is no file that can be read, too large, or keeps its weights in
            other files.
    """
    body = _read(path)
    if _names_other_files(body):
        raise UnusableModelError(
            path,
            "it keeps its weights in another file, and only what is in the model itself is read: "
            "save it with its weights inside (it names a `location`, as such models do)",
        )
    return body


def version_of(body: bytes) -> str:
    """Give a model's version: the first 16 digits of the SHA-256 of its file."""
    return hashlib.sha256(body).hexdigest()[:VERSION_DIGITS]


def _read(path: Path) -> bytes:
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode):
            raise UnusableModelError(path, "it is no file")
        if about.st_size > MOST_BYTES:
            raise UnusableModelError(
                path,
                f"it has {about.st_size / 1e6:,.0f} MB; at most {MOST_BYTES / 1e6:,.0f} are read",
            )
        with path.open("rb") as file:
            return file.read(MOST_BYTES)
    except FileNotFoundError:
        raise UnusableModelError(path, "there is no such file") from None
    except OSError as error:
        raise UnusableModelError(path, f"it cannot be read ({error.strerror})") from None


def _names_other_files(body: bytes) -> bool:
    """Say whether a model has anything in it that could make ONNX Runtime open another file.

    Weights elsewhere are told by a pair of strings, the first of which is "location", at any depth
    of any part of a model. A string stands in the file whole, after its length (8, in as many bytes
    as one likes), so looking for that leaves no place out, and needs nobody to read the model. What
    ONNX Runtime checks of such paths has had gaps; and what lies in another file is no part of the
    model's version.
    """
    at = body.find(_LOCATION)
    while at >= 0:
        if _LENGTH_OF_LOCATION.search(body[max(0, at - _LONGEST_LENGTH) : at]):
            return True
        at = body.find(_LOCATION, at + 1)
    return False
