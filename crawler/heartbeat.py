"""A crawl's sign of life, every two seconds, and its last word."""

import asyncio
import logging
import os
from typing import Final, Self

from scrapy import Spider, signals
from scrapy.crawler import Crawler

from crawler.stopping import StopWatch, end_crawl, hear_stop_signals
from crawler.visit import ExitCode
from domain.crawl import CrawlState
from domain.errors import OutsideDown
from domain.quiet_hours import quiet_until
from pipelines.visit import BY_HAND, DATABASE_DOWN, GIVEN_UP, QUIET_HOURS, Visit, visit_of
from storage.crawls import Heard

_log = logging.getLogger(__name__)
_TICK: Final = 0.25
_TICKS_PER_BEAT: Final = 8


class Heartbeat:
    """Writes the counts so far into the crawl's row, and its end."""

    def __init__(self, crawler: Crawler, visit: Visit) -> None:
        self._crawler = crawler
        self._visit = visit
        self._watch = StopWatch()
        self._task: asyncio.Task[None] | None = None
        self._closing: asyncio.Task[None] | None = None
        self._was_quiet = visit.by_hand

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Listen for the spider's start and end."""
        heartbeat = cls(crawler, visit_of(crawler))
        crawler.signals.connect(heartbeat.spider_opened, signal=signals.spider_opened)
        crawler.signals.connect(heartbeat.spider_closed, signal=signals.spider_closed)
        return heartbeat

    def spider_opened(self, spider: Spider) -> None:
        """Begin to beat."""
        hear_stop_signals()
        self._task = asyncio.get_running_loop().create_task(self._beat())

    async def spider_closed(self, spider: Spider, reason: str) -> None:
        """Write the last word."""
        if self._task is not None:
            self._task.cancel()
        await self._visit.close(reason)

    async def _beat(self) -> None:
        ticks = 0
        while True:
            await asyncio.sleep(_TICK)
            ticks += 1
            if self._watch.stopping(self._crawler.engine):
                self._visit.stopping = True
                if self._watch.overdue:
                    await self._stop_at_once()
            elif ticks % _TICKS_PER_BEAT == 0:
                await self._beat_once()
            elif ticks % _TICKS_PER_BEAT == 1:  # the first time at once
                self._look_at_the_clock()

    async def _beat_once(self) -> None:
        try:
            heard = await self._visit.beat()
        except OutsideDown as error:
            # Going on would fetch from a site what nobody can record.
            _log.error("Crawl %d stops: %s", self._visit.crawl_id, error)
            self._close_spider(DATABASE_DOWN)
            return
        if heard is Heard.TOLD_TO_STOP:
            self._close_spider(BY_HAND)
        elif heard is Heard.GIVEN_UP:
            _log.warning("Crawl %d was given up by another process.", self._visit.crawl_id)
            self._close_spider(GIVEN_UP)

    def _close_spider(self, reason: str) -> None:
        # Not awaited: closing waits for what is in flight, and this task watches over that.
        self._closing = end_crawl(self._crawler, reason) or self._closing

    def _look_at_the_clock(self) -> None:
        """End a crawl whose site's quiet hours begin.

        One that a person began within them goes on until the next ones.
        """
        quiet = quiet_until(self._visit.site.quiet_hours, self._visit.now()) is not None
        if quiet and not self._was_quiet:
            _log.info("Crawl %d stops: the site's quiet hours begin.", self._visit.crawl_id)
            self._close_spider(QUIET_HOURS)
        self._was_quiet = quiet

    async def _stop_at_once(self) -> None:
        """Give up what a slow site keeps in flight: write the last word and end the process."""
        await self._visit.close(self._visit.stop_reason or "shutdown")
        down = self._visit.state is CrawlState.CRASHED or self._visit.stop_reason == DATABASE_DOWN
        code = ExitCode.DATABASE_DOWN if down else ExitCode.STOPPED
        logging.shutdown()
        os._exit(code)
