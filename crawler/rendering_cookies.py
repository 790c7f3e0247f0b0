"""Cookies of rendered pages: what scripts see of the crawl's, and what is taken over from them."""

from collections.abc import Mapping, Sequence
from http.cookiejar import Cookie
from typing import Any, Final
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http.request import VerboseCookie

from crawler.cookies import Cookies
from crawler.rendering_requests import cookies_in
from pipelines.visit import visit_of

_MOST: Final = 50
"""Cookies that are taken over from one page."""


def cookies_for_scripts(crawler: Crawler, url: str) -> list[dict[str, str | bool]]:
    """Return the cookies that the crawl would send to a page, as the browser takes them.

    Its scripts see them but for those that the site keeps from scripts.
    """
    request, kept_from_scripts = Request(url), set[str]()
    middleware = crawler.get_downloader_middleware(Cookies)
    if middleware is not None:
        jar = middleware.jars[None]
        jar.add_cookie_header(request)
        kept_from_scripts = {each.name for each in jar if _is_http_only(each)}
    found = cookies_in((request.headers.get("Cookie") or b"").decode("latin-1"))
    found |= {str(each["name"]): str(each["value"]) for each in visit_of(crawler).cookies_for(url)}
    return [
        {"name": name, "value": value, "httpOnly": name in kept_from_scripts}
        for name, value in found.items()
    ]


def take_over(
    crawler: Crawler,
    url: str,
    given: Mapping[str, str],
    now: Sequence[Mapping[str, Any]],
) -> None:
    """Keep for the crawl what the scripts of a page have set.

    Args:
        crawler: the crawl's.
        url: the page's address.
        given: the cookies that the browser was given for it.
        now: those that it has, as the DevTools protocol writes them.
    """
    middleware, host = crawler.get_downloader_middleware(Cookies), urlsplit(url).hostname or ""
    # What the recipe names is sent as it stands there, whatever scripts make of it.
    named = {str(each["name"]) for each in visit_of(crawler).cookies_for(url)}
    taken: list[VerboseCookie] = []
    for each in now[:_MOST]:
        name, value, domain = str(each["name"]), str(each["value"]), str(each["domain"])
        of_it = domain == host or (domain.startswith(".") and f".{host}".endswith(domain))
        # One that it was given may have been replaced by the site meanwhile.
        if each.get("httpOnly") or not of_it or name in named or given.get(name) == value:
            continue
        cookie: VerboseCookie = {"name": name, "value": value, "path": str(each["path"])}
        if domain.startswith("."):
            cookie["domain"] = domain
        if each.get("secure"):
            cookie["secure"] = True
        taken.append(cookie)
    if middleware is not None and taken:
        middleware.keep(url, taken)


def _is_http_only(cookie: Cookie) -> bool:
    words: Mapping[str, object] = vars(cookie)["_rest"]  # kept as the site has written them
    return any(word.lower() == "httponly" for word in words)
