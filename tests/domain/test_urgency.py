"""What is to be looked at first."""

from datetime import UTC, datetime, timedelta

from domain.urgency import urgency

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def figure(hours_ago=0.0, places=1, strength=6.0):
    newest = NOW - timedelta(hours=hours_ago)
    return urgency(newest_place=newest, places=places, strength=strength)


def test_what_was_found_last_comes_first_and_then_what_spreads_and_is_certain():
    assert figure() > figure(hours_ago=2)
    assert figure(places=8) > figure(places=4) > figure()
    assert figure(strength=11) > figure(strength=6) > figure(strength=1)


def test_strength_outweighs_a_day_at_most_and_a_spread_of_thousands_three_days():
    assert (
        figure(hours_ago=25, strength=99) < figure(strength=0) < figure(hours_ago=23, strength=99)
    )
    assert figure(hours_ago=100, places=40_000) < figure()
    assert figure(hours_ago=90, places=40_000) > figure()
