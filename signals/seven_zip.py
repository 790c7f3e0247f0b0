"""The list of a 7z archive: its files by name, and the folders in which they were compressed.

Source: 7-Zip's own description of the format, DOC/7zFormat.txt.
"""

import struct
from dataclasses import dataclass, field
from typing import Final

from domain.errors import Undecodable
from signals.seven_zip_folder import Folder, UnreadableFolderError

MOST_LISTED: Final = 8 * 2**20
"""Bytes of the list of files, unpacked."""

_MOST_FILES: Final = 200_000
_END, _HEADER, _ARCHIVE_PROPERTIES = 0x00, 0x01, 0x02
_STREAMS, _FILES, _PACKED, _FOLDERS, _SUBSTREAMS = 0x04, 0x05, 0x06, 0x07, 0x08
_SIZES, _CHECKSUMS, _FOLDER, _CODER_SIZES, _COUNTS = 0x09, 0x0A, 0x0B, 0x0C, 0x0D
_EMPTY, _NAMES, _ENCODED_HEADER = 0x0E, 0x11, 0x17

_START_HEAD: Final = struct.Struct("<6s2xIQQI")


@dataclass(slots=True)
class _Listed:
    """What the list of an archive says."""

    folders: list[Folder] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    empty: list[bool] = field(default_factory=list)


def read_list(body: bytes) -> tuple[list[Folder], list[str]]:
    """Read what an archive holds.

    Returns:
        The folders with the sizes of their files, and the names of these in the same order.

    Raises:
        Undecodable: it is damaged, encrypted as a whole, or its list is too long.
    """
    try:
        _, _, offset, size, _ = _START_HEAD.unpack_from(body)
        start = _START_HEAD.size + offset
        if size == 0:
            return [], []
        header = _Cursor(_within(body, start, size))
        kind = header.byte()
        if kind == _ENCODED_HEADER:  # once: a list may be what it unpacks to itself
            header = _Cursor(_unpacked_header(header, body))
            kind = header.byte()
        if kind != _HEADER:
            raise LookupError
        listed = _read_header(header, body)
    except UnreadableFolderError as error:
        msg = f"it is a 7z archive whose list of files cannot be read: {error}"
        raise Undecodable(msg) from None
    names = [
        name
        for place, name in enumerate(listed.names)
        if place >= len(listed.empty) or not listed.empty[place]
    ]
    return listed.folders, names


def _unpacked_header(cursor: "_Cursor", body: bytes) -> bytes:
    (folder,) = _read_streams(cursor, body)
    size = sum(folder.files)
    if size > MOST_LISTED:
        msg = f"it has {size:,} bytes; at most {MOST_LISTED:,} are read"
        raise UnreadableFolderError(msg)
    source, parts = folder.open(), []
    while size and (part := source.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _read_header(cursor: "_Cursor", body: bytes) -> _Listed:
    listed = _Listed()
    while (kind := cursor.byte()) != _END:
        if kind == _STREAMS:
            listed.folders = _read_streams(cursor, body)
        elif kind == _FILES:
            _read_files(cursor, listed)
        elif kind == _ARCHIVE_PROPERTIES:
            while cursor.byte() != _END:
                cursor.taken(cursor.number())
        else:
            raise LookupError
    return listed


def _read_streams(cursor: "_Cursor", body: bytes) -> list[Folder]:
    folders: list[Folder] = []
    position, packed_sizes = 0, list[int]()
    while (kind := cursor.byte()) != _END:
        if kind == _PACKED:
            position = cursor.number()
            packed_sizes = _read_packed(cursor)
        elif kind == _FOLDERS:
            folders = _read_folders(cursor)
        elif kind == _SUBSTREAMS:
            _read_substreams(cursor, folders)
        else:
            raise LookupError
    at = _START_HEAD.size + position
    for folder, size in zip(folders, packed_sizes, strict=False):
        folder.packed = _view_within(body, at, size)
        at += size
        folder.files = folder.files or folder.sizes[-1:]
    return folders


def _read_packed(cursor: "_Cursor") -> list[int]:
    count = cursor.count()
    sizes = list[int]()
    while (kind := cursor.byte()) != _END:
        if kind == _SIZES:
            sizes = [cursor.number() for _ in range(count)]
        elif kind == _CHECKSUMS:
            cursor.checksums(count)
        else:
            raise LookupError
    return sizes


def _read_folders(cursor: "_Cursor") -> list[Folder]:
    if cursor.byte() != _FOLDER:
        raise LookupError
    count = cursor.count()
    if cursor.byte():  # the folders lie elsewhere, which nobody writes
        raise LookupError
    folders = [_read_folder(cursor) for _ in range(count)]
    while (kind := cursor.byte()) != _END:
        if kind == _CODER_SIZES:
            for folder in folders:
                folder.sizes = [cursor.number() for _ in folder.coders]
        elif kind == _CHECKSUMS:
            cursor.checksums(count)
        else:
            raise LookupError
    return folders


def _read_folder(cursor: "_Cursor") -> Folder:
    folder = Folder()
    inputs = outputs = 0
    for _ in range(cursor.count()):
        flags = cursor.byte()
        method = cursor.taken(flags & 15)
        into, out = (cursor.count(), cursor.count()) if flags & 0x10 else (1, 1)
        properties = cursor.taken(cursor.number()) if flags & 0x20 else b""
        folder.coders.append((method, properties))
        inputs, outputs = inputs + into, outputs + out
    for _ in range(outputs - 1):
        cursor.number()
        cursor.number()
    if (packed := inputs - (outputs - 1)) > 1:
        for _ in range(packed):
            cursor.number()
    return folder


def _read_substreams(cursor: "_Cursor", folders: list[Folder]) -> None:
    counts = [1] * len(folders)
    kind = cursor.byte()
    if kind == _COUNTS:
        counts = [cursor.count() for _ in folders]
        if sum(counts) > _MOST_FILES:  # a file whose size is left out takes no byte of the list
            raise LookupError
        kind = cursor.byte()
    for folder, count in zip(folders, counts, strict=True):
        rest = folder.sizes[-1] if folder.sizes else 0
        files = []
        for _ in range(count - 1):
            size = cursor.number() if kind == _SIZES else 0
            files.append(size)
            rest -= size
        folder.files = [*files, max(0, rest)] if count else []
    if kind == _SIZES:
        kind = cursor.byte()
    while kind != _END:
        # Checksums end it: what is unpacked is looked at in any case.
        if kind != _CHECKSUMS:
            raise LookupError
        cursor.checksums(sum(counts))
        kind = cursor.byte()


def _read_files(cursor: "_Cursor", listed: _Listed) -> None:
    count = cursor.count()
    while (kind := cursor.byte()) != _END:
        content = _Cursor(cursor.taken(cursor.number()))
        if kind == _EMPTY:
            listed.empty = content.bits(count)
        elif kind == _NAMES and content.byte() == 0:
            listed.names = content.rest().decode("utf-16-le", "replace").split("\0")[:count]


class _Cursor:
    """Numbers of the list, one after the other."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0

    def byte(self) -> int:
        self._at += 1
        return self._content[self._at - 1]

    def taken(self, size: int) -> bytes:
        if self._at + size > len(self._content):
            raise LookupError
        self._at += size
        return self._content[self._at - size : self._at]

    def rest(self) -> bytes:
        return self._content[self._at :]

    def number(self) -> int:
        first = self.byte()
        more = 0
        while more < 8 and first & 0x80 >> more:  # noqa: PLR2004 - bits of a byte
            more += 1
        low = int.from_bytes(self.taken(more), "little")
        return low + ((first & (0x7F >> more)) << 8 * more)

    def count(self) -> int:
        """Read how many of something follow, none of which takes less than nothing."""
        count = self.number()
        if count > _MOST_FILES:
            raise LookupError
        return count

    def bits(self, count: int) -> list[bool]:
        content = self.taken((count + 7) // 8)
        return [bool(content[place // 8] & 0x80 >> place % 8) for place in range(count)]

    def checksums(self, count: int) -> None:
        there = [True] * count if self.byte() else self.bits(count)
        self.taken(4 * min(sum(there), len(self.rest()) // 4))


def _view_within(body: bytes, start: int, size: int) -> memoryview:
    """Give a part without a copy: together they are as large as the archive."""
    if start + size > len(body):
        raise EOFError
    return memoryview(body)[start : start + size]


def _within(body: bytes, start: int, size: int) -> bytes:
    if start + size > len(body):
        raise EOFError
    return body[start : start + size]
