"""Pages that wait to be asked for, by family, and which of them comes next."""

from collections.abc import Iterator
from typing import Final

from scrapy import Request

from crawler.errands import Errand
from crawler.page_families import PageFamily
from crawler.repeats import SEEN_BEFORE, Repeats
from domain.address_family import Marks
from domain.page_yield import Vain, Yields

_UNKNOWN_AT_ONCE: Final = 1
_HUNGRY_AT_ONCE: Final = 4
"""Pages under way of kinds that have brought nothing yet; hungry while the whole site has not."""
_GOOD_RATE: Final = 0.5
_GOOD_PER_NEW: Final = 2
"""Pages of a kind that brings pictures which are asked for before another kind is tried."""
_DOUBT: Final = 4 * Vain.MORE
_FREE_LOOKS: Final = 4
_REQUESTS_PER_LOOK: Final = 40
"""Looks at pages of spent families: four, and one more for each 40 requests of the crawl."""


class WaitingPages:
    """Gives the page that promises most, by what pages of its kind have brought so far.

    A kind that was never tried comes first, in turns with the best of those that bring pictures.
    Of what has brought nothing yet, one page is tried after the other, so that each answer counts.
    What is spent is looked at now and then when nothing better waits.
    """

    def __init__(self, yields: Yields) -> None:
        self._yields = yields
        self._repeats = Repeats()
        self._families: dict[str, PageFamily] = {}
        self._waiting = 0
        self._serial = 0
        self._given = 0
        self._looks = 0
        self._since_new = _GOOD_PER_NEW

    def __len__(self) -> int:
        """Count the pages that wait."""
        return self._waiting

    def families(self) -> Iterator[PageFamily]:
        """Go through the families of which pages wait."""
        return (family for family in self._families.values() if len(family))

    def number_of(self, name: str) -> int:
        """Count the pages of one family that wait."""
        family = self._families.get(name)
        return 0 if family is None else len(family)

    def is_spent(self, family: PageFamily) -> bool:
        """Say whether its pages have been in vain for too long."""
        return self._yields.patience_left(family.yield_, family.kin) <= 0

    def is_repeat(self, marks: Marks) -> bool:
        """Say whether an address is one more of a thing that was seen."""
        return self._repeats.is_repeat(marks)

    def put(self, errand: Errand, request: Request) -> None:
        """Have a page wait for its turn."""
        self._serial += 1
        self._waiting += 1
        self._put(self._serial, errand, request)

    def take(self, *, busy: bool) -> tuple[Errand, Request] | None:
        """Give the next page; None if none is worth it, or if one under way has to tell first.

        ``busy``: pages given before are still under way.
        """
        while True:
            family = self._choose(busy=busy)
            if family is None:
                return None
            errand, request = family.take()
            if errand.set_back or not self._repeats.is_repeat(errand.marks):
                break
            self._serial += 1
            self._put(self._serial, errand, request)
        self._waiting -= 1
        self._repeats.given(errand)
        self._given += 1
        family.under_way += 1
        errand.given = True
        return errand, request

    def over(self, errand: Errand, *, read: bool) -> None:
        """Note that a page that was given has told what it brought; ``read``: it could be read."""
        family = self._families[errand.family]
        family.under_way = max(0, family.under_way - 1)
        if self._repeats.told(errand, read=read):
            for each in list(self.families()):
                for _, serial, waiting, request in each.take_all():
                    self._put(serial, waiting, request)

    def has_worthwhile(self) -> bool:
        """Say whether ``take`` would give a page once nothing is under way."""
        return self._waiting > 0 and self._choose(busy=False, only_ask=True) is not None

    def _put(self, serial: int, errand: Errand, request: Request) -> None:
        name, kin = errand.kin_name, errand.kin
        if (
            not errand.set_back
            and name is not None
            and self._repeats.is_about_a_thing(errand.marks)
        ):
            if self._repeats.is_repeat(errand.marks):
                name, kin, errand.set_back = name + SEEN_BEFORE, None, True
            errand.family, errand.yield_, errand.kin = name, self._yields.of_family(name), kin
        family = self._families.get(errand.family)
        if family is None:
            family = PageFamily(errand.family, errand.yield_, errand.kin, errand.set_back)
            self._families[errand.family] = family
        family.put(serial, errand, request)

    def _choose(self, *, busy: bool, only_ask: bool = False) -> PageFamily | None:
        if not busy:
            for family in self._families.values():
                family.under_way = 0
        worthwhile = list(self._worthwhile())
        first = [family for family in worthwhile if not family.is_last]
        new = min((f for f in first if self._is_new(f)), key=lambda f: f.age, default=None)
        best = min((f for f in first if not self._is_new(f)), key=lambda f: f.rank, default=None)
        chosen = new or best
        if new is not None and best is not None and self._since_new < _GOOD_PER_NEW:
            good = best.yield_.fed and best.yield_.rate >= _GOOD_RATE
            chosen = best if good else new
        if chosen is None and not busy:
            chosen = min(worthwhile, key=lambda f: f.age, default=None)
        if chosen is None and not busy:
            chosen = self._look()
            self._looks += chosen is not None and not only_ask
        if chosen is not None and not only_ask:
            self._since_new = 0 if chosen is new else self._since_new + 1
        return chosen

    def _worthwhile(self) -> Iterator[PageFamily]:
        """Go through the families of which one more page may be asked for now."""
        unknown = sum(f.under_way for f in self._families.values() if not f.yield_.fed)
        at_the_limit = unknown >= (_UNKNOWN_AT_ONCE if self._yields.site.fed else _HUNGRY_AT_ONCE)
        for family in self.families():
            left = self._yields.patience_left(family.yield_, family.kin)
            left -= Vain.MORE * family.under_way
            if left > 0 and (family.yield_.fed or not at_the_limit):
                yield family

    def _is_new(self, family: PageFamily) -> bool:
        """Say whether a family was never tried, and its kin does not speak against it."""
        return family.is_untried and (family.kin is None or family.kin.barren < _DOUBT)

    def _look(self) -> PageFamily | None:
        """Return the spent family that was tried least, if one more look at such is due."""
        if self._looks >= _FREE_LOOKS + self._given // _REQUESTS_PER_LOOK:
            return None
        return min(self.families(), key=lambda f: (f.yield_.tries, f.age), default=None)
