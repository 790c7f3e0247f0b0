"""How a case stands: open, closed or withdrawn, and when a closed one asks for a look again."""

from datetime import datetime
from enum import StrEnum

from domain.errors import Refused
from domain.sentence import sentence


class CaseState(StrEnum):
    """Where a case stands. One that is withdrawn stays so: nothing is left to go on with."""

    OPEN = "open"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class CloseReason(StrEnum):
    """Why a case was closed; a choice, so that nobody writes a person's story into it."""

    GONE = "gone"
    ASKED = "asked"
    HANDED_ON = "handed-on"
    UNREACHABLE = "unreachable"
    MISTAKE = "mistake"


def case_state(*, closed_at: datetime | None, withdrawn_at: datetime | None) -> CaseState:
    """Say where a case stands."""
    if withdrawn_at is not None:
        return CaseState.WITHDRAWN
    return CaseState.OPEN if closed_at is None else CaseState.CLOSED


def wants_attention(state: CaseState, *, waiting: int) -> bool:
    """Say whether a case waits for somebody.

    Its pictures are looked for until they are withdrawn, closed or not: a copy that appears a year
    later is for somebody to see, so it brings a closed case back among those that wait.
    """
    return state is not CaseState.WITHDRAWN and waiting > 0


def check_close(number: str, state: CaseState) -> None:
    """Refuse to close what is not open.

    Raises:
        Refused: it is closed or withdrawn.
    """
    if state is CaseState.CLOSED:
        msg = sentence("Case %(number)s is closed already.", number=number)
        raise Refused(msg)
    check_changeable(number, state)


def check_reopen(number: str, state: CaseState) -> None:
    """Refuse to reopen what is not closed.

    Raises:
        Refused: it is open or withdrawn.
    """
    if state is CaseState.OPEN:
        msg = sentence("Case %(number)s is open already.", number=number)
        raise Refused(msg)
    check_changeable(number, state)


def check_changeable(number: str, state: CaseState) -> None:
    """Refuse to change a case that was withdrawn.

    Raises:
        Refused: it was withdrawn.
    """
    if state is CaseState.WITHDRAWN:
        msg = sentence(
            "Case %(number)s was withdrawn, so nothing of it can be changed any more. For the "
            "same person, open a new case.",
            number=number,
        )
        raise Refused(msg)
