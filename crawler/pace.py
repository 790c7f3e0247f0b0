"""One pace for everything that a crawl asks for: pages, robots.txt, images, redirects, retries.

Scrapy's own delay knows only what its downloader sends, and images do not pass through that. So
the delay is kept here, as the last of the downloader middlewares, which every request passes.
"""

import asyncio
import random
from typing import Final, Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from pipelines.visit import visit_of

SENT: Final = "vigil_sent"
"""Key in a request's meta: the loop's time at which its turn came."""

SLOWEST: Final = 60.0
"""Seconds between two turns to which a site may slow us down; a slower rate is the operator's."""


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
        self._at_least = 0.0
        self._jitter = jitter
        self._places = asyncio.Semaphore(at_once)
        self._in_line = asyncio.Lock()
        self._free_at = 0.0

    @property
    def delay(self) -> float:
        """Seconds between the beginnings of two turns, as things stand."""
        return max(self._delay, self._at_least)

    async def take(self) -> None:
        """Wait for a turn, first come, first served."""
        await self._places.acquire()
        try:
            begins = asyncio.get_running_loop().time()
            async with self._in_line:
                # Looked at again after each wait: a pause may have begun meanwhile.
                while (wait := self._free_at - asyncio.get_running_loop().time()) > 0:  # noqa: ASYNC110 - no event wakes a clock
                    await asyncio.sleep(wait)
                begins = max(begins, self._free_at)
                part = 1 + random.uniform(-self._jitter, self._jitter)  # noqa: S311 - no secret
                self._free_at = begins + max(self._delay * part, self._at_least)
        except BaseException:
            self._places.release()
            raise

    def give_back(self) -> None:
        """End a turn that was taken."""
        self._places.release()

    def pause(self, seconds: float) -> None:
        """Let no turn begin for so long, those that are waited for already included."""
        self._free_at = max(self._free_at, asyncio.get_running_loop().time() + seconds)

    def slow_down(self, factor: float) -> None:
        """Put turns so many times as far apart from now on, up to `SLOWEST`."""
        self._delay = max(self._delay, min(self._delay * factor, SLOWEST))

    def keep_apart(self, seconds: float) -> None:
        """Begin turns at least so far apart from now on, up to `SLOWEST`; never closer."""
        self._at_least = max(self._at_least, min(seconds, SLOWEST))


class PaceMiddleware:
    """Has each request wait for its turn. It is one turn for the whole site, whatever the host."""

    def __init__(self, pace: Pace) -> None:
        self.pace = pace
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
        await self.pace.take()
        request.meta[SENT] = asyncio.get_running_loop().time()
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
            self.pace.give_back()


def pace_of(crawler: Crawler) -> Pace:
    """Return the one pace of a crawl that has begun.

    Raises:
        RuntimeError: the settings leave its middleware out.
    """
    middleware = crawler.get_downloader_middleware(PaceMiddleware)
    if middleware is None:
        msg = "PaceMiddleware is missing from DOWNLOADER_MIDDLEWARES"
        raise RuntimeError(msg)
    return middleware.pace
