"""robots.txt, obeyed by every request to a host and not only by the first two.

What it says is kept to as RFC 9309 has it:

- Where there is none (an answer of 400 to 499), everything is allowed.
- Where it cannot be read (500 and above, 429, a broken connection, no answer in time, a redirect to
  what a rule of ours refuses), nothing is asked for in this crawl. What was not asked for has
  *failed*, and comes up again at the next visit: a site that is down says the same for its pages. A
  site that never lets its robots.txt be read shows in every report, with the word that helps:
  ``--ignore-robots REASON``.
- Of a long one the first 500 KiB are read.

Its Crawl-delay or Request-rate slows the crawl's one pace and never speeds it up. Only those of the
site's own hosts do: a picture on another host is asked for as its page's reader would, the rate is
one over all hosts together, and so no other host is asked faster than the site itself. Otherwise
any page could slow its own crawl down with a picture from a host that wants a minute's rest.
"""

import asyncio
from collections import defaultdict
from typing import Final

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import DownloadTimeoutError, IgnoreRequest
from scrapy.http import Response
from scrapy.robotstxt import ProtegoRobotParser, RobotParser
from scrapy.utils.httpobj import urlparse_cached
from scrapy.utils.python import to_unicode

from crawler.pace import SLOWEST, pace_of
from crawler.site_policy import PAGE
from pipelines.reasons import FailedRequest, reason_of
from pipelines.visit import visit_of

MAX_BYTES: Final = 500 * 1024

_NONE_THERE: Final = 400
_TOO_MANY: Final = 429
_ERRORS: Final = 500


class _Unreadable(IgnoreRequest):
    """A robots.txt that the site does not give out."""


class RobotsMiddleware(RobotsTxtMiddleware):
    """Scrapy's own, with the requests that wait for a robots.txt to arrive kept in line.

    Scrapy has them all wait on one Deferred. The first to wake takes the rules out of it, the
    others find nothing there, and no rules mean that everything is allowed.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._visit = visit_of(crawler)
        self._asking: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._unreadable: dict[str, str] = {}

    async def robot_parser(self, request: Request) -> RobotParser | None:
        """Return the rules of the request's host; None if it has none.

        Raises:
            FailedRequest: they cannot be read, so nothing may be asked for.
        """
        netloc = urlparse_cached(request).netloc
        async with self._asking[netloc]:
            parser = await super().robot_parser(request)
        if netloc in self._unreadable:
            raise FailedRequest(self._unreadable[netloc])
        return parser

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Take a robots.txt for unreadable that leads to what a rule of ours refuses.

        Raises:
            IgnoreRequest: it does.
        """
        led_on = request.meta.get("dont_obey_robotstxt") and request.meta.get("redirect_times")
        if led_on and isinstance(exception, IgnoreRequest):
            msg = f"It redirects to what may not be fetched. {exception}"
            raise _Unreadable(msg) from exception

    def process_request_2(self, rp: RobotParser | None, request: Request) -> None:
        """Judge one request, and count the pages that are forbidden.

        Raises:
            IgnoreRequest: the rules forbid it.
        """
        try:
            super().process_request_2(rp, request)
        except IgnoreRequest:
            if request.meta.get(PAGE):
                self._visit.pages_forbidden += 1
            raise

    async def _parse_robots(self, response: Response, netloc: str, request: Request) -> None:
        if response.status >= _ERRORS or response.status == _TOO_MANY:
            msg = f"The site answers {response.status}."
            raise _Unreadable(msg)
        body = b"" if response.status >= _NONE_THERE else response.body
        if len(body) > MAX_BYTES:
            # To the last whole line: half of "Disallow: /private" may well be "Disallow: /".
            body = body[:MAX_BYTES].rpartition(b"\n")[0]
        await super()._parse_robots(response.replace(body=body), netloc, request)
        rules = self._parsers[netloc]
        if isinstance(rules, RobotParser) and self._visit.site.covers(request.url):
            # The address that asked first is named nowhere: what it says may be a secret.
            url = f"{urlparse_cached(request).scheme}://{netloc}/robots.txt"
            self._keep_apart(_delay(rules, self._agent(request)), netloc, url)

    def _robots_error(self, exc: Exception, netloc: str) -> None:
        # A request that a rule of ours refuses is none of the host's doing: its pages are refused
        # by the same rule, which says so.
        if isinstance(exc, _Unreadable) or not isinstance(exc, IgnoreRequest):
            said = str(exc) if isinstance(exc, _Unreadable) else reason_of(exc)
            why = f"It was not asked for, since the robots.txt of its host cannot be read. {said}"
            if isinstance(
                exc, (_Unreadable, DownloadTimeoutError)
            ):  # a site that is down needs none
                name = self._visit.site.name
                why += f" To do without: vigil site edit {name} --ignore-robots REASON"
            self._unreadable[netloc] = why
        super()._robots_error(exc, netloc)

    def _agent(self, request: Request) -> str:
        return to_unicode(request.headers.get(b"User-Agent") or self._default_useragent)

    def _keep_apart(self, seconds: float, netloc: str, url: str) -> None:
        pace = pace_of(self.crawler)
        before = pace.delay
        pace.keep_apart(seconds)
        if min(seconds, SLOWEST) <= before:
            return
        kept = (
            "The crawl kept to it."
            if seconds <= SLOWEST
            else f"The crawl kept to {SLOWEST:g} seconds, the most that it waits."
        )
        self._visit.remark(
            "robots.txt",
            url,
            f"{netloc} asks for {seconds:,.4g} seconds between two requests (Crawl-delay). {kept}",
        )


def _delay(rules: RobotParser, agent: str) -> float:
    """Return the seconds that rules put between two requests; 0 if they say nothing of it."""
    delay = rules.crawl_delay(agent) or 0.0
    if isinstance(rules, ProtegoRobotParser):
        rate = rules.rp.request_rate(agent)
        if rate is not None:
            delay = max(delay, rate.seconds / rate.requests)
    return delay
