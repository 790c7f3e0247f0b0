"""Analysing: what analysts ask and take away, each with its entry in the audit chain."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from storage import analyst_query, audit
from storage.analyst_query import Answer, QueryStopped
from storage.analyst_query_limits import Trouble
from storage.audit import JsonValue
from storage.database import Database

_NOTED: Final = 4000
"""Letters of a query that the chain keeps."""

_NEVER_BEGAN: Final = frozenset(
    {Trouble.OFF, Trouble.UNSAFE, Trouble.LACKING, Trouble.NOT_LET_IN, Trouble.BUSY, Trouble.EMPTY}
)


def ask(
    database: Database, query: str, *, analyst_url: str | None, actor: str, now: datetime
) -> Answer:
    """Run one query over the analysts' views; that it was run is on record, whatever it gave.

    Raises:
        QueryStopped: it was refused, took too long, or is wrong; or queries are off.
    """
    try:
        answer = analyst_query.ask(database, query, analyst_url=analyst_url)
    except QueryStopped as stopped:
        if stopped.trouble not in _NEVER_BEGAN:
            _note(database, query, {"stopped": stopped.trouble.value}, actor=actor, now=now)
        raise
    found: dict[str, JsonValue] = {
        "rows": len(answer.rows),
        "seconds": round(answer.took.total_seconds(), 2),
    }
    _note(database, query, found, actor=actor, now=now)
    return answer


def note_download(
    session: Session, of: str, *, details: Mapping[str, JsonValue], actor: str, now: datetime
) -> None:
    """Put on record that figures are handed out as a file, before they are."""
    audit.append(
        session, now=now, actor=actor, action="figures exported", subject=of, details=details
    )


def _note(
    database: Database,
    query: str,
    found: Mapping[str, JsonValue],
    *,
    actor: str,
    now: datetime,
) -> None:
    with database.writing() as session:
        audit.append(
            session,
            now=now,
            actor=actor,
            action="query run",
            subject="figures",
            details={"query": query.strip()[:_NOTED], **found},
        )
