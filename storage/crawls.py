"""Crawls: starting one, its heartbeat and counts, its end, and what went wrong in it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from sqlalchemy import ColumnElement, Select, func, insert, select, update
from sqlalchemy import Row as ResultRow
from sqlalchemy.orm import Session

from domain.crawl import CrawlCounts, CrawlState
from domain.errors import CrawlUnderWay, NotFound, Refused
from domain.sentence import sentence
from storage import site_days, wanted_crawls
from storage.tables import CrawlErrorRow, CrawlRow, PageRow, SiteRow

STALE_AFTER: Final = timedelta(seconds=60)
"""A crawl under way writes a heartbeat every two seconds; silent for this long, it has died."""

_CRASHED: Final = "Its process died without a word; everything it had recorded is kept."


@dataclass(frozen=True, slots=True)
class CrawlSummary:
    """One crawl as listings show it; the outcomes and ``unfinished`` add up to ``references``."""

    crawl_id: int
    site: str
    state: str
    reason: str | None
    started_at: datetime
    heartbeat_at: datetime
    ended_at: datetime | None
    stop_asked_at: datetime | None
    pages_fetched: int
    pages_unchanged: int
    pages_failed: int
    pages_refused: int
    pages_left: int
    references: int
    hashed: int
    duplicate: int
    unchanged: int
    too_small: int
    undecodable: int
    refused: int
    failed: int
    unfinished: int
    flagged: int


@dataclass(frozen=True, slots=True)
class CrawlError:
    """One page or image that did not end well. ``url`` is personal data: shown, never logged."""

    what: str
    outcome: str
    url: str
    reason: str
    happened_at: datetime


def start(
    session: Session, site_id: int, *, now: datetime, stale_after: timedelta = STALE_AFTER
) -> int:
    """Open a crawl of a site and return its id; one that died before is closed as crashed.

    Raises:
        CrawlUnderWay: a crawl of this site is under way.
    """
    # Two that start at the same moment come one after the other, and the second finds the first.
    session.execute(
        select(SiteRow.site_id).where(SiteRow.site_id == site_id).with_for_update(key_share=True)
    )
    under_way = session.scalars(
        select(CrawlRow)
        .where(CrawlRow.site_id == site_id, CrawlRow.state == CrawlState.RUNNING.value)
        .with_for_update()
    ).first()
    if under_way is not None:
        if now - under_way.heartbeat_at < stale_after:
            msg = sentence(
                "Crawl %(crawl_id)s of this site is under way (last sign of life %(heartbeat_at)s "
                "UTC).",
                crawl_id=under_way.crawl_id,
                heartbeat_at=format(under_way.heartbeat_at, "%H:%M:%S"),
            ).with_command(f" `vigil crawls show {under_way.crawl_id}` tells how it stands.")
            raise CrawlUnderWay(msg)
        _crash(session, CrawlRow.crawl_id == under_way.crawl_id, now=now)
    row = CrawlRow(
        site_id=site_id, state=CrawlState.RUNNING.value, started_at=now, heartbeat_at=now
    )
    session.add(row)
    session.flush()
    wanted_crawls.end(session, site_id, now=now)
    return row.crawl_id


class Heard(Enum):
    """What a crawl hears when it gives a sign of life."""

    GO_ON = "go on"
    TOLD_TO_STOP = "told to stop"
    GIVEN_UP = "given up"


def beat(session: Session, crawl_id: int, counts: CrawlCounts, *, now: datetime) -> Heard:
    """Write a sign of life with the counts so far, and hear whether the crawl is to go on."""
    done = session.execute(
        update(CrawlRow)
        .where(CrawlRow.crawl_id == crawl_id, CrawlRow.state == CrawlState.RUNNING.value)
        .values(heartbeat_at=now, **_columns(counts))
        .returning(CrawlRow.stop_asked_at)
    ).first()
    if done is None:
        return Heard.GIVEN_UP
    return Heard.GO_ON if done.stop_asked_at is None else Heard.TOLD_TO_STOP


def ask_to_stop(session: Session, crawl_id: int, *, actor: str, now: datetime) -> CrawlSummary:
    """Have a crawl under way stop at its next sign of life; asked twice, it is asked once.

    Raises:
        NotFound: there is none of that number.
        Refused: it is over.
    """
    crawl = get(session, crawl_id)
    if crawl.state != CrawlState.RUNNING.value:
        msg = sentence(
            "Crawl %(crawl_id)s is over already, so there is nothing to stop.",
            crawl_id=crawl_id,
        )
        raise Refused(msg)
    session.execute(
        update(CrawlRow)
        .where(CrawlRow.crawl_id == crawl_id, CrawlRow.stop_asked_at.is_(None))
        .values(stop_asked_at=now, stop_asked_by=actor)
    )
    return crawl


def end(
    session: Session,
    crawl_id: int,
    state: CrawlState,
    reason: str | None,
    counts: CrawlCounts,
    *,
    now: datetime,
) -> None:
    """Close a crawl with its final counts; one that is closed stays as it was closed first."""
    closed = session.scalars(
        update(CrawlRow)
        .where(CrawlRow.crawl_id == crawl_id, CrawlRow.state == CrawlState.RUNNING.value)
        .values(
            state=state.value, reason=reason, heartbeat_at=now, ended_at=now, **_columns(counts)
        )
        .returning(CrawlRow.crawl_id)
    ).all()
    site_days.count_in(session, closed)
    _read_anew_if_changed(session, [crawl_id])


def mark_crashed(
    session: Session, *, now: datetime, stale_after: timedelta = STALE_AFTER
) -> list[int]:
    """Close every crawl that has been silent for too long; return their ids."""
    return _crash(session, CrawlRow.heartbeat_at <= now - stale_after, now=now)


def note_errors(session: Session, crawl_id: int, errors: Sequence[CrawlError]) -> None:
    """Keep what went wrong, one row each."""
    if errors:
        session.execute(
            insert(CrawlErrorRow),
            [
                {
                    "crawl_id": crawl_id,
                    "what": error.what,
                    "outcome": error.outcome,
                    "url": error.url,
                    "reason": error.reason,
                    "happened_at": error.happened_at,
                }
                for error in errors
            ],
        )


def is_alive(crawl: CrawlSummary, now: datetime) -> bool:
    """Say whether a crawl is under way and gave a sign of life of late."""
    return crawl.state == CrawlState.RUNNING.value and now - crawl.heartbeat_at < STALE_AFTER


def latest(session: Session, site_name: str) -> CrawlSummary | None:
    """Return a site's newest crawl."""
    row = session.execute(
        summaries().where(SiteRow.name == site_name).order_by(CrawlRow.crawl_id.desc()).limit(1)
    ).first()
    return None if row is None else summary_of(row)


def list_crawls(
    session: Session, *, site: str | None = None, before: int | None = None, limit: int = 50
) -> list[CrawlSummary]:
    """Return crawls, newest first; only those before the one of the id ``before`` if given."""
    wanted = summaries().order_by(CrawlRow.crawl_id.desc()).limit(limit)
    if before is not None:
        wanted = wanted.where(CrawlRow.crawl_id < before)
    if site is not None:
        wanted = wanted.where(SiteRow.name == site)
    return [summary_of(row) for row in session.execute(wanted)]


def get(session: Session, crawl_id: int) -> CrawlSummary:
    """Return one crawl.

    Raises:
        NotFound: there is none of that number.
    """
    row = session.execute(summaries().where(CrawlRow.crawl_id == crawl_id)).first()
    if row is None:
        msg = sentence(
            "There is no crawl %(crawl_id)s.",
            crawl_id=crawl_id,
        ).with_command(" `vigil crawls list` shows those there are.")
        raise NotFound(msg)
    return summary_of(row)


def errors(session: Session, crawl_id: int, limit: int = 200) -> list[CrawlError]:
    """Return what went wrong in a crawl, in the order in which it happened."""
    rows = session.scalars(
        select(CrawlErrorRow)
        .where(CrawlErrorRow.crawl_id == crawl_id)
        .order_by(CrawlErrorRow.crawl_error_id)
        .limit(limit)
    )
    return [CrawlError(row.what, row.outcome, row.url, row.reason, row.happened_at) for row in rows]


def noted(session: Session, crawl_id: int) -> int:
    """Count what a crawl's report has to say besides failures, as of a video read in part."""
    return session.scalars(
        select(func.count())
        .select_from(CrawlErrorRow)
        .where(CrawlErrorRow.crawl_id == crawl_id, CrawlErrorRow.outcome == "note")
    ).one()


def _crash(session: Session, which: ColumnElement[bool], *, now: datetime) -> list[int]:
    # In one statement: a crawl that ends or gives a sign of life at this moment is left alone.
    crashed = session.scalars(
        update(CrawlRow)
        .where(which, CrawlRow.state == CrawlState.RUNNING.value)
        .values(state=CrawlState.CRASHED.value, reason=_CRASHED, ended_at=now)
        .returning(CrawlRow.crawl_id)
    ).all()
    if crashed:
        site_days.count_in(session, crashed)
        _read_anew_if_changed(session, crashed)
    return sorted(crashed)


def _read_anew_if_changed(session: Session, crawl_ids: Collection[int]) -> None:
    """Have a site's pages read in full next time if it was changed while they were crawled.

    The crawl went on as it had begun, and "not modified" would keep what it read under the old
    policy.
    """
    changed = (
        select(SiteRow.site_id)
        .join(CrawlRow, CrawlRow.site_id == SiteRow.site_id)
        .where(CrawlRow.crawl_id.in_(crawl_ids), SiteRow.changed_at > CrawlRow.started_at)
    )
    session.execute(
        update(PageRow)
        .where(PageRow.site_id.in_(changed))
        .values(etag=None, last_modified=None)
        .execution_options(synchronize_session=False)
    )


def _columns(counts: CrawlCounts) -> dict[str, int]:
    return {
        "pages_fetched": counts.pages_fetched,
        "pages_unchanged": counts.pages_unchanged,
        "pages_failed": counts.pages_failed,
        "pages_refused": counts.pages_refused,
        "pages_left": counts.pages_left,
        "image_references": counts.references,
        "flagged": counts.flagged,
        **{outcome.value: number for outcome, number in counts.outcomes.items()},
    }


def summaries() -> Select[CrawlRow, str]:
    """Select crawls with the names of their sites: what `summary_of` reads."""
    return select(CrawlRow, SiteRow.name).join(SiteRow, SiteRow.site_id == CrawlRow.site_id)


def summary_of(row: ResultRow[CrawlRow, str]) -> CrawlSummary:
    """Read one row of `summaries`."""
    crawl, site = row
    ended = (
        crawl.hashed
        + crawl.duplicate
        + crawl.unchanged
        + crawl.too_small
        + crawl.undecodable
        + crawl.refused
        + crawl.failed
    )
    return CrawlSummary(
        crawl_id=crawl.crawl_id,
        site=site,
        state=crawl.state,
        reason=crawl.reason,
        started_at=crawl.started_at,
        heartbeat_at=crawl.heartbeat_at,
        ended_at=crawl.ended_at,
        stop_asked_at=crawl.stop_asked_at,
        pages_fetched=crawl.pages_fetched,
        pages_unchanged=crawl.pages_unchanged,
        pages_failed=crawl.pages_failed,
        pages_refused=crawl.pages_refused,
        pages_left=crawl.pages_left,
        references=crawl.image_references,
        hashed=crawl.hashed,
        duplicate=crawl.duplicate,
        unchanged=crawl.unchanged,
        too_small=crawl.too_small,
        undecodable=crawl.undecodable,
        refused=crawl.refused,
        failed=crawl.failed,
        unfinished=crawl.image_references - ended,
        flagged=crawl.flagged,
    )
