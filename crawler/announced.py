"""The maps of a site that its robots.txt announces, or that stand where most sites have theirs."""

from typing import Final
from urllib.parse import urljoin, urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.robotstxt import ProtegoRobotParser

from crawler.robots import RobotsMiddleware
from domain.address import absolute
from domain.errors import InvalidInput
from pipelines.reasons import FailedRequest
from pipelines.visit import visit_of

_GUESS: Final = "/sitemap.xml"
_MOST: Final = 50
_WORTH_A_GUESS: Final = 50
"""Pages that a crawl must be allowed, so that one is spent on a map that may not be there."""


async def announced_maps(crawler: Crawler, url: str) -> tuple[str, ...]:
    """Return the addresses of maps of the site of which ``url`` is a page.

    Those that robots.txt names; where it names none, or is not obeyed, the usual one. Ask once the
    page has come: robots.txt has been read then, and is not asked for again.
    """
    can_guess = visit_of(crawler).site.max_pages >= _WORTH_A_GUESS
    guess = (urljoin(url, _GUESS),) if can_guess else ()
    robots = _robots_of(crawler)
    if robots is None:
        return guess
    try:
        rules = await robots.robot_parser(Request(url))
    except (FailedRequest, IgnoreRequest):
        return ()
    named: list[str] = []
    if isinstance(rules, ProtegoRobotParser):
        for written in list(rules.rp.sitemaps)[:_MOST]:
            try:
                named.append(absolute(url, written))
            except InvalidInput:  # whoever wrote it can be asked for nothing else
                continue
    return tuple(named) or guess


def is_guess(url: str) -> bool:
    """Say whether an address may not exist at all, for all that the site has said."""
    return urlsplit(url).path == _GUESS and not urlsplit(url).query


def _robots_of(crawler: Crawler) -> RobotsMiddleware | None:
    engine = crawler.engine
    if engine is None:
        return None
    of_all = engine.downloader.middleware.middlewares
    return next((each for each in of_all if isinstance(each, RobotsMiddleware)), None)
