"""Visits that somebody asked for: to be taken up by whichever scheduler leads."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from domain.errors import Refused
from domain.sentence import sentence
from storage.tables import SiteRow
from storage.watching_tables import WantedCrawlRow


@dataclass(frozen=True, slots=True)
class WantedCrawl:
    """A visit that was asked for and has not begun; ``taken_at`` once it has its turn."""

    wanted_crawl_id: int
    site: str
    asked_at: datetime
    asked_by: str
    taken_at: datetime | None


def ask(session: Session, site_id: int, *, actor: str, now: datetime) -> None:
    """Ask for a visit.

    Raises:
        Refused: one is asked for already.
    """
    row = WantedCrawlRow(site_id=site_id, asked_at=now, asked_by=actor)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        msg = sentence(
            "A visit to this site is asked for already; it begins as soon as there is room.",
        )
        raise Refused(msg) from None


def open_ones(session: Session) -> list[WantedCrawl]:
    """Return the visits that wait to begin, the longest waiting first."""
    rows = session.execute(
        select(WantedCrawlRow, SiteRow.name)
        .join(SiteRow, SiteRow.site_id == WantedCrawlRow.site_id)
        .where(WantedCrawlRow.ended_at.is_(None))
        .order_by(WantedCrawlRow.wanted_crawl_id)
    )
    return [
        WantedCrawl(row.wanted_crawl_id, name, row.asked_at, row.asked_by, row.taken_at)
        for row, name in rows
    ]


def of_site(session: Session, name: str) -> WantedCrawl | None:
    """Return the visit to a site that waits to begin, if one does."""
    return next((wanted for wanted in open_ones(session) if wanted.site == name), None)


def take(session: Session, wanted_crawl_id: int, *, now: datetime) -> None:
    """Note that the site has its turn."""
    session.execute(
        update(WantedCrawlRow)
        .where(WantedCrawlRow.wanted_crawl_id == wanted_crawl_id, WantedCrawlRow.taken_at.is_(None))
        .values(taken_at=now)
    )


def end(session: Session, site_id: int, *, now: datetime, asked_by: datetime | None = None) -> None:
    """Close what is wanted of a site: its visit begins, or cannot.

    With ``asked_by``, not what was asked for after that moment: it is for a visit to come.
    """
    closed = (
        update(WantedCrawlRow)
        .where(WantedCrawlRow.site_id == site_id, WantedCrawlRow.ended_at.is_(None))
        .values(ended_at=now)
    )
    if asked_by is not None:
        closed = closed.where(WantedCrawlRow.asked_at <= asked_by)
    session.execute(closed)


def take_back(session: Session, site_id: int) -> bool:
    """Forget a visit that was asked for; False if it has begun, or none was."""
    gone = session.scalars(
        delete(WantedCrawlRow)
        .where(WantedCrawlRow.site_id == site_id, WantedCrawlRow.ended_at.is_(None))
        .returning(WantedCrawlRow.wanted_crawl_id)
    )
    return gone.first() is not None
