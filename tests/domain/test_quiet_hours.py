"""Hours in which a site is left alone: across midnight, in any zone, and never the whole day."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.errors import InvalidInput
from domain.quiet_hours import leave_no_hour, quiet_until, read_quiet_hours
from domain.site import Site

START = ("https://a.example/",)


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "now", "until"),
    [
        (["22:00-06:00"], "2026-03-01T21:59:59", None),
        (["22:00-06:00"], "2026-03-01T22:00:00", "2026-03-02T06:00:00"),
        (["22:00-06:00"], "2026-03-02T05:59:59", "2026-03-02T06:00:00"),
        (["22:00-06:00"], "2026-03-02T06:00:00", None),
        (["12:00-13:30"], "2026-03-02T12:45:00", "2026-03-02T13:30:00"),
        (["12:00-24:00"], "2026-03-02T23:59:00", "2026-03-03T00:00:00"),
        # Seoul is nine hours ahead of UTC, all year.
        (["22:00-06:00 Asia/Seoul"], "2026-03-01T12:59:00", None),
        (["22:00-06:00 Asia/Seoul"], "2026-03-01T13:00:00", "2026-03-01T21:00:00"),
        # Berlin's clocks went from 02:00 to 03:00 in the night to 29 March 2026, and back from
        # 03:00 to 02:00 in the night to 25 October.
        (["22:00-06:00 Europe/Berlin"], "2026-03-28T21:00:00", "2026-03-29T04:00:00"),
        (["22:00-06:00 Europe/Berlin"], "2026-10-24T20:00:00", "2026-10-25T05:00:00"),
        # Hours that overlap or touch are one stretch.
        (["20:00-23:00", "22:00-02:00", "02:00-03:00"], "2026-03-01T20:30:00", "2026-03-02T03:00"),
        ([], "2026-03-01T20:30:00", None),
    ],
)
def test_quiet_hours_end_when_they_say(hours, now, until):
    assert quiet_until(hours, at(now)) == (at(until) if until else None)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("at night", "22:00-06:00"),
        ("22:00", "22:00-06:00"),
        ("25:00-06:00", "22:00-06:00"),
        ("24:00-06:00", "22:00-06:00"),
        ("22:00-06:60", "22:00-06:00"),
        ("06:00-06:00", "vigil site pause"),
        ("22:00-06:00 Europe/Seoul", "Did you mean Asia/Seoul"),
        ("22:00-06:00 Europe", "no time zone"),
        ("22:00-06:00 ../../etc/passwd", "no time zone"),
        ("22:00-06:00 /etc/passwd", "no time zone"),
    ],
)
def test_what_are_no_quiet_hours_is_said_with_what_to_write(text, words):
    with pytest.raises(InvalidInput, match=words):
        read_quiet_hours(text)
    with pytest.raises(InvalidInput, match=words):
        Site("a", START, quiet_hours=(text,))


def test_they_are_kept_in_one_written_form():
    site = Site("a", START, quiet_hours=(" 9:00 – 10:00 ", "09:00-10:00", "1:00-02:00 Asia/Seoul"))

    assert site.quiet_hours == ("09:00-10:00", "01:00-02:00 Asia/Seoul")
    assert Site("a", START, quiet_hours=site.quiet_hours) == site


def test_hours_that_leave_none_for_a_visit_are_refused():
    halves = ("00:00-12:00", "12:00-24:00")
    assert leave_no_hour(halves)
    assert not leave_no_hour(("00:00-12:00", "12:01-24:00"))
    assert not leave_no_hour(())
    with pytest.raises(InvalidInput, match="vigil site pause a"):
        Site("a", START, quiet_hours=halves)


def test_every_minute_of_a_year_of_clock_changes_is_quiet_or_not():
    hours = ["01:30-02:30 Europe/Berlin", "22:00-06:00 America/New_York"]
    now, end = at("2026-01-01T00:00:00"), at("2027-01-01T00:00:00")
    while now < end:
        until = quiet_until(hours, now)
        if until is None:
            now += timedelta(minutes=97)
            continue
        assert now < until <= now + timedelta(hours=10)
        assert quiet_until(hours, until) is None
        assert quiet_until(hours, until - timedelta(seconds=1)) == until
        now = until
