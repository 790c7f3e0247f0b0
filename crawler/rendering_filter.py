"""The filter of system calls under which the browser runs: it makes no socket to the internet.

Not an allow-list as that of the hashing workers is: Chromium needs a hundred calls, and puts
filters of its own over those of its processes that read pages. This one takes away the one thing
that the crawl's guards hang on.
"""

import errno
from collections.abc import Iterator
from typing import Final

from signals.system_calls import Instruction, Machine

_SOCKET: Final = (41, 198)
_IO_URING_SETUP: Final = (425, 425)
"""Its rings make sockets, too, past every filter."""

_UNIX: Final = 1
_NETLINK: Final = 16
"""Tells which network interfaces there are. Chromium asks for that, and goes nowhere by it."""

_LOAD: Final = 0x20
_IF_EQUAL: Final = 0x15
_IF_AT_LEAST: Final = 0x35
_ANSWER: Final = 0x06
_ALLOW: Final = 0x7FFF0000
_REFUSE: Final = 0x00050000 | errno.EACCES
_KILL: Final = 0x80000000
_NUMBER_AT: Final = 0
_ARCHITECTURE_AT: Final = 4
_FIRST_ARGUMENT_AT: Final = 16
_X32: Final = 0x40000000


def no_internet(machine: Machine) -> Iterator[Instruction]:
    """Write the filter of a process tree that talks within this machine alone.

    Sockets between its own processes are made; all others are refused with EACCES.
    """
    # The same numbers mean other calls in the 32-bit and x32 conventions: those end the process.
    yield _LOAD, 0, 0, _ARCHITECTURE_AT
    yield _IF_EQUAL, 1, 0, machine.audit
    yield _ANSWER, 0, 0, _KILL
    yield _LOAD, 0, 0, _NUMBER_AT
    yield _IF_AT_LEAST, 0, 1, _X32
    yield _ANSWER, 0, 0, _KILL
    yield _IF_EQUAL, 0, 1, _IO_URING_SETUP[machine.column]
    yield _ANSWER, 0, 0, _REFUSE
    yield _IF_EQUAL, 1, 0, _SOCKET[machine.column]
    yield _ANSWER, 0, 0, _ALLOW
    yield _LOAD, 0, 0, _FIRST_ARGUMENT_AT
    yield _IF_EQUAL, 1, 0, _UNIX
    yield _IF_EQUAL, 0, 1, _NETLINK
    yield _ANSWER, 0, 0, _ALLOW
    yield _ANSWER, 0, 0, _REFUSE
