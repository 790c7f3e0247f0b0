"""Hosts in a site's scope, and its proxy, as an operator writes them."""

import re
from typing import Final

from domain.errors import InvalidInput
from domain.sentence import sentence

_PROXY: Final = re.compile(
    r"socks5h?://((?:[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?|\[[0-9a-f:.]+\]):(\d{1,5}))/?"
)
_MAX_PORT: Final = 65_535
_HOST: Final = re.compile(
    r"\.?[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?(?::\d{1,5})?|\[[0-9a-f:.]+\](?::\d{1,5})?"
)


def written_proxy(text: str) -> str:
    """Bring the address of a SOCKS5 proxy into its one form.

    Raises:
        InvalidInput: it is none, or holds a name or password.
    """
    found = _PROXY.fullmatch(text.strip().lower())
    if found is None or not 0 < int(found[2]) <= _MAX_PORT:
        shown = text if "@" not in text else "One with a name or password in it"
        msg = sentence(
            "%(shown)s cannot be used as a proxy: write it as socks5://127.0.0.1:9050, without a "
            "name or password.",
            shown=shown,
        )
        raise InvalidInput(msg)
    return f"socks5://{found[1]}"


def written_host(host: str) -> str:
    """Bring a host into its one form; what is none stays as it is."""
    if host.isascii():
        return host.lower()
    name = host.lstrip(".")
    try:
        return host[: len(host) - len(name)] + name.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return host  # refused by `check_host`


def check_host(host: str) -> None:
    """Let a host in its one form pass: ``host``, ``host:port``, or ``.host`` for all below it.

    Raises:
        InvalidInput: it is none.
    """
    if not _HOST.fullmatch(host):
        msg = sentence(
            "%(host)r is no host: write it as example.org, example.org:8080 or .example.org.",
            host=host,
        )
        raise InvalidInput(msg)
