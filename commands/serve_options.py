"""The options of `vigil serve`, which `vigil run` has as well, and words that go with them."""

import ipaddress
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import click

Function = TypeVar("Function", bound=Callable[..., Any])

MOST_THREADS: Final = 64

FIRST_ACCOUNT: Final = "vigil user add NAME --role supervisor"
"""How the first account is made: a supervisor can make the others in the console."""

_OPTIONS: Final = (
    click.option(
        "--host",
        help="Address of this machine to answer on. Default: that of VIGIL_CONSOLE_LISTEN, "
        "127.0.0.1 without it.",
    ),
    click.option(
        "--port",
        type=click.IntRange(1, 65535),
        help="Port to answer on. Default: that of VIGIL_CONSOLE_LISTEN, 8080 without it.",
    ),
    click.option(
        "--threads",
        type=click.IntRange(1, MOST_THREADS),
        default=8,
        show_default=True,
        help="Requests answered side by side.",
    ),
    click.option(
        "--plain-http",
        metavar="WHY",
        help="Answer beyond this machine without https, and say why that is safe there.",
    ),
)


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """How the console is to be served."""

    host: str | None
    port: int | None
    threads: int
    plain_http: str | None

    def written(self) -> Iterator[str]:
        """Write them as they stand on a command line."""
        for name, value in (
            ("--host", self.host),
            ("--port", self.port),
            ("--threads", self.threads),
            ("--plain-http", self.plain_http),
        ):
            if value is not None:
                yield name
                yield str(value)


def serve_options(function: Function) -> Function:
    """Give a command the options; it gets them by their names."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def is_this_machine(host: str) -> bool:
    """Say whether an address can be reached from this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
