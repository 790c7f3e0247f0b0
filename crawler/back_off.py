"""Backing off: a site that answers "too many requests" is left alone for a while, all of it.

Pages and images share one pace, and so they share its pauses. The request that was answered so is
sent again by Scrapy's retry middleware when the pause is over, so nothing is lost by it.
"""

import asyncio
import logging
import random
from collections import defaultdict
from dataclasses import dataclass
from typing import Final, Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from crawler.pace import SENT, pace_of
from crawler.retry_after import seconds_asked
from crawler.stopping import end_crawl
from domain.address import host_of
from pipelines.reasons import FailedRequest
from pipelines.visit import TOO_BUSY, visit_of

LONGEST: Final = 300.0
"""Seconds that a site may have us wait in a row; one that wants more is visited another time."""

TIMES: Final = 4
"""Pauses in a row, without any other answer between them, after which a crawl gives up."""

LONGEST_ABROAD: Final = 60.0
"""Seconds that a host which is none of the site's own may hold up the crawl at a time; all of them
together may do so for `LONGEST`."""

_TOO_MANY: Final = 429
_UNAVAILABLE: Final = 503
_FIRST: Final = {_TOO_MANY: 5.0, _UNAVAILABLE: 1.0}
"""Seconds of the first pause where none are asked for; each further one in a row is twice as long.
A single page may well be 503 where the site as a whole is not."""

_SHORTEST: Final = 1.0
_JITTER: Final = 0.25
_HALVED_AT_MOST: Final = 3
"""Times that the rate is halved: one address that is always 429 shall not bring it to nothing."""

_TRIES: Final = 2 * TIMES
"""Times that a request is sent again which the site put off; the crawl gives up before that."""

_OWN: Final = ""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Host:
    """How a host, or the site's own hosts together, took our requests lately."""

    busy_in_a_row: int = 0
    waited_in_a_row: float = 0.0
    since: float = float("-inf")
    """The loop's time at which the last pause began: what was sent before says nothing new."""
    alone_until: float = float("-inf")


class BackOffMiddleware:
    """Pauses the pace on 429 and 503, and ends a crawl that a site keeps putting off."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._visit = visit_of(crawler)
        self._hosts: defaultdict[str, _Host] = defaultdict(_Host)
        self._slowed_down = 0
        self._waited_abroad = 0.0
        self._closing: asyncio.Task[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Join the visit of this crawl."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Let a request pass to the pace.

        Raises:
            FailedRequest: its host, which is none of the site's own, wants to be left alone.
        """
        if not self._hosts or self._visit.site.covers(request.url):
            return
        name = host_of(request.url)
        known = self._hosts.get(name)
        if known is not None and _now() < known.alone_until:
            msg = (
                f"{name} answered that it is asked too much, so it is left alone for the rest of "
                "this crawl, or as long as it asked for. The next crawl asks again."
            )
            raise FailedRequest(msg)

    def process_response(self, request: Request, response: Response) -> Response:
        """Begin a pause if the answer asks for one; the answer itself is handed on."""
        busy = response.status in _FIRST
        if not busy and not self._hosts:
            return response
        name = _OWN if self._visit.site.covers(request.url) else host_of(request.url)
        if not busy and name not in self._hosts:
            return response
        host = self._hosts[name]
        news = float(request.meta.get(SENT, _now())) > host.since
        if not busy:
            if news:
                host.busy_in_a_row, host.waited_in_a_row = 0, 0.0
            return response
        asked = seconds_asked(response.headers.get("Retry-After"), self._visit.now())
        if news:
            host.busy_in_a_row += 1
            host.since = _now()
        put_off = response.status == _TOO_MANY or asked is not None
        if put_off:
            request.meta["max_retry_times"] = _TRIES
        seconds = _pause(response.status, asked, host.busy_in_a_row)
        if name != _OWN:
            self._back_off_abroad(host, seconds, put_off=put_off)
            return response
        self._back_off(host, min(seconds, LONGEST), put_off=put_off, news=news)
        if response.status == _TOO_MANY and news:
            self._slow_down()
        return response

    def _back_off(self, host: _Host, seconds: float, *, put_off: bool, news: bool) -> None:
        if news:
            host.waited_in_a_row += seconds
            _log.info(
                "Crawl %d waits %.0f s: the site answers that it is asked too much.",
                self._visit.crawl_id,
                seconds,
            )
        pace_of(self._crawler).pause(seconds)
        if host.waited_in_a_row > LONGEST or (put_off and host.busy_in_a_row > TIMES):
            self._closing = end_crawl(self._crawler, TOO_BUSY) or self._closing

    def _back_off_abroad(self, host: _Host, seconds: float, *, put_off: bool) -> None:
        # Whoever may put a picture on one of the site's pages chooses such a host: it must not be
        # able to hold the crawl up for long, nor to end it.
        if put_off and host.busy_in_a_row > TIMES:
            host.alone_until = float("inf")
        elif seconds > LONGEST_ABROAD or self._waited_abroad + seconds > LONGEST:
            host.alone_until = _now() + seconds
        else:
            self._waited_abroad += seconds
            pace_of(self._crawler).pause(seconds)

    def _slow_down(self) -> None:
        if self._slowed_down == _HALVED_AT_MOST:
            return
        self._slowed_down += 1
        pace_of(self._crawler).slow_down(2.0)
        if self._slowed_down == 1:
            name = self._visit.site.name
            self._visit.remark(
                "rate",
                self._visit.site.start_urls[0],
                "The site answered 429 (too many requests): the crawl paused, and went on at half "
                f"its rate or less. If this comes up again: vigil site edit {name} --rate RATE",
            )


def _pause(status: int, asked: float | None, in_a_row: int) -> float:
    if asked is not None:
        return max(asked, _SHORTEST)
    # Not all who were put off at one time come back at one time.
    part = 1 + random.uniform(0, _JITTER)  # noqa: S311 - no secret
    return _FIRST[status] * 2.0 ** min(max(in_a_row, 1) - 1, TIMES) * part


def _now() -> float:
    return asyncio.get_running_loop().time()
