"""What is asked of the database together: each question and change keeps its own outcome."""

import asyncio
import threading
import time
from datetime import UTC, datetime

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from domain.errors import OutsideDown
from pipelines.database_thread import DatabaseThread
from storage import cases
from storage.tables import CaseRow

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def run(database, scenario):
    async def with_thread():
        thread = DatabaseThread(database)
        try:
            return await asyncio.wait_for(scenario(thread), 60)
        finally:
            thread.close()

    return asyncio.run(with_thread())


def add(number):
    def change(session):
        session.execute(
            text("INSERT INTO case_file (number, pin_hash, opened_at) VALUES (:n, 'x', :at)"),
            {"n": number, "at": "2026-03-01 12:00:00.000000"},
        )
        return number

    return change


def numbers(database):
    with database.reading() as session:
        return list(session.scalars(select(CaseRow.number).order_by(CaseRow.case_id)))


def test_changes_are_made_in_the_order_of_asking_and_seen_by_later_questions(database):
    async def scenario(thread):
        made = await asyncio.gather(*(thread.write(add(f"C{number}")) for number in range(100)))
        seen = thread.read(lambda s: len(s.scalars(select(CaseRow)).all()))
        return [*made, *await asyncio.gather(seen, thread.write(add("last")))]

    assert run(database, scenario) == [f"C{number}" for number in range(100)] + [100, "last"]
    assert numbers(database) == [f"C{number}" for number in range(100)] + ["last"]


def test_many_changes_take_few_transactions(database):
    began = []  # the sessions themselves: the id of one may come again

    async def scenario(thread):
        def change(session):
            began.append(session)
            return add(f"C{len(began)}")(session)

        await asyncio.gather(*(thread.write(change) for _ in range(60)))

    run(database, scenario)
    assert len(numbers(database)) == 60
    assert len(set(began)) < 10


@pytest.mark.parametrize(("milliseconds", "most"), [(1, 20), (10, 30)])
def test_changes_that_come_shortly_after_another_share_transactions(database, milliseconds, most):
    """Even if each could be written before the next comes: others want to write, too."""
    began = set()

    async def scenario(thread):
        async def make(number):
            def change(session):
                began.add(session)
                return add(f"C{number}")(session)

            await asyncio.sleep(number * milliseconds / 1000)
            await thread.write(change)

        await asyncio.gather(*(make(number) for number in range(60)))

    run(database, scenario)
    assert len(numbers(database)) == 60
    assert len(began) < most


def test_who_asks_for_one_change_after_the_other_waits_for_nobody(database):
    """As for what lies in an archive: 2,000 pictures, of which each waits for the one before."""
    asked = 60

    async def one_after_the_other(thread, name):
        for number in range(asked):
            await thread.write(add(f"{name}{number}"))

    async def took(*work):
        began = time.monotonic()
        await asyncio.gather(*work)
        return time.monotonic() - began

    async def scenario(thread):
        alone = await took(one_after_the_other(thread, "A"))
        beside = await took(*(one_after_the_other(thread, name) for name in "BC"))
        # As after a crawl's rush: what is expected then must not be waited for for long.
        await asyncio.gather(*(thread.write(add(f"D{number}")) for number in range(100)))
        after = await took(one_after_the_other(thread, "E"))
        return alone, beside, after

    waiting = asked * 0.05  # for others, if each did as long as it may
    assert max(run(database, scenario)) < waiting / 2
    assert len(numbers(database)) == 4 * asked + 100


def test_what_was_not_begun_is_cancelled_when_the_thread_ends(database):
    trouble = []

    def slow(_database):
        time.sleep(0.2)
        return "done"

    async def scenario(thread):
        asyncio.get_running_loop().set_exception_handler(lambda _, what: trouble.append(what))
        running = [
            asyncio.ensure_future(asked)
            for asked in (
                thread.do(slow),
                thread.read(lambda s: s.scalar(text("SELECT 1"))),
                thread.write(add("one")),
                thread.read(lambda s: s.scalar(text("SELECT 2"))),
                thread.write(add("two")),
                thread.write(add("three")),
            )
        ]
        await asyncio.sleep(0)  # all have asked, and only the first has begun
        thread.close()
        ended, waiting = await asyncio.wait(running, timeout=5)
        for each in waiting:
            each.cancel()
        assert not waiting, "some would have waited for ever"
        assert len(ended) == 6
        return await asyncio.gather(*running, return_exceptions=True)

    done, *cancelled = run(database, scenario)

    assert done == "done"
    assert all(isinstance(each, asyncio.CancelledError) for each in cancelled)
    assert trouble == []
    assert numbers(database) == []


def test_a_change_that_fails_takes_no_other_along(database):
    def broken(session):
        add("half")(session)
        message = "a mistake"
        raise LookupError(message)

    async def scenario(thread):
        work = [add("a"), broken, add("b"), add("a"), add("c")]
        return await asyncio.gather(*(thread.write(w) for w in work), return_exceptions=True)

    a, mistake, b, again, c = run(database, scenario)

    assert (a, b, c) == ("a", "b", "c")
    assert isinstance(mistake, LookupError)
    assert isinstance(again, IntegrityError)
    assert numbers(database) == ["a", "b", "c"]


def test_a_question_that_fails_takes_no_other_along(database):
    async def scenario(thread):
        ask = [
            thread.read(lambda s: s.execute(text("SELECT 1")).scalar()),
            thread.read(lambda s: s.execute(text("SELECT nonsense FROM nowhere")).scalar()),
            thread.read(lambda s: s.execute(text("SELECT 2")).scalar()),
        ]
        return await asyncio.gather(*ask, return_exceptions=True)

    one, error, two = run(database, scenario)

    assert (one, two) == (1, 2)
    assert isinstance(error, Exception)


def test_a_row_changed_by_one_is_seen_as_it_is_by_the_next(database):
    with database.writing() as session:
        number = cases.open_case(session, now=NOW).number

    def withdrawn(session):
        return session.scalars(select(CaseRow)).one().withdrawn_at

    def withdraw(session):
        session.execute(
            text("UPDATE case_file SET withdrawn_at = :at"), {"at": "2026-03-02 12:00:00.000000"}
        )

    async def scenario(thread):
        return await asyncio.gather(
            *(thread.write(work) for work in (withdrawn, withdraw, withdrawn))
        )

    before, _, after = run(database, scenario)
    assert number
    assert before is None
    assert after is not None


def test_two_that_meet_the_same_new_row_both_end_well(database):
    """As two crawls do that find one image at the same moment."""

    def found(session):
        row = session.scalars(select(CaseRow).where(CaseRow.number == "same")).first()
        if row is None:
            add("same")(session)
            return "made"
        return "found"

    async def scenario(thread):
        return await asyncio.gather(*(thread.write(found) for _ in range(20)))

    ended: list[str] = []
    threads = [
        threading.Thread(target=lambda: ended.extend(run(database, scenario))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert sorted(ended) == ["found"] * 79 + ["made"]
    assert numbers(database) == ["same"]


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_database_that_is_down_is_told_to_everyone_who_asked(database):
    calls = []

    def change(_session):
        calls.append(1)
        message = "it does not answer"
        raise OutsideDown(message)

    async def scenario(thread):
        return await asyncio.gather(
            *(thread.write(change) for _ in range(10)), return_exceptions=True
        )

    assert all(isinstance(error, OutsideDown) for error in run(database, scenario))
    assert len(calls) < 8, "each would wait as long as the last"
