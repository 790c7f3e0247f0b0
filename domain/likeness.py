"""How like two embeddings are, as evidence keeps and says it.

Evidence of every type has a whole number for a distance, the smaller the nearer. Of an embedding it
is what the cosine lacks to 1, in thousandths.
"""

import math
from typing import Final

_THOUSAND: Final = 1000
_DIGITS: Final = 6
"""Of thousandths: a cosine of 0.93 lacks 69.99999999999995 of them to 1, as a computer has it."""


def distance_of(cosine: float) -> int:
    """Turn the cosine of two embeddings, -1 to 1, into a distance, 0 to 2000.

    Rounded up, so that nothing is said to be more like than it is.
    """
    return max(0, math.ceil(round((1 - cosine) * _THOUSAND, _DIGITS)))


def likeness_in_words(distance: int) -> str:
    """Say how like two embeddings are at such a distance, as ``0.93``; rounded down."""
    return f"{math.floor((_THOUSAND - distance) / 10) / 100:.2f}"
