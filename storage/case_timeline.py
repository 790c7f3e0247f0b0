"""Everything that happened in a case, the newest first: from the audit chain, and what was flagged.

What people did is on record under the number of the case, of a registration, a match or a
look-alike. Flagging is no person's doing, so it is told by the matches themselves; those of one
crawl come in one. What was erased is not told any more, beyond that it was.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from heapq import merge, nlargest
from typing import Final, NamedTuple, Self

from sqlalchemy import ColumnElement, literal, select, tuple_, union_all
from sqlalchemy.orm import Session, aliased

from domain.errors import InvalidInput
from domain.sentence import sentence
from storage.audit import JsonValue
from storage.cases import case_row
from storage.columns import UtcDateTime
from storage.registrations import in_parts
from storage.tables import AuditEntryRow, CaseRow, LookAlikeRow, MatchRow, RegistrationRow

FLAGGED: Final = "flagged"
"""What an event says of images that were flagged."""

LOOKS: Final = ("case viewed", "addresses viewed", "picture looked at", "picture asked for")
"""What is left out unless it is asked for: that somebody looked."""

_ONE_CRAWL: Final = timedelta(hours=1)
_FLAGS_AT_ONCE: Final = 500
# What a registration finds is flagged at its own moment, and told as what came after it.
_OF_CHAIN: Final = 0
_OF_FLAGS: Final = 1


class Place(NamedTuple):
    """Where an event stands among all: by time, then by where it is from, then by its row."""

    at: datetime
    source: int
    row: int

    def __str__(self) -> str:
        """Write it for an address."""
        return f"{self.at.astimezone(UTC):%Y%m%dT%H%M%S%f}.{self.source}.{self.row}"

    @classmethod
    def read(cls, written: str) -> Self:
        """Read what was written.

        Raises:
            InvalidInput: it is no place.
        """
        try:
            at, source, row = written.split(".")
            moment = datetime.strptime(at, "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC)
            return cls(moment, int(source), int(row))
        except ValueError:
            msg = sentence(
                "%(written)r is no place in a timeline. Begin with its first page.",
                written=written,
            )
            raise InvalidInput(msg) from None


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. ``what`` is an action of the audit chain, or FLAGGED.

    ``count`` is how many images were flagged; ``since`` is when the first of them was.
    """

    place: Place
    what: str
    subject: str
    actor: str | None
    reason: str | None
    details: Mapping[str, JsonValue]
    count: int = 1
    since: datetime | None = None

    @property
    def at(self) -> datetime:
        """When it happened."""
        return self.place.at


@dataclass(frozen=True, slots=True)
class Timeline:
    """Some events, and the place of the last if there are more before it."""

    events: list[Event]
    before: Place | None


def timeline(
    session: Session,
    number: str,
    *,
    before: Place | None = None,
    limit: int,
    looks: bool = False,
) -> Timeline:
    """Return what happened in a case, the newest first; with ``looks``, who looked at it as well.

    Raises:
        NotFound: there is no case of that number.
    """
    case = case_row(session, number)
    sources = (
        _chain(session, case, before, limit + 1, looks=looks),
        _flags(session, case, before, _FLAGS_AT_ONCE),
    )
    # Of a source that has more than was read, the rest is unknown: so nothing older is told yet.
    known_to = max((read[-1].place for read, cut_off in sources if cut_off), default=None)
    events: list[Event] = []
    last: Place | None = None
    more = known_to is not None
    for event in merge(*(read for read, _ in sources), key=lambda each: each.place, reverse=True):
        joins = bool(events) and _belong_together(events[-1], event)
        if (known_to is not None and event.place < known_to) or (
            len(events) == limit and not joins
        ):
            more = True
            break
        if joins:
            events[-1] = replace(events[-1], count=events[-1].count + 1, since=event.at)
        else:
            events.append(event)
        last = event.place
    return Timeline(events, last if more else None)


def _belong_together(later: Event, earlier: Event) -> bool:
    return (
        later.what == earlier.what == FLAGGED
        and (later.since or later.at) - earlier.at < _ONE_CRAWL
    )


def _chain(
    session: Session, case: CaseRow, before: Place | None, limit: int, *, looks: bool
) -> tuple[Sequence[Event], bool]:
    """Return what people did in a case, and whether there is more."""
    rows: list[AuditEntryRow] = []
    for part in in_parts(_subjects(session, case)):
        of_these = select(AuditEntryRow).where(AuditEntryRow.subject.in_(part))
        if not looks:
            of_these = of_these.where(AuditEntryRow.action.not_in(LOOKS))
        if before is not None:
            of_these = of_these.where(
                _earlier(AuditEntryRow.happened_at, AuditEntryRow.sequence, _OF_CHAIN, before)
            )
        # Gathered first and put in order then: or PostgreSQL goes through the whole chain in that
        # order, and asks of each entry whether it is one of these.
        gathered = of_these.cte("gathered").prefix_with("MATERIALIZED")
        entry = aliased(AuditEntryRow, gathered)
        rows += session.scalars(
            select(entry).order_by(entry.happened_at.desc(), entry.sequence.desc()).limit(limit)
        )
    rows = nlargest(limit, rows, key=lambda row: (row.happened_at, row.sequence))
    events = [
        Event(
            place=Place(row.happened_at, _OF_CHAIN, row.sequence),
            what=row.action,
            subject=row.subject,
            actor=row.actor,
            reason=row.reason,
            details=json.loads(row.details),
        )
        for row in rows
    ]
    return events, len(rows) == limit


def _subjects(session: Session, case: CaseRow) -> list[str]:
    """Return what the chain calls a case and everything in it."""
    of_case = (
        select(table.number).where(table.case_id == case.case_id)
        for table in (RegistrationRow, MatchRow, LookAlikeRow)
    )
    return [case.number, *session.scalars(union_all(*of_case))]


def _flags(
    session: Session, case: CaseRow, before: Place | None, limit: int
) -> tuple[Sequence[Event], bool]:
    """Return which images were flagged for a case, and whether there are more."""
    wanted = (
        select(MatchRow.flagged_at, MatchRow.match_id, MatchRow.number)
        .where(MatchRow.case_id == case.case_id)
        .order_by(MatchRow.flagged_at.desc(), MatchRow.match_id.desc())
        .limit(limit)
    )
    if before is not None:
        wanted = wanted.where(_earlier(MatchRow.flagged_at, MatchRow.match_id, _OF_FLAGS, before))
    rows = session.execute(wanted).all()
    events = [
        Event(
            place=Place(flagged_at, _OF_FLAGS, match_id),
            what=FLAGGED,
            subject=match,
            actor=None,
            reason=None,
            details={},
        )
        for flagged_at, match_id, match in rows
    ]
    return events, len(rows) == limit


def _earlier(at: object, row: object, source: int, before: Place) -> ColumnElement[bool]:
    """Say what of a source stands before a place."""
    moment = literal(before.at, UtcDateTime())
    if source < before.source:
        return at <= moment
    if source > before.source:
        return at < moment
    return tuple_(at, row) < tuple_(moment, literal(before.row))
