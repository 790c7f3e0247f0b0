"""How much distressing matter a person has seen in one go, and when a pause is called for."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from domain.errors import InvalidInput
from domain.sentence import sentence

PAUSE: Final = timedelta(minutes=10)
"""So long without a look or a decision is a pause: what comes after it begins anew."""

LOOKS: Final = 50
MINUTES: Final = 90
"""After so many looks, or so long a review, without a pause, a person is reminded of one."""

LOOKS_ALLOWED: Final = range(10, 201)
MINUTES_ALLOWED: Final = range(20, 181)

LATER: Final = timedelta(minutes=15)
"""How long a reminder stays away when it is asked to come again later."""


@dataclass(frozen=True, slots=True)
class Care:
    """What a person has chosen for herself.

    ``quiet_until``: until then she wants no reminder. ``heavy_only``: she is never to be sent a
    picture that is blurred only lightly.
    """

    looks: int = LOOKS
    minutes: int = MINUTES
    heavy_only: bool = False
    quiet_until: datetime | None = None

    def __post_init__(self) -> None:
        _check(sentence("looks"), self.looks, LOOKS_ALLOWED)
        _check(sentence("minutes"), self.minutes, MINUTES_ALLOWED)


@dataclass(frozen=True, slots=True)
class Reminder:
    """A pause is called for: so many looks, and so long a review, since ``since`` without one."""

    looks: int
    minutes: int
    since: datetime


def begun(moments: Iterable[datetime], now: datetime) -> datetime | None:
    """Return when work without a pause began; None if it has been paused.

    Args:
        moments: of looks and decisions, the newest first.
        now: the present moment.
    """
    first: datetime | None = None
    last = now
    for moment in moments:
        if last - moment >= PAUSE:
            break
        first = last = moment
    return first


def due(care: Care, looks: int, since: datetime | None, now: datetime) -> Reminder | None:
    """Say whether a person is to be reminded of a pause.

    Args:
        care: what she has chosen.
        looks: how many pictures she has looked at since ``since``.
        since: when she began to work without a pause; None if she has just paused.
        now: the present moment.
    """
    if since is None or (care.quiet_until is not None and now < care.quiet_until):
        return None
    minutes = int((now - since).total_seconds() // 60)
    if looks < care.looks and minutes < care.minutes:
        return None
    return Reminder(looks=looks, minutes=minutes, since=since)


def _check(name: str, value: int, allowed: range) -> None:
    if value not in allowed:
        msg = sentence(
            "A reminder comes after %(allowed)s to %(allowed_2)s %(name)s; got %(value)s.",
            allowed=allowed[0],
            allowed_2=allowed[-1],
            name=name,
            value=value,
        )
        raise InvalidInput(msg)
