"""What is said of crawls that ended, and closing the rows of those that could not themselves."""

import logging
from dataclasses import dataclass
from datetime import datetime

from crawler.visit import ExitCode
from domain.crawl import CRAWL_STATE_MEANINGS, CrawlCounts, CrawlState
from domain.errors import VigilError
from domain.image import Outcome
from storage import crawls, sites, wanted_crawls
from storage.crawls import CrawlSummary
from storage.database import Database

_log = logging.getLogger("vigil.scheduler")


@dataclass(frozen=True, slots=True)
class EndedProcess:
    """How the child process of a crawl ended; ``stopped`` says why it was told to, if it was."""

    site: str
    began: datetime
    exit_code: int
    stopped: str | None

    def __str__(self) -> str:
        code = self.exit_code
        how = f"exit code {code}" if code >= 0 else f"signal {-code}"
        return how if self.stopped is None else f"{how} after being told to stop: {self.stopped}"


def report(database: Database, ended: EndedProcess, *, now: datetime) -> bool:
    """Log how a crawl ended, close its row if it could not, and say whether it finished.

    Ids and counts only: the row's own reason may name an address, and stays in the database.
    """
    if ended.exit_code == ExitCode.UNDER_WAY:
        _log.warning("turn missed: site=%s reason=it is crawled elsewhere, or paused", ended.site)
        return False
    try:
        crawl = _crawl_of(database, ended, now=now)
    except VigilError as error:
        _log.warning("crawl ended: site=%s how=%s counts unknown: %s", ended.site, ended, error)
        return False
    if crawl is None:
        _log.error("crawl crashed: site=%s crawl=none reason=%s before it began", ended.site, ended)
        return False
    if crawl.state == CrawlState.CRASHED.value:
        _log.error("crawl crashed: site=%s crawl=%d reason=%s", ended.site, crawl.crawl_id, ended)
        return False
    finished = crawl.state == CrawlState.FINISHED.value
    meaning = CRAWL_STATE_MEANINGS[CrawlState(crawl.state)].split(";")[0]
    _log.log(
        logging.INFO if finished else logging.WARNING,
        "crawl ended: site=%s crawl=%d state=%s pages=%d unchanged=%d references=%d hashed=%d "
        "failed=%d flagged=%d reason=%s",
        crawl.site,
        crawl.crawl_id,
        crawl.state,
        crawl.pages_fetched,
        crawl.pages_unchanged,
        crawl.references,
        crawl.hashed,
        crawl.pages_failed + crawl.failed,
        crawl.flagged,
        meaning if finished else ended.stopped or meaning,
    )
    return finished


def close_wish(database: Database, ended: EndedProcess, *, now: datetime) -> None:
    """Close a wish for a visit that could not begin; one that began has closed it.

    Somebody may want the next one already, since the row of the crawl is closed before its process
    is gone.
    """
    try:
        with database.writing() as session:
            site_id = sites.get(session, ended.site).site_id
            wanted_crawls.end(session, site_id, now=now, asked_by=ended.began)
    except VigilError as error:  # the site is removed, or the database away
        _log.warning("wish not closed: site=%s reason=%s", ended.site, type(error).__name__)


def report_silent_crawls(database: Database, *, now: datetime) -> None:
    """Close crawls that have given no sign of life, whoever began them, and log each."""
    with database.writing() as session:
        dead = [crawls.get(session, crawl_id) for crawl_id in crawls.mark_crashed(session, now=now)]
    for crawl in dead:
        _log.error(
            "crawl crashed: site=%s crawl=%d reason=no sign of life since %s",
            crawl.site,
            crawl.crawl_id,
            f"{crawl.heartbeat_at:%H:%M:%SZ}",
        )


def _crawl_of(database: Database, ended: EndedProcess, *, now: datetime) -> CrawlSummary | None:
    """Return the crawl that a process opened, closed by now; None if it opened none."""
    with database.writing() as session:
        crawl = crawls.latest(session, ended.site)
        if crawl is None or crawl.started_at < ended.began:
            return None
        if crawl.state != CrawlState.RUNNING.value:
            return crawl
        # At once, not when its heartbeat has grown stale: a site with a short interval would
        # lose its next turn to a crawl that is no more.
        told = ended.stopped is not None and crawl.unfinished == 0
        state = CrawlState.STOPPED if told else CrawlState.CRASHED
        reason = f"Its process ended early ({ended}); what it recorded is kept."
        crawls.end(session, crawl.crawl_id, state, reason, _counts(crawl), now=now)
        return crawls.get(session, crawl.crawl_id)


def _counts(crawl: CrawlSummary) -> CrawlCounts:
    return CrawlCounts(
        pages_fetched=crawl.pages_fetched,
        pages_unchanged=crawl.pages_unchanged,
        pages_failed=crawl.pages_failed,
        pages_refused=crawl.pages_refused,
        references=crawl.references,
        outcomes={outcome: getattr(crawl, outcome.value) for outcome in Outcome},
        flagged=crawl.flagged,
    )
