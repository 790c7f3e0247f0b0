"""The audit chain as it is read: filtered, some entries at a time, each checked before it is shown.

Entries are in the order of the moments they tell of, and of their numbers where these are equal.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Select, func, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from domain.errors import InvalidInput, Refused
from domain.sentence import sentence
from storage import audit
from storage.audit import AuditEntry
from storage.database import Database
from storage.tables import AuditEntryRow

_AT_ONCE: Final = 1000
_MOST_CHOICES: Final = 500


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries are wanted: of whom, doing what, to which record, from when and before when."""

    actor: str | None = None
    action: str | None = None
    subject: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class CheckedEntry:
    """An entry, and whether its content fits its digest and it fits between its neighbours."""

    entry: AuditEntry
    sound: bool


@dataclass(frozen=True, slots=True)
class EntryPage:
    """Some entries, and the number of the last of them if there are more after it."""

    entries: list[CheckedEntry]
    after: int | None


def page_of_entries(
    session: Session, wanted: AuditFilter, *, after: int | None = None, limit: int
) -> EntryPage:
    """Return some entries, the newest first, from the one after that of a number on.

    Raises:
        InvalidInput: there is no entry of that number.
        Refused: what the table holds cannot even be read.
    """
    asked = _filtered(wanted).order_by(
        AuditEntryRow.happened_at.desc(), AuditEntryRow.sequence.desc()
    )
    try:
        if after is not None:
            last = session.get(AuditEntryRow, after)
            if last is None:
                msg = sentence(
                    "There is no entry %(after)s in the record. Begin with its first page.",
                    after=after,
                )
                raise InvalidInput(msg)
            asked = asked.where(
                tuple_(AuditEntryRow.happened_at, AuditEntryRow.sequence)
                < (last.happened_at, last.sequence)
            )
        rows = list(session.scalars(asked.limit(limit + 1)))
        shown = rows[:limit]
        sound = _sound(session, shown)
        entries = [CheckedEntry(audit.entry_of(row), row.sequence in sound) for row in shown]
    except (ValueError, TypeError, OverflowError) as error:
        msg = sentence(
            "An entry of the record cannot be read (%(error)s), so somebody wrote to it by other "
            "means than Vigil.",
            error=error,
        ).with_command(" Where: vigil audit verify")
        raise Refused(msg) from error
    return EntryPage(entries, shown[-1].sequence if len(rows) > limit else None)


def all_entries(
    database: Database, wanted: AuditFilter, *, through: int
) -> Iterator[AuditEntryRow]:
    """Yield entries, the oldest first and none after a number, some with each look.

    No look lasts longer than a moment, however slowly they are taken.
    """
    last: AuditEntryRow | None = None
    while True:
        asked = (
            _filtered(wanted)
            .where(AuditEntryRow.sequence <= through)
            .order_by(AuditEntryRow.happened_at, AuditEntryRow.sequence)
            .limit(_AT_ONCE)
        )
        if last is not None:
            asked = asked.where(
                tuple_(AuditEntryRow.happened_at, AuditEntryRow.sequence)
                > (last.happened_at, last.sequence)
            )
        with database.reading() as session:
            rows = list(session.scalars(asked))
        yield from rows
        if len(rows) < _AT_ONCE:
            return
        last = rows[-1]


def actors(session: Session) -> list[str]:
    """Return everybody who is named in the chain, in order."""
    return _distinct(session, AuditEntryRow.actor)


def actions(session: Session) -> list[str]:
    """Return everything that was done, in order."""
    return _distinct(session, AuditEntryRow.action)


def _filtered(wanted: AuditFilter) -> Select[AuditEntryRow]:
    asked = select(AuditEntryRow)
    for column, value in (
        (AuditEntryRow.actor, wanted.actor),
        (AuditEntryRow.action, wanted.action),
        (AuditEntryRow.subject, wanted.subject),
    ):
        if value is not None:
            asked = asked.where(column == value)
    if wanted.since is not None:
        asked = asked.where(AuditEntryRow.happened_at >= wanted.since)
    if wanted.until is not None:
        asked = asked.where(AuditEntryRow.happened_at < wanted.until)
    return asked


def _distinct(session: Session, column: InstrumentedAttribute[str]) -> list[str]:
    """Return the values of an indexed column by jumping from each to the next.

    Databases go through a million entries for `DISTINCT`, to find thirty values.
    """
    first = select(func.min(column).label("value")).cte("known", recursive=True)
    following = (
        select(func.min(column)).where(column > first.c.value).correlate(first).scalar_subquery()
    )
    known = first.union_all(select(following).where(first.c.value.is_not(None)))
    wanted = select(known.c.value).where(known.c.value.is_not(None)).limit(_MOST_CHOICES)
    return list(session.scalars(wanted))


def _sound(session: Session, rows: Collection[AuditEntryRow]) -> set[int]:
    """Return the numbers of those entries that fit their digests and their neighbours."""
    near = {row.sequence + step for row in rows for step in (-1, 1)}
    neighbours = {
        sequence: (previous, digest)
        for sequence, previous, digest in session.execute(
            select(AuditEntryRow.sequence, AuditEntryRow.previous, AuditEntryRow.digest).where(
                AuditEntryRow.sequence.in_(near)
            )
        )
    }
    end = audit.head(session)
    found: set[int] = set()
    for row in rows:
        _, before = neighbours.get(row.sequence - 1, (None, None))
        after, _ = neighbours.get(row.sequence + 1, (None, None))
        if row.sequence == 1:
            before = audit.ZERO
        if after is None and end is not None and row.sequence == end.sequence:
            after = end.digest
        if audit.fits(row) and row.previous == before and row.digest == after:
            found.add(row.sequence)
    return found
