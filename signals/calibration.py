"""From "false flags per million images" to the strength from which a picture is flagged.

`vigil calibrate` measures how often pictures of different things reach each strength; see
`signals.calibration_file` for where that is kept.
"""

import math
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from typing import Final

MILLION: Final = 1_000_000

_RAREST: Final = 1e-300
"""Stands for a rate of 0 where logarithms are needed."""


class TailKind(StrEnum):
    """What the rates beyond those that were counted are taken from."""

    EXPONENTIAL = "exponential"
    PARETO = "generalised Pareto"
    ODDS = "odds"
    """Too few pairs to fit a curve: a strength is a logarithm of odds, so that each 1 more is ten
    times rarer, from what could have been missed where the count ends."""


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """What share of all pairs of different things reaches a strength, with a 95 % interval.

    ``extrapolated``: not counted, or claimed to be rarer than counting could tell.
    """

    strength: float
    rate: float
    low: float
    high: float
    extrapolated: bool


@dataclass(frozen=True, slots=True)
class FalseTail:
    """How often pairs of different things reach each strength.

    A pair is a found image and a registered photo that is not in it. ``start`` is where the fitted
    part begins, and ``above`` how many pairs it was fitted to; ``strongest`` is the strongest pair
    counted, None if none had any strength. ``shape`` and ``scale`` are those of the generalised
    Pareto distribution; a shape of 0 is the exponential one. The heaviest ones are those of the
    heaviest tail that the same pairs allow. Strengths of ``curve`` rise, and its rates fall.
    """

    pairs: int
    kind: TailKind
    start: float
    above: int
    strongest: float | None
    shape: float
    scale: float
    heaviest_shape: float
    heaviest_scale: float
    curve: tuple[CurvePoint, ...] = field(repr=False)

    def heaviest_rate(self, strength: float) -> float:
        """Say what share of pairs would reach a strength if their tail were as heavy as can be."""
        over = max(strength - self.start, 0) / self.heaviest_scale
        fallen = over
        if self.heaviest_shape:
            fallen = math.log1p(self.heaviest_shape * over) / self.heaviest_shape
        return self.above / self.pairs * math.exp(-fallen)


@dataclass(frozen=True, slots=True)
class Calibration:
    """What was measured, when, with how many photos and images, and the false pairs among them.

    ``version`` is that of the constellation signal; ``photos`` were registered, ``images`` looked
    at. ``strictest`` is the strength beyond which more than a few reposts would be missed.
    """

    version: int
    measured_at: str
    photos: int
    images: int
    strictest: float
    tail: FalseTail

    def strength_for(self, false_flags_per_million: float, photos: int) -> float:
        """Say from which strength to flag, so that few enough flags are false.

        The upper end of the interval is held to it, and each registered photo counts as one more
        chance of a false flag, which says too much rather than too little. What is asked for may be
        out of reach: then it is ``strictest``, since a strength that hardly a repost has would
        leave people unprotected without a word. `promises` says which it is.

        Args:
            false_flags_per_million: false flags in a million images that are looked at.
            photos: constellations registered, at least 1 (less counts as 1).

        Returns:
            The strength, at most ``strictest``.
        """
        return min(self._strength_for(false_flags_per_million, photos), self.strictest)

    def promises(self, false_flags_per_million: float, photos: int) -> bool:
        """Say whether so few false flags are within reach without missing reposts."""
        return self._strength_for(false_flags_per_million, photos) <= self.strictest

    def _strength_for(self, false_flags_per_million: float, photos: int) -> float:
        wanted = false_flags_per_million / MILLION / max(photos, 1)
        curve = self.tail.curve
        if curve[0].high <= wanted:
            return curve[0].strength
        for before, point in pairwise(curve):
            if point.high <= wanted:
                high, low = (math.log(max(each.high, _RAREST)) for each in (before, point))
                # Between two points, rates fall by the same factor with each step.
                share = (high - math.log(max(wanted, _RAREST))) / (high - low)
                strength = before.strength + share * (point.strength - before.strength)
                return min(math.ceil(100 * strength) / 100, point.strength)
        return math.inf

    def at(self, strength: float) -> CurvePoint:
        """Say how often pairs of different things reach a strength."""
        curve = self.tail.curve
        if strength <= curve[0].strength:
            return curve[0]
        for before, point in pairwise(curve):
            if strength <= point.strength:
                share = (strength - before.strength) / (point.strength - before.strength)
                rate, low, high = (
                    _between(one, other, share)
                    for one, other in (
                        (before.rate, point.rate),
                        (before.low, point.low),
                        (before.high, point.high),
                    )
                )
                return CurvePoint(strength, rate, low, high, point.extrapolated)
        return curve[-1]


def _between(one: float, other: float, share: float) -> float:
    """Go a share of the way from one rate to another, by equal factors."""
    if min(one, other) <= _RAREST:
        return one  # the commoner of the two, on the safe side
    return math.exp((1 - share) * math.log(one) + share * math.log(other))
