"""One pace for everything that a crawl asks for: pages, robots.txt, images, redirects, retries.

Scrapy's own delay knows only what its downloader sends, and images do not pass through that. So
the delay is kept here, as the last of the downloader middlewares, which every request passes.
"""

import asyncio
import random
from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from pipelines.visit import visit_of


class Pace:
    """Gives out turns: at most so many at one time, and begun so many seconds apart."""

    def __init__(self, delay: float, *, jitter: float, at_once: int) -> None:
        """Begin with the first turn free at once.

        Args:
            delay: seconds between the beginnings of two turns.
            jitter: part of the delay by which it varies either way, 0 to 1.
            at_once: turns that may be held at one time.
        """
        self._delay = delay
        self._jitter = jitter
        self._places = asyncio.Semaphore(at_once)
        self._free_at = 0.0

    async def take(self) -> None:
        """Wait for a turn, first come, first served."""
        await self._places.acquire()
        now = asyncio.get_running_loop().time()
        begins = max(now, self._free_at)
        part = 1 + random.uniform(-self._jitter, self._jitter)  # noqa: S311 - no secret
        self._free_at = begins + self._delay * part
        if begins > now:
            try:
                await asyncio.sleep(begins - now)
            except BaseException:
                self._places.release()
                raise

    def give_back(self) -> None:
        """End a turn that was taken."""
        self._places.release()


class PaceMiddleware:
    """Has each request wait for its turn. It is one turn for the whole site, whatever the host."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._sent: set[Request] = set()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Take the rate of this crawl's site."""
        settings = crawler.settings
        return cls(
            Pace(
                1 / visit_of(crawler).site.rate,
                jitter=settings.getfloat("DOWNLOAD_DELAY_JITTER"),
                at_once=settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN"),
            )
        )

    async def process_request(self, request: Request) -> None:
        """Wait until this request may be sent."""
        await self._pace.take()
        self._sent.add(request)

    def process_response(self, request: Request, response: Response) -> Response:
        """End the request's turn: its answer is there."""
        self._end(request)
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        """End the request's turn, if it had come: it failed."""
        self._end(request)

    def _end(self, request: Request) -> None:
        if request in self._sent:
            self._sent.remove(request)
            self._pace.give_back()
