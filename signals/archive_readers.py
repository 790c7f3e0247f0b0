"""The members of each kind of archive, in the order of the file, before any of them is read."""

import bz2
import contextlib
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
from collections.abc import Iterator
from typing import Final, Protocol

from domain.errors import Undecodable
from signals.seven_zip import read_list
from signals.seven_zip_folder import UnreadableFolderError
from signals.unpacked_bytes import Budget, Decompressed, Readable, Spent

MOST_LISTED: Final = 8 * 2**20
"""Bytes of a ZIP's list of members, which is read as a whole: some 80,000 of them."""

_ENCRYPTED: Final = 1
_END: Final = b"PK\x05\x06"
_END_BYTES: Final = 22
_LONG_END: Final = b"PK\x06\x06"
_LONG_END_BYTES: Final = 56
_SAID_ELSEWHERE: Final = 0xFFFFFFFF
_MOST_COMMENT: Final = 2**16

_UNBOUNDED: Final = frozenset((zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA))
"""How a ZIP's member may be packed that `zipfile` unpacks without a bound on what comes out."""

_SIP: Final = 512
"""Packed bytes of those that are unpacked at once; ``zipfile`` takes as many as are asked for."""

_XZ_MEMORY: Final = 160 * 2**20
"""Twice what xz takes at its highest setting."""


class Entry(Protocol):
    """A member before it is read."""

    name: str
    refused: str | None

    def open(self) -> contextlib.AbstractContextManager[Readable]:
        """Begin to read it."""


class Entries(Protocol):
    """An archive's members in the order of the file."""

    def each(self) -> Iterator[Entry]:
        """Go through them; each is read before the next is asked for."""

    def close(self) -> None:
        """Let go of the archive."""


def opened(kind: str, body: bytes, budget: Budget) -> Entries:
    """Open an archive of a kind that `signals.archives.archive_kind` names, except RAR.

    Raises:
        Undecodable: its list of members is too long, or cannot be read.
        Exception: whatever the libraries raise over a damaged one.
    """
    if kind == "ZIP":
        return _Zip(body, budget)
    if kind == "7z":
        return _SevenZip(body, budget)
    if kind == "TAR":
        return _Tar(Spent(io.BytesIO(body), budget))
    packed: Readable
    if kind == "GZIP":
        packed = gzip.GzipFile(fileobj=io.BytesIO(body))
    elif kind == "BZIP2":
        packed = Decompressed(body, bz2.BZ2Decompressor)
    else:
        packed = Decompressed(body, lambda: lzma.LZMADecompressor(memlimit=_XZ_MEMORY))
    return _Tar(Spent(packed, budget))


class _ZipEntry:
    def __init__(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: Budget) -> None:
        self._archive = archive
        self._budget = budget
        self._info = info
        self.name = info.filename
        self.refused = "it is encrypted" if info.flag_bits & _ENCRYPTED else None

    @contextlib.contextmanager
    def open(self) -> Iterator[Readable]:
        with self._archive.open(self._info) as content:
            if self._info.compress_type in _UNBOUNDED:
                content.MIN_READ_SIZE = _SIP  # type: ignore[attr-defined]  # an IO to the stubs
                yield Spent(_Sipped(content), self._budget)
            else:
                yield Spent(content, self._budget)


class _Sipped:
    """Read in sips, of which each unpacks to some megabytes at most."""

    def __init__(self, source: Readable) -> None:
        self._source = source

    def read(self, size: int, /) -> bytes:
        return self._source.read(min(size, _SIP))


class _Zip:
    def __init__(self, body: bytes, budget: Budget) -> None:
        _refuse_long_list(body)
        self._budget = budget
        self._archive = zipfile.ZipFile(io.BytesIO(body))

    def each(self) -> Iterator[Entry]:
        for info in self._archive.infolist():
            if not info.is_dir():
                yield _ZipEntry(self._archive, info, self._budget)

    def close(self) -> None:
        self._archive.close()


def _refuse_long_list(body: bytes) -> None:
    """Raise if the list of members at the end, which is read as a whole, is too long."""
    at = body.rfind(_END, max(0, len(body) - _END_BYTES - _MOST_COMMENT))
    if at < 0 or at + _END_BYTES > len(body):
        return  # `zipfile` says so itself
    (size,) = struct.unpack_from("<I", body, at + 12)
    long = body.rfind(_LONG_END, max(0, at - 1024), at)
    if long >= 0 and long + _LONG_END_BYTES <= len(body):
        (long_size,) = struct.unpack_from("<Q", body, long + 40)
        size = max(long_size, 0 if size == _SAID_ELSEWHERE else size)
    if min(size, len(body)) > MOST_LISTED:
        msg = f"it is a ZIP whose list of members has {size:,} bytes; at most {MOST_LISTED:,}"
        raise Undecodable(msg + " are read")


class _TarEntry:
    def __init__(self, archive: tarfile.TarFile, info: tarfile.TarInfo) -> None:
        self.refused: str | None = None
        self._archive = archive
        self._info = info
        self.name = info.name

    def open(self) -> contextlib.AbstractContextManager[Readable]:
        content = self._archive.extractfile(self._info)
        if content is None:
            raise tarfile.ReadError
        return content


class _Tar:
    def __init__(self, source: Spent) -> None:
        self._archive = tarfile.open(fileobj=source, mode="r:", errorlevel=0)  # noqa: SIM115

    def each(self) -> Iterator[Entry]:
        while (info := self._archive.next()) is not None:
            # A long list of what was read would only take memory.
            self._archive.members = []  # type: ignore[attr-defined]  # missing in the stubs
            if info.isreg() and not info.issparse():
                yield _TarEntry(self._archive, info)

    def close(self) -> None:
        self._archive.close()


class _SevenZipEntry:
    def __init__(
        self, name: str, refused: str | None, source: Spent | None, start: int, size: int
    ) -> None:
        self.name = name
        self.refused = refused
        self._source = source
        self._start = start
        self._size = size

    @contextlib.contextmanager
    def open(self) -> Iterator[Readable]:
        if self._source is None:
            raise EOFError
        self._source.seek(self._start)
        yield _Part(self._source, self._size)


class _Part:
    """So many bytes of what several files were put into, one after the other."""

    def __init__(self, source: Spent, size: int) -> None:
        self._source = source
        self._left = size

    def read(self, size: int, /) -> bytes:
        part = self._source.read(min(size, self._left))
        self._left -= len(part)
        return part


class _SevenZip:
    def __init__(self, body: bytes, budget: Budget) -> None:
        self._folders, self._names = read_list(body)
        self._budget = budget

    def each(self) -> Iterator[Entry]:
        names = iter(self._names)
        for folder in self._folders:
            source, refused, start = None, None, 0
            try:
                source = Spent(folder.open(), self._budget)
            except UnreadableFolderError as error:
                refused = str(error)
            for size in folder.files:
                yield _SevenZipEntry(next(names, ""), refused, source, start, size)
                start += size

    def close(self) -> None:
        self._folders.clear()
