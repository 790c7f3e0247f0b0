"""Retry-After: how long a site asks to be left alone, however oddly it says so."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

_DIGITS: Final = 9
"""More of them are a nonsense, or for ever; what waits has a bound of its own."""


def seconds_asked(value: bytes | None, now: datetime) -> float | None:
    """Read the header's value: seconds, or the date until which to wait.

    Returns the seconds from ``now``, 0 for a date gone by; None if it says nothing readable.
    """
    text = (value or b"").decode("latin-1").strip()
    if text.isascii() and text.isdecimal():
        return float(text[:_DIGITS])
    try:
        until = parsedate_to_datetime(text)
        if until.tzinfo is None:  # "-0000": the zone is not known
            until = until.replace(tzinfo=UTC)
        return max(0.0, (until - now).total_seconds())
    except (TypeError, ValueError, OverflowError, IndexError):
        return None
