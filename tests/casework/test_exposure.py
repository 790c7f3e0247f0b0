"""What a person has seen is counted for her sake, and she is reminded of a pause in time."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from casework import exposure
from domain.errors import InvalidInput
from domain.permission import Role
from storage import accounts
from storage.exposure import KEPT, add_look, care_of

NOW = datetime(2026, 11, 26, 23, 30, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def anna(database):
    with database.writing() as session:
        return accounts.add(session, "anna", [Role.CASEWORKER], now=NOW).account_id


@pytest.fixture
def look(database, anna):
    """Look at pictures, so many minutes before now."""

    def do(*minutes_ago, who=None):
        with database.writing() as session:
            for ago in sorted(minutes_ago, reverse=True):
                add_look(session, who or anna, now=NOW - timedelta(minutes=ago))

    return do


@pytest.fixture
def due(database, anna):
    def ask(now=NOW):
        with database.reading() as session:
            return exposure.reminder_due(session, anna, now)

    return ask


def test_fifty_pictures_without_a_pause_are_enough(look, due):
    look(*[n / 2 for n in range(49)])
    assert due() is None
    look(0.1)
    assert due().looks == 50


def test_ninety_minutes_without_a_pause_are_enough(look, due):
    look(*range(0, 90, 9))
    assert due() is None
    look(90)
    assert (due().minutes, due().looks) == (90, 11)


def test_a_pause_begins_anew(look, due):
    look(*[20 + n / 2 for n in range(60)])
    assert due() is None
    look(*[n / 10 for n in range(50)])
    assert (due().looks, due().minutes) == (50, 4)


def test_it_can_come_later_and_earlier(look, due, database, anna):
    look(*[n / 2 for n in range(60)])
    with database.writing() as session:
        exposure.remind_later(session, anna, now=NOW)
    assert due() is None
    assert due(NOW + timedelta(minutes=5)) is None
    look(*[-n for n in range(15)])
    assert due(NOW + timedelta(minutes=15)).looks == 75
    with database.writing() as session:
        exposure.choose(session, anna, looks=80, minutes=180, heavy_only=False)
    assert due(NOW + timedelta(minutes=15)) is None


@pytest.mark.parametrize(("looks", "minutes"), [(9, 90), (201, 90), (50, 19), (50, 10**30)])
def test_it_cannot_be_turned_off_altogether(database, anna, looks, minutes):
    with pytest.raises(InvalidInput), database.writing() as session:
        exposure.choose(session, anna, looks=looks, minutes=minutes, heavy_only=False)
    with database.reading() as session:
        assert care_of(session, anna).looks == 50


def test_a_day_is_one_of_her_own_zone(look, database, anna):
    # Half past eleven in London is half past midnight in Berlin.
    look(0, 20, 40, 24 * 60 + 20, 24 * 60 + 40)
    with database.reading() as session:
        days = exposure.days(session, anna, now=NOW, zone=BERLIN)
        today = exposure.today(session, anna, now=NOW, zone=BERLIN)
    assert today.looks == 2
    assert [(day.ago, day.exposure.looks) for day in days] == [(0, 2), (1, 2), (2, 1)]


def test_the_team_is_told_by_name_and_only_of_those_who_may_look(look, database):
    with database.writing() as session:
        zoe = accounts.add(session, "zoe", [Role.SUPERVISOR], now=NOW).account_id
        accounts.add(session, "otto", [Role.OPERATOR], now=NOW)
    look(1, 2, who=zoe)
    look(3, 3 * 24 * 60, 8 * 24 * 60)
    with database.reading() as session:
        people = exposure.team(session, now=NOW, zone=BERLIN)
    told = [(each.name, each.today.looks, each.week.looks) for each in people]
    assert told == [("anna", 1, 2), ("zoe", 2, 2)]


def test_old_looks_are_forgotten(look, database):
    look(KEPT.total_seconds() / 60 + 1)
    look(0)
    with database.reading() as session:
        from sqlalchemy import func, select

        from storage.preview_tables import PictureLookRow

        assert session.scalar(select(func.count()).select_from(PictureLookRow)) == 1
