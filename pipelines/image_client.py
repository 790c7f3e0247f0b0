"""The image client: fetches images past Scrapy's engine, and past none of its guards.

An image's request passes through the same downloader middlewares as a page's, the very same
objects: egress guard, site policy, robots.txt, cookies, redirects, retries, statistics, pace.
Only Scrapy's engine, scheduler and downloader are passed by; `pipelines.transfer` sends both.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from scrapy import Request
from scrapy.core.engine import ExecutionEngine
from scrapy.crawler import Crawler
from scrapy.http import Response

from pipelines.reasons import CrawlStopped
from pipelines.transfer import Transfer


class ImageClient:
    """Fetches images for one crawl."""

    def __init__(self, crawler: Crawler, transfer: Transfer, stopping: Callable[[], bool]) -> None:
        self._crawler = crawler
        self._transfer = transfer
        self._stopping = stopping

    async def fetch(self, request: Request) -> Response:
        """Fetch one image; the answer may be any status but a redirect that can be followed.

        Raises:
            IgnoreRequest: a rule forbids it, on its first hop or a later one.
            CrawlStopped: the crawl stopped before it was sent.
            Exception: it could not be fetched; `pipelines.reasons` says why.
        """
        hop: Request | Response = request
        while isinstance(hop, Request):
            engine = self._engine()
            with _counted(engine, hop):
                hop = await engine.downloader.middleware.download_async(self._send, hop)
        self._crawler.stats.inc_value("response_received_count")
        return hop

    async def _send(self, request: Request) -> Response:
        self._engine()  # the wait for its turn may have been long
        return await self._transfer.send(request)

    def _engine(self) -> ExecutionEngine:
        engine = self._crawler.engine
        if engine is None or not engine.running or self._stopping():
            raise CrawlStopped
        slot = engine._slot  # noqa: SLF001 - Scrapy tells by no other way that a spider is closing
        if slot is None or slot.closing is not None:
            raise CrawlStopped
        return engine


@contextmanager
def _counted(engine: ExecutionEngine, request: Request) -> Iterator[None]:
    """Count a request among those under way, as the engine does for its own.

    It sends no further page while as many as may be are under way, and does not close before
    they have ended.
    """
    slot = engine._slot  # noqa: SLF001 - the engine keeps this book for itself
    if slot is None:
        raise CrawlStopped
    slot.add_request(request)
    engine.downloader.active.add(request)
    try:
        yield
    finally:
        engine.downloader.active.discard(request)
        slot.nextcall.schedule()
        slot.remove_request(request)
