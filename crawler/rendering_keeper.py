"""The browser's keeper: starts Chromium with less than it would have, and leaves nothing of it.

Run as `python -S -m crawler.rendering_keeper FD PROGRAM ARGUMENT…`, a process between the crawl and
the browser. When the browser ends, or the crawl closes our standard input, which the kernel does
for a crawl that is killed, it ends every process of the browser and deletes the folder that these
wrote into. It imports little, since it starts with every browser.

The browser gets no connection to anywhere: the crawl asks for what its pages want, within the
crawl's own guards, so no switch of Chromium's has to be believed.
"""

import contextlib
import ctypes
import fcntl
import os
import resource
import select
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Final, NoReturn

from crawler.rendering_filter import no_internet
from signals.system_calls import FilterRefusedError, install, this_machine

FOLDER: Final = "vigil-browser-"
"""How the name of a browser's folder begins."""

NOT_STARTED: Final = 70
"""Exit code of a browser that could not be started at all."""

MOST_DATA: Final = 640 * 1024 * 1024
"""Bytes that one process of the browser may have to write to: what it asks for beyond is refused,
so that a page which wants ever more gets an error, or loses its process."""

NOBODY: Final = 65534
"""User and group under which the browser of a crawl by root runs."""

_HELD: Final = "held"
_IN_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - the folder's own name is unguessable
_PR_SET_PDEATHSIG: Final = 1
_PR_SET_CHILD_SUBREAPER: Final = 36
_PR_SET_NO_NEW_PRIVS: Final = 38
_CLONE_NEWUSER: Final = 0x10000000
_TICK: Final = 0.1
_GOING: Final = 5.0
"""Seconds that killed processes are waited for."""

_DEVTOOLS: Final = (3, 4)
"""Where Chromium reads its orders and writes its answers (--remote-debugging-pipe)."""

_KEPT: Final = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "FONTCONFIG_PATH")


def main() -> int:
    """Keep one browser; its exit code is ours."""
    devtools, program, *arguments = int(sys.argv[1]), *sys.argv[2:]
    signal.signal(signal.SIGTERM, _end)
    if sys.platform == "linux":
        # Orphans of the browser become children of ours, and so cannot get out of sight.
        _control(_PR_SET_CHILD_SUBREAPER, 1)
    memory = _IN_MEMORY if os.access(_IN_MEMORY, os.W_OK) else None
    _delete_abandoned(memory or Path(tempfile.gettempdir()))
    folder = Path(tempfile.mkdtemp(prefix=FOLDER, dir=memory))
    _hold(folder)
    try:
        browser = os.fork()
        if browser == 0:
            _become(program, arguments, folder, devtools)
        os.close(devtools)
        return _watch(browser)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _hold(folder: Path) -> None:
    """Mark a folder as ours for as long as this process lives."""
    held = os.open(folder / "making", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    fcntl.flock(held, fcntl.LOCK_EX)  # before it has the name that others look for
    (folder / "making").rename(folder / _HELD)


def _delete_abandoned(top: Path) -> None:
    """Delete what a keeper that was itself killed has left."""
    for folder in top.glob(f"{FOLDER}*"):
        with contextlib.suppress(OSError):  # somebody holds it, or it is another user's
            looked = os.open(folder / _HELD, os.O_WRONLY)
            try:
                fcntl.flock(looked, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(looked)


def _end(_number: int, _frame: object) -> NoReturn:
    raise SystemExit(1)


def _watch(browser: int) -> int:
    """Wait until the browser ends or the crawl does, and let nothing survive."""
    try:
        while True:
            pid, status = os.waitpid(browser, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status) & 0xFF
            ready, _, _ = select.select([sys.stdin.fileno()], [], [], _TICK)
            if ready:  # nothing is ever written to us: it was closed
                return 0
            _reap_orphans(browser)
    finally:
        _kill_all(browser)


def _reap_orphans(browser: int) -> None:
    for pid in _children():
        if pid != browser:
            with contextlib.suppress(OSError):
                os.waitpid(pid, os.WNOHANG)


def _kill_all(browser: int) -> None:
    until = time.monotonic() + _GOING
    with contextlib.suppress(OSError):
        os.killpg(browser, signal.SIGKILL)
    while time.monotonic() < until:
        for pid in _children():
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(_TICK / 10)


def _children() -> list[int]:
    try:
        own = Path("/proc/thread-self/children").read_text()
    except OSError:  # not Linux: the process group is all there is to go by
        return []
    return [int(pid) for pid in own.split()]


def _become(program: str, arguments: list[str], folder: Path, devtools: int) -> NoReturn:
    try:
        os.setpgid(0, 0)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump would hold pictures
        if sys.platform == "linux":
            # Reserved address space does not count, of which Chromium takes terabytes.
            resource.setrlimit(resource.RLIMIT_DATA, (MOST_DATA, MOST_DATA))
        for number in _DEVTOOLS:
            os.dup2(devtools, number)
        if os.geteuid() == 0:
            _become_nobody(program, folder)
        if sys.platform == "linux":
            _control(_PR_SET_PDEATHSIG, signal.SIGKILL)
            _control(_PR_SET_NO_NEW_PRIVS, 1)
            with contextlib.suppress(FilterRefusedError):
                machine = this_machine()
                install(machine, no_internet(machine))
            if os.geteuid() == 0 or not _has_namespaces():
                arguments = ["--no-sandbox", *arguments]
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
        for name in ("HOME", "TMPDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"):
            environment[name] = str(folder)
        # Chromium's own words may hold addresses of pages.
        nothing = os.open(os.devnull, os.O_RDWR)
        for number in range(3):
            os.dup2(nothing, number)
        os.closerange(max(_DEVTOOLS) + 1, 256)
        os.chdir(folder)
        os.execve(program, [program, f"--user-data-dir={folder}", *arguments], environment)  # noqa: S606 - a shell has no part in it
    finally:
        os._exit(NOT_STARTED)


def _become_nobody(program: str, folder: Path) -> None:
    """Give up being root, unless the program lies where only root can start it."""
    os.setegid(NOBODY)
    os.seteuid(NOBODY)
    can = os.access(program, os.X_OK | os.R_OK, effective_ids=True)
    os.seteuid(0)
    os.setegid(0)
    if can:
        os.chown(folder, NOBODY, NOBODY)
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)


def _has_namespaces() -> bool:
    """Say whether Chromium can build its own sandbox, which needs user namespaces."""
    trial = os.fork()
    if trial == 0:
        os._exit(0 if ctypes.CDLL(None).unshare(_CLONE_NEWUSER) == 0 else 1)
    return os.waitpid(trial, 0)[1] == 0


def _control(option: int, value: int) -> None:
    call = ctypes.CDLL(None, use_errno=True).prctl
    call.argtypes = (ctypes.c_int, *(ctypes.c_ulong,) * 4)
    call(option, value, 0, 0, 0)


if __name__ == "__main__":
    sys.exit(main())
