"""The frontier: which page is asked for next, and which are never asked for.

Gallery software makes a thousand addresses for eighteen photos. So each page is asked for under
one address only, addresses that loop are refused, and among the rest those come first whose kind
has brought most new pictures. `Site.max_pages` is the budget that is spent in this way. What is
left in the end is counted, and named in the crawl's report.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Self

from scrapy import Request
from scrapy.core.scheduler import BaseScheduler
from scrapy.crawler import Crawler

from crawler.errands import ERRAND, Errand, Leads
from crawler.page_credit import PageCredit
from crawler.page_families import PageFamily
from crawler.page_types import DeclaredPages
from crawler.pages_left import Cause, PagesLeft, why_barren
from crawler.waiting_pages import WaitingPages
from domain.acting_links import acts_by
from domain.address_family import family_of
from domain.page_yield import Yields
from domain.same_page import page_key
from domain.service_pages import is_service_page
from domain.traps import trap_in
from pipelines.visit import LEFT, Visit, visit_of

_MOST_WAITING: Final = 20_000
_MOST_OF_A_FAMILY: Final = 2_000
_MOST_KNOWN: Final = 400_000
"""Addresses remembered; beyond, an address met twice may be counted as left twice."""
_MOST_FAMILIES: Final = 1_000
_BEYOND: Final = " (behind one without a new picture)"
_SAME: Final = "each is another address of a page that the crawl knows already."
_ACTS: Final = "such a link may have the site do something ({}), so it is never followed."
_SERVICE: Final = "such a page of the site's software is about another page, and shows no picture."
_FULL: Final = "so many pages wait already that no more were taken."


class Frontier(BaseScheduler):
    """Scrapy's scheduler for one site: gives the most promising page, within the budget."""

    def __init__(self, crawler: Crawler, visit: Visit) -> None:
        self._crawler = crawler
        self._visit = visit
        self._yields = Yields()
        self._credit = PageCredit(self._yields)
        self._waiting = WaitingPages(self._yields)
        self._declared = DeclaredPages(visit.site, self._yields, self._waiting.put)
        self._left = PagesLeft()
        self._too_deep: dict[str, str] = {}
        self._at_once: list[Request] = []
        self._keys: set[str] = set()
        self._addresses: set[int] = set()
        self._families: set[str] = set()
        self._asked = 0
        visit.on_ended = self._credit.image_ended

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Join the visit of this crawl."""
        return cls(crawler, visit_of(crawler))

    def offer(self, urls: Iterable[str], depth: int, parent: Errand | None) -> list[Errand]:
        """Return the pages among ``urls`` that are to be asked for; the rest is counted as left.

        Those of declared types come first: each is asked for as soon as it is handed over.

        Args:
            urls: canonical addresses in scope, in the order of the page.
            depth: how many links away from a start page they are.
            parent: the page that they stand on; None for start pages, which are always taken.
        """
        return sorted(self._taken(urls, depth, parent), key=self._declared.rank)

    def too_deep(self, urls: Iterable[str]) -> None:
        """Count links that lie deeper than the site allows, unless a shorter way is found."""
        for url in urls:
            key = page_key(url)
            if key not in self._keys and len(self._too_deep) < _MOST_WAITING:
                self._too_deep.setdefault(key, url)
        self._count()

    def brought(
        self,
        errand: Errand,
        url: str,
        images: Iterable[str],
        links: Sequence[str],
        *,
        decorates: bool = False,
    ) -> None:
        """Learn what a page brought: the addresses of its images, and its links.

        Call it before the links are offered. ``url`` is where a redirect led, if there was one;
        ``decorates``: it is a style sheet.
        """
        self._keys.add(page_key(url))
        again = errand.settled  # asked for once more, since an age gate was passed
        leads = self._leads(errand, links)
        self._credit.brought(errand, images, links, leads, decorates=decorates)
        if not again:
            self._settle(errand, read=True)

    def brought_nothing(self, errand: Errand, *, known: bool = False) -> None:
        """Learn that a page could not be read; ``known``: it is certain that nothing is there."""
        again = errand.settled
        self._credit.brought_nothing(errand, known=known)
        if not again:
            self._settle(errand, read=False)

    def has_pending_requests(self) -> bool:
        """Say whether a page is still worth its request."""
        if self._at_once:
            return True
        return not self._is_used_up() and (
            len(self._declared) > 0 or self._waiting.has_worthwhile()
        )

    def enqueue_request(self, request: Request) -> bool:
        """Have a page wait; redirects, retries and start pages come at once."""
        errand = request.meta.get(ERRAND)
        if not isinstance(errand, Errand) or errand.given or errand.parent is None:
            self._at_once.append(request)
        elif not self._declared.put(errand, request):
            self._waiting.put(errand, request)
        return True

    def next_request(self) -> Request | None:
        """Give the next page to ask for, or None if there is none or its turn has not come."""
        if self._at_once:
            request = self._at_once.pop(0)
            errand = request.meta.get(ERRAND)
            if isinstance(errand, Errand) and not errand.given:
                errand.given = True
                self._asked += 1
            return request
        if self._is_used_up():
            return None
        busy = self._is_busy()
        taken = self._declared.take()
        if taken is None and not self._declared.may_lead_on(busy=busy):
            taken = self._waiting.take(busy=busy)
        if taken is None:
            return None
        self._asked += 1
        self._count()
        return taken[1]

    def close(self, reason: str) -> None:
        """Name what is left in the crawl's report, which is written after this."""
        self._declared.hand_back()
        for family in self._waiting.families():
            cause, why = self._why_left(family, reason)
            self._left.add(family.name, cause, family.first_url(), why, len(family))
        deepest = self._visit.site.max_depth
        for url in self._too_deep.values():
            why = (
                f"they lie over {deepest} links from a start page. To go further: "
                f"vigil site edit {self._visit.site.name} --max-depth N"
            )
            self._left.add(family_of(url).shown, Cause.DEPTH, url, why)
        for row in self._left.rows():
            self._visit.note("page", LEFT, row.example, row.sentence)
        self._visit.counts.pages_left = self._left.number

    def _taken(self, urls: Iterable[str], depth: int, parent: Errand | None) -> Iterator[Errand]:
        year = self._visit.now().year
        for url in dict.fromkeys(urls):
            first_met = hash(url) not in self._addresses
            if first_met and len(self._addresses) < _MOST_KNOWN:
                self._addresses.add(hash(url))
            key = page_key(url)
            if key in self._keys and parent is not None:
                if first_met and url != parent.url:
                    self._left.add(family_of(url).shown, Cause.SAME, url, _SAME)
                continue
            errand = self._errand(url, depth, parent)
            barred = None if parent is None else _barred(url)
            if barred is not None:
                if first_met:
                    self._left.add(errand.family, barred[0], url, barred[1])
                continue
            trap = None if parent is None else trap_in(url, year=year)
            full = parent is not None and self._is_full(errand.family)
            if trap is None and not full:
                self._keys.add(key)
                self._too_deep.pop(key, None)
                yield errand
            elif first_met:
                cause, why = (Cause.FULL, _FULL) if trap is None else (Cause.TRAP, trap)
                self._left.add(errand.family, cause, url, why)
        self._count()

    def _leads(self, errand: Errand, links: Sequence[str]) -> Leads:
        own = family_of(errand.url)
        more = new = again = False
        for link in links:
            if page_key(link) in self._keys:
                continue
            found = family_of(link)
            if self._waiting.is_repeat(found.marks):
                again = True
            else:
                new = True
                akin = found.kin is not None and found.kin == own.kin
                more = more or akin or found.shown == own.shown
        return Leads(more=more, new=new, again=again)

    def _errand(self, url: str, depth: int, parent: Errand | None) -> Errand:
        found = family_of(url)
        shown = found.shown
        if shown not in self._families and len(self._families) >= _MOST_FAMILIES:
            shown = found.kin or "others"
        self._families.add(shown)
        if parent is not None and not parent.gain:
            # Behind the last page of a list lie others without end, which are judged by themselves.
            ended = parent.family == shown and parent.yield_.fed
            shown += _BEYOND if ended or parent.family == shown + _BEYOND else ""
        kin = None if found.kin is None else self._yields.of_kin(found.kin)
        return Errand(
            url, depth, shown, self._yields.of_family(shown), kin, found.kin, found.marks, parent
        )

    def _is_full(self, family: str) -> bool:
        most = self._visit.site.max_pages
        return len(self._waiting) + len(self._declared) >= max(
            _MOST_WAITING, most
        ) or self._waiting.number_of(family) >= max(_MOST_OF_A_FAMILY, most)

    def _settle(self, errand: Errand, *, read: bool) -> None:
        if errand.parent is not None and not self._declared.over(errand):
            self._waiting.over(errand, read=read)

    def _is_used_up(self) -> bool:
        return self._asked >= self._visit.site.max_pages

    def _is_busy(self) -> bool:
        engine = self._crawler.engine
        if engine is None:
            return False
        slot = engine.scraper.slot
        return bool(engine.downloader.active) or (slot is not None and not slot.is_idle())

    def _count(self) -> None:
        waiting = len(self._waiting) + len(self._declared) + len(self._too_deep)
        self._visit.counts.pages_left = self._left.number + waiting

    def _why_left(self, family: PageFamily, reason: str) -> tuple[Cause, str]:
        site = self._visit.site
        if self._waiting.is_spent(family):
            return Cause.BARREN, why_barren(family.yield_)
        if self._is_used_up():
            return Cause.BUDGET, (
                f"a crawl of this site reads {site.max_pages:,} pages, and others promised more. "
                f"To read more: vigil site edit {site.name} --max-pages N"
            )
        if reason != "finished":
            return Cause.STOPPED, "the crawl ended before their turn came."
        return Cause.BARREN, why_barren(family.yield_)


def _barred(url: str) -> tuple[Cause, str] | None:
    """Return why a page is never asked for, whatever its kind brings."""
    acts = acts_by(url)
    if acts is not None:
        return Cause.ACTS, _ACTS.format(acts)
    return (Cause.SERVICE, _SERVICE) if is_service_page(url) else None
