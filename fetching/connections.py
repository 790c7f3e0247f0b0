"""Connections as every request of ours uses them: to public addresses, kept to strict limits.

No redirect is followed, nothing is asked for twice and no cookie is kept: whoever sends a request
decides that for each of them.
"""

import asyncio
import socket
import ssl
from functools import partial
from typing import Any, Final

from aiohttp import (
    ClientHandlerType,
    ClientRequest,
    ClientResponse,
    ClientSession,
    DummyCookieJar,
    TCPConnector,
)
from yarl import URL

from fetching.first_answers import FirstAnswers
from fetching.proxied_connector import ProxiedConnector
from fetching.public_sockets import PublicSockets

HEADER_BYTES: Final = 16_384
"""Of one line of an answer's head."""

HEADERS: Final = 128
"""Lines of an answer's head, its trailer included."""

_NAMES_KEPT_SECONDS: Final = 300

# The request's headers are all there is: what the client would add by itself is not sent.
_NOTHING_ADDED: Final = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")


class AskedTwiceError(Exception):
    """A request that the client was about to repeat by itself: the site hung up on the first."""


class Once:
    """Lets one request through: the client would repeat it by itself, past the site's pace."""

    def __init__(self) -> None:
        self._sent = False

    async def __call__(self, request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
        """Send it on, the first time."""
        if self._sent:
            raise AskedTwiceError
        self._sent = True
        return await handler(request)


def open_session(
    sockets: PublicSockets, proxy: str | None, *, at_once: int, idle_seconds: float | None
) -> ClientSession:
    """Make a client that reaches public addresses alone. Call it within the event loop.

    Args:
        sockets: what resolves names and makes sockets.
        proxy: SOCKS5 proxy through which everything is sent, as ``domain.site.Site`` has it.
        at_once: connections that may be open to answer requests at one time.
        idle_seconds: how long an idle one is kept; None to keep none.
    """
    options: dict[str, Any] = {
        "limit": at_once,
        "ssl": certificates(verified=True),
        "keepalive_timeout": idle_seconds,
        "force_close": idle_seconds is None,
    }
    connector = (
        ProxiedConnector(proxy, sockets, **options)
        if proxy is not None
        else TCPConnector(
            resolver=sockets,
            socket_factory=sockets.open,
            ttl_dns_cache=_NAMES_KEPT_SECONDS,
            **options,
        )
    )
    # There is no public way to say which protocol is spoken over a connection.
    protocol = partial(FirstAnswers, loop=asyncio.get_running_loop())
    connector._factory = protocol  # type: ignore[assignment]  # noqa: SLF001
    return ClientSession(
        connector=connector,
        cookie_jar=DummyCookieJar(),
        auto_decompress=False,  # whoever asks does it, within a limit of bytes
        trust_env=False,  # a proxy would connect for us, where no socket of ours is
        skip_auto_headers=_NOTHING_ADDED,
        max_line_size=HEADER_BYTES,
        max_field_size=HEADER_BYTES,
        max_headers=HEADERS,
    )


def connectable(text: str) -> URL:
    """Give an address as the client is to connect to it: without a login, its host spelt out."""
    url = URL(text, encoded=True)
    if url.raw_user is not None or url.raw_password is not None:
        url = url.with_user(None)  # or the client would make a login of it
    host = url.raw_host or ""
    if host.replace(".", "").isdigit():
        # Browsers and the operating system take http://134744072/ for http://8.8.8.8/.
        try:
            dotted = socket.inet_ntoa(socket.inet_aton(host))
        except OSError:
            return url
        return url if dotted == host else url.with_host(dotted)
    return url


def certificates(*, verified: bool) -> ssl.SSLContext:
    """Say which certificates of sites are taken: those that can be verified, or any."""
    context = ssl.create_default_context()
    if not verified:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["http/1.1"])
    return context
