"""A crawl whose hashing workers keep being killed: every image is still accounted for."""

import sys
import threading
import time
from pathlib import Path

import psutil
import pytest
from sqlalchemy import func, select

from practice.many import many_sites
from storage import crawls
from storage.tables import ImageRow

IMAGES = 1_000
EVERY = 2.0

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks for workers in /proc")


class Killer(threading.Thread):
    """Kills a worker of a crawl every two seconds, every second time with a picture in its hands.

    Only workers that are ready: one that dies while it starts is another matter.
    """

    def __init__(self, crawl_pid):
        super().__init__()
        self.crawl = psutil.Process(crawl_pid)
        self.over = threading.Event()
        self.kills = 0
        self.held = 0

    def run(self):
        due = time.monotonic()
        while not self.over.wait(max(0.0, due - time.monotonic())):
            worker = self.ready_worker()
            if worker is None:
                due = time.monotonic() + 0.05
                continue
            due = time.monotonic() + EVERY
            self.over.wait(0.2)  # it may have become ready only now, and has still to say so
            self.kill(worker)

    def kill(self, worker):
        # A worker that cannot go on is soon given a picture, which it then dies over.
        holding = self.kills % 2 == 1
        try:
            if holding:
                worker.suspend()
                self.over.wait(0.5)
            worker.kill()
        except psutil.NoSuchProcess:  # it was replaced, or the crawl is over
            return
        self.kills += 1
        self.held += holding

    def ready_worker(self):
        try:
            for child in self.crawl.children():
                if "signals.worker" in child.cmdline() and confined(child.pid):
                    return child
        except psutil.NoSuchProcess:
            pass
        return None


def confined(pid):
    try:
        return "Seccomp:\t2" in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_no_reference_is_lost_whichever_workers_are_killed(database, add_site, start_crawl):
    many = many_sites(1, IMAGES)
    (site,) = many.sites
    with site:
        # At this rate it takes ten seconds at least, so that several are killed.
        add_site("many", site.url("/"), rate=100.0, max_pages=1_000, max_depth=1_000)
        process = start_crawl("many", VIGIL_PRACTICE_HOSTS=site.host, VIGIL_HASHING_WORKERS="2")
        killer = Killer(process.pid)
        killer.start()
        try:
            code = process.wait(timeout=200)
        finally:
            killer.over.set()
            killer.join()

    with database.reading() as session:
        summary = crawls.latest(session, "many")
        assert summary is not None
        errors = crawls.errors(session, summary.crawl_id, limit=IMAGES)
        images = session.scalar(select(func.count()).select_from(ImageRow))
    assert (code, summary.state, summary.references) == (0, "finished", IMAGES)
    assert summary.hashed + summary.undecodable == IMAGES
    assert (summary.unfinished, summary.failed, images) == (0, 0, summary.hashed)
    assert killer.kills >= 4
    assert killer.held // 2 <= summary.undecodable <= killer.kills
    assert len(errors) == summary.undecodable
    assert all("killed by SIGKILL" in error.reason for error in errors)
