"""Signals: fingerprints of a picture, compared instead of the picture."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.errors import InvalidInput
from domain.laid import Laid

MIN_PDQ_QUALITY: Final = 50
"""PDQ's authors: below this there is too little in the picture to hash."""

MATCH_DISTANCE: Final = 31
"""Bits in which two PDQ signals of the same picture may differ, as PDQ's authors use it."""

PHASH_AGREEMENT: Final = 8
"""Bits (of 64) up to which two pHash signals agree. That supports a match and makes none."""

MAX_PDQ_QUALITY: Final = 100

MIN_PLACES: Final = 16
"""Places of a picture below which it has no constellation: a logo alone would match every picture
that bears it."""


class SignalType(StrEnum):
    """How a signal is computed; but for the last two, the values are ThreatExchange's names.

    A constellation is ours (`signals.constellation`), and its first byte is its version. An
    embedding is made by a model that the operator supplies (`signals.embedding`); its first eight
    bytes say by which, and those of two models are never compared.
    """

    SHA256 = "sha256"
    MD5 = "md5"
    PDQ = "pdq"
    PHASH = "phash"
    CONSTELLATION = "constellation"
    EMBEDDING = "embedding"


COMPARED_BY_BITS: Final = (
    SignalType.SHA256,
    SignalType.MD5,
    SignalType.PDQ,
    SignalType.PHASH,
)
"""Types of one length, of which two signals are as near as few bits differ.

A found image has one of each. A constellation is compared place by place, and an embedding by the
angle between two, both by other means.
"""

HEX_DIGITS: Final = {
    SignalType.SHA256: 64,
    SignalType.MD5: 32,
    SignalType.PDQ: 64,
    SignalType.PHASH: 16,
}
"""Length of each type that is compared by bits, written as lower-case hexadecimal."""

MIN_CONSTELLATION_BYTES: Final = 4
MAX_CONSTELLATION_BYTES: Final = 1_024

MODEL_BYTES: Final = 8
"""Of an embedding, the first that say by which model it was made: of the SHA-256 of its file."""

LEAST_DIMENSIONS: Final = 64
MOST_DIMENSIONS: Final = 2048
"""Numbers of an embedding, of a byte each."""

_BYTES: Final = {
    SignalType.CONSTELLATION: (MIN_CONSTELLATION_BYTES, MAX_CONSTELLATION_BYTES),
    SignalType.EMBEDDING: (MODEL_BYTES + LEAST_DIMENSIONS, MODEL_BYTES + MOST_DIMENSIONS),
}
"""The fewest and most bytes of the types that have no one length."""


class NoConstellation(StrEnum):
    """Why a picture that was hashed to be registered has no constellation signal."""

    TOO_LITTLE_DETAIL = "too little detail"
    PLANES_LOST = "planes lost"
    NUMBERS_DIFFER = "numbers differ"


class View(StrEnum):
    """One of the eight ways to lay a picture down: four turns, each also mirrored.

    A registration holds a PDQ and a pHash signal for each, so that a mirrored or turned repost
    is found by the one signal of the repost. Turns are anticlockwise; mirrored ones are mirrored
    left to right first, then turned.
    """

    UPRIGHT = "upright"
    TURNED_90 = "turned_90"
    TURNED_180 = "turned_180"
    TURNED_270 = "turned_270"
    MIRRORED = "mirrored"
    MIRRORED_90 = "mirrored_90"
    MIRRORED_180 = "mirrored_180"
    MIRRORED_270 = "mirrored_270"


_HEX: Final = re.compile(r"[0-9a-f]+")


@dataclass(frozen=True, slots=True)
class Signal:
    """One signal of a picture in one view; ``quality`` is PDQ's score, None for other types.

    ``at_ms`` is where the frame lies in a registered video, in milliseconds from its beginning;
    None for a still picture.
    """

    type: SignalType
    value: str
    view: View = View.UPRIGHT
    quality: int | None = None
    at_ms: int | None = None

    def __post_init__(self) -> None:
        if not _is_as_long(self.type, len(self.value)) or not _HEX.fullmatch(self.value):
            msg = (
                f"a {self.type.value} signal is {_length_of(self.type)} lower-case hexadecimal "
                f"digits; this one is {self.value[:80]!r} ({len(self.value)} characters)"
            )
            raise InvalidInput(msg)
        if self.quality is not None and not 0 <= self.quality <= MAX_PDQ_QUALITY:
            msg = f"a PDQ quality lies between 0 and 100; this one is {self.quality}"
            raise InvalidInput(msg)


@dataclass(frozen=True, slots=True)
class FrameSignals:
    """One distinct frame of an animation or a video, ``at_ms`` milliseconds from its beginning.

    Few frames have a ``constellation``: see ImageSignals.
    """

    at_ms: int
    pdq: str
    pdq_quality: int
    phash: str
    constellation: str | None = None


@dataclass(frozen=True, slots=True)
class PartSignal:
    """PDQ of a part of a found picture that may be a whole picture itself, as in a collage.

    ``box`` is left, top, right and bottom, as fractions of the found picture's width and height.
    """

    pdq: str
    quality: int
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class ImageSignals:
    """What is kept of a found image: its signals as it lies, its format and its size in pixels.

    ``pdq`` is given whatever its quality; matching leaves those under MIN_PDQ_QUALITY out. What
    moves has ``frames``, in order of time, and its length; ``pdq`` and ``phash`` are then those of
    the first frame that is good enough to match. A still picture has no frames and no length.
    ``constellation`` is that of a still picture in which MIN_PLACES are found: the places by which
    an edited repost is told, not all of them. ``parts`` are what may be other pictures within a
    still one: they are compared when it is found, and are not stored. ``embedding`` is that of a
    still picture, by the operator's model; None where there is none, and of what moves.
    """

    sha256: str
    md5: str
    pdq: str
    pdq_quality: int
    phash: str
    format: str
    width: int
    height: int
    byte_size: int
    frames: tuple[FrameSignals, ...] = ()
    duration_ms: int | None = None
    constellation: str | None = None
    parts: tuple[PartSignal, ...] = ()
    embedding: str | None = None


@dataclass(frozen=True, slots=True)
class PictureSignals:
    """What is registered of one picture or video: every signal in every view, of every frame.

    Of what moves, ``format`` and ``duration_ms`` are its file's and how long it takes, where its
    file was hashed here; None otherwise. ``no_constellation`` is why it has no such signal; None
    where it has one, and of signals that were not computed here.

    ``content`` says in words what was cut off, so that all signals but those of the bytes are of
    the rest; None where nothing was. ``unsure`` says in words what may be around the picture, where
    all of it was hashed because nobody said which is meant.
    """

    signals: tuple[Signal, ...]
    format: str | None = None
    duration_ms: int | None = None
    no_constellation: NoConstellation | None = None
    content: str | None = None
    unsure: str | None = None

    def __post_init__(self) -> None:
        if not any(signal.type in COMPARED_BY_BITS for signal in self.signals):
            msg = "a registration needs at least one signal besides a constellation or an embedding"
            raise InvalidInput(msg)
        kinds = {(signal.type, signal.view, signal.at_ms) for signal in self.signals}
        if len(kinds) != len(self.signals):
            msg = "a registration holds one signal of each type, view and frame; one is given twice"
            raise InvalidInput(msg)


@dataclass(frozen=True, slots=True)
class Agreement:
    """One registered signal near a found image's: the smallest piece of evidence.

    ``distance`` is in bits, 0 for SHA-256 and MD5; ``view`` is the registered one that agreed;
    ``at_ms`` is where in the found video it was seen, None for a still picture. Of a constellation,
    ``distance`` is the median of its places in view, 0 to 128, and ``laid`` says how it lies in the
    found image; so it does of PDQ that agreed with a part of that, and nothing else has it. Of an
    embedding, ``distance`` is what its likeness lacks to 1: see `domain.likeness`.
    """

    registration_id: int
    type: SignalType
    view: View
    distance: int
    at_ms: int | None = None
    laid: Laid | None = None


def _is_as_long(signal_type: SignalType, digits: int) -> bool:
    if signal_type in HEX_DIGITS:
        return digits == HEX_DIGITS[signal_type]
    bytes_, half = divmod(digits, 2)
    least, most = _BYTES[signal_type]
    return not half and least <= bytes_ <= most


def _length_of(signal_type: SignalType) -> str:
    if signal_type in HEX_DIGITS:
        return str(HEX_DIGITS[signal_type])
    least, most = _BYTES[signal_type]
    return f"{2 * least} to {2 * most:,} (an even number of)"
