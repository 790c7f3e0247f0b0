"""robots.txt, obeyed by every request to a host and not only by the first two."""

import asyncio
from collections import defaultdict

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.robotstxt import RobotParser
from scrapy.utils.httpobj import urlparse_cached


class RobotsMiddleware(RobotsTxtMiddleware):
    """Scrapy's own, with the requests that wait for a robots.txt to arrive kept in line.

    Scrapy has them all wait on one Deferred. The first to wake takes the rules out of it, the
    others find nothing there, and no rules mean that everything is allowed.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._asking: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def robot_parser(self, request: Request) -> RobotParser | None:
        """Return the rules of the request's host; None if it has none, or cannot be asked."""
        async with self._asking[urlparse_cached(request).netloc]:
            return await super().robot_parser(request)
