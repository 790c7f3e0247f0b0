"""What a hashing worker is asked and what it answers, as bytes on a socket.

A request is one byte for its kind, eight for the length of the picture, and the picture; an
answer is eight bytes for its length and so much JSON. A worker reads hostile files, so what it
answers is checked like anything else that comes from outside.
"""

import json
import struct
from enum import Enum
from typing import Any, Final

from domain.errors import InvalidInput, Undecodable
from domain.signal import ImageSignals, PictureSignals, Signal, SignalType, View
from signals.sandbox import Sandbox

REQUEST_HEAD: Final = struct.Struct(">cQ")
ANSWER_HEAD: Final = struct.Struct(">Q")

MAX_ANSWER_BYTES: Final = 64 * 1024
"""The longest true answer, eighteen signals, is about 3 KiB."""

_MAX_REASON: Final = 400
_MAX_FORMAT: Final = 16


class Kind(Enum):
    """What is asked of a worker: a found image's signals, or a picture's to register."""

    IMAGE = b"i"
    PICTURE = b"p"


class UnreadableAnswerError(ValueError):
    """A worker answered with something that it never says."""


def pack_answer(answer: dict[str, Any]) -> bytes:
    """Put an answer into its frame."""
    text = json.dumps(answer).encode()
    return ANSWER_HEAD.pack(len(text)) + text


def answer_length(head: bytes) -> int:
    """Read how long the answer after this head is.

    Raises:
        UnreadableAnswerError: longer than any true answer.
    """
    (length,) = ANSWER_HEAD.unpack(head)
    if length > MAX_ANSWER_BYTES:
        msg = f"a worker's answer has at most {MAX_ANSWER_BYTES} bytes; this one announces {length}"
        raise UnreadableAnswerError(msg)
    return int(length)


def ready_answer(sandbox: Sandbox) -> dict[str, Any]:
    """Say that a worker is ready, and what holds it, as JSON has it."""
    return {"ready": {"unfiltered": sandbox.unfiltered}}


def image_answer(signals: ImageSignals) -> dict[str, Any]:
    """Say a found image's signals as JSON has it."""
    return {"signals": {name: getattr(signals, name) for name in ImageSignals.__slots__}}


def picture_answer(signals: PictureSignals) -> dict[str, Any]:
    """Say a picture's signals as JSON has it."""
    return {"signals": [[s.type, s.value, s.view, s.quality] for s in signals.signals]}


def read_ready_answer(text: bytes) -> Sandbox:
    """Read a worker's first answer: what holds it.

    Raises:
        UnreadableAnswerError: it says anything else.
    """
    match _loaded(text):
        case {"ready": {"unfiltered": None}}:
            return Sandbox(unfiltered=None)
        case {"ready": {"unfiltered": str() as why}}:
            return Sandbox(unfiltered=_one_line(why))
    msg = "a worker's first answer does not say that it is ready"
    raise UnreadableAnswerError(msg)


def read_image_answer(text: bytes) -> ImageSignals | Undecodable:
    """Read a worker's answer: a found image's signals, or why the bytes are no usable picture.

    Raises:
        UnreadableAnswerError: it says anything else.
    """
    signals = _read(text)
    if isinstance(signals, Undecodable):
        return signals
    if not isinstance(signals, dict):
        msg = f"a worker's answer holds an image's signals by name, not a {type(signals).__name__}"
        raise UnreadableAnswerError(msg)
    try:
        image = ImageSignals(**signals)
        for signal_type in SignalType:
            Signal(signal_type, getattr(image, signal_type.value))
        Signal(SignalType.PDQ, image.pdq, quality=image.pdq_quality)
        sizes = (image.pdq_quality, image.width, image.height, image.byte_size)
    except (TypeError, InvalidInput) as error:
        msg = f"a worker's answer holds no image's signals: {error}"
        raise UnreadableAnswerError(msg) from error
    if not all(type(size) is int and size >= 0 for size in sizes) or not _is_name(image.format):
        msg = f"a worker's answer holds sizes or a format that no picture has: {sizes}"
        raise UnreadableAnswerError(msg)
    return image


def read_picture_answer(text: bytes) -> PictureSignals | Undecodable:
    """Read a worker's answer: the signals to register, or why the bytes are no usable picture.

    Raises:
        UnreadableAnswerError: it says anything else.
    """
    rows = _read(text)
    if isinstance(rows, Undecodable):
        return rows
    try:
        return PictureSignals(
            tuple(
                Signal(SignalType(name), value, View(view), quality)
                for name, value, view, quality in rows
            )
        )
    except (TypeError, ValueError, InvalidInput) as error:
        msg = f"a worker's answer holds no picture's signals: {error}"
        raise UnreadableAnswerError(msg) from error


def _read(text: bytes) -> Any:
    match _loaded(text):
        case {"signals": signals}:
            return signals
        case {"undecodable": str() as reason}:
            return Undecodable(_one_line(reason))
    msg = "a worker's answer holds neither signals nor a reason"
    raise UnreadableAnswerError(msg)


def _loaded(text: bytes) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        msg = "a worker's answer is no JSON"
        raise UnreadableAnswerError(msg) from error


def _one_line(reason: str) -> str:
    return "".join(c for c in reason[:_MAX_REASON] if c.isprintable())


def _is_name(text: object) -> bool:
    return isinstance(text, str) and text.isascii() and text.isalnum() and len(text) <= _MAX_FORMAT
