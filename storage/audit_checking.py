"""Checking the audit chain: all of it, part by part, or what is new since a mark."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.errors import Refused
from storage import audit
from storage.audit import AuditReport, Mark
from storage.audit_tables import AuditCheckRow
from storage.database import Database
from storage.tables import AuditEntryRow

VERIFIED: Final = "audit chain verified"
_AT_ONCE: Final = 5_000
_ONLY_ROW: Final = 1


@dataclass(frozen=True, slots=True)
class NewPart:
    """What a look at the new part of the chain found: whole up to ``mark``, of ``end`` entries.

    ``end`` is None if the record of where the chain ends is missing.
    """

    mark: Mark
    end: int | None
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WholeCheck:
    """The last time that all of the chain was checked and found whole."""

    mark: Mark
    checked_at: datetime
    actor: str


def check_new(session: Session, mark: Mark, *, limit: int) -> NewPart:
    """Go on from a mark by so many entries at most. Needs a session that sees one moment.

    That the marked entry is still what it was is asked as well, and that the chain ends where it
    should, once the walk is there.
    """
    end = audit.head(session)
    last = None if end is None else end.sequence
    if mark.sequence:
        digest = session.scalars(
            select(AuditEntryRow.digest).where(AuditEntryRow.sequence == mark.sequence)
        ).first()
        if digest != mark.digest:
            problem = f"Entry {mark.sequence} is not what it was when it was last checked."
            return NewPart(mark, last, (problem,))
    walk = audit.Walk(mark)
    problems = tuple(audit.some(walk.problems(session, limit=limit)))
    if not problems and walk.ended:
        problems = tuple(walk.problems_at(end))
    if problems:
        return NewPart(mark, last, problems)
    return NewPart(Mark(walk.sequence, walk.digest), last, ())


def check_all(
    database: Database, *, told: Callable[[int, int], None] = lambda _done, _of: None
) -> tuple[AuditReport, Mark]:
    """Check the whole chain; return what was found, and the entry that was the last.

    Each part is read by itself, so that a million entries keep nothing from being written.
    ``told`` hears after each how many were checked, and of how many.
    """
    walk = audit.Walk()
    problems: list[str] = []
    while True:
        with database.reading() as session:
            end = audit.head(session)
            problems.extend(walk.problems(session, limit=_AT_ONCE))
            at_end = walk.ended or not walk.whole
            if at_end:
                problems.extend(walk.problems_at(end))
        told(walk.count, walk.count if end is None else max(end.sequence, walk.count))
        if at_end:
            last = Mark(walk.sequence, walk.digest)
            digest = walk.digest if end is None else end.digest
            return AuditReport(walk.count, digest, tuple(audit.some(iter(problems)))), last


def keep(database: Database, report: AuditReport, mark: Mark, *, actor: str, now: datetime) -> None:
    """Put a check of the whole chain on record, and remember its mark if nothing was wrong.

    A chain whose end is missing takes no entry: then nothing is kept, and the report says why.
    """
    with database.writing() as session:
        if not report.problems:
            session.merge(
                AuditCheckRow(
                    audit_check_id=_ONLY_ROW,
                    sequence=mark.sequence,
                    digest=mark.digest,
                    checked_at=now,
                    actor=audit.storable(actor),
                )
            )
            session.flush()
        try:
            audit.append(
                session,
                now=now,
                actor=actor,
                action=VERIFIED,
                subject="audit",
                details={"entries": report.entries, "problems": len(report.problems)},
            )
        except Refused:
            if not report.problems:
                raise


def last_check(session: Session) -> WholeCheck | None:
    """Return when the whole chain was last found whole; None for never."""
    row = session.get(AuditCheckRow, _ONLY_ROW)
    if row is None:
        return None
    return WholeCheck(Mark(row.sequence, row.digest), row.checked_at, row.actor)
