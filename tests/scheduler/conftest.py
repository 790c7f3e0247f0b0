"""Schedulers as processes of their own, and a practice site whose folders are the sites."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from domain.site import Site
from practice.sites import PracticeSite
from storage import sites

PROJECT = Path(__file__).resolve().parents[2]
PATIENCE = 25.0
SLOW_PAGES = 10


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


@pytest.fixture
def start_scheduler(environment, host, tmp_path) -> Iterator[Callable[..., RunningScheduler]]:
    started: list[RunningScheduler] = []
    settings = {**environment, "VIGIL_PRACTICE_HOSTS": host.host, "VIGIL_CRAWLS_AT_ONCE": "2"}

    def start(**other_settings: str) -> RunningScheduler:
        log = tmp_path / f"scheduler-{len(started)}.log"
        started.append(RunningScheduler({**settings, **other_settings}, log))
        return started[-1]

    yield start
    for scheduler in started:
        scheduler.close()


@pytest.fixture
def host() -> Iterator[PracticeSite]:
    with PracticeSite() as site:
        yield site


@pytest.fixture
def add_site(database, host) -> Callable[..., Site]:
    def add(name: str, *, slow: bool = False, every: timedelta = timedelta(hours=1)) -> Site:
        """Put a folder of pages on the host, each linking to the next, and watch it as a site.

        A slow one has pages enough for a crawl of 15 seconds, each short enough to stop after.
        """
        pages = SLOW_PAGES if slow else 1
        for page in range(pages):
            link = f"<a href=/{name}/{page + 1}>Next</a>" if page + 1 < pages else "The end."
            host.write(f"/{name}/{page}", f"<!doctype html><title>Page</title>{link}".encode())
            host.slow(f"/{name}/{page}", 1.5 if slow else 0)
        start = host.url(f"/{name}/0")
        site = Site(name=name, start_urls=(start,), every=every, rate=100.0, max_depth=pages)
        with database.writing() as session:
            sites.add(session, site, now=datetime.now(UTC))
        return site

    return add


@pytest.fixture
def hurry(host) -> Callable[[str], None]:
    """Make a slow site quick from now on."""

    def hurry(name: str) -> None:
        for page in range(SLOW_PAGES):
            host.slow(f"/{name}/{page}", 0)

    return hurry
