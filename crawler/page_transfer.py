"""Pages and robots.txt are sent for the way images are: one transfer, one guard, one set of limits.

Scrapy's own downloader would connect through Twisted, so every limit of `pipelines.transfer` (where
to connect, how many headers, how many bytes, how long) would have to hold in two clients that
fail in different words.
"""

from typing import Final, Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.responsetypes import responsetypes

from pipelines.visit import transfer_of

_LOOKED_AT: Final = 5_000
"""Bytes of a body that are looked at where no header says what it is."""


class PageTransfer:
    """Scrapy's download handler for the web."""

    lazy = True  # made at the first request, within the event loop

    def __init__(self, crawler: Crawler, largest: int) -> None:
        self._crawler = crawler
        self._largest = largest

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Take the limits of this crawl."""
        return cls(crawler, crawler.settings.getint("DOWNLOAD_MAXSIZE"))

    async def download_request(self, request: Request) -> Response:
        """Send one request; what comes back is a page if it says or looks so.

        Raises:
            Exception: what `pipelines.transfer.Transfer.send` raises.
        """
        request.meta.setdefault("download_maxsize", self._largest)
        answer = await transfer_of(self._crawler).send(request)
        kind = responsetypes.from_args(
            headers=answer.headers, url=answer.url, body=answer.body[:_LOOKED_AT]
        )
        return answer.replace(cls=kind)

    async def close(self) -> None:
        """Leave the connections to the visit, which ends them."""
