"""Quiet hours: the times of day at which a site is left alone."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from difflib import get_close_matches
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from domain.errors import InvalidInput
from domain.sentence import sentence

_HOURS: Final = re.compile(r"(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})(?:\s+(\S{1,64}))?")
_DAY: Final = timedelta(days=1)
_MIDNIGHT_AT_THE_END: Final = (24, 0)
# A summer and a winter's day: hours in several zones move against each other.
_LOOKED_AT: Final = (datetime(2026, 1, 15, tzinfo=UTC), datetime(2026, 7, 15, tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class QuietHours:
    """One stretch of every day, from ``begins`` up to ``ends``, which may be on the next day."""

    begins: time
    ends: time
    zone: str = "UTC"

    def __str__(self) -> str:
        hours = f"{self.begins:%H:%M}-{self.ends:%H:%M}"
        return hours if self.zone == "UTC" else f"{hours} {self.zone}"

    def around(self, moment: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Give the stretches, in UTC, that a moment can lie in."""
        zone = _zone(self.zone)
        today = moment.astimezone(zone).date()
        for day in (today - _DAY, today):
            last = day if self.begins < self.ends else day + _DAY
            # Compared in UTC: aware times of one zone would be compared by their clocks.
            yield (
                datetime.combine(day, self.begins, zone).astimezone(UTC),
                datetime.combine(last, self.ends, zone).astimezone(UTC),
            )


@lru_cache(maxsize=1_000)
def read_quiet_hours(text: str) -> QuietHours:
    """Read ``22:00-06:00``, in UTC, or ``22:00-06:00 Asia/Seoul``.

    Raises:
        InvalidInput: it is written in another way, or the zone is not known.
    """
    found = _HOURS.fullmatch(text.strip())
    begins = _time(found[1], found[2]) if found else None
    ends = _time(found[3], found[4], may_end_the_day=True) if found else None
    if found is None or begins is None or ends is None:
        msg = sentence(
            "%(text)r are no quiet hours: write them as 22:00-06:00, which is in UTC, or with a "
            "time zone, 22:00-06:00 Asia/Seoul.",
            text=text[:80],
        )
        raise InvalidInput(msg)
    if begins == ends:
        msg = sentence(
            "%(strip)s is the whole day.",
            strip=text.strip(),
        ).with_command(" To visit a site no more for a while: vigil site pause NAME")
        raise InvalidInput(msg)
    zone = found[5] or "UTC"
    _zone(zone)
    return QuietHours(begins, ends, zone)


def quiet_until(quiet_hours: Collection[str], now: datetime) -> datetime | None:
    """Return when the quiet hours end that ``now`` lies in, in UTC; None if it lies in none.

    Hours that overlap, or follow upon each other, are one stretch.

    Raises:
        InvalidInput: some are not written as quiet hours.
    """
    until: datetime | None = None
    moment = now
    each = [read_quiet_hours(text) for text in quiet_hours]
    for _ in range(2 * len(each)):
        ends = [
            end for hours in each for begin, end in hours.around(moment) if begin <= moment < end
        ]
        if not ends:
            break
        until = moment = max(ends)
    return until


def leave_no_hour(quiet_hours: Collection[str]) -> bool:
    """Say whether quiet hours together leave no time of the day for a visit.

    Raises:
        InvalidInput: some are not written as quiet hours.
    """
    untils = [(day, quiet_until(quiet_hours, day)) for day in _LOOKED_AT]
    return any(until is not None and until - day >= _DAY for day, until in untils)


def _time(hour: str, minute: str, *, may_end_the_day: bool = False) -> time | None:
    number = (int(hour), int(minute))
    if may_end_the_day and number == _MIDNIGHT_AT_THE_END:
        return time(0, 0)
    try:
        return time(*number)
    except ValueError:
        return None


def _zone(name: str) -> tzinfo:
    if name == "UTC":
        return UTC  # known without the system's list of zones
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise InvalidInput(_unknown(name)) from None


def _unknown(name: str) -> str:
    zones = sorted(available_timezones())
    if not zones:
        return (
            f"{name!r} cannot be looked up: this system has no list of time zones. Install its "
            "package tzdata, or write the hours in UTC."
        )
    place = name.rpartition("/")[2].lower()
    near = [zone for zone in zones if zone.rpartition("/")[2].lower() == place]
    near = near[:3] or get_close_matches(name, zones, n=3)
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    return f"{name!r} is no time zone that this system knows.{hint} Without one, hours are in UTC."
