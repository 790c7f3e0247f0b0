"""Wanted looks: images to be fetched anew, since their stored signals propose a picture."""

from enum import StrEnum


class LookOutcome(StrEnum):
    """What came of looking at an image again."""

    FOUND = "found"
    NOT_FOUND = "not_found"
    GONE = "gone"


LOOK_OUTCOME_MEANINGS = {
    LookOutcome.FOUND: "the registered picture is in it, and it was flagged",
    LookOutcome.NOT_FOUND: "the registered picture is not in it",
    LookOutcome.GONE: "it is at none of the addresses where it was seen",
}
