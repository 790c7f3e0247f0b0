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
            RefusedRequest: a page out of scope or not to be followed, an address that is to be
                left alone, or one that hands on another one.
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
        if not request.meta.get("dont_obey_robotstxt"):  # a robots.txt is asked for by us
            self._mind_patterns(request)
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

    def _mind_patterns(self, request: Request) -> None:
        pattern = self._site.left_by(request.url)
        if pattern is not None:
            msg = f"It fits {pattern!r}, which this site's policy leaves alone (--leave)."
            raise RefusedRequest(msg)
        # A start page, which no page has led to, may itself lead wherever it wants within the site.
        linked = request.meta.get(PAGE) and request.meta.get("referrer")
        if linked and not self._site.follows(request.url):
            msg = "It fits none of the patterns that this site's policy follows (--follow)."
            raise RefusedRequest(msg)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/"
