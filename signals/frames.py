"""Of everything that moves past, the frames that differ from each other."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

import numpy as np
from PIL import Image

from domain.signal import MIN_PDQ_QUALITY, FrameSignals, Signal, SignalType
from signals.distance import pack_pdq, word_distances
from signals.grid import Picture
from signals.pdq import pdq_of, pdq_of_views
from signals.phash import phash_of
from signals.proportions import in_proportion

NEARLY_THE_SAME: Final = 10
"""Bits of PDQ up to which two frames are one: a third of the distance of a match."""

MOST_DISTINCT: Final = 600
"""Distinct frames that are taken note of at one time; those that are kept are chosen among them."""

LATEST_MS: Final = 2**31 - 1
"""A file may say anything about its times; nothing lies later than this, 24 days."""

HELD_SIDE: Final = 512
"""Pixels of the longer side of a frame that is held: no constellation is made of more."""

FOUND_SIDE: Final = 800
"""Pixels of the longer side of a found frame that is held. Few have as many left."""

_HELD_QUALITY: Final = 90

Made = TypeVar("Made")
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class RegisteredFrame:
    """A frame to register, ``at_ms`` milliseconds from the beginning: its signals, and its look.

    ``held`` is the frame in grey as a JPEG, in memory alone. Which frames have a constellation is
    known only when all of them have moved past, and 600 plain ones would take a quarter of what a
    worker may have.
    """

    at_ms: int
    signals: tuple[Signal, ...]
    held: bytes = field(repr=False)

    def grey(self) -> Image.Image:
        """Give the frame as it is shown, mode "L", its longer side 512 pixels at most."""
        return _opened(self.held)


@dataclass(frozen=True, slots=True)
class FoundFrame:
    """A frame of a found image: its signals, and its look as RegisteredFrame has it."""

    signals: FrameSignals
    held: bytes = field(repr=False)

    def grey(self) -> Image.Image:
        """Give the frame as it is shown, mode "L", its longer side 800 pixels at most."""
        return _opened(self.held)


def found_frame(at_ms: int, picture: Picture, pdq: str, quality: int) -> FoundFrame:
    """Make what is kept of a frame of a found image."""
    signals = FrameSignals(at_ms, pdq, quality, phash_of(picture.grey))
    return FoundFrame(signals, _held(picture, FOUND_SIDE))


def registered_frame(
    at_ms: int,
    picture: Picture,
    upright: str,  # noqa: ARG001 - it comes once more with all the views
    quality: int,
) -> RegisteredFrame:
    """Make what is registered of a frame: PDQ, if it is good enough, and pHash of every view."""
    signals = []
    for view, (pdq, _) in pdq_of_views(picture).items():
        if quality >= MIN_PDQ_QUALITY:
            signals.append(Signal(SignalType.PDQ, pdq, view, quality, at_ms))
        signals.append(
            Signal(SignalType.PHASH, phash_of(picture.laid(view).grey), view, at_ms=at_ms)
        )
    return RegisteredFrame(at_ms, tuple(signals), _held(picture, HELD_SIDE))


def _held(picture: Picture, longest: int) -> bytes:
    held = io.BytesIO()
    in_proportion(picture, longest).save(held, "JPEG", quality=_HELD_QUALITY)
    return held.getvalue()


def _opened(held: bytes) -> Image.Image:
    return Image.open(io.BytesIO(held), formats=("JPEG",)).convert("L")


def evenly(items: Sequence[_Item], most: int) -> tuple[_Item, ...]:
    """Give at most so many, spread evenly from the first to the last, in their order."""
    if len(items) <= most:
        return tuple(items)
    places = np.linspace(0, len(items) - 1, most).round().astype(np.int64).tolist()
    return tuple(items[place] for place in places)


class DistinctFrames(Generic[Made]):
    """Looks at frames and keeps what ``make`` makes of those that differ from all before.

    A frame too plain to match is kept only if no other is. Once MOST_DISTINCT are noted, every
    second of them is given up, and from then on every second frame is passed by: what is noted is
    spread over all that has moved past, however long it goes on.
    """

    def __init__(self, make: Callable[[int, Picture, str, int], Made]) -> None:
        self._make = make
        self._codes = np.empty((MOST_DISTINCT, 4), np.uint64)
        self._made: dict[int, Made] = {}
        self._plain: tuple[int, Made] | None = None
        self._every = 1
        self._passed = 0

    def look(self, at_ms: int, picture: Picture) -> None:
        """Look at a frame, so many milliseconds from the beginning."""
        at_ms = min(max(at_ms, 0), LATEST_MS)
        self._passed += 1
        if self._passed % self._every or at_ms in self._made:
            return
        pdq, quality = pdq_of(picture)
        if quality < MIN_PDQ_QUALITY:
            if self._plain is None:
                self._plain = at_ms, self._make(at_ms, picture, pdq, quality)
            return
        code = pack_pdq([pdq]).view(np.uint64)[0]
        before = self._codes[: len(self._made)]
        if (word_distances(code, before) <= NEARLY_THE_SAME).any():
            return
        if len(self._made) == MOST_DISTINCT:
            self._thin_out()
        self._codes[len(self._made)] = code
        self._made[at_ms] = self._make(at_ms, picture, pdq, quality)

    def _thin_out(self) -> None:
        """Give up every second noted frame in order of time."""
        times = list(self._made)  # in the order of the codes
        rows = sorted(range(len(times)), key=times.__getitem__)[::2]
        self._codes[: len(rows)] = self._codes[rows]
        self._made = {times[row]: self._made[times[row]] for row in rows}
        self._every *= 2

    def kept(self, most: int) -> tuple[Made, ...]:
        """Give at most so many of the distinct frames, evenly spread, in order of time."""
        if not self._made:
            return () if self._plain is None else (self._plain[1],)
        in_order = [made for _, made in sorted(self._made.items(), key=lambda item: item[0])]
        return evenly(in_order, most)
