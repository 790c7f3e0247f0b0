"""Whoever looks at a crawl that was not let in is told so, and told why."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.crawl import CrawlCounts, CrawlState
from domain.image import Outcome
from domain.site_entry import LOG_IN, WAY_IN
from storage import crawls, sites
from storage.crawls import CrawlError

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
FAILED = "The log-in failed, and the crawl went on without. The site shows its log-in form again."


@pytest.fixture
def past_crawl(database, run):
    run("site", "add", "club", "https://club.example/")
    began = datetime.now(UTC) - timedelta(hours=5)

    def add(*, pictures, what=None):
        counts = CrawlCounts(pages_fetched=40, references=pictures)
        counts.outcomes |= {Outcome.HASHED: pictures}
        with database.writing() as session:
            site_id = sites.get(session, "club").site_id
            crawl_id = crawls.start(session, site_id, now=began)
            if what is not None:
                error = CrawlError(what, "note", "https://club.example/login", FAILED, began)
                crawls.note_errors(session, crawl_id, [error])
            crawls.end(session, crawl_id, CrawlState.FINISHED, None, counts, now=began)
        return crawl_id

    return add


def test_a_failed_log_in_is_warned_of_from_the_first_crawl_on(past_crawl, run):
    crawl_id = past_crawl(pictures=30, what=LOG_IN)

    shown = " ".join(run("crawls", "show", crawl_id).out.split())

    assert f"Warning: 30 pictures, without having been let in. {FAILED}" in shown
    assert "vigil site check club" in shown
    findings = run("doctor", "--json").json["findings"]
    assert any(each["what"] == "Pictures" and FAILED in each["found"] for each in findings)


def test_a_drop_names_the_way_in_as_its_likely_cause(past_crawl, run):
    for _ in range(3):
        past_crawl(pictures=400)

    warned = run("crawls", "show", past_crawl(pictures=10, what=WAY_IN), "--json").json["warning"]

    assert warned["found"] == "10 pictures, where 400 are usual"
    assert warned["cause"] == FAILED


def test_a_log_in_form_on_a_site_that_shows_its_pictures_is_no_reason_to_warn(past_crawl, run):
    assert (
        run("crawls", "show", past_crawl(pictures=30, what=WAY_IN), "--json").json["warning"]
        is None
    )
    assert run("crawls", "show", past_crawl(pictures=0, what=WAY_IN), "--json").json["warning"]
