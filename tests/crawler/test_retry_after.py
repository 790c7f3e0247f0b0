"""Retry-After, in every form that a site may give it."""

from datetime import UTC, datetime

import pytest

from crawler.retry_after import seconds_asked

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (b"120", 120),
        (b" 0 ", 0),
        (b"Sun, 01 Mar 2026 12:00:30 GMT", 30),
        (b"Sun, 01 Mar 2026 12:00:30 -0000", 30),
        (b"Sun, 01 Mar 2026 13:00:30 +0100", 30),
        (b"Sat, 28 Feb 2026 12:00:00 GMT", 0),
        (None, None),
        (b"", None),
        (b"soon", None),
        (b"-5", None),
        (b"1.5", None),
        (b"1e9", None),
        ("٣".encode(), None),
        (b"\xff\x00", None),
        (b"Sun, 99 Mar 2026 12:00:30 GMT", None),
        (b"Sun, 01 Mar 99999999 12:00:30 GMT", None),
        (b"Sun, 01 Mar 2026 12:00:30 +99999999", None),
    ],
)
def test_it_is_seconds_or_a_date_or_nothing(value, seconds):
    assert seconds_asked(value, NOW) == seconds


@pytest.mark.parametrize("value", [b"9" * 5000, b"99999999999", b"Fri, 31 Dec 9999 23:59:59 GMT"])
def test_for_ever_is_a_number_that_can_be_bounded(value):
    asked = seconds_asked(value, NOW)

    assert asked is not None
    assert 100_000_000 < asked < 1e12
