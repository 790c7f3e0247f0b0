"""The signals to register as a worker says them, and as they are read: like all from outside."""

from typing import Any, Final

from domain.errors import InvalidInput, Undecodable
from domain.signal import NoConstellation, PictureSignals, Signal, SignalType, View
from signals.wire import MAX_CONSTELLATION_FRAMES, MAX_REGISTERED_FRAMES
from signals.wire_places import UnreadableAnswerError
from signals.wire_text import is_name, is_time, loaded, sentence, signals_in

_MOST_SIGNALS: Final = 2 + MAX_REGISTERED_FRAMES * 2 * len(View) + MAX_CONSTELLATION_FRAMES

_OF_WHOLE: Final = (SignalType.EMBEDDING,)


def picture_answer(signals: PictureSignals) -> dict[str, Any]:
    """Say a picture's signals as JSON has it."""
    rows = [[s.type, s.value, s.view, s.quality, s.at_ms] for s in signals.signals]
    return {
        "signals": rows,
        "format": signals.format,
        "duration_ms": signals.duration_ms,
        "no_constellation": signals.no_constellation,
        "content": signals.content,
        "unsure": signals.unsure,
    }


def read_picture_answer(text: bytes) -> PictureSignals | Undecodable:
    """Read a worker's answer: the signals to register, or why the bytes are no usable picture.

    Raises:
        UnreadableAnswerError: it says anything else.
    """
    answer = loaded(text)
    rows = signals_in(answer)
    if isinstance(rows, Undecodable):
        return rows
    file_format, duration_ms = answer.get("format"), answer.get("duration_ms")
    missing = answer.get("no_constellation")
    content, unsure = (sentence(answer.get(name)) for name in ("content", "unsure"))
    try:
        picture = PictureSignals(
            tuple(
                Signal(SignalType(name), value, View(view), quality, at_ms)
                for name, value, view, quality, at_ms in rows
            ),
            file_format,
            duration_ms,
            None if missing is None else NoConstellation(missing),
            content,
            unsure,
        )
    except (TypeError, ValueError, InvalidInput) as error:
        msg = f"a worker's answer holds no picture's signals: {error}"
        raise UnreadableAnswerError(msg) from error
    numbers = [number for each in picture.signals for number in (each.quality, each.at_ms)]
    if not all(number is None or type(number) is int for number in numbers):
        msg = "a worker's answer holds a quality or a moment that is no whole number"
        raise UnreadableAnswerError(msg)
    times = [signal.at_ms for signal in picture.signals if signal.at_ms is not None]
    if len(picture.signals) > _MOST_SIGNALS or not all(map(is_time, times)):
        msg = f"a worker's answer holds {len(picture.signals)} signals, or times that no video has"
        raise UnreadableAnswerError(msg)
    of_whole = {(each.view, each.at_ms) for each in picture.signals if each.type in _OF_WHOLE}
    if of_whole - {(View.UPRIGHT, None)}:
        msg = "a worker's answer holds an embedding of a view or a frame, which has none"
        raise UnreadableAnswerError(msg)
    if not (file_format is None or is_name(file_format)) or not (
        duration_ms is None or is_time(duration_ms)
    ):
        msg = "a worker's answer holds a format or a length that no picture has"
        raise UnreadableAnswerError(msg)
    return picture
