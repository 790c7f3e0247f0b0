from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from storage import leases

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TTL = timedelta(seconds=30)


def acquire(database, holder, now):
    with database.writing() as session:
        return leases.acquire(session, "scheduler", holder, now=now, ttl=TTL)


def test_one_holds_it_until_it_runs_out_or_is_given_back(database):
    assert acquire(database, "a", NOW)
    assert not acquire(database, "b", NOW + TTL - timedelta(microseconds=1))
    assert acquire(database, "a", NOW + timedelta(seconds=20)), "its holder renews it"
    assert not acquire(database, "b", NOW + TTL)
    assert acquire(database, "b", NOW + timedelta(seconds=50))

    with database.writing() as session:
        leases.release(session, "scheduler", "a")
        assert leases.holder(session, "scheduler", NOW + timedelta(seconds=51)) == "b"
        assert leases.holder(session, "scheduler", NOW + timedelta(seconds=80)) is None
        leases.release(session, "scheduler", "b")
        assert leases.holder(session, "scheduler", NOW + timedelta(seconds=51)) is None
    assert acquire(database, "c", NOW + timedelta(seconds=52))


def test_of_many_who_try_at_once_one_succeeds(database):
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda number: acquire(database, f"h{number}", NOW), range(8)))
    assert taken.count(True) == 1

    later = NOW + 2 * TTL
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda number: acquire(database, f"n{number}", later), range(8)))
    assert taken.count(True) == 1
