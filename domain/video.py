"""When a found video counts as a copy of a registered one: the rule, over counts of frames."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_ANIMATIONS: Final = frozenset(("GIF", "PNG", "WEBP", "AVIF"))
"""Formats of pictures that may move; what moves in another is a video."""

VIDEO_SHARE: Final = 20
"""Percent of either video's frames that must be in the other, unless an operator says otherwise."""

ENOUGH_FRAMES: Final = 2
"""Frames that must agree on either side; one is enough where a side has no more."""


@dataclass(frozen=True, slots=True)
class SharedFrames:
    """How many frames of a found and of a registered video are near one of the other's.

    Only frames with enough in them to be hashed are counted. A picture is a video of one frame.
    """

    found: int
    of_found: int
    registered: int
    of_registered: int


def is_copy(shared: SharedFrames, *, share: int) -> bool:
    """Say whether a found video shows so much of a registered one that it is to be flagged.

    ``share`` percent of the frames of either is enough: a short clip out of a long video holds
    little of it, and a compilation that holds all of a short video consists of little of it. One
    frame alone would not do, where there are more: videos of one site share a title or a black
    picture with a name. So a registered picture is in a video that shows it once.
    """
    enough = min(ENOUGH_FRAMES, shared.of_found, shared.of_registered)
    if enough == 0 or min(shared.found, shared.registered) < enough:
        return False
    return (
        100 * shared.found >= share * shared.of_found
        or 100 * shared.registered >= share * shared.of_registered
    )


class Showing(StrEnum):
    """What a registration shows; of one from before this was kept it may not be certain."""

    PICTURE = "picture"
    ANIMATION = "animation"
    VIDEO = "video"
    EITHER = "video or animation"


def showing(*, frames: int, file_format: str | None) -> Showing:
    """Say what a registration of so many frames shows, 0 for a still picture."""
    if not frames:
        return Showing.PICTURE
    if file_format is None:
        return Showing.EITHER
    return Showing.ANIMATION if file_format in _ANIMATIONS else Showing.VIDEO
