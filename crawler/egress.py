"""The egress guard's first look: what is not the web is refused before anything is resolved.

Checking the address in a link is not enough: a redirect, a name that changes its answer, or a
decimal or mapped address leads past it. So every hop passes here, and what it resolves to is judged
at the moment of connecting, by `pipelines.public_sockets`, for pages, images and robots.txt alike.
"""

import re
import socket
from collections.abc import Collection
from ipaddress import ip_address
from typing import Final, Self
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler

from config import load_config
from domain.address import host_of
from domain.egress import is_public
from domain.errors import EgressRefused
from pipelines.public_sockets import names_and_ports
from pipelines.reasons import RefusedRequest

_PORTS: Final = {"http": 80, "https": 443}
_NUMBERS: Final = re.compile(r"[0-9a-fx.]+")


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
        parts = urlsplit(request.url)
        if parts.scheme not in _PORTS:
            msg = f"{parts.scheme}: addresses are not fetched."
            raise RefusedRequest(msg)
        try:
            name, port = (parts.hostname or "").lower(), parts.port or _PORTS[parts.scheme]
        except ValueError:
            msg = "Its port does not exist, so it cannot be connected to."
            raise RefusedRequest(msg) from None
        if (name, port) in self._practice:
            return
        # Said here and not where it would be connected to: before a redirect to it is called out
        # of scope, with the advice to put it into scope.
        address = _literal(name)
        if address is not None and not is_public(address):
            raise RefusedRequest(str(EgressRefused(host_of(request.url), address)))


def _literal(name: str) -> str | None:
    """Return the address that a host spells out, in any spelling that the system would take."""
    try:
        return str(ip_address(name))
    except ValueError:
        pass
    if not _NUMBERS.fullmatch(name):
        return None
    try:
        return socket.inet_ntoa(socket.inet_aton(name))
    except OSError:
        return None
