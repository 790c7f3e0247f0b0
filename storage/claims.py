"""Who has which match to herself at the moment, so that no two people decide the same."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, delete, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from storage.review_tables import ClaimRow


@dataclass(frozen=True, slots=True)
class Claim:
    """Somebody has a match to herself; she had it since ``claimed_at`` and keeps it ``until``."""

    actor: str
    claimed_at: datetime
    until: datetime

    def holds(self, now: datetime) -> bool:
        """Whether it has not lapsed."""
        return self.until > now


def claim_of(session: Session, match_id: int) -> Claim | None:
    """Return who has a match, or had it and has neither decided nor given it back."""
    return claims_of(session, [match_id]).get(match_id)


def claims_of(session: Session, match_ids: Collection[int]) -> dict[int, Claim]:
    """Return the same of several matches, by their ids."""
    rows = session.scalars(select(ClaimRow).where(ClaimRow.match_id.in_(match_ids)))
    return {row.match_id: Claim(row.actor, row.claimed_at, row.until) for row in rows}


def take(session: Session, match_id: int, actor: str, *, now: datetime, ttl: timedelta) -> bool:
    """Take or renew a match until ``now + ttl``; False while somebody else has it.

    One statement, so that of two who try at once one succeeds.
    """
    make = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    offer = make(ClaimRow).values(match_id=match_id, actor=actor, claimed_at=now, until=now + ttl)
    taken = session.execute(
        offer.on_conflict_do_update(
            index_elements=[ClaimRow.match_id],
            set_={
                "actor": offer.excluded.actor,
                "until": offer.excluded.until,
                "claimed_at": case(
                    (ClaimRow.actor == actor, ClaimRow.claimed_at),
                    else_=offer.excluded.claimed_at,
                ),
            },
            where=or_(ClaimRow.actor == actor, ClaimRow.until <= now),
        ).returning(ClaimRow.match_id)
    )
    return taken.first() is not None


def give_back(session: Session, match_ids: Collection[int], actor: str) -> None:
    """Let others have matches again; nothing happens to those that somebody else has."""
    session.execute(
        delete(ClaimRow).where(ClaimRow.match_id.in_(match_ids), ClaimRow.actor == actor)
    )


def end(session: Session, match_id: int) -> None:
    """Forget who has a match, since it was decided."""
    session.execute(delete(ClaimRow).where(ClaimRow.match_id == match_id))
