"""The filter of system calls, as a program that the Linux kernel runs before each of them.

An allow-list: what is not named is answered EPERM, so that a library which tries something else
gets an error and not the process a kill. Written by hand and not with libseccomp; the reasons are
in docs/decisions/0008-the-workers-sandbox.md.

Source: Linux, Documentation/userspace-api/seccomp_filter.rst and include/uapi/linux/seccomp.h.
"""

import ctypes
import errno
import mmap
import os
import struct
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

_HARMLESS: Final = {
    # Name: its number on x86_64 and on aarch64. Those that decoding makes often come first.
    "madvise": (28, 233),
    "recvfrom": (45, 207),
    "brk": (12, 214),
    "futex": (202, 98),
    "sendto": (44, 206),
    "munmap": (11, 215),
    "mremap": (25, 216),
    "read": (0, 63),
    "write": (1, 64),
    "writev": (20, 66),  # how musl prints; libtiff prints to /dev/null
    "close": (3, 57),
    "sched_yield": (24, 124),
    "sched_getaffinity": (204, 123),
    "sysinfo": (99, 179),  # glibc's qsort asks how much memory there is
    "clock_gettime": (228, 113),
    "clock_getres": (229, 114),
    "gettimeofday": (96, 169),
    "time": (201, None),
    "setitimer": (38, 103),  # the limit of processor time, see signals.sandbox
    "getrandom": (318, 278),
    "getpid": (39, 172),
    "gettid": (186, 178),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "restart_syscall": (219, 128),  # the kernel's own, after a stop and a continue
    "exit": (60, 93),
    "exit_group": (231, 94),
}
_MMAP: Final = (9, 222)
_MPROTECT: Final = (10, 226)
_TGKILL: Final = (234, 131)
SECCOMP: Final = (317, 277)
"""The system call that installs a filter: its number on x86_64 and on aarch64."""

_PROTECTION: Final = 2  # the argument of mmap and mprotect that may ask for PROT_EXEC

_LOAD: Final = 0x20  # BPF_LD | BPF_W | BPF_ABS
_IF_EQUAL: Final = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
_IF_AT_LEAST: Final = 0x35  # BPF_JMP | BPF_JGE | BPF_K
_IF_ANY_BIT: Final = 0x45  # BPF_JMP | BPF_JSET | BPF_K
_ANSWER: Final = 0x06  # BPF_RET | BPF_K

_ALLOW: Final = 0x7FFF0000
_REFUSE: Final = 0x00050000 | errno.EPERM
_KILL: Final = 0x80000000

# struct seccomp_data: the number, the architecture, the instruction pointer, six arguments.
_NUMBER_AT: Final = 0
_ARCHITECTURE_AT: Final = 4
_ARGUMENTS_AT: Final = 16
_X32: Final = 0x40000000

_SET_FILTER: Final = 1  # SECCOMP_SET_MODE_FILTER
_ALL_THREADS: Final = 1  # SECCOMP_FILTER_FLAG_TSYNC

Instruction = tuple[int, int, int, int]
"""Code, jump if true, jump if false, value: a struct sock_filter."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What differs between the two architectures that the filter is written for."""

    column: int
    audit: int
    """How the kernel calls the architecture in a filter (AUDIT_ARCH_…)."""


_MACHINES: Final = {
    "x86_64": Machine(column=0, audit=0xC000003E),
    "aarch64": Machine(column=1, audit=0xC00000B7),
}


class FilterRefusedError(OSError):
    """The kernel, or what runs it, does not take a filter; the text says why in a few words."""


def this_machine() -> Machine:
    """Return the machine that this process runs on.

    Raises:
        FilterRefusedError: the filter is written for another one.
    """
    name = os.uname().machine
    if sys.platform != "linux" or name not in _MACHINES or struct.calcsize("P") != 8:  # noqa: PLR2004
        msg = f"no filter is written for {sys.platform} on {name}"
        raise FilterRefusedError(msg)
    return _MACHINES[name]


def decoding_only(machine: Machine, pid: int) -> Iterator[Instruction]:
    """Write the filter of a process that decodes pictures and answers on an open socket.

    It may take and return memory, none of it executable, read and write what is open, look at the
    clock, and end: also by abort(), which signals the process itself.
    """
    yield from _head(machine)
    for numbers in _HARMLESS.values():
        number = numbers[machine.column]
        if number is not None:
            yield from _rule(number, [(_ANSWER, 0, 0, _ALLOW)])
    for numbers in (_MMAP, _MPROTECT):
        executable = (_IF_ANY_BIT, 0, 1, mmap.PROT_EXEC)
        yield from _rule(numbers[machine.column], _on_argument(_PROTECTION, executable, _REFUSE))
    another = (_IF_EQUAL, 1, 0, pid)
    yield from _rule(_TGKILL[machine.column], _on_argument(0, another, _REFUSE))
    yield _ANSWER, 0, 0, _REFUSE


def install(machine: Machine, program: Iterable[Instruction]) -> None:
    """Put a filter over every thread of this process, for good.

    PR_SET_NO_NEW_PRIVS has to be set already.

    Raises:
        FilterRefusedError: the kernel does not take it.
    """
    packed = b"".join(struct.pack("HBBI", *instruction) for instruction in program)
    instructions = ctypes.create_string_buffer(packed, len(packed))
    described = struct.pack("HP", len(packed) // 8, ctypes.addressof(instructions))
    call = ctypes.CDLL(None, use_errno=True).syscall
    call.restype = ctypes.c_long
    call.argtypes = (ctypes.c_long, ctypes.c_uint, ctypes.c_uint, ctypes.c_char_p)
    if call(SECCOMP[machine.column], _SET_FILTER, _ALL_THREADS, described):
        msg = f"the kernel refuses it ({os.strerror(ctypes.get_errno())})"
        raise FilterRefusedError(msg)


def _head(machine: Machine) -> Iterator[Instruction]:
    # The same number is another call in another convention: 32-bit and x32 calls end the process.
    yield _LOAD, 0, 0, _ARCHITECTURE_AT
    yield _IF_EQUAL, 1, 0, machine.audit
    yield _ANSWER, 0, 0, _KILL
    yield _LOAD, 0, 0, _NUMBER_AT
    yield _IF_AT_LEAST, 0, 1, _X32
    yield _ANSWER, 0, 0, _KILL


def _rule(number: int, then: list[Instruction]) -> Iterator[Instruction]:
    yield _IF_EQUAL, 0, len(then), number
    yield from then


def _on_argument(argument: int, test: Instruction, answer: int) -> list[Instruction]:
    """Give this answer where the test holds, and allow the call otherwise.

    Arguments have 64 bits; what is tested here lies in the lower 32, which come first.
    """
    return [
        (_LOAD, 0, 0, _ARGUMENTS_AT + 8 * argument),
        test,
        (_ANSWER, 0, 0, answer),
        (_ANSWER, 0, 0, _ALLOW),
    ]
