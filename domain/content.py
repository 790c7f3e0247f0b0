"""What of a file is registered: all of it, or the picture that lies inside."""

from enum import StrEnum


class ContentChoice(StrEnum):
    """Which of both whoever registers a picture wants."""

    AUTO = "auto"
    """What lies inside where that is sure; all of it otherwise."""

    WHOLE = "whole"
    """All of it."""

    INSIDE = "inside"
    """What lies inside, as far as anything is seen there."""
