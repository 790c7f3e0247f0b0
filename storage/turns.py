"""When each site has its turn next, as the scheduler's own table says."""

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.tables import SCHEDULER_JOBS

JOB_PREFIX: Final = "site:"
"""What the name of a site's job begins with; the site's name follows."""


def next_turns(session: Session) -> dict[str, datetime]:
    """Return when each site's next visit is due, by the site's name; one in the past is due now."""
    jobs = SCHEDULER_JOBS.c
    rows = session.execute(
        select(jobs.id, jobs.next_run_time).where(
            jobs.id.startswith(JOB_PREFIX, autoescape=True), jobs.next_run_time.is_not(None)
        )
    )
    return {name.removeprefix(JOB_PREFIX): datetime.fromtimestamp(due, UTC) for name, due in rows}
