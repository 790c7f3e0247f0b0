"""Cookies: kept in memory for the length of one crawl, so many and no more."""

from collections.abc import Iterable
from http.cookiejar import Cookie
from typing import Final, Self
from urllib.parse import urlsplit

import scrapy.downloadermiddlewares.cookies as scrapys
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.http.cookies import CookieJar
from scrapy.http.request import VerboseCookie
from tldextract import TLDExtract

from pipelines.visit import Visit, visit_of

MAX_COOKIES: Final = 100
MAX_COOKIE_BYTES: Final = 4_096  # of one, as browsers keep them
MAX_JAR_BYTES: Final = 32_768  # more than that comes back as a header that servers refuse

# The list of public suffixes that comes with it, and neither one from the web, for which it would
# ask past every guard of ours, nor one from a folder of whoever runs this.
scrapys._split_domain = TLDExtract(  # noqa: SLF001
    include_psl_private_domains=True, suffix_list_urls=(), cache_dir=None
)


class Cookies(scrapys.CookiesMiddleware):
    """Scrapy's own, with a limit: a site can set a hundred cookies with each of its pages."""

    def __init__(self, visit: Visit, *, debug: bool = False) -> None:
        super().__init__(debug)
        self._visit = visit
        self._noted = False

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Join the visit of this crawl."""
        cookies = cls(visit_of(crawler), debug=crawler.settings.getbool("COOKIES_DEBUG"))
        cookies.crawler = crawler
        return cookies

    def process_response(  # type: ignore[override] # Scrapy passes no spider to who takes none
        self, request: Request, response: Response
    ) -> Request | Response:
        """Keep the cookies of an answer that fit."""
        set_cookies = response.headers.getlist("Set-Cookie")
        if set_cookies:
            fitting = [one for one in set_cookies if len(one) <= MAX_COOKIE_BYTES]
            if len(fitting) < len(set_cookies):
                self._note(request.url)
                response.headers.setlist("Set-Cookie", fitting)
        return super().process_response(request, response)

    def keep(self, url: str, cookies: list[VerboseCookie]) -> None:
        """Keep what the scripts of a page have set, within the same limits."""
        request, jar = Request(url, cookies=cookies), self.jars[None]
        self._process_cookies(self._get_request_cookies(jar, request), jar=jar, request=request)

    def _process_cookies(
        self, cookies: Iterable[Cookie], *, jar: CookieJar, request: Request
    ) -> None:
        kept = {(cookie.domain, cookie.path, cookie.name): _size(cookie) for cookie in jar}
        size = sum(kept.values())
        fitting = []
        for cookie in cookies:
            key = cookie.domain, cookie.path, cookie.name
            larger = size - kept.get(key, 0) + _size(cookie)
            if (key in kept or len(kept) < MAX_COOKIES) and larger <= MAX_JAR_BYTES:
                kept[key], size = _size(cookie), larger
                fitting.append(cookie)
            else:
                self._note(request.url)
        super()._process_cookies(fitting, jar=jar, request=request)

    def _note(self, url: str) -> None:
        if not self._noted:  # once is enough
            self._noted = True
            reason = (
                f"The site sets more cookies than are kept: {MAX_COOKIES}, of at most "
                f"{MAX_COOKIE_BYTES:,} bytes each and {MAX_JAR_BYTES:,} together. The others were "
                "left out, and the crawl went on without them."
            )
            parts = urlsplit(url)
            # Without what a form may have put behind the question mark: it may be a secret.
            self._visit.remark("cookies", f"{parts.scheme}://{parts.netloc}{parts.path}", reason)


def _size(cookie: Cookie) -> int:
    return len(cookie.name) + len(cookie.value or "")
