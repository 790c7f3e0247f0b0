"""Claiming: whoever opens a match has it to herself for a while, so that it is decided once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from domain.errors import NotFound, Refused
from domain.review import SECOND_OPINIONS, MatchState
from domain.sentence import sentence
from storage import audit, claims, matches, review_decisions, review_queue
from storage.claims import Claim
from storage.review_queue import Wanted

HELD_FOR: Final = timedelta(minutes=10)
"""How long somebody has a match without doing anything with it. Her page renews that."""

_TRIES: Final = 20
"""Others that may take the very match between our finding it free and our taking it."""


@dataclass(frozen=True, slots=True)
class Held:
    """How a match is held once somebody asked for it: by her, or by ``other``."""

    mine: bool
    other: Claim | None = None


def next_free(
    session: Session,
    wanted: Wanted,
    *,
    actor: str,
    settles: bool,
    now: datetime,
    after: str | None = None,
) -> str | None:
    """Claim the most urgent match that nobody has, and return its number; None if there is none.

    Args:
        session: one that writes.
        wanted: which part of the queue, and in which order.
        actor: who asks. What she was unsure of is not given to her.
        settles: whether she may decide what two people were unsure of.
        now: the present moment.
        after: a match that she leaves as it is: it is given back, and what comes after it in the
            queue is taken; from the beginning again once nothing does.
    """
    if after is not None:
        try:
            release(session, after, actor=actor)
        except NotFound:  # it was withdrawn while she had it before her
            after = None
    for start in (after, None) if after is not None else (None,):
        for _ in range(_TRIES):
            found = review_queue.next_free(
                session, wanted, actor=actor, settles=settles, now=now, after=start, without=after
            )
            if found is None:
                break
            if _take(session, found.match_id, found.number, actor=actor, now=now):
                return found.number
    return None


def hold(session: Session, number: str, *, actor: str, settles: bool, now: datetime) -> Held:
    """Claim a match that somebody has opened, or renew her claim; tell who has it otherwise.

    One that another had and let lapse is not taken from her by opening it: see `take_over`. What
    needs no decision, or none of hers, she only looks at.

    Raises:
        NotFound: there is no such match.
    """
    match = matches.match_row(session, number)
    if match.state != MatchState.FLAGGED.value:
        return Held(mine=False)
    unsure = review_decisions.unsure_of(session, [match.match_id]).get(match.match_id, frozenset())
    if not settles and (actor in unsure or len(unsure) >= SECOND_OPINIONS):
        return Held(mine=False)
    held = claims.claim_of(session, match.match_id)
    if held is not None and held.actor != actor:
        return Held(mine=False, other=held)
    if claims.take(session, match.match_id, actor, now=now, ttl=HELD_FOR):
        return Held(mine=True)
    return Held(mine=False, other=claims.claim_of(session, match.match_id))


def take_over(session: Session, number: str, *, actor: str, now: datetime) -> None:
    """Take a match that somebody else had and has let lapse.

    Raises:
        NotFound: there is no such match.
        Refused: she still has it.
    """
    # Alone, so that whoever looks for a free one passes it by: she may hold the end of the audit
    # chain already, which this one waits for.
    match = matches.match_row(session, number, alone=True)
    if not _take(session, match.match_id, number, actor=actor, now=now):
        msg = sentence(
            "Match %(number)s was renewed a moment ago, so it is not free. Take another one.",
            number=number,
        )
        raise Refused(msg)


def release(session: Session, number: str, *, actor: str) -> None:
    """Give a match back, for others to take.

    Raises:
        NotFound: there is no such match.
    """
    match = matches.match_row(session, number, alone=True)
    claims.give_back(session, [match.match_id], actor)


def _take(session: Session, match_id: int, number: str, *, actor: str, now: datetime) -> bool:
    before = claims.claim_of(session, match_id)
    if not claims.take(session, match_id, actor, now=now, ttl=HELD_FOR):
        return False
    if before is not None and before.actor != actor:
        audit.append(
            session,
            now=now,
            actor=actor,
            action="match taken over",
            subject=number,
            reason="It was not renewed for ten minutes.",
            details={"from": before.actor},
        )
    return True
