"""What the crawls of each site came to, day by day: a few rows in place of all of its crawls."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from storage.tables import CrawlRow
from storage.watching_tables import SiteDayRow


@dataclass(frozen=True, slots=True)
class SiteDay:
    """One day of a site, in UTC: how many crawls ended on it, and what they brought."""

    day: date
    crawls: int
    new_images: int
    flagged: int


def count_in(session: Session, crawl_ids: Collection[int]) -> None:
    """Count crawls that have just ended into their sites' days. Each is to come here once."""
    make = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    ended = session.execute(
        select(CrawlRow.site_id, CrawlRow.ended_at, CrawlRow.hashed, CrawlRow.flagged).where(
            CrawlRow.crawl_id.in_(crawl_ids), CrawlRow.ended_at.is_not(None)
        )
    )
    for site_id, ended_at, hashed, flagged in ended.all():
        if ended_at is None:
            continue
        new = make(SiteDayRow).values(
            site_id=site_id, day=ended_at.date(), crawls=1, new_images=hashed, flagged=flagged
        )
        session.execute(
            new.on_conflict_do_update(
                index_elements=[SiteDayRow.site_id, SiteDayRow.day],
                set_={
                    name: getattr(SiteDayRow, name) + getattr(new.excluded, name)
                    for name in ("crawls", "new_images", "flagged")
                },
            )
        )


def days_of(session: Session, site_id: int, *, since: date) -> list[SiteDay]:
    """Return a site's days on which a crawl ended, oldest first."""
    rows = session.scalars(
        select(SiteDayRow)
        .where(SiteDayRow.site_id == site_id, SiteDayRow.day >= since)
        .order_by(SiteDayRow.day)
    )
    return [SiteDay(row.day, row.crawls, row.new_images, row.flagged) for row in rows]


def new_images(session: Session, *, since: date) -> Mapping[int, Mapping[date, int]]:
    """Return the new images of every site by day, by the site's id."""
    rows = session.execute(
        select(SiteDayRow.site_id, SiteDayRow.day, SiteDayRow.new_images).where(
            SiteDayRow.day >= since
        )
    )
    found: dict[int, dict[date, int]] = defaultdict(dict)
    for site_id, day, number in rows:
        found[site_id][day] = number
    return found
