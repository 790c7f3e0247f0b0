"""Arrays in one file on disk, which several processes map into memory and share.

A file is a short head in JSON and then the arrays as they are, each with its digest. It is written
beside the one that it replaces and put in its place at the end, so a crash while saving leaves the
old one; and what is cut short or damaged is told by its digests, never searched.
"""

import hashlib
import json
import mmap
import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from domain.errors import VigilError

_MAGIC: Final = b"VIGILSNAPSHOT\x00\x00\x01"
_HEAD: Final = struct.Struct("<16sQ32s")
"""What it is, how long the JSON is, and the JSON's digest."""

_ALIGNED: Final = 64
_MAX_JSON: Final = 1 << 20
_KINDS: Final = ("|u1", "<u4", "<i8", "<u8")


class DamagedSnapshotError(VigilError):
    """A snapshot is cut short, changed, or none at all; it is to be made anew from the database."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a file holds: arrays by name, and a few facts about them.

    The arrays lie in memory shared with every process that reads the file. Writing to one changes
    this process's own copy of the page alone.
    """

    arrays: Mapping[str, NDArray[Any]]
    facts: Mapping[str, Any]


def save_snapshot(path: Path, arrays: Mapping[str, NDArray[Any]], facts: Mapping[str, Any]) -> None:
    """Write arrays to a file readable by its owner alone, in the place of the one before.

    Raises:
        ValueError: an array is of a kind that is not kept: uint8, uint32, int64 and uint64 are.
        OSError: the disk is full, or the folder cannot be written.
    """
    plain = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    for name, array in plain.items():
        if array.dtype.str not in _KINDS:
            msg = f"arrays of {array.dtype} are not kept; {name} is one"
            raise ValueError(msg)
    described = [
        {"name": name, "kind": array.dtype.str, "shape": array.shape, "digest": _digest(array)}
        for name, array in plain.items()
    ]
    text = json.dumps({"arrays": described, "facts": dict(facts)}).encode()
    for folder in (path.parent.parent, path.parent):  # mkdir gives its mode to the last one only
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.unlink(missing_ok=True)
        beside.touch(mode=0o600)
        with beside.open("wb") as file:
            file.write(_HEAD.pack(_MAGIC, len(text), hashlib.sha256(text).digest()))
            file.write(text)
            for array in plain.values():
                file.write(bytes(-file.tell() % _ALIGNED))
                file.write(array.data if array.size else b"")
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    _sync_folder(path.parent)


def load_snapshot(path: Path) -> Snapshot:
    """Map a file into memory, once every digest in it has been found right.

    Raises:
        FileNotFoundError: there is none.
        DamagedSnapshotError: it cannot be relied on.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        head, place = _read_head(path, file)
        size = os.fstat(file.fileno()).st_size
        # Private: a process that marks rows as gone changes its own copy and never the file.
        mapped = mmap.mmap(file.fileno(), size, flags=mmap.MAP_PRIVATE, prot=_READ_WRITE)
    arrays: dict[str, NDArray[Any]] = {}
    for described in head["arrays"]:
        place += -place % _ALIGNED
        kind = np.dtype(described["kind"])
        count = int(np.prod(described["shape"], dtype=np.int64))
        if place + count * kind.itemsize > size:
            raise _damaged(path, f"it ends in the middle of {described['name']}, at byte {size:,}")
        array = np.frombuffer(mapped, kind, count, place).reshape(described["shape"])
        if _digest(array) != described["digest"]:
            raise _damaged(path, f"{described['name']} is not what was written")
        arrays[described["name"]] = array
        place += count * kind.itemsize
    return Snapshot(arrays, head["facts"])


def load_facts(path: Path) -> Mapping[str, Any]:
    """Read only the facts about the arrays of a file.

    Raises:
        FileNotFoundError: there is none.
        DamagedSnapshotError: its head cannot be relied on; its arrays are not looked at.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        head, _ = _read_head(path, file)
    facts: Mapping[str, Any] = head["facts"]
    return facts


def _read_head(path: Path, file: BinaryIO) -> tuple[Mapping[str, Any], int]:
    """Read a file's JSON and how many bytes lie before its arrays."""
    start = file.read(_HEAD.size)
    if len(start) < _HEAD.size:
        raise _damaged(path, f"it has {len(start)} bytes, fewer than its head")
    magic, length, digest = _HEAD.unpack(start)
    if magic != _MAGIC:
        raise _damaged(path, "it does not begin like a snapshot of this version")
    text = file.read(min(length, _MAX_JSON))
    if hashlib.sha256(text).digest() != digest:
        raise _damaged(path, "its head is not the one that was written")
    head: Mapping[str, Any] = json.loads(text)
    return head, _HEAD.size + length


_READ_WRITE: Final = mmap.PROT_READ | mmap.PROT_WRITE


def _digest(array: NDArray[Any]) -> str:
    return hashlib.sha256(array.data if array.size else b"").hexdigest()


def _damaged(path: Path, what: str) -> DamagedSnapshotError:
    return DamagedSnapshotError(
        f"the snapshot {path} is damaged: {what}. It is made anew from the database."
    )


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
