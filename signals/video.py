"""Is this a video, and of which kind? By its first bytes alone; nothing is decoded here."""

from dataclasses import dataclass
from typing import Final

from signals.heif import AVIF_BRANDS, HEIC_BRANDS, is_heic
from signals.stills import begins_like_a_still

LOOKED_AT: Final = 4096
"""Bytes of the beginning that are enough to tell a video from anything else."""


@dataclass(frozen=True, slots=True)
class VideoKind:
    """What a video's file is called, and which reader of FFmpeg's takes it apart."""

    name: str
    reader: str


_MP4: Final = VideoKind("MP4", "mov")
_MOV: Final = VideoKind("MOV", "mov")
_3GP: Final = VideoKind("3GP", "mov")
_AVI: Final = VideoKind("AVI", "avi")
_TS: Final = VideoKind("MPEGTS", "mpegts")

_BEGINNINGS: Final = (
    (b"\x1a\x45\xdf\xa3", VideoKind("WEBM", "matroska"), b"webm"),
    (b"\x1a\x45\xdf\xa3", VideoKind("MKV", "matroska"), b""),
    (b"FLV\x01", VideoKind("FLV", "flv"), b""),
    (b"\x00\x00\x01\xba", VideoKind("MPEG", "mpeg"), b""),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", VideoKind("WMV", "asf"), b""),
    (b"OggS", VideoKind("OGV", "ogg"), b"\x80theora"),
)
"""What a file begins with, its kind, and what must also stand near its beginning."""

_STILL_BRANDS: Final = frozenset(
    (*AVIF_BRANDS, *HEIC_BRANDS, b"crx ", b"jp2 ", b"jpx ", b"jpm ", b"jxl ")
)
"""Of files in boxes, those that hold pictures; AVIF's and HEIC's sequences are animations."""

_SOUND_BRANDS: Final = frozenset((b"M4A ", b"M4B ", b"M4P ", b"aax ", b"aaxc"))

_OLD_BOXES: Final = frozenset((b"moov", b"mdat", b"wide", b"pnot"))
"""What a QuickTime film begins with that has no ``ftyp``."""

_TS_SYNC: Final = 0x47
_TS_PACKETS: Final = ((0, 188), (4, 192))
"""Where the first packet begins and how many bytes lie from one to the next: plain, and M2TS."""

_PACKETS_LOOKED_AT: Final = 3


def looks_like_video(head: bytes) -> bool:
    """Say whether these are the first bytes of a video; LOOKED_AT of them are enough."""
    return video_kind(head) is not None


def needs_ffmpeg(head: bytes) -> bool:
    """Say whether only a worker for videos can hash this: a video, or a HEIC picture."""
    return video_kind(head) is not None or is_heic(head)


def video_kind(head: bytes) -> VideoKind | None:
    """Give the kind of video that begins with these bytes, or None."""
    if begins_like_a_still(head):
        return None
    if head[4:8] == b"ftyp":
        return _in_boxes(head[8:12])
    if head.startswith(b"RIFF"):
        return _AVI if head[8:12] == b"AVI " else None
    for beginning, kind, also in _BEGINNINGS:
        if head.startswith(beginning) and also in head[:LOOKED_AT]:
            return kind
    if head[4:8] in _OLD_BOXES:
        return _MOV
    return _TS if _is_transport_stream(head) else None


def _in_boxes(brand: bytes) -> VideoKind | None:
    if brand in _STILL_BRANDS or brand in _SOUND_BRANDS:
        return None
    if brand == b"qt  ":
        return _MOV
    return _3GP if brand.startswith((b"3gp", b"3g2")) else _MP4


def _is_transport_stream(head: bytes) -> bool:
    return any(
        len(head) > start + (_PACKETS_LOOKED_AT - 1) * step
        and all(head[start + step * n] == _TS_SYNC for n in range(_PACKETS_LOOKED_AT))
        for start, step in _TS_PACKETS
    )
