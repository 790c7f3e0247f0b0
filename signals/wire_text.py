"""What a worker says, as text that is read like anything that comes from outside."""

import json
from typing import Any, Final

from domain.errors import Undecodable
from signals.wire_places import UnreadableAnswerError

_LATEST_MS: Final = 2**31 - 1
_MAX_REASON: Final = 400
_MAX_FORMAT: Final = 16
_MAX_NAME: Final = 400


def printable(name: str) -> str:
    """Give a name without what moves a terminal's cursor, and not too long."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name[:_MAX_NAME])


def signals_in(answer: Any) -> Any:
    """Give what an answer holds as signals, or why there are none.

    Raises:
        UnreadableAnswerError: it holds neither.
    """
    match answer:
        case {"signals": signals}:
            return signals
        case {"undecodable": str() as reason}:
            return Undecodable(one_line(reason))
    msg = "a worker's answer holds neither signals nor a reason"
    raise UnreadableAnswerError(msg)


def loaded(text: bytes) -> Any:
    """Read JSON.

    Raises:
        UnreadableAnswerError: it is none.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        msg = "a worker's answer is no JSON"
        raise UnreadableAnswerError(msg) from error


def one_line(reason: str, most: int = _MAX_REASON) -> str:
    """Give a reason without what moves a terminal's cursor, and not too long."""
    return "".join(c for c in reason[:most] if c.isprintable())


def sentence(said: object) -> str | None:
    """Give a sentence about what a file shows, if there is one.

    Raises:
        UnreadableAnswerError: it is something else.
    """
    if said is None:
        return None
    if not isinstance(said, str) or said != one_line(said):
        msg = "a worker's answer holds something about what a file shows that is no sentence"
        raise UnreadableAnswerError(msg)
    return said


def is_time(at_ms: object) -> bool:
    """Say whether this may be a moment of a video, in milliseconds."""
    return type(at_ms) is int and 0 <= at_ms <= _LATEST_MS


def is_name(text: object) -> bool:
    """Say whether this may be the name of a format."""
    return isinstance(text, str) and text.isascii() and text.isalnum() and len(text) <= _MAX_FORMAT
