"""The files of a 7z archive that were compressed together, unpacked with what Python has.

Read are LZMA, LZMA2, bzip2, Deflate and none at all, as 7-Zip compresses anything but programs, and
LZMA2 behind its filter for programs, as py7zr compresses everything. Encrypted ones and other
chains are named.

Source: 7-Zip's own description of the format, DOC/7zFormat.txt.
"""

import bz2
import lzma
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from signals.unpacked_bytes import Decompressed, Readable, Stored

_MOST_DICTIONARY: Final = 160 * 2**20
"""Bytes that a decoder may keep; 7-Zip's highest setting takes 64 MiB, and 128 for huge files."""

_COPY, _LZMA, _LZMA2 = b"\x00", b"\x03\x01\x01", b"\x21"
_FOR_PROGRAMS: Final = (b"\x03\x03\x01\x03", b"\x04")
"""The two names of the filter that makes jumps in x86 programs easier to compress."""

_BZIP2, _DEFLATE, _AES = b"\x04\x02\x02", b"\x04\x01\x08", b"\x06\xf1\x07\x01"


class UnreadableFolderError(Exception):
    """The files of one folder cannot be unpacked; the text says why."""


@dataclass(slots=True)
class Folder:
    """Files that were compressed together, one after the other."""

    coders: list[tuple[bytes, bytes]] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    packed: bytes | memoryview = b""
    files: list[int] = field(default_factory=list)

    def open(self) -> Readable:
        """Begin to unpack it.

        Raises:
            UnreadableFolderError: it is encrypted, or compressed in a way that is not read.
        """
        if any(method == _AES for method, _ in self.coders):
            msg = "it is encrypted"
            raise UnreadableFolderError(msg)
        coders = [coder for coder in self.coders if coder[0] not in _FOR_PROGRAMS]
        behind = len(self.coders) - len(coders)
        if len(coders) != 1 or (behind and (behind > 1 or coders[0][0] != _LZMA2)):
            msg = "it is compressed in several steps, which is not read"
            raise UnreadableFolderError(msg)
        method, properties = coders[0]
        if behind:
            return Decompressed(self.packed, _decompressor(method, properties, for_programs=True))
        if method == _COPY:
            return Stored(self.packed)
        return Decompressed(self.packed, _decompressor(method, properties))


def _decompressor(
    method: bytes, properties: bytes, *, for_programs: bool = False
) -> Callable[[], Any]:
    if method == _BZIP2:
        return bz2.BZ2Decompressor
    if method == _DEFLATE:
        return _Inflater
    if method == _LZMA:
        (dictionary,) = struct.unpack_from("<I", properties, 1)
        rest, lc = divmod(properties[0], 9)
        pb, lp = divmod(rest, 5)
        chosen = {"id": lzma.FILTER_LZMA1, "lc": lc, "lp": lp, "pb": pb, "dict_size": dictionary}
    elif method == _LZMA2:
        bits = properties[0]
        dictionary = (2 | bits & 1) << (bits // 2 + 11)
        chosen = {"id": lzma.FILTER_LZMA2, "dict_size": dictionary}
    else:
        msg = "it is compressed in a way that is not read"
        raise UnreadableFolderError(msg)
    if dictionary > _MOST_DICTIONARY:
        msg = f"unpacking it takes {dictionary:,} bytes of memory; at most {_MOST_DICTIONARY:,}"
        raise UnreadableFolderError(msg)
    filters = [{"id": lzma.FILTER_X86}, chosen] if for_programs else [chosen]
    return lambda: lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=filters)


class _Inflater:
    """Deflate, with the words of `bz2` and `lzma`."""

    def __init__(self) -> None:
        self._inflater = zlib.decompressobj(-zlib.MAX_WBITS)

    @property
    def eof(self) -> bool:
        return self._inflater.eof

    @property
    def unused_data(self) -> bytes:
        return b""  # whatever follows is no second one

    @property
    def needs_input(self) -> bool:
        return not self._inflater.unconsumed_tail

    def decompress(self, data: bytes, max_length: int) -> bytes:
        return self._inflater.decompress(self._inflater.unconsumed_tail + data, max_length)
