"""Thirty practice sites with ten thousand images, crawled on one machine: does memory stay flat?

Starts the sites in a process of their own, puts them into a fresh database, runs the scheduler
until each has been crawled once, and samples the resident memory of every process of ours. There is
no peer to run beside: the figure is a bound, not a speed.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import psutil

from benchmarks.figures import Figure, print_figures
from config import Config, load_config
from domain.crawl import CrawlState
from domain.site import Site
from storage import crawls, sites
from storage.crawls import CrawlSummary
from storage.database import open_database

PROJECT: Final = Path(__file__).resolve().parent.parent
LIMIT_MB: Final = 500
SAMPLE_SECONDS: Final = 0.5


def main() -> int:
    """Run it and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.endurance", description=__doc__)
    parser.add_argument("--sites", type=int, default=30)
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--minutes", type=float, default=40, help="give up after this long")
    parser.add_argument("--json", action="store_true", help="print figures as JSON")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, practice_sites(options) as starts:
        config = load_config(
            {
                "VIGIL_DATA": folder,
                "VIGIL_PRACTICE_HOSTS": ",".join(urlsplit(url).netloc for url in starts),
            }
        )
        began = time.monotonic()
        peaks, done = crawl_all(config, starts, deadline=began + 60 * options.minutes)
        figures = report(options, peaks, done, time.monotonic() - began)
    return print_figures("endurance", figures, as_json=options.json)


@contextmanager
def practice_sites(options: argparse.Namespace) -> Iterator[list[str]]:
    """Serve the sites from a process of their own, whose memory is not counted."""
    command = [sys.executable, "-m", "practice.many"]
    command += ["--sites", str(options.sites), "--images", str(options.images)]
    server = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None  # noqa: S101 - asked for above
        described = json.loads(server.stdout.readline())
        yield [site["start"] for site in described["sites"]]
    finally:
        server.terminate()
        server.wait()


def crawl_all(
    config: Config, starts: list[str], *, deadline: float
) -> tuple[dict[str, float], list[CrawlSummary]]:
    """Let the scheduler crawl every site once; return peak memory in MB by process."""
    database = open_database(config)
    with database.writing() as session:
        for number, url in enumerate(starts, 1):
            site = Site(
                name=f"practice-{number:02}",
                start_urls=(url,),
                every=timedelta(days=1),
                rate=100.0,
                max_depth=200,
            )
            sites.add(session, site, now=datetime.now(UTC))
    environment = dict(os.environ) | {
        "VIGIL_DATA": str(config.data),
        "VIGIL_PRACTICE_HOSTS": ",".join(config.practice_hosts),
    }
    peaks: dict[str, float] = defaultdict(float)
    with (config.data / "scheduler.log").open("wb") as log:
        scheduler = subprocess.Popen(
            [sys.executable, "scheduler.py"], cwd=PROJECT, env=environment, stdout=log, stderr=log
        )
        try:
            done: list[CrawlSummary] = []
            while len(done) < len(starts) and time.monotonic() < deadline:
                sample(scheduler.pid, peaks)
                time.sleep(SAMPLE_SECONDS)
                with database.reading() as session:
                    listed = crawls.list_crawls(session, limit=10 * len(starts))
                done = [crawl for crawl in listed if crawl.state != CrawlState.RUNNING.value]
        finally:
            scheduler.terminate()
            scheduler.wait(timeout=60)
    database.close()
    return dict(peaks), done


def sample(pid: int, peaks: dict[str, float]) -> None:
    """Take the resident memory of the scheduler and everything below it."""
    try:
        family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return
    for process in family:
        try:
            name = kind_of(process.cmdline())
            peaks[name] = max(peaks[name], process.memory_info().rss / 2**20)
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            continue


def kind_of(command: list[str]) -> str:
    """Say which of our processes a command line is."""
    line = " ".join(command)
    if "signals.worker" in line:
        return "hashing worker"
    return "crawl" if "-m crawler" in line else "scheduler"


def report(
    options: argparse.Namespace, peaks: dict[str, float], done: list[CrawlSummary], seconds: float
) -> list[Figure]:
    """Turn what was seen into figures."""
    hashed = sum(crawl.hashed for crawl in done)
    unfinished = sum(crawl.unfinished for crawl in done)
    figures = [
        Figure("images hashed", hashed, "images", options.images, "higher"),
        Figure("references without an outcome", unfinished, "references", 0, "lower"),
        Figure("seconds in all", round(seconds), "s", 60 * options.minutes, "lower"),
    ]
    figures += [
        Figure(f"peak resident memory, {name}", round(peak), "MB", LIMIT_MB, "lower")
        for name, peak in sorted(peaks.items())
    ]
    return figures


if __name__ == "__main__":
    sys.exit(main())
