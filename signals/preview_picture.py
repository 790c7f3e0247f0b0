"""What is shown of a picture to whoever has to decide: small, in grey, and blurred, twice."""

import hashlib
from dataclasses import dataclass, field
from typing import Final

from PIL import Image, ImageFilter

from domain.errors import Undecodable
from signals.animation import may_move, read_animation
from signals.decode import open_picture
from signals.grid import Picture
from signals.heif import is_heic
from signals.pdq import pdq_of
from signals.proportions import in_proportion
from signals.video import video_kind

LONGEST: Final = 256
"""Pixels of the longer side; what is smaller is shown as small as it is."""

_HEAVY: Final = 22
"""The heavier blur reaches a 22nd of the longer side: shapes can be told, and nobody recognised."""

_LIGHT: Final = 80
"""The lighter one an 80th: one picture can be told from another."""


@dataclass(frozen=True, slots=True)
class BlurredPicture:
    """A picture as it is shown, and what tells whether it is the one that was wanted.

    ``heavy`` and ``light`` are brightness, a byte a pixel, row after row.
    """

    sha256: str
    pdq: str
    pdq_quality: int
    width: int
    height: int
    heavy: bytes = field(repr=False)
    light: bytes = field(repr=False)


def blurred_picture(body: bytes, at_ms: int | None) -> BlurredPicture:
    """Decode a picture, or what moves at a moment, and blur it.

    Raises:
        Undecodable: the bytes are no picture that can be opened; the text says why.
        MemoryError: decoding needed more memory than the process may have.
    """
    picture = _decoded(body, at_ms)
    pdq, quality = pdq_of(picture)
    shown = in_proportion(picture, min(LONGEST, max(picture.width, picture.height)))
    if max(shown.size) > LONGEST:
        shown.thumbnail((LONGEST, LONGEST))
    return BlurredPicture(
        sha256=hashlib.sha256(body).hexdigest(),
        pdq=pdq,
        pdq_quality=quality,
        width=shown.width,
        height=shown.height,
        heavy=_blurred(shown, _HEAVY),
        light=_blurred(shown, _LIGHT),
    )


def _decoded(body: bytes, at_ms: int | None) -> Picture:
    kind = video_kind(body)
    if kind is not None:
        from signals.preview_video import frame_near  # noqa: PLC0415 - loads FFmpeg

        return frame_near(body, kind, at_ms or 0)
    if is_heic(body):
        from signals.heic_picture import open_heic  # noqa: PLC0415 - loads FFmpeg

        return open_heic(body)
    first = open_picture(body)
    if at_ms is None or not may_move(body):
        return first
    nearest = _Nearest(at_ms, first)
    read_animation(body, nearest.look)
    return nearest.picture


class _Nearest:
    """The frame of an animation that is shown at a moment, as frames go by in order."""

    def __init__(self, at_ms: int, first: Picture) -> None:
        self._at_ms = at_ms
        self.picture = first

    def look(self, at_ms: int, picture: Picture) -> None:
        if at_ms <= self._at_ms:
            self.picture = picture


def _blurred(shown: Image.Image, share: int) -> bytes:
    return shown.filter(ImageFilter.GaussianBlur(max(shown.size) / share)).tobytes()


def of_archive(body: bytes, sha256: str, member_bytes: int) -> bytes:
    """Return the member of an archive that has these bytes.

    Raises:
        Undecodable: there is none any more, or the archive cannot be taken apart.
    """
    from signals.unpacking import unpacked  # noqa: PLC0415 - loaded where it is needed

    for member in unpacked(body, member_bytes):
        if member.body is not None and hashlib.sha256(member.body).hexdigest() == sha256:
            return member.body
    raise MemberGoneError


class MemberGoneError(Undecodable):
    """An archive that could be taken apart and no longer holds what was found in it."""

    def __init__(self) -> None:
        super().__init__("the archive holds that picture no longer")
