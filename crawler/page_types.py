"""Types of pages, as a site's recipe names them: which are asked for first, which links are images.

Items are asked for before listings, and both before all other pages, in the order of finding.
"""

from collections.abc import Callable
from dataclasses import replace
from heapq import heappop, heappush
from typing import Final

from scrapy import Request

from crawler.errands import Errand
from crawler.findings import Extracted
from domain.acting_links import acts_by
from domain.address_pattern import Against, address_pattern, first_fitting
from domain.image import ImageReference
from domain.page_yield import FAMILY_PATIENCE, Yields
from domain.site import PageType, Site

_RANK: Final = {PageType.ITEM: 0, PageType.LISTING: 1}
_MORE_PATIENCE: Final = 3 * FAMILY_PATIENCE
"""Beyond what pages of unknown types are given: an operator has looked at these."""


class DeclaredPages:
    """Pages of declared types that wait to be asked for.

    Those whose kind has brought nothing for so long that even an operator's word does not speak
    for them any more are handed back, to wait among all others.
    """

    def __init__(
        self, site: Site, yields: Yields, otherwise: Callable[[Errand, Request], None]
    ) -> None:
        """Begin with none; ``otherwise`` takes what is handed back."""
        self._site = site
        self._yields = yields
        self._otherwise = otherwise
        self._serial = 0
        self._queue: list[tuple[int, int, Errand, Request]] = []
        self._given: set[Errand] = set()

    def __len__(self) -> int:
        """Count the pages that wait."""
        return len(self._queue)

    def rank(self, errand: Errand) -> int:
        """Say when a page's turn is, the least being the first; by its declared type alone."""
        declared = self._site.page_type(errand.url)
        return len(_RANK) if declared is None else _RANK[declared]

    def put(self, errand: Errand, request: Request) -> bool:
        """Have a page wait if it is of a declared type; False if it is not."""
        rank = self.rank(errand)
        if rank == len(_RANK):
            return False
        self._serial += 1
        heappush(self._queue, (rank, self._serial, errand, request))
        return True

    def take(self) -> tuple[Errand, Request] | None:
        """Give the next page; None if none is left that is worth it."""
        while self._queue:
            _, _, errand, request = heappop(self._queue)
            if self._is_spent(errand):
                self._otherwise(errand, request)
                continue
            errand.given = True
            self._given.add(errand)
            return errand, request
        return None

    def may_lead_on(self, *, busy: bool) -> bool:
        """Say whether a page that was given from here may still lead to others of its types.

        ``busy``: pages given before are still under way.
        """
        if not busy:  # one of which nobody has told anything is lost
            self._given.clear()
        return bool(self._given)

    def over(self, errand: Errand) -> bool:
        """Note that a page has told what it brought; False if it was not given from here."""
        if errand not in self._given:
            return False
        self._given.remove(errand)
        return True

    def hand_back(self) -> None:
        """Hand back all that wait."""
        while self._queue:
            _, _, errand, request = heappop(self._queue)
            self._otherwise(errand, request)

    def _is_spent(self, errand: Errand) -> bool:
        return self._yields.patience_left(errand.yield_, None) + _MORE_PATIENCE <= 0


def take_images(extracted: Extracted, site: Site, page_url: str, depth: int) -> Extracted:
    """Take those of a page's links for images that lead to one as the site's recipe says.

    On other hosts only what fits a pattern that names a host. A link by which a site would do
    something stays what it is: a link that is not followed.
    """
    if not site.image:
        return extracted
    abroad = [each for each in site.image if address_pattern(each).against is not Against.PATH]
    fitting = [link for link in extracted.links if site.is_image(link)]
    if abroad:
        fitting += [link for link in extracted.elsewhere if first_fitting(abroad, link)]
    taken = dict.fromkeys(link for link in fitting if acts_by(link) is None)
    known = {reference.address for reference in extracted.references}
    more = (
        ImageReference(page_url, link, link, "a@href", depth) for link in taken if link not in known
    )
    return replace(
        extracted,
        references=(*extracted.references, *more),
        links=tuple(link for link in extracted.links if link not in taken),
    )
