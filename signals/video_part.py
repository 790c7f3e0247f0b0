"""The beginning of a video that is too large to be read whole: is it any use, and what is it?"""

import hashlib
import struct
from dataclasses import dataclass
from typing import Final

from signals.video import LOOKED_AT, video_kind

_LABEL: Final = b"The beginning of a larger file:\0"

_BOX: Final = struct.Struct(">I4s")
_LARGE_BOX: Final = struct.Struct(">IIQ")

_MOST_BOXES: Final = 64
"""Boxes that are passed over in search of an index, which stands behind a handful at most."""


@dataclass(frozen=True, slots=True)
class PartDigests:
    """What stands for the SHA-256 and the MD5 of a part, of the same form.

    A part is no file, and the digests of the file that it is a part of are not known. These are
    made of a label and of the part. So they are equal where the part is, and are never those of a
    file: no file that somebody has registered is taken for the very same.
    """

    sha256: str
    md5: str

    @classmethod
    def of(cls, part: bytes | memoryview) -> "PartDigests":
        """Make them of the bytes of a part."""
        sha256, md5 = hashlib.sha256(_LABEL), hashlib.md5(_LABEL, usedforsecurity=False)
        sha256.update(part)
        md5.update(part)
        return cls(sha256.hexdigest(), md5.hexdigest())


def can_be_read_in_part(start: bytes | memoryview, most: int) -> bool:
    """Say whether a video may be of use without what follows its first ``most`` bytes.

    Nothing can be read of an MP4 without its index, which many writers put at the end. Its boxes
    say how long they are, so mostly the first few bytes tell.

    Args:
        start: as much of its beginning as has come.
        most: how many bytes of it will come.
    """
    kind = video_kind(bytes(start[:LOOKED_AT]))
    if kind is None or kind.reader != "mov":
        return kind is not None
    at = 0
    for _ in range(_MOST_BOXES):
        if at + _LARGE_BOX.size > len(start):
            break
        length, name = _BOX.unpack_from(start, at)
        if length == 1:
            _, _, length = _LARGE_BOX.unpack_from(start, at)
        elif length == 0:  # all that follows
            length = most
        if length < _BOX.size:
            break  # it makes no sense, which whoever decodes it will say
        at += length
        if name == b"moov":
            break
    return at <= most
