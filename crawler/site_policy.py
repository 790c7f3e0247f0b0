"""What goes along with each request to a site, and which pages belong to it."""

from typing import Final, Self, cast
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler

from domain.address import carries_an_address
from domain.site import Site
from pipelines.reasons import RefusedRequest
from pipelines.visit import visit_of

PAGE: Final = "vigil_page"
"""Key in a request's meta: a page is asked for, so redirects out of scope are refused."""


class SitePolicyMiddleware:
    """Apply one site's policy to each request, each hop of a redirect included.

    All requests share one download slot, as they share one pace, whichever hosts they go to. The
    site's headers and cookies may be keys to it: they go to
    the hosts in scope and to nobody else.
    """

    def __init__(self, site: Site) -> None:
        self._site = site

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Take the site of this crawl."""
        return cls(visit_of(crawler).site)

    def process_request(self, request: Request) -> None:
        """Set headers and slot.

        Raises:
            RefusedRequest: a page out of scope, or an address that hands on another one.
        """
        request.meta["download_slot"] = self._site.name
        covered = self._site.covers(request.url)
        if request.meta.get(PAGE) and not covered:
            msg = (
                f"It leads to {urlsplit(request.url).hostname}, which is not in scope "
                f"({', '.join(self._site.hosts)}). To follow it: "
                f"vigil site edit {self._site.name} --host {urlsplit(request.url).hostname}"
            )
            raise RefusedRequest(msg)
        if not covered and carries_an_address(request.url, self._site.hosts):
            msg = "It would pass an address of this site on to someone else."
            raise RefusedRequest(msg)
        for name, value in self._site.headers.items():
            if covered:
                request.headers[name] = value
            else:
                request.headers.pop(name, None)
        referrer = cast("str | None", request.meta.get("referrer"))
        if referrer:
            request.headers["Referer"] = referrer if covered else _origin(referrer)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/"
