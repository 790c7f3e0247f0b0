"""Sockets that are opened to the public internet only.

Pages and images are fetched through these, and through nothing else: a name is resolved here, and
every socket, to a literal address as well, is made here for the address that it is about to
connect to. The only exceptions are the practice hosts of the configuration, each with its port.
"""

import socket
from collections.abc import Collection
from contextvars import ContextVar
from typing import Final
from urllib.parse import urlsplit
from weakref import WeakSet

from aiohappyeyeballs import AddrInfoType
from aiohttp import ThreadedResolver
from aiohttp.abc import AbstractResolver, ResolveResult

from domain.egress import is_public

_USUAL_PORTS: Final = (80, 443)

_ASKED: ContextVar[tuple[str, int] | None] = ContextVar("asked", default=None)
"""The host and port that the running request is for; unset, only public addresses are opened."""


class NotPublic(OSError):
    """A connection that was not begun, because its address is not on the public internet."""

    def __init__(self, address: str) -> None:
        super().__init__(f"{address} is not a public address")
        self.address = address


class PublicSockets(AbstractResolver):
    """Resolves names and makes sockets, and refuses what is not public."""

    def __init__(self, practice_hosts: Collection[str]) -> None:
        self._practice = names_and_ports(practice_hosts)
        self._names = ThreadedResolver()
        self._made: WeakSet[socket.socket] = WeakSet()

    @staticmethod
    def asked_for(host: str, port: int) -> None:
        """Note what the request of this task is for, before it is sent."""
        _ASKED.set((host.lower(), port))

    def for_practice(self) -> bool:
        """Say whether the running request is for a practice host."""
        return _ASKED.get() in self._practice

    @property
    def count(self) -> int:
        """How many sockets are open, idle ones included."""
        return sum(one.fileno() >= 0 for one in self._made)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the public addresses of a name.

        Raises:
            NotPublic: it has addresses, and none of them is public.
            OSError: the name leads nowhere.
        """
        try:
            found = await self._names.resolve(host, port, family)
        except UnicodeError as error:  # a label that is empty or too long
            msg = "no name that can be looked up"
            raise OSError(msg) from error
        if (host.lower(), port) in self._practice:
            return found
        public = [one for one in found if is_public(one["host"])]
        if found and not public:
            raise NotPublic(found[0]["host"])
        return public

    def open(self, address: AddrInfoType) -> socket.socket:
        """Make the socket that is to be connected to this address.

        Raises:
            NotPublic: the address is not public.
        """
        family, kind, protocol, _, where = address
        if not is_public(str(where[0])) and not self.for_practice():
            raise NotPublic(str(where[0]))
        opened = socket.socket(family=family, type=kind, proto=protocol)
        self._made.add(opened)
        return opened

    async def close(self) -> None:
        """Let go of the look-ups."""
        await self._names.close()


def names_and_ports(entries: Collection[str]) -> frozenset[tuple[str, int]]:
    """Return what entries like ``127.0.0.1:8801`` open; one without a port opens the usual two."""
    return frozenset(pair for entry in entries for pair in _names_and_ports(entry))


def _names_and_ports(entry: str) -> list[tuple[str, int]]:
    try:
        parts = urlsplit(f"//{entry}")
        name, port = (parts.hostname or "").lower(), parts.port
    except ValueError:  # no port that exists: it opens nothing
        return []
    return [(name, port)] if port else [(name, usual) for usual in _USUAL_PORTS]
