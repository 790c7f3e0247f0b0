"""What a hashing worker is asked and what it answers, as bytes on a socket.

A request is one byte for its kind, eight for the length of the file, eight for the bytes that a
member of an archive may have, or for what of a picture is registered, and the file; an answer is
eight bytes for its length and so much JSON. An archive is answered member by member: after an
answer that gives a member come its bytes (see `signals.wire_members`).
After an image's signals come the bytes of its places (see `signals.wire_places`); it can then be
asked to look for registered ones there, until it is told to let go, which it does not answer.
What is registered is answered as `signals.wire_registered` has it.
A worker reads hostile files, so what it answers is checked like anything else that comes from
outside.
"""

import itertools
import json
import struct
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any, Final

from domain.content import ContentChoice
from domain.errors import InvalidInput, Undecodable
from domain.places import FramePlaces, SecondLook, Wanted
from domain.signal import (
    COMPARED_BY_BITS,
    MIN_PLACES,
    FrameSignals,
    ImageSignals,
    Signal,
    SignalType,
)
from signals.constellation_form import is_well_formed
from signals.sandbox import Sandbox
from signals.wire_parts import parts_rows, read_parts
from signals.wire_places import (
    MAX_LOOKED_FRAMES,
    PlacesHead,
    UnreadableAnswerError,
    places_heads,
    read_look_answer,
    read_places_heads,
)
from signals.wire_text import is_name, is_time, loaded, one_line, signals_in

REQUEST_HEAD: Final = struct.Struct(">cQQ")
ANSWER_HEAD: Final = struct.Struct(">Q")

MAX_ANSWER_BYTES: Final = 256 * 1024
"""The longest true answer, 60 registered frames in eight views, is about 100 KiB."""

MAX_FRAMES: Final = 120
"""Frames of a found video that are kept; of an animation fewer."""

MAX_REGISTERED_FRAMES: Final = 60
"""Frames of a registered video; each has sixteen signals."""

MAX_CONSTELLATION_FRAMES: Final = 12
"""Frames of a registered video that have a constellation besides: it takes longer and more bytes
than all other signals of the frame."""

_MAX_LOSS: Final = 1_000
"""Characters that a worker may say of what it cannot do, with the path of a file in it."""


class Kind(Enum):
    """What is asked: a found image's signals, a picture's to register, an archive's members.

    A picture to register is for workers that were started to register. To look is for one that has
    just answered an image, until it is asked to let go.
    """

    IMAGE = b"i"
    PICTURE = b"p"
    ARCHIVE = b"a"
    LOOK = b"l"
    LET_GO = b"g"


CONTENT_CHOICES: Final = tuple(ContentChoice)
"""What of a picture is registered, by the number that stands for it in a request."""


class Duty(Enum):
    """What a worker is started for. Only those for videos load FFmpeg."""

    PICTURES = "pictures"
    VIDEOS = "videos"
    ARCHIVES = "archives"


@dataclass(frozen=True, slots=True)
class ImageAnswer:
    """A found image's signals, and what the bytes are that follow."""

    signals: ImageSignals
    places: tuple[PlacesHead, ...]

    @property
    def following(self) -> int:
        """How many bytes follow."""
        return sum(head.length for head in self.places)


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
    return {"ready": asdict(sandbox)}


def image_answer(signals: ImageSignals, found: Sequence[FramePlaces] = ()) -> dict[str, Any]:
    """Say a found image's signals as JSON has it, and which places follow."""
    answer = {name: getattr(signals, name) for name in ImageSignals.__slots__}
    answer["frames"] = [
        [f.at_ms, f.pdq, f.pdq_quality, f.phash, f.constellation] for f in signals.frames
    ]
    answer["parts"] = parts_rows(signals.parts)
    return {"signals": answer, "places": places_heads(found)}


def read_ready_answer(text: bytes) -> Sandbox:
    """Read a worker's first answer: what holds it.

    Raises:
        UnreadableAnswerError: it says anything else.
    """
    match loaded(text):
        case {
            "ready": {
                "unfiltered": None | str() as unfiltered,
                "places_lost": None | str() as places_lost,
                "embedding_lost": None | str() as embedding_lost,
            }
        }:
            said = (unfiltered, places_lost, embedding_lost)
            return Sandbox(*(None if each is None else one_line(each, _MAX_LOSS) for each in said))
    msg = "a worker's first answer does not say that it is ready"
    raise UnreadableAnswerError(msg)


def read_image_answer(text: bytes) -> ImageAnswer | Undecodable:
    """Read a worker's answer: a found image's signals, or why the bytes are no usable picture.

    Raises:
        UnreadableAnswerError: it says anything else.
    """
    answer = loaded(text)
    signals = signals_in(answer)
    if isinstance(signals, Undecodable):
        return signals
    if not isinstance(signals, dict):
        msg = f"a worker's answer holds an image's signals by name, not a {type(signals).__name__}"
        raise UnreadableAnswerError(msg)
    try:
        frames = tuple(FrameSignals(*frame) for frame in signals.pop("frames"))
        parts = read_parts(signals.pop("parts"))
        image = ImageSignals(**signals, frames=frames, parts=parts)
        for signal_type in COMPARED_BY_BITS:
            Signal(signal_type, getattr(image, signal_type.value))
        Signal(SignalType.PDQ, image.pdq, quality=image.pdq_quality)
        if image.embedding is not None:
            Signal(SignalType.EMBEDDING, image.embedding)
        for frame in frames:
            Signal(SignalType.PDQ, frame.pdq, quality=frame.pdq_quality)
            Signal(SignalType.PHASH, frame.phash)
        sizes = [image.pdq_quality, image.width, image.height, image.byte_size]
        sizes += [frame.pdq_quality for frame in frames]
    except (TypeError, LookupError, InvalidInput) as error:
        msg = f"a worker's answer holds no image's signals: {error}"
        raise UnreadableAnswerError(msg) from error
    if not all(type(size) is int and size >= 0 for size in sizes) or not is_name(image.format):
        msg = f"a worker's answer holds sizes or a format that no picture has: {sizes[:4]}"
        raise UnreadableAnswerError(msg)
    moves = bool(frames) or image.duration_ms is not None
    if moves and (parts or image.embedding is not None):
        msg = f"a worker's answer holds {len(parts)} parts or an embedding of what moves"
        raise UnreadableAnswerError(msg)
    if not _are_times(image):
        msg = f"a worker's answer holds {len(frames)} frames at times that no picture has"
        raise UnreadableAnswerError(msg)
    constellations = [image.constellation, *(frame.constellation for frame in frames)]
    stored = [each for each in constellations if each is not None]
    if len(stored) > MAX_LOOKED_FRAMES or not all(map(_is_constellation, stored)):
        msg = "a worker's answer holds constellations that no picture has"
        raise UnreadableAnswerError(msg)
    times = None if image.duration_ms is None else [frame.at_ms for frame in frames]
    return ImageAnswer(image, read_places_heads(answer.get("places"), times))


def read_looks(text: bytes, wanted: Sequence[Wanted]) -> tuple[SecondLook | None, ...]:
    """Read a worker's answer: what it sees of the pictures that were wanted.

    Raises:
        UnreadableAnswerError: it says anything else.
    """
    return read_look_answer(loaded(text), wanted)


def _are_times(image: ImageSignals) -> bool:
    """Say whether frames and length are such as an image may have."""
    times = [frame.at_ms for frame in image.frames]
    if image.duration_ms is None:
        return not times
    in_order = all(earlier < later for earlier, later in itertools.pairwise(times))
    return (
        0 < len(times) <= MAX_FRAMES and all(map(is_time, [*times, image.duration_ms])) and in_order
    )


def _is_constellation(value: object) -> bool:
    try:
        packed = bytes.fromhex(value) if isinstance(value, str) else b""
    except ValueError:
        return False
    return packed.hex() == value and is_well_formed(packed, MIN_PLACES)
