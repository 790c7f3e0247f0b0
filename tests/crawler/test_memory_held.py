"""A crawl is stopped for the memory that it holds itself, and for no other."""

import subprocess
import sys

import pytest

from crawler.visit import PROJECT
from storage import crawls

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])

MORE_THAN_ALLOWED = 1_200 * 2**20

# A scheduler whose registry was large a moment ago, and which starts a crawl.
LARGE_PARENT = f"""
import subprocess, sys
held = b"x" * {MORE_THAN_ALLOWED}
del held
sys.exit(subprocess.call([sys.executable, "-m", "crawler", "album"]))
"""

# Read by every Python that starts; of them all, the crawl alone grows.
LARGE_CRAWL = f"""
import sys
if "crawler" in sys.orig_argv:
    sys.held = b"x" * {MORE_THAN_ALLOWED}
"""


@pytest.fixture
def run(practice_site, add_site, photos, environment, database):
    def crawl_album(*command, **more):
        practice_site.write("/a.jpg", photos[0].read_bytes())
        practice_site.write("/", b"<img src=a.jpg>")
        add_site("album", practice_site.url("/"))
        subprocess.run(
            [sys.executable, *command],
            env=environment | {"VIGIL_PRACTICE_HOSTS": practice_site.host} | more,
            cwd=PROJECT,
            timeout=60,
            check=False,
        )
        with database.reading() as session:
            return crawls.latest(session, "album")

    return crawl_album


def test_a_crawl_does_not_end_because_its_scheduler_was_large(run):
    crawl = run("-c", LARGE_PARENT)

    assert (crawl.state, crawl.hashed) == ("finished", 1)


def test_a_crawl_that_holds_too_much_ends_and_says_why(run, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(LARGE_CRAWL)

    crawl = run("-m", "crawler", "album", PYTHONPATH=str(tmp_path))

    assert (crawl.state, crawl.reason) == ("stopped", "It needed too much memory.")
