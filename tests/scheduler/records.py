"""What schedulers and their crawls leave in the database."""

from datetime import UTC, datetime

from sqlalchemy import select

from storage import crawls
from storage.database import Database
from storage.tables import SCHEDULER_JOBS


def crawl_states(database: Database) -> list[tuple[str, str]]:
    with database.reading() as session:
        return sorted((crawl.site, crawl.state) for crawl in crawls.list_crawls(session))


def jobs(database: Database) -> dict[str, datetime]:
    with database.reading() as session:
        rows = session.execute(select(SCHEDULER_JOBS.c.id, SCHEDULER_JOBS.c.next_run_time))
        return {row.id: datetime.fromtimestamp(row.next_run_time, UTC) for row in rows}
