"""What makes a damaged file one that can be opened, as far as browsers show it, too."""

import struct
import zlib
from typing import Final

from signals.containers import PNG_MAGIC, boxes, png_chunks, webp_chunks

MOST_LOST: Final = 0.1
"""The share of a picture that may be missing.

With its last tenth filled by one colour, the PDQ of a photo moves by 28 bits in the median, and
61 % of photos still match by it; with a twentieth, 14 bits and 81 %; with three tenths, 46 bits
and 10 %: the hash would be of no use. Repeating or mirroring the last rows that came does not do
better. Different photos filled by a tenth are as far from each other as whole ones.
"""

_TRANSPARENT_BYTES: Final = {0: 2, 2: 6, 3: 1}
"""The fewest bytes that tRNS may have, by kind of colour; other kinds have none."""


def mended(body: bytes) -> bytes | None:
    """Give the file without what is not needed and with what it lacks at its end.

    PNG loses what is no pixel, palette, transparency or orientation, and gets new checksums. The
    end of a WebP or AVIF is filled up, whose decoders give all of a picture or nothing.

    Returns:
        The file, or None if too much of it is missing.
    """
    if body.startswith(PNG_MAGIC):
        return _png(body)
    if body.startswith(b"RIFF") and body[8:12] == b"WEBP":
        return _webp(body)
    if body[4:8] == b"ftyp":
        return _filled(body, max((box.end for box in boxes(body)), default=0))
    return body


def _png(body: bytes) -> bytes:
    kept = [PNG_MAGIC]
    seen: set[bytes] = set()
    colour = -1
    for kind, start, end in png_chunks(body):
        data = body[start:end]
        if kind == b"IHDR" and len(data) > len(b"WWWWHHHHD"):
            colour = data[9]
        if kind == b"tRNS" and len(data) < _TRANSPARENT_BYTES.get(colour, len(data) + 1):
            continue
        if kind != b"IDAT":
            if kind not in {b"IHDR", b"PLTE", b"tRNS", b"eXIf"} or kind in seen:
                continue
            seen.add(kind)
        kept.append(struct.pack(">I", len(data)) + kind + data)
        kept.append(struct.pack(">I", zlib.crc32(kind + data)))
    end_of_file = struct.pack(">I4sI", 0, b"IEND", zlib.crc32(b"IEND"))
    return b"".join((*kept, end_of_file))


def _webp(body: bytes) -> bytes | None:
    end = max((chunk.end + chunk.end % 2 for chunk in webp_chunks(body)), default=0)
    filled = _filled(body, end)
    if filled is None:
        return None
    return filled[:4] + struct.pack("<I", end - 8) + filled[8:end]


def _filled(body: bytes, end: int) -> bytes | None:
    # Pixels lie last and from top to bottom, so the share of bytes is about that of rows.
    missing = end - len(body)
    if missing > MOST_LOST * end:
        return None
    return body + bytes(max(0, missing))
