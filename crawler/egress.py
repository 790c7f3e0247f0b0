"""The egress guard: nothing but the public internet is ever connected to.

Checking the address in a link is not enough: a redirect, a name that changes its answer, or a
decimal or mapped address leads past it. So names are judged by the addresses they resolve to, at
the moment of connecting, for every hop: pages, images and robots.txt alike. The only exceptions
are hosts that the configuration names for practice sites, each with its port. Pages and robots.txt
are connected to by Twisted, through the resolver here; images through `pipelines.public_sockets`.
"""

from collections.abc import Sequence
from typing import Any, Self
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.resolver import CachingHostnameResolver
from twisted.internet.base import ReactorBase
from twisted.internet.interfaces import (
    IAddress,
    IHostnameResolver,
    IHostResolution,
    IResolutionReceiver,
)
from zope.interface.declarations import implementer, provider

from config import load_config
from domain.address import host_of
from domain.egress import is_public
from domain.errors import EgressRefused
from pipelines.reasons import RefusedRequest


@provider(IResolutionReceiver)
class _PublicOnly:
    """Hands on the public addresses of a name and remembers the others."""

    def __init__(self, receiver: Any, name: str, refused: dict[str, str]) -> None:
        self._receiver = receiver
        self._name = name
        self._refused = refused

    def resolutionBegan(self, resolution: IHostResolution) -> None:  # noqa: N802 - Twisted's name
        self._receiver.resolutionBegan(resolution)

    def addressResolved(self, address: IAddress) -> None:  # noqa: N802 - Twisted's name
        host = str(getattr(address, "host", ""))
        if is_public(host):
            self._receiver.addressResolved(address)
        else:
            self._refused[self._name] = host

    def resolutionComplete(self) -> None:  # noqa: N802 - Twisted's name
        self._receiver.resolutionComplete()


@implementer(IHostnameResolver)
class PublicResolver(CachingHostnameResolver):
    """Resolves names, literal addresses included, to public addresses only.

    Twisted connects to what this gives back and asks nobody else, so the address judged is the
    address connected to.
    """

    refused: dict[str, str]

    def __init__(self, reactor: ReactorBase, cache_size: int, practice: frozenset[str]) -> None:
        super().__init__(reactor, cache_size)
        self._practice = practice
        PublicResolver.refused = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: ReactorBase) -> Self:
        """Read which practice hosts the configuration names."""
        names = frozenset(_name(host) for host in load_config().practice_hosts)
        return cls(reactor, crawler.settings.getint("DNSCACHE_SIZE"), names)

    def resolveHostName(  # noqa: N802 - Twisted's name
        self,
        resolutionReceiver: IResolutionReceiver,  # noqa: N803
        hostName: str,  # noqa: N803
        portNumber: int = 0,  # noqa: N803
        addressTypes: Sequence[type[IAddress]] | None = None,  # noqa: N803
        transportSemantics: str = "TCP",  # noqa: N803
    ) -> IHostResolution:
        """Resolve a name and hand on what is public; the caller connects to nothing else."""
        receiver: Any = resolutionReceiver
        if hostName.lower() not in self._practice:
            receiver = _PublicOnly(resolutionReceiver, hostName.lower(), PublicResolver.refused)
        return super().resolveHostName(
            receiver, hostName, portNumber, addressTypes, transportSemantics
        )


class EgressMiddleware:
    """Refuse what is not the web, practice hosts on other ports, and say why a name was refused."""

    def __init__(self, practice: frozenset[str]) -> None:
        self._practice = practice
        self._practice_names = frozenset(_name(host) for host in practice)

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
        if parts.scheme not in {"http", "https"}:
            msg = f"{parts.scheme}: addresses are not fetched."
            raise RefusedRequest(msg)
        host = host_of(request.url)
        # The resolver sees names without ports, so it lets the name of a practice host pass: the
        # port is judged here.
        name = (parts.hostname or "").lower()
        if name in self._practice_names and host not in self._practice:
            raise RefusedRequest(str(EgressRefused(host, name)))

    def process_exception(self, request: Request, exception: Exception) -> Response | None:
        """Turn the failed look-up of a refused name into its reason.

        Raises:
            RefusedRequest: the name led to an address that is not public.
        """
        name = (urlsplit(request.url).hostname or "").lower()
        address = getattr(PublicResolver, "refused", {}).get(name)
        if address is not None and not isinstance(exception, IgnoreRequest):
            raise RefusedRequest(str(EgressRefused(host_of(request.url), address))) from exception
        return None


def _name(host: str) -> str:
    return (urlsplit(f"//{host}").hostname or host).lower()
