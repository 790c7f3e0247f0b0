"""The egress guard's first look, at every request: see `fetching.web_addresses`.

What an address resolves to is judged at the moment of connecting, by `fetching.public_sockets`, for
pages, images and robots.txt alike.
"""

from collections.abc import Collection
from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler

from config import load_config
from domain.errors import Refused
from fetching.public_sockets import names_and_ports
from fetching.web_addresses import refuse_what_is_inside
from pipelines.reasons import RefusedRequest


class EgressMiddleware:
    """Refuse what is not the web, and what is plainly an address of a network of our own."""

    def __init__(self, practice_hosts: Collection[str]) -> None:
        self._practice = names_and_ports(practice_hosts)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Read which practice hosts the configuration names."""
        return cls(load_config().practice_hosts)

    def process_request(self, request: Request) -> None:
        """Judge each request, each hop of a redirect included.

        Raises:
            RefusedRequest: it may not be sent.
        """
        # Said here and not where it would be connected to: before a redirect to it is called out
        # of scope, with the advice to put it into scope.
        try:
            refuse_what_is_inside(request.url, self._practice)
        except Refused as error:
            raise RefusedRequest(str(error)) from None
