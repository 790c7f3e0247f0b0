"""Places, and what is looked for among them, as bytes between us and a hashing worker.

The places of an image come as plain arrays behind its answer: as JSON, they would take longer to
read than to find. A worker may be taken over by what it has read, so what it says is checked as
strictly as all that comes from outside. It says nothing that follows from something else: the
places of the mirror image are those of the image, mirrored.
"""

import itertools
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from domain.places import Alignment, FoundPlaces, FramePlaces, SecondLook, Wanted
from domain.signal import MAX_CONSTELLATION_BYTES
from signals.constellation_form import HEAD_BYTES, packed_bytes
from signals.mirrored_places import mirrored_places

MAX_LOOKED_FRAMES: Final = 8
"""Frames of a found video that are looked at for registered places."""

MAX_FOUND_PLACES: Final = 1_600
"""Of one frame, in one direction each."""

MAX_WANTED: Final = 40
"""Registered pictures that are looked for in one frame at once."""

MOST_FULL_LOOKS: Final = 8
"""Of those, the ones that are worth more than a glance; one picture wanted twice counts once."""

_LONGEST: Final = 8_000
_MOST_PIXELS: Final = 500_000
_SCALES: Final = (-4.0, 16.0)
_FARTHEST: Final = 1e7
_MOST_ENLARGED: Final = 100.0  # or shrunk: ten times as much as any is proposed
_NOTHING_ALIKE: Final = 128
_MAP_NUMBERS: Final = 6

_PLACE: Final = np.dtype("<f4")
_WORD: Final = np.dtype("<u8")
_COLUMNS: Final = 4
_WORDS: Final = 2
_LOOKS: Final = 4
"""Bits, and which are unsure; each upright and mirrored."""

BYTES_A_PLACE: Final = _COLUMNS * _PLACE.itemsize + _LOOKS * _WORDS * _WORD.itemsize

_WANTED_HEAD: Final = struct.Struct(">BB")
_ONE_WANTED: Final = struct.Struct(">?6dH")


class UnreadableAnswerError(ValueError):
    """A worker answered with something that it never says."""


@dataclass(frozen=True, slots=True)
class PlacesHead:
    """What an answer says about the places of one frame, whose bytes follow it."""

    at_ms: int | None
    count: int
    width: int
    height: int

    @property
    def length(self) -> int:
        """How many bytes follow."""
        return self.count * BYTES_A_PLACE


def places_heads(found: Sequence[FramePlaces]) -> list[list[int | None]]:
    """Say as JSON has it what the bytes are that follow."""
    return [[f.at_ms, len(f.upright), f.upright.width, f.upright.height] for f in found]


def packed_places(found: Sequence[FramePlaces]) -> bytes:
    """Give the bytes that follow an image's answer."""
    return b"".join(
        array.astype(kind).tobytes()
        for frame in found
        for array, kind in (
            (frame.upright.places, _PLACE),
            (frame.upright.bits, _WORD),
            (frame.upright.unsure, _WORD),
            (frame.mirrored.bits, _WORD),
            (frame.mirrored.unsure, _WORD),
        )
    )


def read_places_heads(said: Any, times: Sequence[int] | None) -> tuple[PlacesHead, ...]:
    """Read what an image's answer says about places.

    Args:
        said: as JSON has it.
        times: of the image's frames; None of a still picture.

    Raises:
        UnreadableAnswerError: it says what no worker finds.
    """
    if not isinstance(said, list) or len(said) > (1 if times is None else MAX_LOOKED_FRAMES):
        msg = f"a worker's answer holds no list of places, or one too long: {str(said)[:80]}"
        raise UnreadableAnswerError(msg)
    heads = tuple(map(_read_head, said))
    moments = [head.at_ms for head in heads]
    if times is None:
        fits = all(at_ms is None for at_ms in moments)
    else:
        fits = set(moments) <= set(times) and all(
            type(one) is int and type(other) is int and one < other
            for one, other in itertools.pairwise(moments)
        )
    if not fits:
        msg = f"a worker's answer holds places of frames that it does not have: {moments}"
        raise UnreadableAnswerError(msg)
    return heads


def _read_head(said: Any) -> PlacesHead:
    match said:
        case [at_ms, int(count), int(width), int(height)] if (
            not any(isinstance(number, bool) for number in said)
            and (at_ms is None or isinstance(at_ms, int))
            and 0 < count <= MAX_FOUND_PLACES
            and 0 < width <= _LONGEST
            and 0 < height <= _LONGEST
            and width * height <= _MOST_PIXELS
        ):
            return PlacesHead(at_ms, count, width, height)
    msg = f"a worker's answer holds places that no image has: {str(said)[:80]}"
    raise UnreadableAnswerError(msg)


def read_places(heads: Sequence[PlacesHead], following: bytes) -> tuple[FramePlaces, ...]:
    """Read the places that follow an image's answer.

    Raises:
        UnreadableAnswerError: they are more or fewer than announced, or lie where none can.
    """
    if len(following) != sum(head.length for head in heads):
        msg = f"a worker's answer is followed by {len(following):,} bytes of places, not as it said"
        raise UnreadableAnswerError(msg)
    frames = []
    at = 0
    for head in heads:
        frames.append(_read_frame(head, following[at : at + head.length]))
        at += head.length
    return tuple(frames)


def _read_frame(head: PlacesHead, following: bytes) -> FramePlaces:
    numbers = head.count * _COLUMNS
    places = np.frombuffer(following, _PLACE, numbers).reshape(head.count, _COLUMNS)
    _check(places, head)
    words = np.frombuffer(following, _WORD, offset=numbers * _PLACE.itemsize)
    bits, unsure, mirrored_bits, mirrored_unsure = words.reshape(_LOOKS, head.count, _WORDS)
    size = head.width, head.height
    return FramePlaces(
        head.at_ms,
        FoundPlaces(places, bits, unsure, *size),
        FoundPlaces(mirrored_places(places, head.width), mirrored_bits, mirrored_unsure, *size),
    )


def _check(places: NDArray[np.float32], head: PlacesHead) -> None:
    """Raise if a place lies outside its image, or has a scale or direction that there is not."""
    # What is no number fails every one of these.
    low, high = _SCALES
    x, y, scale, direction = places.T
    if not (
        (x >= 0).all()
        and (x < head.width).all()
        and (y >= 0).all()
        and (y < head.height).all()
        and (scale >= low).all()
        and (scale <= high).all()
        and (direction >= 0).all()
        and (direction <= 360).all()  # noqa: PLR2004 - degrees
    ):
        msg = f"a worker's answer holds places outside an image of {head.width} × {head.height}"
        raise UnreadableAnswerError(msg)


def packed_wanted(frame: int, wanted: Sequence[Wanted]) -> bytes:
    """Give the bytes that ask a worker to look again.

    Raises:
        ValueError: there is more than one can ask for at once.
    """
    if not 0 <= frame < MAX_LOOKED_FRAMES or len(wanted) > MAX_WANTED:
        msg = f"at most {MAX_WANTED} pictures are looked for at once; these are {len(wanted)}"
        raise ValueError(msg)
    parts = [_WANTED_HEAD.pack(frame, len(wanted))]
    for each in wanted:
        length = len(each.picture)
        if not HEAD_BYTES <= length <= MAX_CONSTELLATION_BYTES or (
            length != packed_bytes(each.picture[1])
        ):
            msg = f"no constellation to look for has {length} bytes and such a head"
            raise ValueError(msg)
        way = each.alignment.map.astype(np.float64).ravel()
        parts.append(_ONE_WANTED.pack(each.alignment.mirrored, *way, length))
        parts.append(each.picture)
    return b"".join(parts)


def read_wanted(body: bytes) -> tuple[int, list[Wanted]]:
    """Read what a worker is asked to look for, and in which frame.

    Raises:
        ValueError: it is cut short.
    """
    wanted = []
    try:
        frame, count = _WANTED_HEAD.unpack_from(body)
        at = _WANTED_HEAD.size
        for _ in range(count):
            mirrored, *way, length = _ONE_WANTED.unpack_from(body, at)
            at += _ONE_WANTED.size
            picture = body[at : at + length]
            at += length
            nothing = np.empty((0, 2), np.int64)
            alignment = Alignment(np.array(way).reshape(2, 3), mirrored, nothing, 0.0)
            wanted.append(Wanted(picture, alignment))
    except struct.error as error:
        msg = f"what is wanted is cut short: {len(body)} bytes"
        raise ValueError(msg) from error
    return frame, wanted


def look_answer(looks: Sequence[SecondLook | None]) -> dict[str, Any]:
    """Say as JSON has it what was seen; nothing of what was only glanced at."""
    return {"looks": [None if look is None else _said(look) for look in looks]}


def _said(look: SecondLook) -> list[Any]:
    seen, drawn = (bytes(which.astype(np.uint8)).hex() for which in (look.in_view, look.drawn))
    return [look.distances.tobytes().hex(), seen, drawn, look.map.ravel().tolist()]


def read_look_answer(answer: Any, wanted: Sequence[Wanted]) -> tuple[SecondLook | None, ...]:
    """Read what a worker saw of what was wanted.

    Args:
        answer: as JSON has it.
        wanted: what it was asked for.

    Raises:
        UnreadableAnswerError: it says anything else.
    """
    looks = answer.get("looks") if isinstance(answer, dict) else None
    if not isinstance(looks, list) or len(looks) != len(wanted):
        msg = f"a worker's answer does not say what it sees of {len(wanted)} pictures"
        raise UnreadableAnswerError(msg)
    seen = [each for look, each in zip(looks, wanted, strict=True) if look is not None]
    ways = {(w.picture, w.alignment.map.tobytes(), w.alignment.mirrored) for w in seen}
    if len(ways) > MOST_FULL_LOOKS:
        msg = f"a worker looks in full at {MOST_FULL_LOOKS} pictures at most"
        raise UnreadableAnswerError(msg)
    pairs = zip(looks, wanted, strict=True)
    return tuple(None if look is None else _read_look(look, each) for look, each in pairs)


def _read_look(said: Any, wanted: Wanted) -> SecondLook:
    places = wanted.picture[1]
    try:
        *packed, way = said
        differ, seen, drawn = (np.frombuffer(bytes.fromhex(each), np.uint8) for each in packed)
        laid = [float(number) for number in way if type(number) in {int, float}]
    except (TypeError, ValueError, OverflowError) as error:
        msg = "a worker's answer holds no second look"
        raise UnreadableAnswerError(msg) from error
    if (
        len(differ) != places
        or not len(seen) == len(drawn) == places
        or (differ > _NOTHING_ALIKE).any()
        or (seen > 1).any()
        or (drawn > 1).any()
        or not len(laid) == len(way) == _MAP_NUMBERS
        or not _can_lie(laid)
    ):
        msg = f"a worker's answer holds a second look that cannot be one of {places} places"
        raise UnreadableAnswerError(msg)
    mirrored = wanted.alignment.mirrored
    laid_down = np.array(laid).reshape(2, 3)
    return SecondLook(differ, seen.astype(np.bool_), drawn.astype(np.bool_), laid_down, mirrored)


def _can_lie(laid: Sequence[float]) -> bool:
    """Say whether a picture can be laid down so, neither shrunk to nothing nor turned over."""
    across, up, _, down, along, _ = laid
    farthest = (_MOST_ENLARGED, _MOST_ENLARGED, _FARTHEST) * 2
    return (
        all(abs(number) <= most for number, most in zip(laid, farthest, strict=True))
        and _MOST_ENLARGED**-2 <= across * along - up * down <= _MOST_ENLARGED**2
    )
