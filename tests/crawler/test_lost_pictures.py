"""A picture that was lost with its worker is not taken for one that cannot be opened."""

import sys
import time

import psutil
import pytest
from sqlalchemy import func, select

from storage import crawls
from storage.tables import ImageRow

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="looks for workers in /proc"),
    pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True),
]


def test_a_picture_lost_with_its_worker_is_hashed_at_the_next_crawl(
    database, practice_site, add_site, crawl, start_crawl, wait_for, photos
):
    for name, photo in (("quick", photos[0]), ("late", photos[1])):
        practice_site.write(f"/{name}.jpg", photo.read_bytes(), "image/jpeg")
    practice_site.slow("/late.jpg", 3.0)
    practice_site.write("/", b"<img src=quick.jpg><img src=late.jpg>")
    add_site("a", practice_site.url("/"))

    process = start_crawl("a", VIGIL_HASHING_WORKERS="1")
    wait_for(lambda: practice_site.requested("/late.jpg"))
    asked = time.monotonic()
    wait_for(lambda: hashed(database) == 1)
    (worker,) = workers(process.pid)
    worker.suspend()
    time.sleep(max(0.0, asked + 4.0 - time.monotonic()))  # until the other is in its hands
    worker.kill()
    assert process.wait(timeout=60) == 0

    with database.reading() as session:
        lost = crawls.latest(session, "a")
    practice_site.slow("/late.jpg", 0)
    again = crawl("a")

    assert lost is not None
    assert (lost.undecodable, lost.hashed) == (1, 1)
    assert (again.undecodable, again.hashed) == (0, 1)
    assert hashed(database) == 2


def workers(pid):
    return [
        child for child in psutil.Process(pid).children() if "signals.worker" in child.cmdline()
    ]


def hashed(database):
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(ImageRow))
