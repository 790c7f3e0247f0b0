"""Places of a found image, and how registered pictures lie in it.

A place is a spot that stands out at its scale, with what is around it as 128 bits. Places are
compared as whole arrays: these types hold such arrays and compute nothing.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class FoundPlaces:
    """What is compared of a found image with registered constellations.

    ``places``: float32, shape (n, 4), columns as `signals.places.with_directions` gives them, in
    pixels of the shrunken image, ``width`` × ``height``. ``bits`` and ``unsure``: uint64, shape
    (n, 2), as `signals.place_bits.bits_and_unsure` gives them.
    """

    places: NDArray[np.float32] = field(repr=False)
    bits: NDArray[np.uint64] = field(repr=False)
    unsure: NDArray[np.uint64] = field(repr=False)
    width: int
    height: int

    def __len__(self) -> int:
        return len(self.places)


@dataclass(frozen=True, slots=True)
class FramePlaces:
    """The places of one frame of what moves, or of a still picture, and of its mirror image.

    ``at_ms`` is where the frame lies, in milliseconds from the beginning; None for a still picture.
    """

    at_ms: int | None
    upright: FoundPlaces
    mirrored: FoundPlaces


@dataclass(frozen=True, slots=True)
class Alignment:
    """A way to lay a registered picture on a found image, and the pairs that agree about it.

    A point (x, y) of the registered picture lies at ``map`` @ (x, y, 1), shape (2, 3), in the found
    image, or in its mirror image if ``mirrored``. ``pairs``: shape (n, 2), places of the registered
    picture and of the image. ``weight`` adds up how much each is worth.
    """

    map: NDArray[np.float64] = field(repr=False)
    mirrored: bool
    pairs: NDArray[np.int64] = field(repr=False)
    weight: float

    @property
    def votes(self) -> int:
        """How many places agree."""
        return len(self.pairs)


@dataclass(frozen=True, slots=True)
class SecondLook:
    """What is seen where a registered picture's places should be.

    ``distances``: uint8, shape (n,), bits from each registered place to what is seen there, 128
    where nothing is; ``in_view``: shape (n,), which of them lie in the image at a scale that it
    has; ``drawn``: shape (n,), at which of them the image looks drawn over, as
    `signals.drawn_over` says. ``map``: shape (2, 3), how the picture lies, as `Alignment.map` says.
    """

    distances: NDArray[np.uint8] = field(repr=False)
    in_view: NDArray[np.bool_] = field(repr=False)
    drawn: NDArray[np.bool_] = field(repr=False)
    map: NDArray[np.float64] = field(repr=False)
    mirrored: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """A registered picture to look for in a found image, and where it is supposed to lie.

    ``picture``: its places, as `signals.constellation.Constellation.packed` gives them.
    """

    picture: bytes = field(repr=False)
    alignment: Alignment
