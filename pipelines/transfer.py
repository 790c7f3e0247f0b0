"""Transfer: one request becomes one answer, read under a hard limit of bytes and of time.

This is the last step of an image's request, where Scrapy's own downloader would stand. It
follows no redirect, tries nothing twice and decides nothing: the downloader middlewares around it
do, for images and pages alike.
"""

import socket
import ssl
from collections.abc import Collection
from typing import Final, NoReturn

from aiohttp import (
    ClientConnectorDNSError,
    ClientConnectorError,
    ClientError,
    ClientHandlerType,
    ClientPayloadError,
    ClientRequest,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    InvalidURL,
    TCPConnector,
)
from scrapy import Request
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
)
from scrapy.http import Response
from yarl import URL

from domain.address import host_of
from domain.errors import EgressRefused
from pipelines.public_sockets import NotPublic, PublicSockets
from pipelines.reasons import RefusedRequest

_OK: Final = 200
_HEADER_BYTES: Final = 16_384  # of one header line, as Twisted takes them
_HEADERS: Final = 128
_SOCKETS_KEPT: Final = 32  # idle or not; further ones serve one request each
_IDLE_SECONDS: Final = 15.0
_NAMES_KEPT_SECONDS: Final = 300

# The request's headers are all there is: what the client would add by itself is not sent.
_NOTHING_ADDED: Final = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")


class Transfer:
    """Sends requests to public addresses and reads their answers. Make it within the event loop."""

    def __init__(self, practice_hosts: Collection[str], *, at_once: int) -> None:
        self._sockets = PublicSockets(practice_hosts)
        certificates = ssl.create_default_context()
        certificates.set_alpn_protocols(["http/1.1"])

        def session(idle_seconds: float | None) -> ClientSession:
            return ClientSession(
                connector=TCPConnector(
                    limit=at_once,
                    resolver=self._sockets,
                    socket_factory=self._sockets.open,
                    ssl=certificates,
                    keepalive_timeout=idle_seconds,
                    force_close=idle_seconds is None,
                    ttl_dns_cache=_NAMES_KEPT_SECONDS,
                ),
                cookie_jar=DummyCookieJar(),  # the middleware keeps them, with those of pages
                auto_decompress=False,  # the middleware does it, within the same limit
                trust_env=False,  # a proxy would connect for us, where no socket of ours is
                skip_auto_headers=_NOTHING_ADDED,
                max_line_size=_HEADER_BYTES,
                max_field_size=_HEADER_BYTES,
                max_headers=_HEADERS,
            )

        self._keeping = session(_IDLE_SECONDS)
        self._closing = session(None)

    async def close(self) -> None:
        """End every connection."""
        await self._keeping.close()
        await self._closing.close()
        await self._sockets.close()

    async def send(self, request: Request) -> Response:
        """Send one GET request and read its answer: its body only if that is to be an image's.

        The limits are the request's own: ``download_maxsize`` in bytes, ``download_timeout`` in
        seconds, from connecting to the last byte.

        Raises:
            RefusedRequest: its host is not on the public internet.
            DownloadCancelledError: the body is larger than the limit.
            Exception: one of Scrapy's download errors, so that it is retried as a page's is.
        """
        limit: int = request.meta["download_maxsize"]
        try:
            url = _connectable(request.url)
            self._sockets.asked_for(url.raw_host or "", url.port or 0)
            many = self._sockets.count >= _SOCKETS_KEPT
            async with (self._closing if many else self._keeping).get(
                url,
                headers=request.headers.to_tuple_list(),
                allow_redirects=False,
                timeout=ClientTimeout(total=request.meta["download_timeout"]),
                middlewares=(_Once(),),
            ) as answer:
                # Nobody reads what stands on an error's page, nor waits for it.
                body = await _body(answer, limit) if answer.status == _OK else b""
                headers = answer.raw_headers
                if not body:  # nothing to unpack, whatever it says
                    headers = tuple(h for h in headers if h[0].lower() != b"content-encoding")
                return Response(request.url, status=answer.status, headers=headers, body=body)
        except (ClientError, TimeoutError, UnicodeError) as error:
            _raise_as_scrapy_does(error, request.url)


class _Once:
    """Lets one request through: the client would repeat it by itself, past the site's pace."""

    def __init__(self) -> None:
        self._sent = False

    async def __call__(self, request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
        if self._sent:
            msg = "the server hung up"
            raise DownloadFailedError(msg)
        self._sent = True
        return await handler(request)


async def _body(answer: ClientResponse, limit: int) -> bytes:
    announced = answer.content_length or 0
    chunks = []
    size = 0
    if announced <= limit:
        async for chunk in answer.content.iter_any():
            size += len(chunk)
            if size > limit:
                break
            chunks.append(chunk)
    if max(announced, size) > limit:
        answer.close()
        msg = f"more than {limit} bytes"
        raise DownloadCancelledError(msg)
    return b"".join(chunks)


def _connectable(text: str) -> URL:
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


def _raise_as_scrapy_does(error: Exception, url: str) -> NoReturn:
    cause = error.os_error if isinstance(error, ClientConnectorError) else None
    if isinstance(cause, NotPublic):
        raise RefusedRequest(str(EgressRefused(host_of(url), cause.address))) from error
    if isinstance(error, TimeoutError):
        raise DownloadTimeoutError from error
    if isinstance(error, ClientConnectorDNSError | InvalidURL | UnicodeError):
        raise CannotResolveHostError from error
    if isinstance(cause, ConnectionRefusedError):
        raise DownloadConnectionRefusedError from error
    if isinstance(error, ClientPayloadError):
        raise ResponseDataLossError from error
    raise DownloadFailedError(type(error).__name__) from error
