"""Pages that a crawl left out are counted where crawls are shown, and named with the errors."""

from datetime import UTC, datetime

import pytest

from domain.crawl import CrawlCounts, CrawlState
from storage import crawls, sites
from storage.crawls import CrawlError

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

WHY = "1,204 pages like /calendar/#/# were not visited: 12 visits there brought no new picture."


def test_pages_left_out_are_counted_and_named(run, database):
    run("site", "add", "gallery", "https://gallery.example/")
    now = datetime.now(UTC)
    example = "https://gallery.example/calendar/2031/7"
    with database.writing() as session:
        crawl_id = crawls.start(session, sites.get(session, "gallery").site_id, now=now)
        left = CrawlError("page", "left", example, WHY, now)
        crawls.note_errors(session, crawl_id, [left])
    with database.writing() as session:
        crawls.beat(session, crawl_id, CrawlCounts(pages_fetched=8, pages_left=40), now=now)
    assert "8 read, 0 unchanged, 0 failed, 0 refused, 40 waiting" in run(
        "crawls", "show", crawl_id
    ).out.replace("\n", " ")

    with database.writing() as session:
        counts = CrawlCounts(pages_fetched=80, pages_left=1_204)
        crawls.end(session, crawl_id, CrawlState.FINISHED, None, counts, now=now)

    shown = run("crawls", "show", crawl_id).out
    assert "1,204 left out" in shown
    assert f"Which pages were left out, and why: vigil crawls show {crawl_id} --errors" in shown
    named = " ".join(run("crawls", "show", crawl_id, "--errors").out.split())
    assert "12 visits there brought" in named
    assert run("crawls", "show", crawl_id, "--json").json["pages_left"] == 1_204
