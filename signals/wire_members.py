"""The members of an archive as a worker says them, and as they are read: like all from outside."""

from dataclasses import dataclass
from typing import Any

from domain.errors import Undecodable
from signals.wire_places import UnreadableAnswerError
from signals.wire_text import loaded, one_line, printable


@dataclass(frozen=True, slots=True)
class MemberAnswer:
    """A member of an archive: its name, and the length of its bytes or why there are none."""

    name: str
    length: int
    reason: str | None


def member_answer(name: str, length: int, reason: str | None) -> dict[str, Any]:
    """Say a member of an archive as JSON has it; its bytes, if there are any, follow."""
    return {"member": name, "length": length, "reason": reason}


def end_answer() -> dict[str, Any]:
    """Say that an archive has no further member."""
    return {"end": True}


def read_member_answer(text: bytes, most: int) -> MemberAnswer | Undecodable | None:
    """Read a worker's answer about an archive: a member, why there are no more, or the end.

    Args:
        text: the answer.
        most: bytes that a member may have.

    Raises:
        UnreadableAnswerError: it says anything else.
    """
    match loaded(text):
        case {"end": True}:
            return None
        case {"undecodable": str() as reason}:
            return Undecodable(one_line(reason))
        case {"member": str() as name, "length": int() as length, "reason": None} if (
            0 <= length <= most
        ):
            return MemberAnswer(printable(name), length, None)
        case {"member": str() as name, "length": 0, "reason": str() as reason}:
            return MemberAnswer(printable(name), 0, one_line(reason))
    msg = "a worker's answer holds neither a member of an archive nor a reason nor the end"
    raise UnreadableAnswerError(msg)
