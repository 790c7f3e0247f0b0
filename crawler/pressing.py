"""Pressing a link or a button: the one request that the crawl makes because a form says so."""

from typing import Final
from urllib.parse import urlencode, urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.http.request import VerboseCookie

from crawler.page_forms import Press
from crawler.site_policy import PAGE
from pipelines.reasons import CrawlStopped, RefusedRequest
from pipelines.visit import visit_of

_FORM: Final = "application/x-www-form-urlencoded"


async def press(crawler: Crawler, pressed: Press, page_url: str) -> Response:
    """Send what pressing something on a page sends; the answer may be any status.

    It passes everything that pages pass: egress guard, scope, robots.txt, pace, cookies, redirects.

    Raises:
        RefusedRequest: it leads out of the site's scope, or from an encrypted page to one that
            is not.
        Exception: it could not be fetched; `pipelines.reasons` says why.
    """
    if pressed.method == "POST":
        before, after = urlsplit(page_url).scheme, urlsplit(pressed.url).scheme
        if before == "https" and after != "https":
            msg = "Its form is sent without encryption from an encrypted page, so it was not sent."
            raise RefusedRequest(msg)
    parts = urlsplit(page_url)
    origin = f"{parts.scheme}://{parts.netloc}"
    headers = {"Referer": page_url}
    if pressed.method == "POST":
        headers |= {"Content-Type": _FORM, "Origin": origin}
    # For the whole site, as the script would say that sets them.
    cookies: list[VerboseCookie] = [
        {"name": name, "value": value, "path": "/"} for name, value in pressed.cookies
    ]
    return await ask(
        crawler,
        Request(
            pressed.url,
            method=pressed.method,
            headers=headers,
            body=urlencode(pressed.fields) if pressed.method == "POST" else "",
            cookies=[*visit_of(crawler).cookies_for(pressed.url), *cookies],
            meta={PAGE: True},
            dont_filter=True,
        ),
    )


async def ask(crawler: Crawler, request: Request) -> Response:
    """Send a request of the crawl's own, beside those for the frontier's pages.

    Raises:
        CrawlStopped: the crawl is over.
        Exception: it could not be fetched; `pipelines.reasons` says why.
    """
    if crawler.engine is None:
        raise CrawlStopped
    return await crawler.engine.download_async(request)
