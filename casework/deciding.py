"""Deciding at the desk: one match and on to the next, or many nearly the same at once."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework import claiming, reviewing
from domain.case import new_number
from domain.errors import NotFound, OutsideDown, Refused, VigilError
from domain.review import Judgement, MatchState
from domain.sentence import sentence
from storage import matches
from storage.database import Database
from storage.nearly_the_same import AT_ONCE
from storage.review_queue import Wanted
from storage.tables import MatchRow, ReviewDecisionRow

_PIECE: Final = 25
"""Matches that are decided in one step: SQLite lets nobody else write for a tenth of a second."""


@dataclass(frozen=True, slots=True)
class Gone:
    """Where a match stands now, and what comes next; None if nothing waits any more."""

    state: MatchState
    following: str | None


@dataclass(frozen=True, slots=True)
class Together:
    """What came of deciding many at once; ``batch`` takes all of it back."""

    decided: tuple[str, ...]
    left: tuple[str, ...]
    batch: str


def decide_and_go_on(
    session: Session,
    number: str,
    judgement: Judgement,
    *,
    wanted: Wanted,
    hotline: str,
    actor: str,
    settles: bool,
    known: int | None,
    now: datetime,
) -> Gone:
    """Decide a match and claim the next one, in one step: nobody waits for a second answer.

    Raises:
        NotFound: there is no such match.
        Refused: see `reviewing.decide`; then nothing is claimed either.
    """
    state = reviewing.decide(
        session,
        number,
        judgement.verdict,
        kind=judgement.kind,
        reason=judgement.reason,
        hotline=hotline,
        actor=actor,
        settles=settles,
        known=known,
        now=now,
    )
    # After what was just left as it is, since somebody else is to look at it.
    following = claiming.next_free(session, wanted, actor=actor, settles=settles, now=now)
    return Gone(state, following)


def decide_together(
    database: Database,
    numbers: Iterable[str],
    judgement: Judgement,
    *,
    hotline: str,
    actor: str,
    settles: bool,
    now: datetime,
) -> Together:
    """Decide many matches alike. What cannot be decided is left as it is, and named.

    So is what does not wait any more: somebody else has decided it since it was listed. It is done
    a few at a time, so that whoever else wants to write waits for those alone.

    Raises:
        NotFound: there is none of the number of one of the first few. One that is withdrawn after
            something was decided is left, with those that go with it.
        OutsideDown: the database is out of reach, and nothing was decided.
    """
    batch = new_number("D")
    decided: list[str] = []
    left: list[str] = []
    for piece in _pieces(list(dict.fromkeys(numbers))[:AT_ONCE]):
        try:
            with database.writing() as session:
                done = _decide_piece(
                    session,
                    piece,
                    judgement,
                    hotline=hotline,
                    actor=actor,
                    settles=settles,
                    now=now,
                    batch=batch,
                )
        except (NotFound, OutsideDown):
            if not decided:
                raise
            left += piece
        else:
            decided += done
            left += (number for number in piece if number not in done)
    return Together(tuple(decided), tuple(left), batch)


def take_back_together(
    database: Database, batch: str, *, actor: str, settles: bool, now: datetime
) -> Sequence[str]:
    """Take back what was decided at once and stands; return the matches' numbers.

    Raises:
        NotFound: nothing of it is in force.
        Refused: it is more than a minute old, or somebody else's.
        OutsideDown: the database is out of reach, and nothing was taken back.
    """
    with database.reading() as session:
        numbers = session.scalars(
            select(MatchRow.number)
            .join(ReviewDecisionRow, ReviewDecisionRow.match_id == MatchRow.match_id)
            .where(ReviewDecisionRow.batch == batch, ReviewDecisionRow.undone_at.is_(None))
            .order_by(MatchRow.match_id)
            .limit(AT_ONCE)
        ).all()
    if not numbers:
        msg = sentence(
            "None of these decisions is in force any more, so there is nothing to take back.",
        )
        raise NotFound(msg)
    taken: list[str] = []
    refused: VigilError | None = None
    for piece in _pieces(numbers):
        try:
            with database.writing() as session:
                done, why = _take_back_piece(
                    session, piece, batch=batch, actor=actor, settles=settles, now=now
                )
        except (NotFound, OutsideDown) as error:  # one of it was withdrawn meanwhile
            refused = error
        else:
            taken += done
            refused = why or refused
    if refused is not None and not taken:
        raise refused
    return taken


def _pieces(numbers: Sequence[str]) -> Iterator[Sequence[str]]:
    return (numbers[start : start + _PIECE] for start in range(0, len(numbers), _PIECE))


def _decide_piece(
    session: Session,
    numbers: Sequence[str],
    judgement: Judgement,
    *,
    hotline: str,
    actor: str,
    settles: bool,
    now: datetime,
    batch: str,
) -> list[str]:
    decided: list[str] = []
    for row in _locked(session, numbers):
        if row.state != MatchState.FLAGGED.value:
            continue
        with suppress(Refused):
            reviewing.decide(
                session,
                row.number,
                judgement.verdict,
                kind=judgement.kind,
                reason=judgement.reason,
                hotline=hotline,
                actor=actor,
                settles=settles,
                now=now,
                batch=batch,
            )
            decided.append(row.number)
    return decided


def _take_back_piece(
    session: Session,
    numbers: Sequence[str],
    *,
    batch: str,
    actor: str,
    settles: bool,
    now: datetime,
) -> tuple[list[str], Refused | None]:
    taken: list[str] = []
    refused: Refused | None = None
    for row in _locked(session, numbers):
        try:
            reviewing.take_back(
                session, row.number, actor=actor, settles=settles, now=now, batch=batch
            )
        except Refused as error:
            refused = error
        else:
            taken.append(row.number)
    return taken, refused


def _locked(session: Session, numbers: Sequence[str]) -> Sequence[MatchRow]:
    """Keep others from the rows of matches, in one order, so that no two wait for each other."""
    rows = session.scalars(
        select(MatchRow)
        .where(MatchRow.number.in_(numbers))
        .order_by(MatchRow.match_id)
        .with_for_update(key_share=True)
    ).all()
    missing = set(numbers) - {row.number for row in rows}
    if missing:
        matches.match_row(session, min(missing))
    return rows
