"""What the crawl rows say of the crawls that this scheduler began, and closing those that died."""

from datetime import datetime

from domain.crawl import CrawlCounts, CrawlState
from domain.image import Outcome
from storage import crawls
from storage.crawls import CrawlSummary
from storage.database import Database


def newest_crawl(database: Database, site: str, began: datetime) -> CrawlSummary | None:
    """Return a site's newest crawl if it was started at ``began`` or later."""
    with database.reading() as session:
        crawl = crawls.latest(session, site)
    return crawl if crawl is not None and crawl.started_at >= began else None


def close_dead_crawl(
    database: Database, crawl: CrawlSummary, reason: str, *, now: datetime
) -> None:
    """Close a crawl whose process is known to be dead, with the counts that it last wrote.

    At once, not when its heartbeat has grown stale: a site with a short interval would lose its
    next turn to a crawl that is no more.
    """
    counts = CrawlCounts(
        pages_fetched=crawl.pages_fetched,
        pages_unchanged=crawl.pages_unchanged,
        pages_failed=crawl.pages_failed,
        pages_refused=crawl.pages_refused,
        references=crawl.references,
        outcomes={outcome: getattr(crawl, outcome.value) for outcome in Outcome},
        flagged=crawl.flagged,
    )
    with database.writing() as session:
        crawls.end(session, crawl.crawl_id, CrawlState.CRASHED, reason, counts, now=now)


def close_silent_crawls(database: Database, *, now: datetime) -> list[CrawlSummary]:
    """Close crawls that have given no sign of life, whoever began them, and return them."""
    with database.writing() as session:
        return [crawls.get(session, crawl_id) for crawl_id in crawls.mark_crashed(session, now=now)]
