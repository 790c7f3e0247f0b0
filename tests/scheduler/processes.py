"""A scheduler as a process of its own, watched from outside."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

PROJECT = Path(__file__).resolve().parents[2]
PATIENCE = 25.0


def wait_until(seen: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
    end = time.monotonic() + seconds
    while not seen():
        if time.monotonic() > end:
            pytest.fail(f"not seen within {seconds:g} s: {what}")
        time.sleep(0.1)


class RunningScheduler:
    """One `python scheduler.py`, and what it said."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self._log = log
        command = [
            *[sys.executable, str(PROJECT / "scheduler.py")],
            *["--sync-seconds", "0.5", "--lease-seconds", "4"],
        ]
        with log.open("wb") as stream:
            self.process = subprocess.Popen(
                command, env=environment, cwd=log.parent, stderr=stream, stdin=subprocess.DEVNULL
            )
        self._descendants: dict[int, psutil.Process] = {}

    def said(self) -> str:
        return self._log.read_text()

    def leads(self) -> bool:
        return "leader: visits begin" in self.said() and self.process.poll() is None

    def crawls(self) -> list[psutil.Process]:
        """Return the crawls that it runs now, noting what they started."""
        try:
            for child in psutil.Process(self.process.pid).children(recursive=True):
                self._descendants[child.pid] = child
        except psutil.NoSuchProcess:
            return []
        return [child for child in self._descendants.values() if _alive(child) and _crawls(child)]

    def left_behind(self) -> list[psutil.Process]:
        return [child for child in self._descendants.values() if _alive(child)]

    def close(self) -> None:
        self.crawls()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for child in self.left_behind():
            child.kill()


def _alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _crawls(process: psutil.Process) -> bool:
    try:
        return "crawler" in process.cmdline()
    except psutil.Error:
        return False
