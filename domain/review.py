"""What becomes of a flagged match: a person's decision, its reason, and taking it back."""

from enum import StrEnum

from domain.errors import Refused


class MatchState(StrEnum):
    """Where a match stands. Every match starts as flagged; only a person moves it."""

    FLAGGED = "flagged"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"


class Verdict(StrEnum):
    """What a caseworker says of a match. Unsure leaves it flagged for someone else."""

    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    UNSURE = "unsure"


def state_after(verdict: Verdict) -> MatchState:
    """Say where a match stands once ``verdict`` is given."""
    if verdict is Verdict.CONFIRMED:
        return MatchState.CONFIRMED
    if verdict is Verdict.REJECTED:
        return MatchState.REJECTED
    return MatchState.FLAGGED


def check_decision(number: str, state: MatchState, verdict: Verdict) -> None:
    """Refuse a verdict that repeats the one in force; a different one may replace it.

    Raises:
        Refused: the match already stands there.
    """
    if verdict is not Verdict.UNSURE and state_after(verdict) is state:
        msg = (
            f"Match {number} is already {state.value}. To take that back: vigil match undo {number}"
        )
        raise Refused(msg)
