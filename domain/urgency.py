"""How urgent a match is: fresh and spreading first, then what is more certain.

The figure does not change with the clock, so that it can be kept and sorted by: it is a point in
time, in hours, moved towards the future by what makes a match more urgent. Of two matches, the
order between them stays as it is until one of them is seen at a new place.
"""

import math
from datetime import UTC, datetime
from typing import Final

HOURS_A_DOUBLING: Final = 6.0
"""Twice as many places count like a new place that was found so many hours later."""

HOURS_OF_STRENGTH: Final = 24.0
"""Hours that the strongest evidence counts for: it orders one day's matches, not a week's."""

STRONG: Final = 12.0
"""The strength of evidence from which more of it makes a match no more urgent."""

_BEGAN: Final = datetime(2020, 1, 1, tzinfo=UTC)
_HOUR: Final = 3600.0


def urgency(*, newest_place: datetime, places: int, strength: float) -> float:
    """Say how urgent a match is; the greater the figure, the sooner it is to be looked at.

    Args:
        newest_place: when its image was last seen at a place where it was not seen before.
        places: at how many places it was seen so far.
        strength: of the evidence, as a logarithm of odds to base 10.
    """
    fresh = (newest_place - _BEGAN).total_seconds() / _HOUR
    spread = HOURS_A_DOUBLING * math.log2(max(1, places))
    certain = HOURS_OF_STRENGTH * min(max(strength, 0.0), STRONG) / STRONG
    return round(fresh + spread + certain, 3)
