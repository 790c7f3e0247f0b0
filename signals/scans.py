"""The segments and scans of a JPEG: what its pixels will take, and what of it is there."""

import re
from collections.abc import Iterator
from typing import Final

MAX_SCANS: Final = 100
"""Passes over a picture. Encoders write some ten, jpegtran's own scripts twenty; each pass may take
sixty bytes of file and goes over every block of the picture."""

# Behind 0xFF, a 0 stands for the byte 0xFF itself and D0 to D7 only mark places to restart at.
_MARKER: Final = re.compile(rb"\xff+([\x01-\xcf\xd8-\xfe])")

_SCAN: Final = 0xDA
_END: Final = 0xD9
_ALONE: Final = frozenset({0x01, 0xD8})
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE: Final = frozenset({0xC2, 0xC6, 0xCA, 0xCE})

_COEFFICIENT: Final = 2
_MOST_COMPONENTS: Final = 4


def scans(body: bytes) -> int:
    """Count the passes over the picture in a JPEG; more than there are where there are few."""
    most = body.count(b"\xff\xda")
    if most <= MAX_SCANS:  # metadata and thumbnails may hold these bytes, too
        return most
    return sum(marker == _SCAN for marker, _ in _segments(body))


def coefficient_bytes(body: bytes) -> float:
    """Give the bytes for each pixel that a JPEG's decoder keeps from its first scan to its last.

    None, if one scan holds all components: it is decoded a few rows at a time.
    """
    frame = -1
    components = b""
    for marker, start in _segments(body):
        if marker in _FRAMES:
            frame = marker
            # length, bits, height, width, and then three bytes for each component
            components = body[start + 8 : start + 8 + 3 * body[start + 7 : start + 8][0]]
        elif marker == _SCAN and frame >= 0:
            in_scan = body[start + 2 : start + 3]
            if frame not in _PROGRESSIVE and in_scan and in_scan[0] == len(components) // 3:
                return 0.0
            break
    sampling = [(byte >> 4, byte & 15) for byte in components[1::3]]
    if not sampling or any(across * down == 0 for across, down in sampling):
        return float(_MOST_COMPONENTS * _COEFFICIENT)
    most = max(across for across, _ in sampling) * max(down for _, down in sampling)
    return _COEFFICIENT * sum(across * down for across, down in sampling) / most


def without_cut_segment(body: bytes) -> bytes:
    """Leave out a table or header at the end of a JPEG that is not there in full.

    A decoder would wait for the rest of it and show nothing of the scans before.
    """
    for _, at in _segments(body):
        if at + max(2, int.from_bytes(body[at : at + 2], "big")) > len(body):
            return body[: at - 2]
    return body


def _segments(body: bytes) -> Iterator[tuple[int, int]]:
    """Go from marker to marker: its kind, and where its length stands."""
    at = 2
    while found := _MARKER.search(body, at):
        marker, at = found[1][0], found.end()
        if marker == _END:
            return
        if marker not in _ALONE:
            yield marker, at
            at += max(2, int.from_bytes(body[at : at + 2], "big"))
