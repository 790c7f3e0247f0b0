"""A site that does all it can to hurt its visitors: the crawl ends, finds, names, and stays out."""

import os
import re
import shutil
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from casework import registering
from crawler.visit import PROJECT
from domain.site import Site
from practice.hostile import HostileSite, healthy_pictures
from signals.pictures import hash_picture
from storage import cases, crawls, sites
from storage.database import Database
from storage.snapshots import SnapshotFolder

PICTURES = 24
A_MILLION = 1_000_000
TIMES = int(os.environ.get("HOSTILE_TIMES", "40000"))
"""Elements of a page that has too many: enough to show what grows with it. A million fill all that
is read of a page, and take a quarter of an hour: HOSTILE_TIMES=1000000."""

# Runs in every process of the crawl before anything else does, and writes down each attempt to
# connect or to send.
WATCH_SOCKETS = """
import os, sys
log = os.open({path!r}, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
def watch(event, arguments):
    if event in ("socket.connect", "socket.sendto"):
        os.write(log, (event + " " + repr(arguments[1]) + "\\n").encode())
sys.addaudithook(watch)
"""


@dataclass
class Crawled:
    """One crawl of the whole hostile site, and what was seen of it from outside."""

    site: HostileSite
    summary: crawls.CrawlSummary
    errors: list[crawls.CrawlError]
    log: str
    environment: dict[str, str]
    sockets: list[str]
    seconds: float
    peaks: dict[int, int] = field(default_factory=dict)


def peak_of(pid):
    """Say how many bytes of memory a process has held at most, so far."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0


def family_of(pid):
    yield pid
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from family_of(int(child))


def watch_memory(process, peaks):
    while process.poll() is None:
        for pid in family_of(process.pid):
            peaks[pid] = max(peaks.get(pid, 0), peak_of(pid))
        time.sleep(0.1)


@pytest.fixture(scope="module")
def crawled(sqlite_template, tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    data = folder / "data"
    data.mkdir(mode=0o700)
    shutil.copyfile(sqlite_template, data / "vigil.db")
    url = f"sqlite:///{data / 'vigil.db'}"
    database = Database(url, SnapshotFolder(data / "snapshots"))
    pictures = list(healthy_pictures(PICTURES))
    now = datetime.now(UTC)
    with database.writing() as session:
        case = cases.open_case(session, now=now).number
    for picture in pictures:
        registering.register(
            database, case, hash_picture(picture.body), source="file", actor="a test", now=now,
            match_distance=31,
        )  # fmt: skip
    (folder / "sitecustomize.py").write_text(WATCH_SOCKETS.format(path=str(folder / "sockets.log")))
    with HostileSite(pictures, times=TIMES) as site:
        with database.writing() as session:
            policy = Site(name="hostile", start_urls=site.start_urls, rate=1000.0, max_pages=400)
            sites.add(session, policy, now=now)
        environment = {
            "VIGIL_DATA": str(data),
            "VIGIL_DATABASE_URL": url,
            "VIGIL_ACTOR": "tester",
            "VIGIL_PRACTICE_HOSTS": ",".join(site.hosts),
            "VIGIL_ANSWER_SECONDS": "3",
            "VIGIL_CRAWL_MINUTES": "5" if TIMES < A_MILLION else "60",
            "VIGIL_HASHING_WORKERS": "2",
        }
        began = time.monotonic()
        with (folder / "crawl.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "crawler", "hostile"],
                env=environment | {"PYTHONPATH": str(folder)},
                cwd=PROJECT,
                stdout=log,
                stderr=log,
            )
        peaks: dict[int, int] = {}
        watch = threading.Thread(target=watch_memory, args=(process, peaks))
        watch.start()
        try:
            code = process.wait(timeout=240 if TIMES < A_MILLION else 3_600)
        finally:
            process.kill()
            watch.join()
        seconds = time.monotonic() - began
        log_text = (folder / "crawl.log").read_text(errors="replace")
        assert code == 0, log_text[-3000:]
        with database.reading() as session:
            summary = crawls.latest(session, "hostile")
            assert summary is not None
            errors = crawls.errors(session, summary.crawl_id, 10_000)
        yield Crawled(
            site,
            summary,
            errors,
            log_text,
            environment,
            (folder / "sockets.log").read_text().splitlines(),
            seconds,
            peaks,
        )
    database.close()


def test_the_crawl_ends_by_itself_and_every_reference_has_ended(crawled):
    assert crawled.summary.state == "finished"
    assert crawled.summary.unfinished == 0


def test_every_behaviour_is_named_in_the_report(crawled):
    assert len(crawled.site.behaviours) >= 50
    unnamed = []
    for behaviour in crawled.site.behaviours:
        rows = [
            error.reason
            for error in crawled.errors
            if re.search(rf"[/@]{re.escape(behaviour.name)}(?:[^a-z0-9-]|$)", error.url)
        ]
        if not any(re.search(behaviour.says, reason) for reason in rows):
            unnamed.append((behaviour.name, behaviour.says, rows))
    assert not unnamed, "\n".join(map(repr, unnamed))


def test_no_reason_is_only_the_name_of_an_error(crawled):
    assert [e for e in crawled.errors if "The connection failed" in e.reason] == []
    assert [e for e in crawled.errors if "error of Vigil's own" in e.reason] == []


def test_every_picture_of_the_healthy_part_is_found_and_flagged(crawled):
    assert crawled.summary.flagged == PICTURES


def test_no_process_takes_more_memory_than_600_mb(crawled):
    assert len(crawled.peaks) >= 3  # the crawl, and the workers that hash
    assert max(crawled.peaks.values()) < 600 * 1024 * 1024


def test_nothing_but_the_site_is_ever_connected_to(crawled):
    allowed = {("127.0.0.1", int(host.rpartition(":")[2])) for host in crawled.site.hosts}
    assert set(crawled.sockets) == {f"socket.connect {where!r}" for where in allowed}
    assert crawled.site.inside.connections == 0


def test_the_log_names_no_page_and_steers_no_terminal(crawled):
    assert "Traceback" not in crawled.log
    assert "Unclosed" not in crawled.log
    assert not any(host in crawled.log for host in crawled.site.hosts)
    assert all(sign.isprintable() or sign in "\n\t" for sign in crawled.log)


def test_the_printed_report_steers_no_terminal(crawled):
    printed = subprocess.run(
        [sys.executable, "-m", "cli", "crawls", "show", str(crawled.summary.crawl_id), "--errors",
         "--limit", "10000"],
        env={**os.environ, **crawled.environment}, cwd=PROJECT, capture_output=True, text=True,
        check=True, timeout=60,
    ).stdout  # fmt: skip

    assert "escaping-type" in printed
    assert all(sign.isprintable() or sign == "\n" for sign in printed)
