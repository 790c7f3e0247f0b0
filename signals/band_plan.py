"""How the bits of a signal are cut into bands, and how far each band must be searched.

Two signals within a distance of R bits are, for any radii r₁ … rₘ of m bands that cover all bits
with Σ(rᵢ + 1) = R + 1, within rᵢ bits of each other in at least one band: were they further apart
in every band, they would differ in Σ(rᵢ + 1) bits or more. So it is exact to look up, band by band,
the few keys around the query's own. One set of bands serves every distance.

Source: M. Norouzi, A. Punjani, D. Fleet, "Fast exact search in Hamming space with multi-index
hashing" (2014); the radii of unequal sum are J. Qin et al., "GPH: similarity search in Hamming
space" (2018).
"""

import functools
import itertools
import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

MAX_BAND_RADIUS: Final = 3
"""Beyond, the keys around one number in the tens of thousands, and a scan is cheaper."""

MAX_WIDTH: Final = 27
_MIN_WIDTH: Final = 8

# Nanoseconds, measured on one core: to find where the rows of a key stand, to look at one of them,
# and to compare a whole signal in a scan.
_PROBE: Final = 14.0
_ROW: Final = 2.2
_SCANNED: Final = 1.4

_LINE_BITS: Final = 4
"""A cache line tells of 16 keys where their rows begin: near keys are visited line by line."""


@dataclass(frozen=True, slots=True)
class BandPlan:
    """Bands of so many bits each, together all the ``bits`` of a signal, or one for equality."""

    bits: int
    widths: tuple[int, ...]

    def radii(self, distance: int) -> tuple[int, ...] | None:
        """Share a distance out among the bands; -1 for a band that need not be looked at.

        None where a band would have to be searched further than MAX_BAND_RADIUS, or where bands
        are missing: one that does not hold all bits only serves to find what is equal.
        """
        if distance and sum(self.widths) < self.bits:
            return None
        bands = len(self.widths)
        each, over = divmod(distance + 1, bands)
        if each + (over > 0) > MAX_BAND_RADIUS + 1:
            return None
        # Wide bands, whose keys have fewer rows, are searched the further.
        order = sorted(range(bands), key=lambda band: -self.widths[band])
        shares = [each - 1] * bands
        for band in order[:over]:
            shares[band] += 1
        return tuple(shares)

    def cost(self, distance: int, rows: int) -> float:
        """Estimate the nanoseconds that a query takes; infinite where it cannot be answered."""
        radii = self.radii(distance)
        if radii is None:
            return math.inf
        return math.fsum(
            keys_around(width, radius) * (_PROBE + _ROW * rows * 0.5**width)
            for width, radius in zip(self.widths, radii, strict=True)
        )


def scan_cost(rows: int) -> float:
    """Estimate the nanoseconds that it takes to compare a query with every row."""
    return _SCANNED * rows


def plan_for(bits: int, rows: int, distance: int) -> BandPlan:
    """Choose the bands that answer queries within ``distance`` of so many rows the fastest."""
    # Half as many keys as rows at most, so that they take two bytes a row and band.
    widest = min(MAX_WIDTH, max(_MIN_WIDTH, rows.bit_length() - 1))
    if distance == 0:
        return BandPlan(bits, (min(widest, bits),))
    plans = [_even(bits, bands) for bands in range(-(-bits // widest), bits // _MIN_WIDTH + 1)]
    return min(plans, key=lambda plan: plan.cost(distance, rows))


def keys_around(width: int, radius: int) -> int:
    """Count the keys of ``width`` bits that differ from one in at most ``radius`` bits."""
    return sum(math.comb(width, flips) for flips in range(radius + 1))


@functools.cache
def masks_around(width: int, radius: int) -> NDArray[np.uint32]:
    """List what to flip to come from a key to each one around it, near memory beside near memory.

    Returns:
        Masks, shape (keys_around(width, radius),).
    """
    masks = [
        sum(1 << bit for bit in flipped)
        for flips in range(radius + 1)
        for flipped in itertools.combinations(range(width), flips)
    ]
    return np.array(sorted(masks, key=lambda mask: (mask >> _LINE_BITS, mask)), dtype=np.uint32)


def shuffled_bits(bits: int) -> NDArray[np.int64]:
    """Say in which order bits are dealt to the bands, always the same.

    Neighbouring bits of a real picture's signal go together, and bands made of such bits would
    put half of all rows under a few keys.

    Returns:
        A permutation of 0 … bits - 1.
    """
    # Steps of the golden ratio: never two neighbours close together, and no random generator
    # whose results may change with its version.
    ratio = (math.sqrt(5) - 1) / 2
    return np.argsort(np.modf(np.arange(bits) * ratio)[0], kind="stable").astype(np.int64)


def _even(bits: int, bands: int) -> BandPlan:
    each, over = divmod(bits, bands)
    return BandPlan(bits, tuple(each + (band < over) for band in range(bands)))
