"""The audit chain: who did what to which record, and why. Each entry holds the digest of the last.

An entry that is changed, taken out, added or moved breaks the chain, and the head tells whether
its end was cut off. Whoever can write every table can also rewrite the whole chain: so the head's
digest, which `vigil audit verify` prints, is worth noting somewhere else from time to time.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, TypeAlias

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from domain.errors import Refused
from domain.sentence import sentence
from storage.tables import AuditEntryRow, AuditHeadRow

JsonValue: TypeAlias = (
    str | int | float | bool | Sequence["JsonValue"] | Mapping[str, "JsonValue"] | None
)

ZERO: Final = "0" * 64
"""What the first entry follows."""

_AT_ONCE: Final = 1000
_PROBLEMS_TOLD: Final = 50


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One thing that somebody did."""

    sequence: int
    happened_at: datetime
    actor: str
    action: str
    subject: str
    reason: str | None
    details: Mapping[str, JsonValue]
    digest: str


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What a check of the chain found; ``head`` is the digest that the chain should end with."""

    entries: int
    head: str
    problems: tuple[str, ...]


def append(
    session: Session,
    *,
    now: datetime,
    actor: str,
    action: str,
    subject: str,
    reason: str | None = None,
    details: Mapping[str, JsonValue] | None = None,
) -> None:
    """Add an entry to the chain; it is kept if and only if the session is committed.

    Other writers wait for the chain's end from here until the commit: append last.
    """
    head = session.execute(
        select(AuditHeadRow.sequence, AuditHeadRow.digest).with_for_update()
    ).first()
    if head is None:
        msg = sentence(
            "The end of the audit chain is missing: nothing can be added.",
        ).with_command(" See: vigil audit verify")
        raise Refused(msg)
    entry = {
        "sequence": head.sequence + 1,
        "happened_at": now,
        "actor": storable(actor),
        "action": action,
        "subject": storable(subject),
        "reason": None if reason is None else storable(reason),
        "details": _canonical(details or {}),
        "previous": head.digest,
    }
    digest = _digest(**entry)
    session.execute(insert(AuditEntryRow).values(digest=digest, **entry))
    session.execute(update(AuditHeadRow).values(sequence=entry["sequence"], digest=digest))


def entries(session: Session, *, subject: str | None = None, limit: int) -> list[AuditEntry]:
    """Return entries, newest first."""
    wanted = select(AuditEntryRow).order_by(AuditEntryRow.sequence.desc()).limit(limit)
    if subject is not None:
        wanted = wanted.where(AuditEntryRow.subject == subject)
    return [entry_of(row) for row in session.scalars(wanted)]


def entry_of(row: AuditEntryRow) -> AuditEntry:
    """Make of a row what is shown of it."""
    return AuditEntry(
        sequence=row.sequence,
        happened_at=row.happened_at,
        actor=row.actor,
        action=row.action,
        subject=row.subject,
        reason=row.reason,
        details=json.loads(row.details),
        digest=row.digest,
    )


def fits(row: AuditEntryRow) -> bool:
    """Say whether the content of an entry fits its digest."""
    columns = row.__table__.columns.keys()
    return _digest(**{name: getattr(row, name) for name in columns if name != "digest"}) == (
        row.digest
    )


def verify(session: Session) -> AuditReport:
    """Walk the whole chain and say where it is broken. Needs a session that sees one moment."""
    walk = Walk()
    told = list(some(walk.problems(session)))
    end = head(session)
    told.extend(walk.problems_at(end))
    return AuditReport(walk.count, walk.digest if end is None else end.digest, tuple(told))


@dataclass(frozen=True, slots=True)
class Mark:
    """An entry of the chain by its number and digest; START stands before the first."""

    sequence: int
    digest: str


START: Final = Mark(0, ZERO)


def head(session: Session) -> Mark | None:
    """Return where the chain should end; None if the record of that is missing."""
    row = session.execute(select(AuditHeadRow.sequence, AuditHeadRow.digest)).first()
    return None if row is None else Mark(row.sequence, row.digest)


class Walk:
    """Goes through the chain in order, all at once or in parts, and remembers the last it met."""

    def __init__(self, start: Mark = START) -> None:
        self.count = 0
        self.sequence = start.sequence
        self.digest = start.digest
        self.whole = True
        """False once an entry could not even be read."""
        self.ended = False
        """True once there was no entry left."""

    def problems(self, session: Session, *, limit: int | None = None) -> Iterator[str]:
        """Go on, by so many entries or to the end, and yield what is wrong on the way."""
        wanted = select(AuditEntryRow.__table__).order_by(AuditEntryRow.sequence)
        if self.sequence:
            wanted = wanted.where(AuditEntryRow.sequence > self.sequence)
        rows = session.execute(
            wanted.limit(limit).execution_options(yield_per=_AT_ONCE)  # no limit for None
        )
        met = self.count
        try:
            for row in rows.mappings():
                yield from self._step(dict(row))
        except (ValueError, TypeError, OverflowError) as error:
            # A moment or digest that is none: read in blocks, so it is somewhere after the last.
            self.whole = False
            yield (
                f"An entry after number {self.sequence} cannot be read ({error}); "
                "what follows it was not checked."
            )
        self.ended = limit is None or self.count - met < limit

    def problems_at(self, end: Mark | None) -> Iterator[str]:
        """Yield what is wrong with the end of the chain, once the walk is there."""
        if end is None:
            yield "The record of where the chain ends is missing."
        elif self.whole and end.sequence > self.sequence:
            yield f"{_named(self.sequence + 1, end.sequence)} cut off the end of the chain."
        elif self.whole and end.sequence < self.sequence:
            yield f"{_named(end.sequence + 1, self.sequence)} added past the end of the chain."
        elif self.whole and end.digest != self.digest:
            yield f"The chain should end with {end.digest} but ends with {self.digest}."

    def _step(self, row: dict[str, object]) -> Iterator[str]:
        sequence, digest = int(str(row["sequence"])), str(row.pop("digest"))
        if sequence > self.sequence + 1:
            yield f"{_named(self.sequence + 1, sequence - 1)} missing."
        elif row["previous"] != self.digest:
            yield (
                f"Entry {sequence} does not follow entry {self.sequence}: one of them was "
                "replaced, or their order was changed."
            )
        if _digest(**row) != digest:
            yield f"Entry {sequence} was changed: its content does not fit its digest."
        self.count += 1
        self.sequence = sequence
        self.digest = digest


def _digest(**fields: object) -> str:
    moment = fields["happened_at"]
    if not isinstance(moment, datetime):
        msg = f"{moment!r} is no moment"
        raise TypeError(msg)
    written = moment.astimezone(UTC).isoformat(timespec="microseconds")
    return hashlib.sha256(_canonical({**fields, "happened_at": written}).encode()).hexdigest()


def _canonical(value: Mapping[str, object]) -> str:
    # Only ASCII comes out, so that no database and no lone surrogate can change a byte of it.
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def storable(text: str) -> str:
    """Write what no database keeps in another way: as an entry of the chain has it.

    A command line in another encoding gives lone surrogates; PostgreSQL keeps no NUL.
    """
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")


def _named(first: int, last: int) -> str:
    return f"Entry {first} is" if first == last else f"Entries {first} to {last} are"


def some(problems: Iterator[str]) -> Iterator[str]:
    """Yield the first problems, and how many more there were."""
    left_off = 0
    for told, problem in enumerate(problems):
        if told < _PROBLEMS_TOLD:
            yield problem
        else:
            left_off += 1
    if left_off:
        yield f"{left_off} more problems of this kind were found."
