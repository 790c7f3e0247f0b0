"""Schedulers as processes of their own, and a practice site whose folders are the sites."""

import os
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from domain.site import Site
from practice.sites import PracticeSite
from storage import sites
from tests.scheduler.processes import RunningScheduler

SLOW_PAGES = 10


@pytest.fixture
def start_scheduler(environment, host, tmp_path) -> Iterator[Callable[..., RunningScheduler]]:
    started: list[RunningScheduler] = []
    settings = {
        **os.environ,
        **environment,
        "VIGIL_PRACTICE_HOSTS": host.host,
        "VIGIL_CRAWLS_AT_ONCE": "2",
    }

    def start(**other_settings: str) -> RunningScheduler:
        log = tmp_path / f"scheduler-{len(started)}.log"
        started.append(RunningScheduler({**settings, **other_settings}, log))
        return started[-1]

    yield start
    for scheduler in started:
        scheduler.close()
        sys.stdout.write(f"{scheduler.said()}\n")  # shown beside a failure


@pytest.fixture
def host() -> Iterator[PracticeSite]:
    with PracticeSite() as site:
        yield site


@pytest.fixture
def watch(database, host) -> Callable[..., Site]:
    def watch(name: str, *, slow: bool = False, every: timedelta = timedelta(hours=1)) -> Site:
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

    return watch


@pytest.fixture
def hurry(host) -> Callable[[str], None]:
    """Make a slow site quick from now on."""

    def hurry(name: str) -> None:
        for page in range(SLOW_PAGES):
            host.slow(f"/{name}/{page}", 0)

    return hurry
