"""Crawls as child processes: begun, limited in time, told to stop, and reported."""

import contextlib
import logging
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from config import Config
from crawler.visit import spawn
from scheduling.reports import EndedProcess, close_wish, report
from storage.database import Database

GRACE_SECONDS: Final = 15.0
"""A crawl that was told to stop has this long to write its last word; then it is killed."""

_LOOK_SECONDS: Final = 0.5
_LOG_BYTES: Final = 1_000_000

_log = logging.getLogger("vigil.scheduler")


@dataclass(slots=True)
class _Child:
    """One crawl's process; ``stopped`` says why it was told to stop."""

    process: "subprocess.Popen[bytes]"
    stopped: str | None = None


class Visits:
    """The crawls that this scheduler runs now."""

    def __init__(
        self,
        config: Config,
        database: Database,
        *,
        limit: timedelta,
        may_begin: Callable[[], bool],
        clock: Callable[[], datetime],
    ) -> None:
        self._config = config
        self._database = database
        self._limit = limit
        self._may_begin = may_begin
        self._clock = clock
        self._children: dict[str, _Child] = {}
        self._cut_short: set[str] = set()
        self._wanted: frozenset[str] = frozenset()
        self._lock = threading.Lock()

    def under_way(self) -> frozenset[str]:
        """Return the names of the sites being crawled."""
        with self._lock:
            return frozenset(self._children)

    def stop(self, names: Collection[str], reason: str) -> None:
        """Ask the crawls of these sites to stop; each ends within the grace."""
        with self._lock:
            for name in names:
                child = self._children.get(name)
                if child is not None and child.stopped is None:
                    child.stopped = reason

    def end_all(self, reason: str) -> frozenset[str]:
        """Ask every crawl to stop, wait for all, and return the sites that were cut short."""
        self._cut_short.clear()  # those of earlier have had their next turn, or will
        while under_way := self.under_way():
            self.stop(under_way, reason)
            time.sleep(_LOOK_SECONDS)
        return frozenset(self._cut_short)

    def want(self, names: Collection[str]) -> None:
        """Let visits to these sites go on in quiet hours, since a person asked for them."""
        with self._lock:
            self._wanted = frozenset(names)

    def visit(self, name: str) -> None:
        """Crawl a site in a child process and report how it ended."""
        began = self._clock()
        with self._lock:
            # Asked under the lock, so that whoever stops all crawls afterwards sees this one.
            if not self._may_begin():
                _log.warning("turn missed: site=%s reason=this scheduler no longer leads", name)
                return
            try:
                by_hand = name in self._wanted
                log = self._log_file(name)
                child = _Child(spawn(name, config=self._config, log=log, by_hand=by_hand))
            except OSError as error:
                _log.error("turn missed: site=%s reason=%s", name, error.strerror or error)
                return
            self._children[name] = child
        _log.info("crawl begun: site=%s pid=%d", name, child.process.pid)
        try:
            code = self._wait(child)
            ended = EndedProcess(name, began, code, child.stopped)
            if not report(self._database, ended, now=self._clock()) and child.stopped is not None:
                self._cut_short.add(name)
            if by_hand:
                close_wish(self._database, ended, now=self._clock())
        finally:
            with self._lock:
                del self._children[name]

    def _wait(self, child: _Child) -> int:
        """Wait for a child's end, see to it where need be, and return its exit code."""
        stop_at = time.monotonic() + self._limit.total_seconds()
        kill_at: float | None = None
        while True:
            try:
                code = child.process.wait(timeout=_LOOK_SECONDS)
                break
            except subprocess.TimeoutExpired:
                if child.stopped is None and time.monotonic() >= stop_at:
                    child.stopped = f"it ran for {self._limit}"
                if child.stopped is not None and kill_at is None:
                    child.process.terminate()
                    kill_at = time.monotonic() + GRACE_SECONDS
                elif kill_at is not None and time.monotonic() >= kill_at:
                    child.process.kill()
        if code < 0:
            # It could not end its hashing workers any more; they are in the group that it led.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(child.process.pid, signal.SIGKILL)
        return code

    def _log_file(self, name: str) -> Path:
        folder = self._config.data / "logs"
        for made in (self._config.data, folder):  # mkdir gives its mode to the last one only
            made.mkdir(mode=0o700, parents=True, exist_ok=True)
        log = folder / f"{name}.log"
        if log.exists() and log.stat().st_size > _LOG_BYTES:
            log.replace(folder / f"{name}.log.1")
        return log


_crew: Visits | None = None


def take_up(visits: Visits) -> None:
    """Let this process's jobs be done by ``visits``.

    A job is stored with the name of a module's function and plain arguments, so what a visit
    needs besides (configuration, database) can only be found from the module.
    """
    global _crew  # noqa: PLW0603
    _crew = visits


def visit_site(name: str) -> None:
    """Do the turn of one site: what every stored job calls."""
    if _crew is None:
        msg = "visit_site was called before take_up"
        raise RuntimeError(msg)
    _crew.visit(name)
