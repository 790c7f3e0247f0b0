"""What a trial crawl writes down, in memory: the pages it read, the pictures it met, what it saw.

It crawls as every crawl does; only its spider, its visit and one more pipeline listen.
"""

import json
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, Final, Self

from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.statscollectors import StatsCollector

from crawler.age_gate import AgeGate, is_left_to_the_browser
from crawler.documents import Picture, Unreadable
from crawler.errands import ERRAND, Errand
from crawler.findings import Extracted
from crawler.gate_signs import sign_of
from crawler.rendering import RENDERED
from crawler.software import software_of
from crawler.spiders.site import SiteSpider, Yielded
from domain.address_pattern import first_fitting
from domain.errors import InvalidInput
from domain.image import ImageReference, MatchedImage
from domain.site import PATTERNS
from domain.site_entry import AGE_GATE, LOG_IN, check_age_gate
from domain.site_study import PageSeen, PictureSeen, kinds_of_pages, pattern_of
from pipelines.visit import Visit, visit_of
from storage.crawls import CrawlError
from storage.pages import KnownPage

_MOST_ADDRESSES: Final = 2_000
_MOST_LINKS: Final = 300
_MOST_TOLD: Final = 50


@dataclass(slots=True)
class TrialNotes:
    """What was seen. ``unnamed`` are links that led to an image without being named like one."""

    began: float = field(default_factory=time.monotonic)
    pages: dict[str, PageSeen] = field(default_factory=dict)
    start_pages: list[str] = field(default_factory=list)
    pictures: list[PictureSeen] = field(default_factory=list)
    unnamed: list[str] = field(default_factory=list)
    addresses: dict[str, None] = field(default_factory=dict)
    software: Counter[str] = field(default_factory=Counter)
    asks_for_log_in: bool = False
    gate_words: str | None = None

    def saw(self, *addresses: str) -> None:
        """Remember addresses, so many, to compare a recipe's patterns with."""
        for address in addresses[: _MOST_ADDRESSES - len(self.addresses)]:
            self.addresses[address] = None


@dataclass(slots=True)
class TrialVisit(Visit):
    """A visit that tells what it saw. ``probing``: find a way in where the recipe names none."""

    probing: bool = False
    notes: TrialNotes = field(default_factory=TrialNotes)
    told: list[CrawlError] = field(default_factory=list)
    stats: StatsCollector | None = None
    age_gate: AgeGate | None = None

    def note(self, what: str, outcome: str, url: str, reason: str) -> None:
        """Keep what went wrong for the report too."""
        self._tell(CrawlError(what, outcome, url, reason, self.now()))
        Visit.note(self, what, outcome, url, reason)

    def remark(self, what: str, url: str, reason: str) -> None:
        """Keep a word about the crawl for the report too."""
        self._tell(CrawlError(what, "note", url, reason, self.now()))
        Visit.remark(self, what, url, reason)

    async def close(self, reason: str) -> None:
        """End the crawl, and print the report; both only once."""
        under_way = self.stats is not None
        await Visit.close(self, reason)
        if under_way:
            write_line({"report": self.report(reason)})
            self.stats = None

    def progress(self) -> dict[str, Any]:
        """Say how far it is."""
        return {
            "pages": self.counts.pages_fetched,
            "references": self.counts.references,
            "pictures": len(self.notes.pictures),
        }

    def report(self, reason: str) -> dict[str, Any]:
        """Say all that was seen, in plain values."""
        notes, pages = self.notes, list(self.notes.pages.values())
        asked = 0 if self.stats is None else self.stats.get_value("downloader/request_count", 0)
        gate = self.age_gate
        return {
            "ended": reason,
            "seconds": round(time.monotonic() - notes.began, 1),
            "requests": asked,
            "pages": self.counts.pages_fetched,
            "pages_failed": self.counts.pages_failed + self.counts.pages_refused,
            "pages_waiting": self.counts.pages_left,
            "references": self.counts.references,
            "pictures": len(notes.pictures),
            "software": [name for name, _ in notes.software.most_common(1)],
            "start_pages": notes.start_pages,
            "kinds": [_plain(kind) for kind in kinds_of_pages(pages, notes.pictures)],
            "unnamed_images": pattern_of(notes.unnamed, notes.pages),
            "asks_for_log_in": notes.asks_for_log_in,
            "age_gate": {
                "words": gate.words if gate else None,
                "pressed": gate.met if gate else 0,
                "trouble": gate.trouble if gate else None,
            },
            "unfit": self._unfit(),
            "told": [[each.what, each.outcome, each.url, each.reason] for each in self.told],
        }

    def _unfit(self) -> dict[str, list[str]]:
        """Return the patterns of the recipe that none of the addresses seen fits."""
        seen = list(self.notes.addresses)
        return {
            name: [
                pattern
                for pattern in getattr(self.site, name)
                if not any(first_fitting((pattern,), address) for address in seen)
            ]
            for name in PATTERNS
        }

    def _tell(self, error: CrawlError) -> None:
        if len(self.told) < _MOST_TOLD:
            self.told.append(error)


class TrialSpider(SiteSpider):
    """The spider of every crawl, with its ears open."""

    visit: TrialVisit

    async def start(self) -> AsyncIterator[Yielded]:
        """Begin as every crawl does."""
        self.visit.stats = self.crawler.stats
        async for each in super().start():
            yield each

    async def parse_page(
        self, response: Response, known: KnownPage | None, depth: int, referrer: str | None
    ) -> AsyncIterator[Yielded]:
        """Read one page as every crawl does, and listen."""
        self.visit.age_gate = self.age_gate
        async for each in super().parse_page(response, known, depth, referrer):
            if isinstance(each, ImageReference):
                self.visit.notes.saw(each.address)
                if not each.awaited:
                    self.visit.notes.unnamed.append(each.address)
            yield each
        words, self.visit.notes.gate_words = self.visit.notes.gate_words, None
        if words is not None:
            self.age_gate.words = words
            stood = await self.age_gate.stood_before(response)
            if stood or is_left_to_the_browser(response) or RENDERED in response.flags:
                yield self._page_request(response.meta[ERRAND], known, referrer)

    async def _read(
        self, response: Response, url: str, errand: Errand
    ) -> Extracted | Picture | Unreadable:
        read = await super()._read(response, url, errand)
        if isinstance(read, Extracted):
            notes = self.visit.notes
            notes.saw(url, *read.links)
            notes.pages[url] = PageSeen(url, read.links[:_MOST_LINKS])
            software = software_of(response)
            if software is not None:
                notes.software[software] += 1
            if errand.parent is None:
                notes.start_pages.append(url)
                self._look_for_a_gate(response, read)
        return read

    def _look_for_a_gate(self, response: Response, read: Extracted) -> None:
        sign = sign_of(response, read)
        if sign is None:
            return
        self.visit.notes.asks_for_log_in |= sign.what == LOG_IN
        if sign.what == AGE_GATE and self.visit.probing and self.age_gate.words is None:
            try:
                self.visit.notes.gate_words = check_age_gate(sign.words or "")
            except InvalidInput:  # what stands on its button cannot be written in a recipe
                return


class Noticing:
    """The last pipeline of a trial: what was hashed, where, and how large it is."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Join the visit of this crawl."""
        return cls(visit_of(crawler))

    def process_item(self, item: object) -> object:
        """Note a picture that was met for the first time."""
        if isinstance(item, MatchedImage) and isinstance(self._visit, TrialVisit):
            reference, signals = item.hashed.reference, item.hashed.signals
            side = max(signals.width, signals.height)
            seen = PictureSeen(reference.page_url, reference.address, side)
            self._visit.notes.pictures.append(seen)
        return item


def write_line(words: dict[str, Any]) -> None:
    """Write one line of JSON for the process that started this one."""
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


def _plain(kind: Any) -> dict[str, Any]:
    return {
        "example": kind.example,
        "pattern": kind.pattern,
        "role": None if kind.role is None else kind.role.value,
        "pages": kind.pages,
        "pictures": kind.pictures,
        "side": kind.side,
    }
