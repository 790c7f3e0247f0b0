"""Hashing workers that hang or die at a bad moment: nothing is left out for good, nobody waits."""

import signal
import sys
import time
import zipfile

import psutil
import pytest
from sqlalchemy import func, select

from storage import crawls
from storage.tables import ImageRow
from tests.crawler.made_videos import clip
from tests.crawler.test_contents_crawl import saved, zipped
from tests.crawler.test_killed_workers import confined

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="looks for workers in /proc"),
    pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True),
]

# Read by every Python that starts: the crawl's takes its own program for another.
NO_WORKERS = """
import sys
if "crawler" in sys.orig_argv:
    sys.executable = "/nowhere/python"
"""


@pytest.fixture
def ready_worker(wait_for):
    """Wait for a crawl's worker for pictures, videos or archives."""

    def find(crawl, duty):
        found = []

        def is_there():
            for child in psutil.Process(crawl.pid).children():
                line = child.cmdline()
                if "signals.worker" in line and duty in line and confined(child.pid):
                    found.append(child)
            return bool(found)

        wait_for(is_there)
        return found[0]

    return find


def test_a_picture_lost_with_its_worker_is_unpacked_again(
    database, practice_site, add_site, crawl, start_crawl, ready_worker, wait_for, photos
):
    files = [(f"{n}.jpg", saved(photos[0], 60 + n)) for n in range(5)]
    practice_site.write("/c.zip", zipped(files, zipfile.ZIP_STORED), "application/zip")
    practice_site.slow("/c.zip", 3.0)
    practice_site.write("/first.jpg", photos[1].read_bytes())  # for which the worker is started
    practice_site.write("/", b"<img src=first.jpg><a href=c.zip>all of them</a>")
    add_site("archive", practice_site.url("/"))

    process = start_crawl("archive", VIGIL_HASHING_WORKERS="1")
    worker = ready_worker(process, "pictures")
    wait_for(lambda: images(database) == 1)
    worker.suspend()
    wait_for(lambda: references(database) == 3)  # the first picture in the archive, too
    time.sleep(0.3)  # until that is in the worker's hands
    worker.kill()
    assert process.wait(timeout=60) == 0
    assert images(database) == 5
    practice_site.slow("/c.zip", 0)
    again = crawl("archive")

    assert (images(database), again.hashed, again.unfinished) == (6, 2, 0)
    assert crawl("archive").hashed == 0  # nothing is missing now, so it is not sent again
    assert practice_site.requested("/c.zip") == 3


def test_a_crawl_stops_in_time_whatever_is_being_hashed(
    database, practice_site, add_site, start_crawl, ready_worker, photos
):
    for number in range(6):
        body = clip(photos[:3], rate=300 + 10 * number)
        practice_site.write(f"/{number}.mp4", body, "video/mp4")
        practice_site.slow(f"/{number}.mp4", 0.3)  # so that the last comes when the worker hangs
    page = "".join(f"<video src={number}.mp4></video>" for number in range(6))
    practice_site.write("/", page.encode())
    add_site("video", practice_site.url("/"))
    process = start_crawl("video")
    worker = ready_worker(process, "videos")
    worker.suspend()  # as if the video took it a minute

    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=40)
    took = time.monotonic() - began

    with database.reading() as session:
        ended = crawls.latest(session, "video")
    assert ended is not None
    assert (ended.state, ended.references, ended.unfinished) == ("stopped", 6, 0)
    assert ended.failed >= 1
    assert took < 10
    assert not worker.is_running()


def references(database):
    with database.reading() as session:
        summary = crawls.latest(session, "archive")
    return 0 if summary is None else summary.references


def images(database):
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(ImageRow))


def test_where_no_worker_can_start_each_picture_says_why(
    database, practice_site, add_site, crawl, photos, tmp_path
):
    (tmp_path / "sitecustomize.py").write_text(NO_WORKERS)
    practice_site.write("/a.jpg", photos[0].read_bytes())
    practice_site.write("/", b"<img src=a.jpg>")
    add_site("album", practice_site.url("/"))

    summary = crawl("album", PYTHONPATH=str(tmp_path))

    assert summary.failed == 1
    with database.reading() as session:
        (told,) = [
            row.reason for row in crawls.errors(session, summary.crawl_id) if row.what == "image"
        ]
    assert "could not be started with /nowhere/python" in told
