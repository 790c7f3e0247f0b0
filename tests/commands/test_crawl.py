import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

import cli
from domain.crawl import CrawlCounts, CrawlState
from domain.image import Outcome
from storage import crawls, sites
from storage.crawls import CrawlError

ROOT = Path(cli.__file__).parent


def _past_crawl(database, now, **errors):
    counts = CrawlCounts(pages_fetched=3, pages_failed=1, references=5, flagged=2)
    counts.outcomes |= {Outcome.HASHED: 3, Outcome.DUPLICATE: 1, Outcome.FAILED: 1}
    with database.writing() as session:
        crawl_id = crawls.start(session, sites.get(session, "gallery").site_id, now=now)
        crawls.note_errors(session, crawl_id, [CrawlError(**errors, happened_at=now)])
        crawls.end(session, crawl_id, CrawlState.FINISHED, None, counts, now=now)
    return crawl_id


def test_past_crawls_are_listed_and_shown_with_what_went_wrong(run, database):
    assert "vigil crawl" in run("crawls", "list").out
    run("site", "add", "gallery", "https://gallery.example/")
    now = datetime.now(UTC) - timedelta(minutes=5)
    crawl_id = _past_crawl(
        database,
        now,
        what="image",
        outcome="failed",
        url="https://gallery.example/\x1b]0;owned\x07[bold]",
        reason="timed out\x1b[2J\x9b1m\u202e",
    )

    (listed,) = run("crawls", "list", "--site", "gallery", "--json").json
    assert (listed["crawl_id"], listed["state"], listed["references"]) == (crawl_id, "finished", 5)
    assert "gallery" in run("crawls", "list").out
    shown = run("crawls", "show", crawl_id).out
    assert "2 new matches flagged" in shown
    assert "vigil match list --site gallery" in shown
    assert f"vigil crawls show {crawl_id} --errors" in shown
    *outcomes, in_all = [
        int(line.split()[0]) for line in shown.splitlines() if line.startswith("     ")
    ]
    assert sum(outcomes) == in_all == 5

    with_errors = run("crawls", "show", crawl_id, "--errors")
    assert "timed out" in with_errors.out
    assert "[bold]" in with_errors.out
    assert "\x1b" not in with_errors.out  # what a stranger writes steers no terminal
    assert "\x07" not in with_errors.out

    as_json = run("crawls", "show", crawl_id, "--errors", "--json")
    assert as_json.out.replace("\n", "").isprintable()
    assert as_json.json["errors"][0]["reason"] == "timed out\x1b[2J\x9b1m\u202e"
    as_json = run("crawls", "show", crawl_id, "--errors", "--json").json
    assert as_json["crawl"]["crawl_id"] == crawl_id
    assert as_json["errors"][0]["what"] == "image"
    assert run("site", "show", "gallery", "--json").json["last_crawl"]["flagged"] == 2
    assert "finished" in run("site", "list").out


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_crawl_of_a_practice_site_adds_up(run, practice_site, photos):
    practice_site.write("/one.jpg", photos[0].read_bytes())
    practice_site.write("/two.jpg", photos[1].read_bytes())
    practice_site.write("/", b"<img src=one.jpg><img src=two.jpg><img src=gone.jpg>")
    allowed = {"VIGIL_PRACTICE_HOSTS": practice_site.host}
    run("site", "add", "gallery", practice_site.url("/"), "--rate", "100/s")
    case = run("case", "open", "--json").json["number"]
    run("register", case, photos[0])

    crawled = run("crawl", "gallery", "--json", **allowed)

    assert crawled.code == 0, crawled.err
    assert (crawled.json["state"], crawled.json["flagged"]) == ("finished", 1)
    assert crawled.json["references"] == 3 == crawled.json["hashed"] + crawled.json["failed"]
    again = run("crawl", "gallery", **allowed)
    assert again.code == 0
    assert "No new match was flagged" in again.out
    (match,) = run("match", "list", "--case", case, "--json").json
    assert match["image_url"] == practice_site.url("/one.jpg")


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_site_that_is_down_is_exit_code_3(run):
    run("site", "add", "gallery", "http://127.0.0.1:1/", "--rate", "100/s")

    crawled = run("crawl", "gallery", VIGIL_PRACTICE_HOSTS="127.0.0.1:1")

    assert crawled.code == 3
    assert "failed" in crawled.out


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_crawl_under_way_is_not_begun_twice(run, database):
    run("site", "add", "gallery", "https://gallery.example/")
    with database.writing() as session:
        site_id = sites.get(session, "gallery").site_id
        crawls.start(session, site_id, now=datetime.now(UTC))

    refused = run("crawl", "gallery")

    assert refused.code == 1
    assert "under way" in refused.err


@pytest.fixture
def long_crawl(run, environment, practice_site, wait_for):
    """A `vigil crawl` in a process of its own, at a site that would keep it for minutes."""
    links = "".join(f"<a href=/{number}.html>{number}</a>" for number in range(500))
    practice_site.write("/", links.encode())
    for number in range(500):
        practice_site.write(f"/{number}.html", b"nothing here")
    run("site", "add", "gallery", practice_site.url("/"), "--rate", "5/s")
    process = subprocess.Popen(
        [sys.executable, "-m", "cli", "crawl", "gallery", "--json"],
        env=os.environ | environment | {"VIGIL_PRACTICE_HOSTS": practice_site.host},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_for(lambda: any(practice_site.requested(f"/{n}.html") for n in range(3)))
    yield process
    process.kill()
    process.communicate()


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_ctrl_c_stops_it_gently_and_leaves_nothing_running(long_crawl):
    children = psutil.Process(long_crawl.pid).children(recursive=True)

    long_crawl.send_signal(signal.SIGINT)
    out, err = long_crawl.communicate(timeout=40)

    assert long_crawl.returncode == 130
    assert json.loads(out)["state"] == "stopped", err
    assert "Traceback" not in err
    assert children
    assert not [child for child in children if child.is_running()]


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_crawl_whose_process_dies_is_closed_and_said_so(long_crawl):
    children = psutil.Process(long_crawl.pid).children(recursive=True)

    psutil.Process(long_crawl.pid).children()[0].kill()
    out, err = long_crawl.communicate(timeout=40)

    assert long_crawl.returncode == 1
    assert json.loads(out)["state"] == "crashed"
    assert "gallery.log" in err
    assert "Traceback" not in err
    psutil.wait_procs(children, timeout=10)
    assert not [child for child in children if child.is_running()]
