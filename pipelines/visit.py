"""One visit: what the four stages and the spider share while they crawl one site.

It holds the crawl's counts, knows which pages still wait for references to end, and asks the
database through one thread, so that writes keep their order and the loop never waits for a disk.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, TypeVar, cast

from scrapy.crawler import Crawler
from scrapy.http.request import VerboseCookie
from sqlalchemy.orm import Session

from config import Config
from domain.crawl import ASKED_TOO_MUCH, CrawlCounts, CrawlState
from domain.errors import OutsideDown
from domain.image import ImageReference, Outcome
from domain.site import Site
from matching.sighted_images import SightedImages
from pipelines.database_thread import DatabaseThread
from pipelines.matcher import Matcher
from pipelines.strength_wanted import StrengthWanted
from pipelines.transfer import Transfer
from signals.pool import HashingPool
from storage import crawls, pages
from storage.crawls import CrawlError, Heard
from storage.database import Database
from storage.pages import KnownPage

_log = logging.getLogger(__name__)
T = TypeVar("T")

MAX_ERRORS_KEPT: Final = 2_000
"""Errors of one crawl kept one by one; beyond, they are only counted."""

LEFT: Final = "left"
"""Outcome of pages that were not visited: a few rows at the end of a crawl, each for many pages."""

IMAGES_IN_MEMORY: Final = 8
"""Images fetched and not yet hashed at one time: what bounds a crawl's memory."""

HASHING_SECONDS: Final = 2.0
"""How long files that are being hashed may keep a crawl from its last word; then they are left."""


@dataclass(slots=True)
class OpenPage:
    """A page whose image references have not all ended."""

    page: KnownPage
    waiting: int
    settled: bool = True


@dataclass(frozen=True, slots=True)
class AddressResult:
    """How the first reference to an image address ended, for those that follow it."""

    outcome: Outcome
    image_id: int | None
    again: bool = False
    """Whether it is to be tried again at the next crawl."""


@dataclass(frozen=True, slots=True)
class Brought:
    """Bytes of an image that came without a request of their own, and their validators."""

    body: bytes = field(repr=False)
    etag: str | None = None
    last_modified: str | None = None


@dataclass(slots=True)
class Visit:
    """One crawl of one site, from its first request to its last word."""

    config: Config
    database: Database
    site: Site
    site_id: int
    crawl_id: int
    pool: HashingPool
    matcher: Matcher = field(init=False)
    counts: CrawlCounts = field(default_factory=CrawlCounts)
    addresses: dict[str, asyncio.Future[AddressResult]] = field(default_factory=dict)
    in_memory: asyncio.Semaphore = field(
        default_factory=lambda: asyncio.Semaphore(IMAGES_IN_MEMORY)
    )
    one_large: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))
    """The place in memory for a video or an archive, of which one at a time is held."""
    brought: dict[str, Brought] = field(default_factory=dict)
    """Images whose bytes are here before their references are fetched, by their address."""
    ask_anew: set[str] = field(default_factory=set)
    """Addresses of images and pages that are asked for whole, whatever is known of them."""
    transfer: Transfer | None = None
    by_hand: bool = False
    """Whether a person asked for this crawl, now, rather than the scheduler in its turn."""
    first: bool = False
    """Whether the site was never crawled before, so that all of its images are new."""
    on_ended: Callable[[ImageReference, Outcome, int | None], None] | None = None
    follow: Callable[[ImageReference, str], Awaitable[None]] | None = None
    """Has a page read to which the link of an image has led."""
    on_close: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    """What else is to be ended with the crawl, before its last word is written."""
    stopping: bool = False
    stop_reason: str | None = None
    first_failure: str | None = None
    pages_forbidden: int = 0
    """Pages among those refused that robots.txt forbids."""
    state: CrawlState = CrawlState.RUNNING
    _open_pages: dict[str, OpenPage] = field(default_factory=dict)
    _errors: list[CrawlError] = field(default_factory=list)
    _errors_kept: int = 0
    _thread: DatabaseThread = field(init=False)
    _closing: asyncio.Task[None] | None = None

    def __post_init__(self) -> None:
        self._thread = DatabaseThread(self.database)
        self.matcher = Matcher(
            self.database,
            self._thread.do,
            match_distance=self.config.match_distance,
            video_share=self.config.video_share,
            strength_wanted=StrengthWanted(
                self.config.false_flags_per_million, self.config.calibration_file
            ),
            embedding_least=self.config.embeddings_flag_from,
        )

    def now(self) -> datetime:
        """Return the present moment, aware and in UTC."""
        return datetime.now(UTC)

    def cookies_for(self, url: str) -> list[VerboseCookie]:
        """Return the site's cookies for an address in scope; nobody else is given them."""
        if not self.site.covers(url):
            return []
        return [{"name": name, "value": value} for name, value in self.site.cookies.items()]

    async def read(self, question: Callable[[Session], T]) -> T:
        """Ask the database something, off the event loop."""
        return await self._thread.read(question)

    async def write(self, change: Callable[[Session], T]) -> T:
        """Change the database, off the event loop; ``change`` may be called more than once."""
        return await self._thread.write(change)

    def get_ready(self) -> None:
        """Begin what the first images would wait for: a worker to hash them, the registry."""
        self.pool.get_ready()
        self.matcher.get_ready()

    async def open_page(self, page: KnownPage, references: int) -> None:
        """Begin to wait for the references of a page; one without any is complete at once."""
        self._open_pages[page.url] = OpenPage(page, references)
        if references == 0:
            await self._complete(page.url)

    def found(self) -> None:
        """Count one image reference; it must end exactly once."""
        self.counts.references += 1

    def too_small(self, number: int) -> None:
        """Count images that are shown as a dot, and are not asked for."""
        self.counts.references += number
        self.counts.outcomes[Outcome.TOO_SMALL] += number

    def left_out(self, page_url: str, number: int) -> None:
        """Count references of a page that are too many to be looked at one by one."""
        self.counts.references += number
        self.counts.outcomes[Outcome.REFUSED] += number
        reason = f"{number:,} more image references than are taken from one page."
        self.note("page", Outcome.REFUSED.value, page_url, reason)

    async def ended(
        self,
        reference: ImageReference,
        outcome: Outcome,
        reason: str | None = None,
        *,
        image_id: int | None = None,
        try_again: bool | None = None,
    ) -> None:
        """Count how a reference ended, and complete its page if it was the last one.

        ``try_again``: whether the page must be read in full next time, so that this reference
        comes up again; by default so for FAILED.
        """
        self.counts.outcomes[outcome] += 1
        if reason is not None:
            self.note("image", outcome.value, reference.address, reason)
        if self.on_ended is not None:
            self.on_ended(reference, outcome, image_id)
        again = outcome is Outcome.FAILED if try_again is None else try_again
        future = self.addresses.get(reference.address)
        if future is not None and not future.done():
            future.set_result(AddressResult(outcome, image_id, again))
        opened = self._open_pages.get(reference.page_url)
        if opened is None or not reference.awaited:
            return
        opened.waiting -= 1
        if again or self.stopping:
            opened.settled = False
        if opened.waiting == 0:
            await self._complete(reference.page_url)

    def look_again(self, reference: ImageReference) -> None:
        """Have a reference's page read in full next time, however the reference ends."""
        opened = self._open_pages.get(reference.page_url)
        if opened is not None and reference.awaited:
            opened.settled = False

    def page_failed(self, url: str, reason: str, *, refused: bool = False) -> None:
        """Count a page that could not be read."""
        if refused:
            self.counts.pages_refused += 1
        else:
            self.counts.pages_failed += 1
        self.first_failure = self.first_failure or reason
        self.note("page", "refused" if refused else "failed", url, reason)

    def note(self, what: str, outcome: str, url: str, reason: str) -> None:
        """Keep what went wrong, to be written with the next heartbeat."""
        if self._errors_kept < MAX_ERRORS_KEPT or outcome == LEFT:
            self._errors_kept += 1
            url = url.split(";sha256=", 1)[0]  # an image in the page: its digest is its signal
            self._errors.append(CrawlError(what, outcome, url, reason, self.now()))

    def remark(self, what: str, url: str, reason: str) -> None:
        """Put a word about the crawl as a whole into its report, however many errors there were."""
        self._errors.append(CrawlError(what, "note", url, reason, self.now()))

    async def beat(self) -> Heard:
        """Write the counts so far; return what has been said of this crawl meanwhile."""
        errors, self._errors = self._errors, []
        counts = _copy(self.counts)

        def write(session: Session) -> Heard:
            crawls.note_errors(session, self.crawl_id, errors)
            return crawls.beat(session, self.crawl_id, counts, now=self.now())

        return await self.write(write)

    async def close(self, reason: str) -> None:
        """Write how the crawl ended and let go of everything it held."""
        # Whoever is tired of waiting for what is in flight comes first, and is cancelled once that
        # has ended. The process ends when the second is done, so both wait for the last word.
        if self._closing is None:
            self._closing = asyncio.get_running_loop().create_task(self._close(reason))
        await asyncio.shield(self._closing)

    async def _close(self, reason: str) -> None:
        self.state = CrawlState.STOPPED
        await self._end_hashing()
        await self._let_go()
        for url, opened in self._open_pages.items():
            for _ in range(opened.waiting):
                if self.counts.unfinished > 0:
                    self.counts.outcomes[Outcome.FAILED] += 1
                    self.note("image", "failed", url, "The crawl ended before it was fetched.")
        # A reference counted whose page never opened: only an error of ours leaves one.
        self.counts.outcomes[Outcome.FAILED] += self.counts.unfinished
        if self.pages_forbidden:
            forbade = (
                f"robots.txt forbade {self.pages_forbidden:,} of the pages that were asked for."
            )
            self.remark("robots.txt", self.site.start_urls[0], forbade)
        self.state, sentence = self._verdict(reason)
        counts = _copy(self.counts)  # what still ends now has been counted, as failed
        errors, self._errors = self._errors, []

        def write(session: Session) -> None:
            crawls.note_errors(session, self.crawl_id, errors)
            crawls.end(session, self.crawl_id, self.state, sentence, counts, now=self.now())

        if reason != GIVEN_UP:
            try:
                await self.write(write)
            except OutsideDown as error:
                self.state = CrawlState.CRASHED
                _log.error("How crawl %d ended is not recorded: %s", self.crawl_id, error)
            else:
                if self.state is CrawlState.FINISHED:  # one that was told to stop has no time left
                    await self._keep_up()
        self._thread.close()
        self.database.close()
        _log.info(
            "Crawl %d of %s %s: %d pages, %d image references, %d flagged.",
            self.crawl_id,
            self.site.name,
            self.state.value,
            counts.pages_fetched + counts.pages_unchanged,
            counts.references,
            counts.flagged,
        )

    async def _end_hashing(self) -> None:
        """Let the files in hand be hashed, for a moment; a large video may take a minute."""
        closing = asyncio.get_running_loop().create_task(self.pool.close())
        await asyncio.wait({closing}, timeout=HASHING_SECONDS)
        if not closing.done():
            self.pool.end_now()
            await asyncio.wait({closing}, timeout=HASHING_SECONDS)
        if closing.done():
            await closing

    async def _let_go(self) -> None:
        for end in self.on_close:
            await end()
        if self.transfer is not None:
            await self.transfer.close()

    async def _keep_up(self) -> None:
        """Put what was sighted where the next registration finds it at once."""
        try:
            sighted = SightedImages(self.database.snapshots)
            await self._thread.do(sighted.keep_up)
        except OutsideDown as error:  # it is read from the database then
            _log.warning("Sighted images are not kept beside: %s", error)

    def _verdict(self, reason: str) -> tuple[CrawlState, str | None]:
        if reason != "finished":
            return CrawlState.STOPPED, _STOP_REASONS.get(reason, f"Scrapy stopped it: {reason}.")
        if self.counts.pages_fetched + self.counts.pages_unchanged == 0:
            return CrawlState.FAILED, f"No page could be read. {self.first_failure or ''}".strip()
        return CrawlState.FINISHED, None

    async def _complete(self, url: str) -> None:
        opened = self._open_pages.pop(url)
        await self.write(
            lambda session: pages.complete(
                session, self.site_id, opened.page, settled=opened.settled, now=self.now()
            )
        )


GIVEN_UP: Final = "given_up"
DATABASE_DOWN: Final = "database_down"
QUIET_HOURS: Final = "quiet_hours"
TOO_BUSY: Final = "too_busy"
BY_HAND: Final = "by_hand"
_STOP_REASONS: Final = {
    "shutdown": "It was asked to stop.",
    "closespider_timeout": "It ran into its time limit (VIGIL_CRAWL_MINUTES).",
    "memusage_exceeded": "It needed too much memory.",
    DATABASE_DOWN: "The database could not be written to.",
    GIVEN_UP: "Another process had given it up for dead.",
    QUIET_HOURS: "Its quiet hours began.",
    TOO_BUSY: f"{ASKED_TOO_MUCH} To ask it more slowly: vigil site edit NAME --rate 10/m",
    BY_HAND: "An operator told it to stop.",
}


def visit_of(crawler: Crawler) -> Visit:
    """Return the visit that the spider of this crawler opened."""
    return cast("Visit", crawler.spider.visit)  # type: ignore[union-attr]


def transfer_of(crawler: Crawler) -> Transfer:
    """Return what sends every request of this crawl. The first call is within the event loop."""
    visit = visit_of(crawler)
    if visit.transfer is None:
        at_once = crawler.settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN")
        site = visit.site
        visit.transfer = Transfer(
            visit.config.practice_hosts,
            at_once=at_once,
            unverified=lambda url: site.certificates_reason is not None and site.covers(url),
            proxy=site.proxy,
        )
    return visit.transfer


def _copy(counts: CrawlCounts) -> CrawlCounts:
    return CrawlCounts(
        pages_fetched=counts.pages_fetched,
        pages_unchanged=counts.pages_unchanged,
        pages_failed=counts.pages_failed,
        pages_refused=counts.pages_refused,
        pages_left=counts.pages_left,
        references=counts.references,
        outcomes=dict(counts.outcomes),
        flagged=counts.flagged,
    )
