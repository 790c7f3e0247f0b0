"""Wanted looks: images to be fetched anew, since their stored signals propose a picture."""

from enum import StrEnum


class LookOutcome(StrEnum):
    """What came of looking at an image again."""

    FOUND = "found"
    """The registered picture is in it, and it was flagged."""

    NOT_FOUND = "not_found"
    """The registered picture is not in it."""

    GONE = "gone"
    """It is at none of the addresses where it was seen."""
