"""What a process that decodes hostile pictures gives up, and what of that really holds."""

import contextlib
import ctypes
import errno
import os
import resource
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from signals.system_calls import FilterRefusedError, decoding_only, install, this_machine

PROCESSOR_LIMIT: Final = 60
"""Seconds of processor time for one picture. The other side gives up on a picture much earlier;
this ends it where the other side is itself stopped or stuck."""

UNFILTERED: Final = 3
"""The exit code of a worker that was to have a filter of system calls and got none."""

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_DUMPABLE: Final = 4
_PR_SET_NO_NEW_PRIVS: Final = 38

_STANDARD_STREAMS: Final = 3

_VERY_MANY: Final = 2**62


@dataclass(frozen=True, slots=True)
class Sandbox:
    """What holds in a worker: always the limits on files, memory and time that the system knows.

    ``unfiltered`` says in a few words why no filter of system calls holds; None where one does.
    ``places_lost`` is why it finds no places of pictures, which no confined worker could load
    later; None where it does, and of one that is not asked for any. ``embedding_lost`` is why it
    makes no embeddings; None where it does, and where no model was named.
    """

    unfiltered: str | None
    places_lost: str | None = None
    embedding_lost: str | None = None


def die_with(parent: int) -> None:
    """Make sure that this process does not outlive the one that started it."""
    # Whoever stops Vigil signals the whole group; a worker goes on until the pool closes it,
    # or the picture in its hands would be recorded as one that cannot be opened.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it had died before the line above
        sys.exit(1)


def confine(memory_limit: int) -> Sandbox:
    """Give up, for good, what decoding a picture does not need; call after every import.

    Linux on x86_64 and aarch64: a filter of system calls besides the limits, unless the kernel or
    a container refuses one. Elsewhere the limits alone; macOS has none on memory.

    Args:
        memory_limit: bytes of address space.
    """
    # libtiff and others print to standard error what they make of a file.
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, sys.stderr.fileno())
    os.close(nothing)
    _limit(memory_limit)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    try:
        _filter()
    except FilterRefusedError as error:
        return Sandbox(unfiltered=str(error))
    # Asked and not believed: with the limits alone, it is a descriptor that is missing.
    if _what_opening_gives() != errno.EPERM:
        return Sandbox(unfiltered="the kernel took it and does not keep to it")
    return Sandbox(unfiltered=None)


def address_space() -> int:
    """Give the bytes of address space that this process takes; very many where it is not told."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return _VERY_MANY
    return pages * resource.getpagesize()


@contextlib.contextmanager
def processor_limit(seconds: float = PROCESSOR_LIMIT) -> Iterator[None]:
    """End this process, by SIGPROF, if the block takes more processor time than so many seconds.

    A limit on the process as a whole (RLIMIT_CPU) would end a worker for having done much.
    """
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _limit(memory_limit: int) -> None:
    limits = {
        resource.RLIMIT_CORE: 0,  # a core dump would hold a picture
        resource.RLIMIT_FSIZE: 0,
        # No descriptor beyond the three: neither a file nor a connection can be opened.
        resource.RLIMIT_NOFILE: _STANDARD_STREAMS,
        resource.RLIMIT_NPROC: 0,  # neither process nor thread; root is not held by it
    }
    if sys.platform == "linux":  # macOS knows the limit and refuses to set it
        limits[resource.RLIMIT_AS] = memory_limit
    for which, limit in limits.items():
        resource.setrlimit(which, (limit, limit))


def _filter() -> None:
    if sys.platform == "linux":
        _bar_new_rights()
    machine = this_machine()
    install(machine, decoding_only(machine, os.getpid()))


def _bar_new_rights() -> None:
    control = ctypes.CDLL(None, use_errno=True).prctl
    control.argtypes = (ctypes.c_int, *(ctypes.c_ulong,) * 4)
    # A program that collects core dumps is given one in spite of RLIMIT_CORE, and other processes
    # of the same user could read a picture out of this one's memory.
    if control(_PR_SET_DUMPABLE, 0, 0, 0, 0) or control(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        msg = f"the kernel refuses to bar new rights ({os.strerror(ctypes.get_errno())})"
        raise FilterRefusedError(msg)


def _what_opening_gives() -> int | None:
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as error:
        return error.errno
    return None
