"""What is asked of the database together: each question and change keeps its own outcome."""

import asyncio
import threading
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
    began = []

    async def scenario(thread):
        def change(session):
            began.append(id(session))
            return add(f"C{len(began)}")(session)

        await asyncio.gather(*(thread.write(change) for _ in range(60)))

    run(database, scenario)
    assert len(numbers(database)) == 60
    assert len(set(began)) < 10


def test_changes_that_come_shortly_after_another_share_transactions(database):
    began = set()

    async def scenario(thread):
        async def make(number):
            def change(session):
                began.add(id(session))
                return add(f"C{number}")(session)

            await asyncio.sleep(number / 1000)
            await thread.write(change)

        await asyncio.gather(*(make(number) for number in range(60)))

    run(database, scenario)
    assert len(numbers(database)) == 60
    assert len(began) < 20


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
