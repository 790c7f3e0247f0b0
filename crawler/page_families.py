"""Pages of one kind that wait to be asked for."""

from dataclasses import dataclass, field
from heapq import heappop, heappush

from scrapy import Request

from crawler.errands import Errand
from domain.page_yield import PageYield

Waiting = tuple[int, int, Errand, Request]
"""A page's depth, its place in the order of finding, the page and its request."""


@dataclass(slots=True, eq=False)
class PageFamily:
    """Pages whose addresses are of one family, the nearest to a start page first."""

    name: str
    yield_: PageYield
    kin: PageYield | None
    is_last: bool = False
    """Whether its pages are about what was seen before, and wait until nothing else is worth it."""
    under_way: int = 0
    _queue: list[Waiting] = field(default_factory=list)

    def __len__(self) -> int:
        """Count the pages that wait."""
        return len(self._queue)

    @property
    def age(self) -> tuple[int, int]:
        """Where its next page stands among all that wait, the least being the first."""
        return self._queue[0][:2]

    @property
    def is_untried(self) -> bool:
        """Whether none of its pages has been asked for."""
        return not (self.yield_.tries or self.under_way)

    @property
    def rank(self) -> tuple[float, tuple[int, int]]:
        """How it compares with others, the least being the best: by yield, then by age."""
        known = self.kin if self.is_untried and self.kin is not None else self.yield_
        return -round(known.rate, 2), self.age

    def put(self, serial: int, errand: Errand, request: Request) -> None:
        """Have a page wait."""
        heappush(self._queue, (errand.depth, serial, errand, request))

    def take(self) -> tuple[Errand, Request]:
        """Give the next page."""
        return heappop(self._queue)[2:]

    def take_all(self) -> list[Waiting]:
        """Give all pages."""
        taken, self._queue = self._queue, []
        return taken

    def first_url(self) -> str:
        """Return the address of the page that would be next."""
        return self._queue[0][2].url
