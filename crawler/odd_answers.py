"""Answers that are no answer to what was asked, each named in the crawl's report."""

from typing import Final, Self

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.http import Response, TextResponse
from twisted.python.failure import Failure

from crawler.charsets import readable
from pipelines.reasons import BadAnswer
from pipelines.visit import Visit, visit_of

_NOT_MODIFIED: Final = 304
_SUCCESS: Final = range(200, 300)
_ERRORS: Final = range(400, 600)


class OddAnswers:
    """Ends requests whose answers Scrapy would drop without a word, and mends their charsets."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Listen for pages on which our own code stumbles."""
        odd = cls(visit_of(crawler))
        crawler.signals.connect(odd.page_stumbled, signal=signals.spider_error)
        return odd

    def process_response(self, request: Request, response: Response) -> Response:
        """Judge one answer that is no redirect.

        Raises:
            BadAnswer: nothing can be done with it.
        """
        status = response.status
        if status == _NOT_MODIFIED and not _asked_whether_changed(request):
            msg = "The site answers 304 (unchanged), though it was not asked whether it changed."
            raise BadAnswer(msg)
        if status not in _SUCCESS and status not in _ERRORS and status != _NOT_MODIFIED:
            msg = f"The site answers {status}, which says neither that it is there nor that not."
            raise BadAnswer(msg)
        if isinstance(response, TextResponse):
            return readable(response)
        return response

    def page_stumbled(self, failure: Failure, response: Response, spider: Spider) -> None:
        """Name a page that an error of ours has kept from being read to its end."""
        kind = type(failure.value).__name__
        reason = f"An error of Vigil's own kept it from being read: {kind}."
        self._visit.page_failed(response.url, reason)


def _asked_whether_changed(request: Request) -> bool:
    return "If-None-Match" in request.headers or "If-Modified-Since" in request.headers
