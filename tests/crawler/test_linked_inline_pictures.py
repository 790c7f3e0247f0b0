"""A picture that a link holds within itself is looked at like any other, and not kept."""

import base64
import json
import subprocess
import sys

import pytest

from crawler.visit import PROJECT
from storage import crawls
from tests.crawler.test_where_pictures_hide import flagged_addresses

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])

# Python keeps what it has split last, for as long as its process lives.
CRAWL_AND_TELL = """
import gc, json, sys, urllib.parse
from crawler.__main__ import main

code = main()
caches = [each for each in gc.get_referents(urllib.parse.urlsplit) if isinstance(each, dict)]
kept = [str(key[0]) for cache in caches for key in cache if isinstance(key, tuple)]
json.dump({"code": code, "kept": [address[:40] for address in kept]}, sys.stdout)
"""


def test_a_picture_within_a_link_is_matched_and_not_kept(
    database, practice_site, add_site, register, photos, environment
):
    register(photos[0])
    inline = base64.b64encode(photos[0].read_bytes()).decode()
    practice_site.write("/", f'<a href="data:image/jpeg;base64,{inline}">boat</a>'.encode())
    add_site("inline", practice_site.url("/"))

    ended = subprocess.run(
        [sys.executable, "-c", CRAWL_AND_TELL, "inline"],
        env=environment | {"VIGIL_PRACTICE_HOSTS": practice_site.host},
        cwd=PROJECT,
        capture_output=True,
        timeout=60,
        check=False,
    )

    with database.reading() as session:
        summary = crawls.latest(session, "inline")
    assert summary is not None
    assert (summary.state, summary.hashed, summary.flagged) == ("finished", 1, 1)
    (address,) = flagged_addresses(database)
    assert address.startswith("data:image/jpeg;sha256=")
    told = json.loads(ended.stdout)
    assert told["code"] == 0
    assert practice_site.url("/") in told["kept"]  # of addresses, some are
    assert [kept for kept in told["kept"] if "base64" in kept] == []
