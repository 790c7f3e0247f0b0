"""Caring for those who look: what they have seen, when a pause is called for, what they choose."""

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta, tzinfo
from typing import Final

from sqlalchemy.orm import Session

from domain.exposure import LATER, Care, Reminder, due
from storage import exposure
from storage.exposure import Exposure, PersonExposure

DAYS: Final = 14
"""Days that a person is shown of her own work."""

_WEEK: Final = 7


@dataclass(frozen=True, slots=True)
class Day:
    """What a person saw and decided in one day of her zone; ``began`` is its first instant."""

    ago: int
    began: datetime
    exposure: Exposure


def reminder_due(session: Session, account_id: int, now: datetime) -> Reminder | None:
    """Say whether a person is to be reminded of a pause; None if not, or not yet again."""
    care = exposure.care_of(session, account_id)
    if care.quiet_until is not None and now < care.quiet_until:
        return None
    since = exposure.working_since(session, account_id, now=now)
    if since is None:
        return None
    seen = exposure.exposure(session, account_id, since=since, until=now + timedelta(seconds=1))
    return due(care, seen.looks, since, now)


def remind_later(session: Session, account_id: int, *, now: datetime) -> None:
    """Keep the reminder away for a while."""
    care = exposure.care_of(session, account_id)
    exposure.set_care(session, account_id, replace(care, quiet_until=now + LATER))


def choose(
    session: Session, account_id: int, *, looks: int, minutes: int, heavy_only: bool
) -> Care:
    """Keep when a person wants to be reminded, and whether she wants to see less of pictures.

    Raises:
        InvalidInput: a number is outside what is sensible.
    """
    before = exposure.care_of(session, account_id)
    care = replace(before, looks=looks, minutes=minutes, heavy_only=heavy_only)
    exposure.set_care(session, account_id, care)
    return care


def today(session: Session, account_id: int, *, now: datetime, zone: tzinfo) -> Exposure:
    """Return what a person has seen since the day began in her zone."""
    began = _began(now, zone)
    return exposure.exposure(session, account_id, since=began, until=now + timedelta(seconds=1))


def days(session: Session, account_id: int, *, now: datetime, zone: tzinfo) -> list[Day]:
    """Return what a person saw on each of the last DAYS days on which it was anything."""
    told = []
    until = now + timedelta(seconds=1)
    for back in range(DAYS):
        began = _began(now, zone, back)
        seen = exposure.exposure(session, account_id, since=began, until=until)
        if seen.looks or seen.decided:
            told.append(Day(back, began, seen))
        until = began
    return told


def team(session: Session, *, now: datetime, zone: tzinfo) -> list[PersonExposure]:
    """Return what everybody who may look at pictures has seen today and in seven days, by name."""
    return exposure.everyones(
        session,
        today=_began(now, zone),
        week=_began(now, zone, _WEEK - 1),
        now=now + timedelta(seconds=1),
    )


def _began(now: datetime, zone: tzinfo, days_ago: int = 0) -> datetime:
    day = now.astimezone(zone).date() - timedelta(days=days_ago)
    return datetime.combine(day, time(), tzinfo=zone).astimezone(now.tzinfo)
