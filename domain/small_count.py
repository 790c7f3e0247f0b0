"""Counts that are so small that they may point to one person, and how they are shown.

Of a site in a week, "one match" may be enough for somebody who knows that site to tell whose it is.
Whoever does not work with matches sees such a count as "1–2". A sum is told where what is hidden
cannot be read from it, and is a range itself otherwise: of one hidden count, taking all others off
the sum would give it away, and so it would if all that are hidden were 1, or all were 2.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

SMALL: Final = 2
"""Counts up to this, and not 0, are hidden."""


@dataclass(frozen=True, slots=True)
class ShownCount:
    """A count, or a sum of counts, as somebody may see it: from ``least`` to ``most``.

    ``told`` is what may be seen of it; ``hidden`` of its parts may not, and come to ``withheld``.
    """

    told: int
    hidden: int = 0
    withheld: int = 0

    @property
    def exact(self) -> bool:
        """Whether it is one number."""
        return not self.hidden or self.hidden < self.withheld < SMALL * self.hidden

    @property
    def least(self) -> int:
        """The least that it may be."""
        return self.told + (self.withheld if self.exact else self.hidden)

    @property
    def most(self) -> int:
        """The most that it may be."""
        return self.told + (self.withheld if self.exact else SMALL * self.hidden)

    def __str__(self) -> str:
        return str(self.least) if self.exact else f"{self.least}–{self.most}"


def shown(number: int, *, exact: bool) -> ShownCount:
    """Say how a count is shown to somebody who may see ``exact`` ones, or may not."""
    if exact or not 0 < number <= SMALL:
        return ShownCount(number)
    return ShownCount(0, 1, number)


def summed(counts: Iterable[ShownCount]) -> ShownCount:
    """Add up counts as they are shown."""
    told = hidden = withheld = 0
    for count in counts:
        told += count.told
        hidden += count.hidden
        withheld += count.withheld
    return ShownCount(told, hidden, withheld)
