"""One image fetched because a person asked for it, under every guard that crawls are under.

Each hop of a redirect is judged anew; the site's headers and cookies go to its own hosts only, and
everything goes through its proxy if it has one. Bytes are counted while they come, and nothing is
kept: no cookie, no connection, no body beyond what is returned.
"""

import asyncio
import io
from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from aiohttp import (
    ClientConnectorCertificateError,
    ClientConnectorDNSError,
    ClientConnectorError,
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    InvalidURL,
)

from domain.address import absolute, carries_an_address
from domain.errors import EgressRefused, InvalidInput, Refused
from domain.site import Site
from fetching.agent import user_agent
from fetching.connections import AskedTwiceError, Once, certificates, connectable, open_session
from fetching.proxied_connector import ProxyFailed
from fetching.public_sockets import NotPublic, PublicSockets, names_and_ports
from fetching.unpacked_body import PackedOtherwiseError, UnpacksToTooMuchError, unpacked_body
from fetching.web_addresses import refuse_what_is_inside

MOST_REDIRECTS: Final = 6
"""As many as a crawl follows."""

_REDIRECTS: Final = (301, 302, 303, 307, 308)
_ACCEPT: Final = "image/avif,image/webp,image/*;q=0.9,*/*;q=0.5"


class Unreached(StrEnum):
    """Why nothing of an image came: none of these says that it is gone."""

    NOT_PUBLIC = "not public"
    LEFT_ALONE = "left alone"
    NO_SUCH_NAME = "no such name"
    NO_CONNECTION = "no connection"
    NO_PROXY = "no proxy"
    CERTIFICATE = "certificate"
    TOO_SLOW = "too slow"
    TOO_LARGE = "too large"
    REDIRECTS = "redirects"
    BROKEN = "broken"
    STREAM = "stream"
    """It is a streamed video of which no piece can be read: encrypted, or none is listed."""
    NOT_IN_PAGE = "not in page"
    """It lay in its page, and that shows it no more, or only to a script."""


class NotFetched(Exception):
    """An image that could not be fetched, and why; without the address that it was about."""

    def __init__(self, why: Unreached) -> None:
        super().__init__(why.value)
        self.why = why


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be fetched: an address, the page it was seen on, and how much of it.

    Of a body that is larger than ``most`` bytes, the first ``most`` are enough if ``in_part``.
    """

    url: str = field(repr=False)
    page_url: str = field(repr=False)
    site: Site
    most: int
    in_part: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What a site answered, in memory only; the body is empty unless the status is 200.

    ``url`` is where it was found in the end, behind every redirect.
    """

    status: int
    url: str = field(repr=False)
    body: bytes = field(repr=False)
    whole: bool = True


def fetch_one(
    wanted: Wanted, *, seconds: float, practice_hosts: Collection[str], contact: str | None
) -> Answer:
    """Fetch one image now, and wait for it.

    Args:
        wanted: what, from where, and how much.
        seconds: how long all of it may take, every redirect included.
        practice_hosts: hosts that may be connected to although they are not public.
        contact: whom the site's owner can write to.

    Raises:
        NotFetched: it could not be, or may not be.
    """
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(_fetch(wanted, seconds, practice_hosts, contact))
    finally:
        # Not asyncio.run, which would wait for a look-up of a name that never ends.
        loop.close()


async def _fetch(
    wanted: Wanted, seconds: float, practice_hosts: Collection[str], contact: str | None
) -> Answer:
    sockets = PublicSockets(practice_hosts)
    session = open_session(sockets, wanted.site.proxy, at_once=1, idle_seconds=None)
    try:
        async with asyncio.timeout(seconds):
            return await _Hops(wanted, session, sockets, practice_hosts, contact).follow()
    except TimeoutError:
        raise NotFetched(Unreached.TOO_SLOW) from None
    except EgressRefused:
        raise NotFetched(Unreached.NOT_PUBLIC) from None
    except (Refused, InvalidInput):
        raise NotFetched(Unreached.LEFT_ALONE) from None
    except ClientConnectorError as error:
        raise NotFetched(_unconnected(error)) from None
    except UnpacksToTooMuchError:
        raise NotFetched(Unreached.TOO_LARGE) from None
    except (ClientError, UnicodeError, AskedTwiceError, PackedOtherwiseError, ValueError) as error:
        name = isinstance(error, InvalidURL | UnicodeError)
        raise NotFetched(Unreached.NO_SUCH_NAME if name else Unreached.BROKEN) from None
    finally:
        await session.close()
        await sockets.close()


class _Hops:
    """One image on its way, from redirect to redirect."""

    def __init__(
        self,
        wanted: Wanted,
        session: ClientSession,
        sockets: PublicSockets,
        practice_hosts: Collection[str],
        contact: str | None,
    ) -> None:
        self._wanted = wanted
        self._session = session
        self._sockets = sockets
        self._practice = names_and_ports(practice_hosts)
        self._agent = user_agent(contact)

    async def follow(self) -> Answer:
        url = self._wanted.url
        for _ in range(MOST_REDIRECTS + 1):
            self._judge(url)
            target = connectable(url)
            self._sockets.asked_for(target.raw_host or "", target.port or 0)
            site = self._wanted.site
            any_certificate = site.certificates_reason is not None and site.covers(url)
            async with self._session.request(
                "GET",
                target,
                headers=self._headers(url),
                allow_redirects=False,
                timeout=ClientTimeout(total=None),  # the time of all hops together is limited
                middlewares=(Once(),),
                ssl=certificates(verified=False) if any_certificate else True,
            ) as answer:
                if answer.status not in _REDIRECTS:
                    return await self._read(answer, url)
                location = answer.headers.get("Location", "")
            if not location:
                raise NotFetched(Unreached.REDIRECTS)
            url = absolute(url, location)
        raise NotFetched(Unreached.REDIRECTS)

    def _judge(self, url: str) -> None:
        """Refuse an address that a crawl of the site would not ask for either."""
        refuse_what_is_inside(url, self._practice)
        site = self._wanted.site
        outside = not site.covers(url)
        if site.leaves(url) or (outside and carries_an_address(url, site.hosts)):
            raise NotFetched(Unreached.LEFT_ALONE)

    def _headers(self, url: str) -> dict[str, str]:
        site, page = self._wanted.site, urlsplit(self._wanted.page_url)
        covered = site.covers(url)
        headers = {
            "User-Agent": self._agent,
            "Accept": _ACCEPT,
            "Accept-Encoding": "identity",
            # As crawls do: no site is told of another's pages.
            "Referer": self._wanted.page_url if covered else f"{page.scheme}://{page.netloc}/",
        }
        if covered:
            headers |= site.headers
            if site.cookies:
                headers["Cookie"] = "; ".join(f"{n}={value}" for n, value in site.cookies.items())
        return headers

    async def _read(self, answer: ClientResponse, url: str) -> Answer:
        if answer.status != HTTPStatus.OK:
            return Answer(answer.status, url, b"")  # nobody reads what stands on an error's page
        most, in_part = self._wanted.most, self._wanted.in_part
        packing = ",".join(answer.headers.getall("Content-Encoding", ()))
        if (answer.content_length or 0) > most and not in_part:
            raise NotFetched(Unreached.TOO_LARGE)
        with io.BytesIO() as body:
            async for chunk in answer.content.iter_any():
                body.write(chunk)
                if body.tell() > most:
                    answer.close()
                    if not in_part or packing:
                        raise NotFetched(Unreached.TOO_LARGE)
                    return Answer(answer.status, url, body.getvalue()[:most], whole=False)
            return Answer(answer.status, url, unpacked_body(body.getvalue(), packing, most))


def _unconnected(error: ClientConnectorError) -> Unreached:
    cause = error.os_error
    if isinstance(cause, ProxyFailed):
        return Unreached.NO_PROXY
    if isinstance(cause, NotPublic):
        return Unreached.NOT_PUBLIC
    if isinstance(error, ClientConnectorCertificateError):
        return Unreached.CERTIFICATE
    if isinstance(error, ClientConnectorDNSError):
        return Unreached.NO_SUCH_NAME
    return Unreached.NO_CONNECTION
