"""Redirects: followed a few times, to addresses of the web, and explained where they are not."""

from typing import Final
from urllib.parse import urljoin, urlsplit

from scrapy import Request
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from domain.address import MAX_LENGTH
from pipelines.reasons import BadAnswer, RefusedRequest
from pipelines.visit import visit_of

_REDIRECTS: Final = (301, 302, 303, 307, 308)
_WEB: Final = ("http", "https")


class Redirects(RedirectMiddleware):
    """Scrapy's own, which hands a redirect on as if it were a page where it cannot follow it."""

    def process_response(  # type: ignore[override] # Scrapy passes no spider to who takes none
        self, request: Request, response: Response
    ) -> Request | Response:
        """Follow a redirect, or hand the answer on.

        Raises:
            RefusedRequest: it leads on too often, to what is not the web, or to where what a form
                sends may not go.
            BadAnswer: it leads nowhere.
        """
        if response.status not in _REDIRECTS:
            return response
        where = _where(request, response)
        try:
            hop = super().process_response(request, response)
        except IgnoreRequest as error:
            msg = (
                f"It redirects too often: {self.max_redirect_times} redirects were followed, and "
                f"there was one more, to {where}."
            )
            raise RefusedRequest(msg) from error
        except ValueError as error:
            msg = "It redirects to what is no address."
            raise BadAnswer(msg) from error
        if isinstance(hop, Response):
            msg = "It redirects to what is no address of the web."
            raise RefusedRequest(msg)
        if hop.body:
            self._mind_what_is_sent(request, hop)
        return hop

    def _mind_what_is_sent(self, request: Request, hop: Request) -> None:
        """Refuse to send a form's fields on unencrypted, or to others: it may be a password.

        Raises:
            RefusedRequest: they would be.
        """
        parts = urlsplit(hop.url)
        if parts.scheme != "https" and urlsplit(request.url).scheme == "https":
            msg = "It redirects what its form sends to an address without encryption."
            raise RefusedRequest(msg)
        if not visit_of(self.crawler).site.covers(hop.url):
            msg = f"It redirects what its form sends to {parts.hostname}, which is not in scope."
            raise RefusedRequest(msg)


def _where(request: Request, response: Response) -> str:
    """Say which host a redirect leads to; its path may hold a name.

    Raises:
        BadAnswer: it leads nowhere.
        RefusedRequest: it leads to what is not the web.
    """
    location = (response.headers.get("Location") or b"").strip()
    if not location:
        msg = f"It redirects (the site answers {response.status}) without saying where to."
        raise BadAnswer(msg)
    if len(location) > MAX_LENGTH:
        msg = f"It redirects to an address of more than {MAX_LENGTH:,} characters."
        raise BadAnswer(msg)
    try:
        parts = urlsplit(urljoin(request.url, location.decode("latin-1")))
        scheme, host = parts.scheme.lower(), parts.hostname
    except ValueError as error:
        msg = "It redirects to what is no address."
        raise BadAnswer(msg) from error
    if scheme not in _WEB:
        msg = f"It redirects to a {scheme[:20]}: address; only addresses of the web are fetched."
        # A robots.txt that leads there is none that a rule of ours refuses: it cannot be read.
        raise (BadAnswer if request.meta.get("dont_obey_robotstxt") else RefusedRequest)(msg)
    return host or "no host"
