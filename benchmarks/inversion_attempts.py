"""The attempts at drawing a picture from its signals, from patches alone to everything at once."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.inversion_background import Drawing
from benchmarks.inversion_canvas import ground, laid, spots_of
from benchmarks.inversion_leak import Leak, Numbers
from benchmarks.inversion_patches import Gallery, Guess, Patches
from domain.errors import InvalidInput
from signals.constellation import Constellation
from signals.places import COLUMNS

LOOKED_UP: Final = "constellation, patches looked up"
GUESSED: Final = "constellation, patches guessed"
HASHES: Final = "PDQ and pHash"
TOGETHER: Final = "all, patches looked up"
TOGETHER_GUESSED: Final = "all, patches guessed"

ATTEMPTS: Final = (LOOKED_UP, GUESSED, HASHES, TOGETHER, TOGETHER_GUESSED)

_CHOSEN_FROM: Final = 40
_LIKENESS_BITS: Final = 16.0
"""Bits by which a patch may be farther that fits what is there perfectly, and not at all."""

_ROUNDS: Final = 3
_FEWEST_PIXELS: Final = 4
_PLAIN: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Thief:
    """Everything that somebody can prepare who has our code and other photos."""

    gallery: Gallery
    guess: Guess
    drawing: Drawing

    def attempts(self, leak: Leak) -> "Drawn":
        """Draw a photo in every way: as ATTEMPTS has them, in grey, as large as `size_of` says.

        Looked up: for each place the patch of another photo whose bits are nearest. Guessed: the
        patch that a regression from the bits gives. Both are laid on plain grey, and on the rough
        drawing that the hashes give; there, of the nearest patches one is taken that fits it.

        Raises:
            InvalidInput: the photo has no constellation.
        """
        held = leak.constellation
        if held is None:
            msg = "A photo without a constellation has no places to lay patches on: choose another."
            raise InvalidInput(msg)
        plain, drawn = ground(held), ground(held, self.drawing.of(leak))
        nearest = self.gallery.nearest(held.bits, _CHOSEN_FROM)
        guessed = self.guess.of(held.bits, held.places[:, COLUMNS.scale])
        fitting = _fitting(held, self.gallery, nearest, drawn)
        return Drawn(
            {
                LOOKED_UP: laid(held, self.gallery.shown(nearest[:, 0]), plain),
                GUESSED: laid(held, guessed, plain),
                HASHES: drawn.clip(0, 255),
                TOGETHER: laid(held, fitting, drawn),
                TOGETHER_GUESSED: laid(held, guessed, drawn),
            },
            np.bitwise_count(self.gallery.bits[nearest[:, 0]] ^ held.bits).sum(axis=1),
        )


@dataclass(frozen=True, slots=True)
class Drawn:
    """A drawing for each attempt, and the bits from each place to the nearest patch."""

    pictures: dict[str, Numbers] = field(repr=False)
    nearest_bits: NDArray[np.uint8] = field(repr=False)


def _fitting(
    held: Constellation, gallery: Gallery, nearest: NDArray[np.int64], under: Numbers
) -> Patches:
    """Choose, of the nearest patches, those that fit what is there: coarse places first."""
    spots = spots_of(held)
    chosen = gallery.shown(nearest[:, 0])
    order = np.argsort([-spot.blur for spot in spots], kind="stable")
    there = under
    done: list[int] = []
    for part in np.array_split(order, _ROUNDS):
        for place in part:
            spot = spots[place]
            here = there[spot.rows, spot.columns]
            patches = gallery.shown(nearest[place])
            bits = np.bitwise_count(gallery.bits[nearest[place]] ^ held.bits[place]).sum(axis=1)
            likeness = np.array([_likeness(spot.seen(patch), here) for patch in patches])
            chosen[place] = patches[np.argmax(_worth(likeness, bits))]
            done.append(int(place))
        kept = np.sort(done)
        part_of = Constellation(held.places[kept], held.bits[kept], held.width, held.height)
        there = laid(part_of, chosen[kept], under)
    return chosen


def _worth(likeness: Numbers, bits: NDArray[np.unsignedinteger]) -> Numbers:
    worth: Numbers = _LIKENESS_BITS * likeness - bits
    return worth


def _likeness(one: Numbers, other: Numbers) -> float:
    if one.size < _FEWEST_PIXELS or min(one.std(), other.std()) < _PLAIN:
        return 0.0
    return float(np.corrcoef(one, other)[0, 1])
