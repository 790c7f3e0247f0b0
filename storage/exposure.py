"""How often each person looked at pictures and decided, and what she has chosen for herself."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import merge
from typing import Final

from sqlalchemy import ScalarSelect, delete, func, select
from sqlalchemy.orm import Session

from domain.exposure import Care, begun
from domain.permission import Permission, Role, permissions_of
from storage.account_tables import AccountRow
from storage.preview_tables import ExposureCareRow, PictureLookRow
from storage.tables import ReviewDecisionRow

KEPT: Final = timedelta(days=92)
"""How long it is known when a person looked at pictures."""

_MOST_READ: Final = 1_000
_LONGEST: Final = timedelta(hours=12)
"""Nobody works longer without a pause; what is older is not read."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """How many pictures a person looked at, and how many matches she decided."""

    looks: int
    decided: int


@dataclass(frozen=True, slots=True)
class PersonExposure:
    """What one person has seen of late."""

    name: str
    active: bool
    today: Exposure
    week: Exposure


def add_look(session: Session, account_id: int, *, now: datetime) -> None:
    """Note that a person looks at a picture, and forget what is older than KEPT."""
    session.execute(
        delete(PictureLookRow).where(
            PictureLookRow.account_id == account_id, PictureLookRow.looked_at < now - KEPT
        )
    )
    session.add(PictureLookRow(account_id=account_id, looked_at=now))
    session.flush()


def exposure(session: Session, account_id: int, *, since: datetime, until: datetime) -> Exposure:
    """Return what a person has seen and decided from ``since`` until before ``until``."""
    looks = session.scalar(
        select(func.count())
        .select_from(PictureLookRow)
        .where(PictureLookRow.account_id == account_id)
        .where(PictureLookRow.looked_at >= since, PictureLookRow.looked_at < until)
    )
    decided = session.scalar(
        select(func.count())
        .select_from(ReviewDecisionRow)
        .where(ReviewDecisionRow.actor == _name_of(account_id))
        .where(ReviewDecisionRow.decided_at >= since, ReviewDecisionRow.decided_at < until)
    )
    return Exposure(looks or 0, decided or 0)


def everyones(
    session: Session, *, today: datetime, week: datetime, now: datetime
) -> list[PersonExposure]:
    """Return what everybody who may look at pictures has seen, by name.

    Args:
        session: to read from.
        today: when the day began.
        week: when the week that is told of began.
        now: the present moment.
    """
    people = session.scalars(select(AccountRow).order_by(AccountRow.name)).all()
    told = [
        PersonExposure(
            name=row.name,
            active=row.active,
            today=exposure(session, row.account_id, since=today, until=now),
            week=exposure(session, row.account_id, since=week, until=now),
        )
        for row in people
        if Permission.MATCH_PREVIEW in permissions_of(map(Role, row.roles))
    ]
    return [each for each in told if each.active or each.week.looks or each.week.decided]


def working_since(session: Session, account_id: int, *, now: datetime) -> datetime | None:
    """Return since when a person has looked or decided without a pause; None if she paused."""
    looks = session.scalars(
        select(PictureLookRow.looked_at)
        .where(PictureLookRow.account_id == account_id)
        .where(PictureLookRow.looked_at <= now, PictureLookRow.looked_at > now - _LONGEST)
        .order_by(PictureLookRow.looked_at.desc())
        .limit(_MOST_READ)
    )
    decisions = session.scalars(
        select(ReviewDecisionRow.decided_at)
        .where(ReviewDecisionRow.actor == _name_of(account_id))
        .where(ReviewDecisionRow.decided_at <= now)
        .where(ReviewDecisionRow.decided_at > now - _LONGEST)
        .order_by(ReviewDecisionRow.decided_at.desc())
        .limit(_MOST_READ)
    )
    moments: Iterable[datetime] = merge(looks, decisions, reverse=True)
    return begun(moments, now)


def care_of(session: Session, account_id: int) -> Care:
    """Return what a person has chosen for herself."""
    row = session.get(ExposureCareRow, account_id)
    if row is None:
        return Care()
    return Care(row.looks, row.minutes, row.heavy_only, row.quiet_until)


def set_care(session: Session, account_id: int, care: Care) -> None:
    """Keep what a person has chosen for herself."""
    session.merge(
        ExposureCareRow(
            account_id=account_id,
            looks=care.looks,
            minutes=care.minutes,
            heavy_only=care.heavy_only,
            quiet_until=care.quiet_until,
        )
    )
    session.flush()


def _name_of(account_id: int) -> ScalarSelect[str]:
    return select(AccountRow.name).where(AccountRow.account_id == account_id).scalar_subquery()
