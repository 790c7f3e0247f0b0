"""For tests of crawls: what their reports say."""

import pytest

from storage import crawls


@pytest.fixture
def told(database):
    """Give what a crawl's report says about the crawl as a whole, by what it is about."""

    def of(summary):
        with database.reading() as session:
            errors = crawls.errors(session, summary.crawl_id)
        return {error.what: error.reason for error in errors if error.outcome == "note"}

    return of
