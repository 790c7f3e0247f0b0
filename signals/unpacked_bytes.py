"""Unpacked bytes, read forwards and counted: what an archive may unfold to has an end."""

import io
from collections.abc import Callable
from typing import Final, Protocol

from signals.archives import MAX_UNPACKED

_PIECE: Final = 2**16
_MOST_AT_ONCE: Final = 2**22


class TooMuchError(Exception):
    """More was unpacked than is allowed of one archive."""


class Budget:
    """Bytes that may still be unpacked of an archive, whatever lies in what."""

    def __init__(self) -> None:
        self.left = MAX_UNPACKED

    def spend(self, count: int) -> None:
        """Count bytes.

        Raises:
            TooMuchError: more than are allowed.
        """
        self.left -= count
        if self.left < 0:
            raise TooMuchError


class Readable(Protocol):
    """What gives bytes."""

    def read(self, size: int, /) -> bytes:
        """Give at most so many; none at the end."""


class Stored:
    """Bytes of a file, read from their beginning to their end without another copy of all."""

    def __init__(self, body: bytes | memoryview) -> None:
        self._left = memoryview(body)

    def read(self, size: int, /) -> bytes:
        """Give at most so many bytes; none at the end."""
        part, self._left = bytes(self._left[:size]), self._left[size:]
        return part


class Decompressor(Protocol):
    """What `bz2` and `lzma` have in common."""

    @property
    def eof(self) -> bool:
        """Whether what was packed has come to its end."""

    @property
    def needs_input(self) -> bool:
        """Whether there is nothing to give before more is taken in."""

    @property
    def unused_data(self) -> bytes:
        """What came behind that end."""

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Take packed bytes in, and give at most so many unpacked ones."""


class Decompressed:
    """A file compressed in one of several ways, read from its beginning to its end."""

    def __init__(self, body: bytes | memoryview, make: Callable[[], Decompressor]) -> None:
        self._packed = Stored(body)
        self._make = make
        self._decompressor = make()

    def read(self, size: int, /) -> bytes:
        """Give at most so many bytes; none at the end.

        Raises:
            EOFError: the file is cut short.
        """
        while True:
            if self._decompressor.eof:  # such files may follow each other
                rest = self._decompressor.unused_data + self._packed.read(_PIECE)
                if not rest.strip(b"\0"):
                    return b""
                self._decompressor = self._make()
            else:
                rest = self._packed.read(_PIECE) if self._decompressor.needs_input else b""
                if not rest and self._decompressor.needs_input:
                    raise EOFError
            if part := self._decompressor.decompress(rest, size):
                return part


class Spent(io.RawIOBase):
    """Unpacked bytes, each of which counts; read forwards only, which is how `tarfile` reads."""

    def __init__(self, source: Readable, budget: Budget) -> None:
        self._source = source
        self._budget = budget
        self._told = 0

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def seekable(self) -> bool:
        """Say that it can be read on from further behind."""
        return True

    def tell(self) -> int:
        """Say how many bytes were read."""
        return self._told

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Read on to so many bytes from the beginning.

        Raises:
            OSError: that lies before what was read last.
        """
        if whence != io.SEEK_SET or offset < self._told:
            msg = "a compressed archive is read forwards"
            raise OSError(msg)
        while self._told < offset and self.read(min(_PIECE, offset - self._told)):
            pass
        return self._told

    def read(self, size: int = -1, /) -> bytes:
        """Give so many bytes, fewer at the end.

        Raises:
            TooMuchError: more than are allowed, now or altogether.
        """
        if not 0 <= size <= _MOST_AT_ONCE:  # as much as a header says that a name has
            raise TooMuchError
        parts: list[bytes] = []
        while size > 0 and (part := self._source.read(size)):
            self._budget.spend(len(part))
            parts.append(part)
            size -= len(part)
            self._told += len(part)
        return b"".join(parts)
