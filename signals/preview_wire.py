"""What the worker for previews is asked and what it answers, as bytes on a socket.

A request is eight bytes for the length of the file, eight for the moment that is wanted of what
moves, 32 for the digest of the member that is wanted of an archive, and the file. An answer is
framed as `signals.wire` has it; behind that of a picture come its pixels, blurred heavily and then
lightly. They are brightness and nothing else, so that no byte of a hostile file reaches a browser,
and since a worker may have been taken over, what it says is checked.
"""

import re
import struct
from enum import Enum
from typing import Any, Final

from domain.errors import Undecodable
from domain.signal import MAX_PDQ_QUALITY
from signals.preview_picture import LONGEST, BlurredPicture, MemberGoneError
from signals.wire_places import UnreadableAnswerError
from signals.wire_text import loaded, one_line

REQUEST_HEAD: Final = struct.Struct(">Qq32s")
NO_MOMENT: Final = -1
NO_MEMBER: Final = bytes(32)

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_MOST_SAID: Final = 300


class PreviewDuty(Enum):
    """What a worker is started for: only what it needs is loaded before it is confined."""

    PICTURES = "pictures"
    VIDEOS = "videos"
    ARCHIVES = "archives"


def picture_head(picture: BlurredPicture) -> dict[str, Any]:
    """Say what a picture is, as JSON has it; its pixels follow."""
    return {
        "sha256": picture.sha256,
        "pdq": picture.pdq,
        "pdq_quality": picture.pdq_quality,
        "width": picture.width,
        "height": picture.height,
    }


def failure(error: Undecodable) -> dict[str, Any]:
    """Say why there is no picture, as JSON has it."""
    return {"undecodable": str(error), "gone": isinstance(error, MemberGoneError)}


def read_head(text: bytes) -> BlurredPicture | Undecodable:
    """Read what a worker says of a picture, still without its pixels, or why there is none.

    Raises:
        UnreadableAnswerError: it says anything else.
    """
    match loaded(text):
        case {"undecodable": str(), "gone": True}:
            return MemberGoneError()
        case {"undecodable": str() as reason, "gone": False}:
            return Undecodable(one_line(reason, _MOST_SAID))
        case {
            "sha256": str() as sha256,
            "pdq": str() as pdq,
            "pdq_quality": int() as quality,
            "width": int() as width,
            "height": int() as height,
        } if (
            _DIGEST.fullmatch(sha256)
            and _DIGEST.fullmatch(pdq)
            and 0 <= quality <= MAX_PDQ_QUALITY
            and 0 < width <= LONGEST
            and 0 < height <= LONGEST
        ):
            return BlurredPicture(sha256, pdq, quality, width, height, b"", b"")
    msg = "the worker for previews gave an answer that no picture has"
    raise UnreadableAnswerError(msg)
