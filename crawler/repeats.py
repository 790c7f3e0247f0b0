"""Things that have many addresses: one photo in each album, tag and list that it is part of.

Which number in an address names the thing cannot be known beforehand. So for each place in the
addresses of a kin (the number behind ``/picture.php?/``, the one behind ``/category/``) it is
noted what pages brought whose number there was new, and those whose number had been met before.
Where the first brought pictures and the others only known ones, the number names a thing: pages
about new things are of one family then, whatever list they are part of, and those about things
that were seen have to wait.
"""

from typing import Final

from crawler.errands import Errand
from domain.address_family import Marks
from domain.page_yield import PageYield

_TRIES: Final = 3
_SELDOM: Final = 0.25
_MOSTLY: Final = 0.5
_MOST_SEEN: Final = 200_000
SEEN_BEFORE: Final = " (seen under another address)"


class Repeats:
    """Learns which parts of addresses name a thing."""

    def __init__(self) -> None:
        self._asked: set[tuple[str, str]] = set()
        self._read: set[tuple[str, str]] = set()
        self._again: dict[str, PageYield] = {}
        self._afresh: dict[str, PageYield] = {}
        self._things: set[str] = set()

    def given(self, errand: Errand) -> None:
        """Note that a page is asked for; what it brings will count for the parts met before."""
        errand.again = tuple(
            self._again.setdefault(place, PageYield())
            for place, value in errand.marks
            if (place, value) in self._read
        )
        errand.afresh = tuple(
            self._afresh.setdefault(place, PageYield())
            for place, value in errand.marks
            if (place, value) not in self._asked
        )
        if len(self._asked) < _MOST_SEEN:
            self._asked.update(errand.marks)

    def told(self, errand: Errand, *, read: bool) -> bool:
        """Note that a page has told what it brought; say whether that has taught us something.

        ``read``: it could be read. Otherwise the thing's other addresses are as good as new.
        """
        if read:
            self._read.update(errand.marks)
        else:
            self._asked.difference_update(set(errand.marks) - self._read)
        things = {place for place, _ in errand.marks if self._names_a_thing(place)}
        taught = not things <= self._things
        self._things.difference_update(place for place, _ in errand.marks)
        self._things |= things
        return taught

    def is_about_a_thing(self, marks: Marks) -> bool:
        """Say whether a part of a page's address names a thing."""
        return any(place in self._things for place, _ in marks)

    def is_repeat(self, marks: Marks) -> bool:
        """Say whether a page is about a thing that was seen under another address."""
        return any(mark[0] in self._things and mark in self._asked for mark in marks)

    def _names_a_thing(self, place: str) -> bool:
        again, afresh = self._again.get(place), self._afresh.get(place)
        if again is None or afresh is None or min(again.tries, afresh.tries) < _TRIES:
            return False
        return again.hits <= _SELDOM * again.tries and afresh.hits >= _MOSTLY * afresh.tries
