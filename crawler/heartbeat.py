"""A crawl's sign of life, every two seconds, and its last word."""

import asyncio
import logging
from typing import Self

from scrapy import Spider, signals
from scrapy.crawler import Crawler

from pipelines.visit import Visit, visit_of

_log = logging.getLogger(__name__)


class Heartbeat:
    """Writes the counts so far into the crawl's row, and its end."""

    interval = 2.0

    def __init__(self, crawler: Crawler, visit: Visit) -> None:
        self._crawler = crawler
        self._visit = visit
        self._task: asyncio.Task[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Listen for the spider's start and end."""
        heartbeat = cls(crawler, visit_of(crawler))
        crawler.signals.connect(heartbeat.spider_opened, signal=signals.spider_opened)
        crawler.signals.connect(heartbeat.spider_closed, signal=signals.spider_closed)
        return heartbeat

    def spider_opened(self, spider: Spider) -> None:
        """Begin to beat."""
        self._task = asyncio.get_running_loop().create_task(self._beat())

    async def spider_closed(self, spider: Spider, reason: str) -> None:
        """Write the last word."""
        if self._task is not None:
            self._task.cancel()
        await self._visit.close(reason)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self.interval)
            if not await self._visit.beat():
                _log.warning(
                    "Crawl %d was given up by another process; it stops.", self._visit.crawl_id
                )
                engine = self._crawler.engine
                if engine is not None:
                    await engine.close_spider_async(reason="given_up")
                return
