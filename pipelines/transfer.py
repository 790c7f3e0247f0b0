"""Transfer: one request becomes one answer, read under a hard limit of bytes and of time.

This is the last step of every request, where Scrapy's own downloader would stand. It follows no
redirect, tries nothing twice and decides nothing: the downloader middlewares around it do, for
images and pages alike.
"""

from collections.abc import Callable, Collection
from typing import Final

from aiohttp import ClientError, ClientTimeout
from scrapy import Request
from scrapy.http import Response

from fetching.connections import AskedTwiceError, Once, certificates, connectable, open_session
from fetching.public_sockets import PublicSockets
from pipelines.answer_body import read_body
from pipelines.body_limits import BODY_LIMIT, READ_IN_PART
from pipelines.failures import raise_as_scrapy_does
from pipelines.reasons import HungUp

_OK: Final = 200
_SOCKETS_KEPT: Final = 32  # idle or not; further ones serve one request each
_IDLE_SECONDS: Final = 15.0


class Transfer:
    """Sends requests to public addresses and reads their answers. Make it within the event loop."""

    def __init__(
        self,
        practice_hosts: Collection[str],
        *,
        at_once: int,
        unverified: Callable[[str], bool] = lambda _url: False,
        proxy: str | None = None,
    ) -> None:
        """Open nothing yet.

        Args:
            practice_hosts: hosts that may be connected to although they are not public.
            at_once: connections that may be open to answer requests at one time.
            unverified: says of an address whether any certificate will do, because an operator
                has recorded why; all others are verified.
            proxy: SOCKS5 proxy through which everything is sent, as ``domain.site.Site`` has it.
        """
        self._sockets = PublicSockets(practice_hosts)
        self._unverified = unverified
        self._any_certificate = certificates(verified=False)
        self._keeping = open_session(
            self._sockets, proxy, at_once=at_once, idle_seconds=_IDLE_SECONDS
        )
        self._closing = open_session(self._sockets, proxy, at_once=at_once, idle_seconds=None)

    async def close(self) -> None:
        """End every connection."""
        await self._keeping.close()
        await self._closing.close()
        await self._sockets.close()

    async def send(self, request: Request) -> Response:
        """Send one request and read its answer: its body only if that is to be an image's.

        The limits are the request's own: ``download_maxsize`` in bytes, beyond it what its
        ``BodyLimit`` says if it has one, and ``download_timeout`` in seconds, from connecting to
        the last byte. An answer of which only the beginning is wanted has the flag READ_IN_PART.

        Raises:
            RefusedRequest: its host is not on the public internet.
            DownloadCancelledError: the body is larger than the limit.
            Exception: one of Scrapy's download errors, so that it is retried as a page's is.
        """
        limit: int = request.meta["download_maxsize"]
        seconds: float = request.meta["download_timeout"]
        began = False
        try:
            url = connectable(request.url)
            self._sockets.asked_for(url.raw_host or "", url.port or 0)
            many = self._sockets.count >= _SOCKETS_KEPT
            # A connection that is kept may have been ended by the site meanwhile, and so may all
            # of them: what is tried again gets one of its own.
            again = request.meta.get("retry_times", 0) > 0
            async with (self._closing if many or again else self._keeping).request(
                request.method,
                url,
                data=request.body or None,  # of a form, which `crawler.pressing` sends
                headers=request.headers.to_tuple_list(),
                allow_redirects=False,
                timeout=ClientTimeout(total=seconds),
                middlewares=(Once(),),
                ssl=self._any_certificate if self._unverified(request.url) else True,
            ) as answer:
                began = True
                # Nobody reads what stands on an error's page, nor waits for it.
                beyond = request.meta.get(BODY_LIMIT)
                body, in_part = b"", False
                if answer.status == _OK:
                    body, in_part = await read_body(answer, limit, beyond)
                headers = answer.raw_headers
                if not body:  # nothing to unpack, whatever it says
                    headers = tuple(h for h in headers if h[0].lower() != b"content-encoding")
                return Response(
                    request.url,
                    status=answer.status,
                    headers=headers,
                    body=body,
                    flags=[READ_IN_PART] if in_part else None,
                )
        except AskedTwiceError:
            msg = "The site hung up before it had answered."
            raise HungUp(msg) from None
        except (ClientError, TimeoutError, UnicodeError) as error:
            raise_as_scrapy_does(error, request.url, seconds=seconds, began=began)
