"""How many new pictures pages of one kind bring, and when they have brought none for too long.

Kept for each address family, for each kin of families and for the whole site. Pages are visited
in the hope of new pictures: hope starts high, so that each kind of page is tried, and falls with
every visit in vain. What has brought pictures is given more patience, by how far apart they came.
"""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

_MEMORY: Final = 0.9
"""How much of what was learned is left after one more page: the latest ten or so count."""
_LONGEST_GAP: Final = 15.0
_WHILE_HUNGRY: Final = 3
"""How many times as patient we are while the whole site has brought no picture yet."""


class Vain(IntEnum):
    """How much a visit that brought no new picture speaks against more visits of its kind."""

    LEAF = 1
    """A page that leads to no more of its kind, as text in a forum: there is an end of them."""
    MORE = 4
    """It leads to more of its kind, or shows pictures that are known."""
    KNOWN = 8
    """It is as good as identical with another, or there is nothing."""
    REPEATED = 16
    """It is about what was seen under another address, as was known before the visit."""


# In units of Vain: so many visits of the middle kind, one after the other.
FAMILY_PATIENCE: Final = 8 * Vain.MORE
FED_PATIENCE: Final = 4 * Vain.MORE
_PATIENCE_PER_GAP: Final = 6 * Vain.MORE
_DENSE_GAP: Final = 1.5
_PATIENCE_IF_DENSE: Final = 3 * Vain.MORE
"""Where nearly every page brought something, a few that bring nothing show the end of it."""
KIN_PATIENCE: Final = 10 * Vain.MORE
SITE_PATIENCE: Final = 30 * Vain.MORE
_TIRED: Final = 10 * Vain.MORE
"""After so much in vain, of any kind, each kind of pages gets half as many tries."""
_KIN_TIRED: Final = 8 * Vain.MORE


@dataclass(slots=True, eq=False)
class PageYield:
    """What pages of one kind have brought so far.

    ``barren`` is the row of visits in vain since the last one that brought something, each with
    its weight.
    """

    tries: int = 0
    hits: int = 0
    barren: int = 0
    _since: int = 0
    _gap: float = 0.0
    _recent_tries: float = 0.0
    _recent_gain: float = 0.0

    @property
    def fed(self) -> bool:
        """Whether it has brought a new picture."""
        return self.hits > 0

    @property
    def rate(self) -> float:
        """New pictures to be hoped for from the next page."""
        return (self._recent_gain + 1) / (self._recent_tries + 1)

    def visited(self) -> None:
        """Count one page that was read."""
        self.tries += 1
        self._since += 1
        self._recent_tries = self._recent_tries * _MEMORY + 1
        self._recent_gain *= _MEMORY

    def in_vain(self, vain: Vain) -> None:
        """Lengthen the row of visits that brought nothing."""
        self.barren += vain

    def rewarded(self, gain: float, *, first: bool) -> None:
        """Count pictures that seem new; ``first``: the page they came from was not counted yet.

        The row of visits in vain goes on until it is confirmed that one is new.
        """
        self._recent_gain += gain
        self.hits += first
        if self._since:  # several pages may thank one page that led to them
            self._gap = max(self._since, self._gap * _MEMORY)
        self._since = 0

    def confirmed(self, row_before: int) -> None:
        """Learn that a reward was for a new picture: it ended the row as long as it was then."""
        self.barren = max(0, self.barren - row_before)

    def taken_back(self) -> None:
        """Undo the reward of a page that brought nothing new, as turned out: one more in vain."""
        self.hits = max(0, self.hits - 1)
        self.barren += Vain.MORE

    def patience_left(self, patience: int) -> float:
        """Return how much more may be in vain, in units of Vain; zero or less means spent."""
        if not self.fed:
            return patience - self.barren
        each = _PATIENCE_IF_DENSE if self._gap <= _DENSE_GAP else _PATIENCE_PER_GAP
        return patience + each * min(self._gap, _LONGEST_GAP) - self.barren


@dataclass(slots=True)
class Yields:
    """All that a crawl has learned about which pages bring pictures."""

    site: PageYield = field(default_factory=PageYield)
    _families: dict[str, PageYield] = field(default_factory=dict)
    _kin: dict[str, PageYield] = field(default_factory=dict)

    def of_family(self, shown: str) -> PageYield:
        """Return the yield of a family, empty at first."""
        return self._families.setdefault(shown, PageYield())

    def of_kin(self, kin: str) -> PageYield:
        """Return the yield of a kin of families, empty at first."""
        return self._kin.setdefault(kin, PageYield())

    def patience_left(self, family: PageYield, kin: PageYield | None) -> float:
        """Return how much more may be in vain in a family, in units of Vain; zero means spent.

        What brings pictures is judged by itself. What has not yet is judged by its kin and by the
        site too. The longer everything around it has brought nothing, the less it is tried.
        """
        if not self.site.fed:
            left = family.patience_left(_WHILE_HUNGRY * FAMILY_PATIENCE)
            left = min(left, self.site.patience_left(_WHILE_HUNGRY * SITE_PATIENCE))
            if kin is not None:
                left = min(left, kin.patience_left(_WHILE_HUNGRY * KIN_PATIENCE))
            return left
        tired = self.site.barren // _TIRED
        if kin is not None:
            tired = max(tired, kin.barren // _KIN_TIRED)
        if family.fed:
            return family.patience_left(max(Vain.MORE, FED_PATIENCE >> tired))
        left = family.patience_left(max(Vain.LEAF, FAMILY_PATIENCE >> tired))
        left = min(left, self.site.patience_left(SITE_PATIENCE))
        return left if kin is None else min(left, kin.patience_left(KIN_PATIENCE))
