"""Connections through a site's own SOCKS5 proxy, which looks names up at its end.

Some sites are reached only so, those of Tor for one, and no name of theirs may be asked of anybody
here. Where a name leads at the proxy's end cannot be seen from this one, so what can be judged is:
an address that is written out, and names that mean the machine itself.
"""

from ipaddress import ip_address
from typing import Any, Final
from weakref import WeakKeyDictionary

from aiohttp import ClientConnectorError, ClientRequest
from aiohttp.client_proto import ResponseHandler
from aiohttp_socks import ProxyConnectionError, ProxyConnector, ProxyError, ProxyTimeoutError

from domain.egress import is_public
from fetching.public_sockets import NotPublic, PublicSockets

_ITSELF: Final = ("localhost", "local", "internal", "lan", "home.arpa")
"""Endings of names that mean the machine itself, or one in the network beside it."""


class ProxyFailed(OSError):
    """A connection that the proxy did not make, with the sentence that says why."""


class ProxiedConnector(ProxyConnector):
    """Makes every connection of its client through one proxy."""

    def __init__(self, proxy: str, sockets: PublicSockets, **options: Any) -> None:
        """Connect to nothing yet.

        Args:
            proxy: ``socks5://host:port``, as ``domain.site.Site`` has it.
            sockets: knows the practice hosts, which may be connected to all the same.
            options: what aiohttp's own connector takes, but for a resolver and sockets.
        """
        address = proxy.removeprefix("socks5://")
        host, _, port = address.rpartition(":")
        super().__init__(host=host.strip("[]"), port=int(port), rdns=True, **options)
        self._address = address
        self._sockets = sockets
        self._behind: WeakKeyDictionary[ResponseHandler, ResponseHandler] = WeakKeyDictionary()

    async def _wrap_create_connection(
        self, *arguments: Any, addr_infos: Any, req: ClientRequest, **options: Any
    ) -> Any:
        host = str(addr_infos[0][4][0])
        try:
            if _leads_inside(host) and not self._sockets.for_practice():
                raise NotPublic(host)
            return await super()._wrap_create_connection(
                *arguments, addr_infos=addr_infos, req=req, **options
            )
        except NotPublic as error:
            raise ClientConnectorError(req.connection_key, error) from error
        except (ProxyConnectionError, ProxyTimeoutError) as error:
            msg = (
                f"The site's proxy at {self._address} does not answer. Check that it runs, or "
                "change it: vigil site edit NAME --proxy …"
            )
            raise ClientConnectorError(req.connection_key, ProxyFailed(msg)) from error
        except ProxyError as error:
            msg = f"The site's proxy at {self._address} could not reach it ({_words(error)})."
            raise ClientConnectorError(req.connection_key, ProxyFailed(msg)) from error

    async def _connect_via_proxy(self, *arguments: Any, **options: Any) -> Any:
        transport, theirs = await super()._connect_via_proxy(*arguments, **options)
        # The same limits hold behind a proxy. What the library made keeps the connection open.
        ours = self._factory()
        self._behind[ours] = theirs
        transport.set_protocol(ours)
        ours.connection_made(transport)
        return transport, ours


def _leads_inside(host: str) -> bool:
    try:
        ip_address(host.split("%", 1)[0])
    except ValueError:
        name = host.lower().rstrip(".")
        return any(name == ending or name.endswith(f".{ending}") for ending in _ITSELF)
    return not is_public(host)


def _words(error: ProxyError) -> str:
    # Only the proxy's code is told; its words may quote the address.
    return _CODES.get(error.error_code or 0, "it does not say why")


_CODES: Final = {
    1: "it failed",
    2: "its rules forbid it",
    3: "the network cannot be reached",
    4: "the host cannot be reached",
    5: "the connection was refused",
    6: "it took too long",
    7: "it is not able to",
    8: "it is not able to",
}
"""What a SOCKS5 proxy answers (RFC 1928, section 6)."""
