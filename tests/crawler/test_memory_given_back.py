"""What reading a large page took does not stay with the crawl."""

import platform
import subprocess
import sys

import pytest

from crawler.visit import PROJECT

# Most of it is free again, in pieces between what is still held.
PIECES = """
import psutil
from crawler.memory_held import give_back
process = psutil.Process()
pieces = [bytes(6_000) for _ in range(40_000)]
pieces = pieces[::100]
before = process.memory_info().rss
give_back()
print(before - process.memory_info().rss)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="others keep nothing back")
def test_what_was_used_once_is_given_back_to_the_system():
    given = subprocess.run(
        [sys.executable, "-c", PIECES], cwd=PROJECT, capture_output=True, check=True, text=True
    )

    assert int(given.stdout) > 100 * 2**20
