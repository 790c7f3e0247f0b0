"""The first look at an address: what is not the web is refused before anything is resolved.

Checking the address in a link is not enough: a redirect, a name that changes its answer, or a
decimal or mapped address leads past it. So every hop passes here, and what it resolves to is judged
at the moment of connecting, by `fetching.public_sockets`.
"""

import re
import socket
from collections.abc import Collection
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from domain.address import host_of
from domain.egress import is_public
from domain.errors import EgressRefused, Refused

_PORTS: Final = {"http": 80, "https": 443}
_NUMBERS: Final = re.compile(r"[0-9a-fx.]+")


def refuse_what_is_inside(url: str, practice: Collection[tuple[str, int]]) -> None:
    """Refuse what is not the web, and what is plainly an address of a network of our own.

    Args:
        url: that is about to be asked for.
        practice: names and ports that may be asked all the same.

    Raises:
        EgressRefused: its host spells out an address that is not public.
        Refused: it is no address of the web.
    """
    parts = urlsplit(url)
    if parts.scheme not in _PORTS:
        msg = f"{parts.scheme}: addresses are not fetched."
        raise Refused(msg)
    try:
        name, port = (parts.hostname or "").lower(), parts.port or _PORTS[parts.scheme]
    except ValueError:
        msg = "Its port does not exist, so it cannot be connected to."
        raise Refused(msg) from None
    if (name, port) in practice:
        return
    address = _literal(name)
    if address is not None and not is_public(address):
        raise EgressRefused(host_of(url), address)


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
