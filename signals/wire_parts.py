"""The parts of a still image as a worker says them, and as they are read: like all from outside."""

from collections.abc import Sequence
from typing import Any, Final

from domain.errors import InvalidInput
from domain.signal import PartSignal, Signal, SignalType
from signals.wire_places import UnreadableAnswerError

MAX_PARTS: Final = 12
"""As many as `signals.picture_views` gives, which this must not load: it is compiled."""


def parts_rows(parts: Sequence[PartSignal]) -> list[list[Any]]:
    """Say the parts of an image as JSON has them."""
    return [[part.pdq, part.quality, list(part.box)] for part in parts]


def read_parts(rows: Any) -> tuple[PartSignal, ...]:
    """Read the parts of an image.

    Raises:
        UnreadableAnswerError: they are not such as an image may have.
    """
    if not isinstance(rows, list) or len(rows) > MAX_PARTS:
        msg = f"a worker's answer holds no list of at most {MAX_PARTS} parts of an image"
        raise UnreadableAnswerError(msg)
    return tuple(map(_read_part, rows))


def _read_part(row: Any) -> PartSignal:
    match row:
        case [
            str() as pdq,
            int() as quality,
            [float() as left, float() as top, float() as right, float() as bottom],
        ] if (
            not isinstance(quality, bool)
            # Says no to what is no number, too.
            and 0 <= left < right <= 1
            and 0 <= top < bottom <= 1
        ):
            try:
                Signal(SignalType.PDQ, pdq, quality=quality)
            except InvalidInput as error:
                msg = f"a worker's answer holds a part of an image without PDQ: {error}"
                raise UnreadableAnswerError(msg) from error
            return PartSignal(pdq, quality, (left, top, right, bottom))
    msg = "a worker's answer holds a part of an image that none has"
    raise UnreadableAnswerError(msg)
