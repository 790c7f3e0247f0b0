"""A watched site with a past, as operators know it."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.crawl import CrawlCounts, CrawlState
from domain.image import Outcome
from domain.site import Site
from storage import crawls, sites

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)


@pytest.fixture
def now():
    return NOW


@pytest.fixture
def forum(database):
    """Watch a forum since twenty days; returns its id."""
    site = Site("forum", ("https://forum.example/",), cookies={"session": "a key"})
    with database.writing() as session:
        return sites.add(session, site, now=NOW - timedelta(days=20)).site_id


@pytest.fixture
def crawled(database, forum):
    """Put a crawl of the forum on record that ended so long ago; returns its id."""

    def add(ago, *, state=CrawlState.FINISHED, hashed=30, reason=None, errors=()):
        counts = CrawlCounts(pages_fetched=5, references=hashed)
        counts.outcomes[Outcome.HASHED] = hashed
        with database.writing() as session:
            crawl_id = crawls.start(session, forum, now=NOW - ago - timedelta(minutes=2))
            crawls.note_errors(session, crawl_id, errors)
            crawls.end(session, crawl_id, state, reason, counts, now=NOW - ago)
        return crawl_id

    return add
