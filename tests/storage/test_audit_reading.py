"""The chain as it is read: by filters and pages, each entry checked, and all of it in parts."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from domain.errors import InvalidInput, Refused
from storage import audit, audit_checking, audit_reading
from storage.audit import Mark
from storage.audit_reading import AuditFilter

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def twelve(database):
    with database.writing() as session:
        for number in range(1, 13):
            audit.append(
                session,
                now=NOW + number * HOUR,
                actor=("anna", "bela", "chidi")[number % 3],
                action=("case viewed", "case closed")[number % 2],
                subject=f"C-{number % 4}",
            )
    return database


def tamper(database, *statements):
    """Change what no Vigil would: by someone who may switch the triggers off."""
    with database.writing() as session:
        if database.dialect == "sqlite":
            session.execute(text("DROP TRIGGER IF EXISTS audit_entry_refuse_update"))
            session.execute(text("DROP TRIGGER IF EXISTS audit_entry_refuse_delete"))
        else:
            session.execute(text("ALTER TABLE audit_entry DISABLE TRIGGER USER"))
        for statement in statements:
            session.execute(text(statement))


def page(database, limit=50, after=None, **wanted):
    with database.reading() as session:
        return audit_reading.page_of_entries(
            session, AuditFilter(**wanted), after=after, limit=limit
        )


def numbers(found):
    return [each.entry.sequence for each in found.entries]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, list(range(12, 0, -1))),
        ({"actor": "anna"}, [12, 9, 6, 3]),
        ({"action": "case closed"}, [11, 9, 7, 5, 3, 1]),
        ({"actor": "anna", "action": "case closed"}, [9, 3]),
        ({"subject": "C-1"}, [9, 5, 1]),
        ({"since": NOW + 3 * HOUR, "until": NOW + 6 * HOUR}, [5, 4, 3]),
        ({"actor": "anna", "subject": "C-1", "since": NOW, "until": NOW + 10 * HOUR}, [9]),
        ({"actor": "nobody"}, []),
    ],
)
def test_entries_are_filtered_and_come_newest_first_by_pages(twelve, wanted, expected):
    told, after = [], None
    while True:
        found = page(twelve, limit=2, after=after, **wanted)
        told += numbers(found)
        assert all(each.sound for each in found.entries)
        after = found.after
        if after is None:
            break
    assert told == expected


def test_who_and_what_may_be_chosen_is_what_is_there(twelve):
    with twelve.reading() as session:
        assert audit_reading.actors(session) == ["anna", "bela", "chidi"]
        assert audit_reading.actions(session) == ["case closed", "case viewed"]


def test_of_an_empty_chain_nothing_is_shown_and_nothing_may_be_chosen(database):
    assert page(database).entries == []
    with database.reading() as session:
        assert audit_reading.actors(session) == []
    with pytest.raises(InvalidInput, match="no entry 7"):
        page(database, after=7)


@pytest.mark.parametrize(
    ("statement", "unsound"),
    [
        ("UPDATE audit_entry SET actor = 'someone else' WHERE sequence = 4", {4}),
        ("DELETE FROM audit_entry WHERE sequence = 4", {3, 5}),
        ("DELETE FROM audit_entry WHERE sequence = 12", {11}),
        ("UPDATE audit_head SET sequence = 11", {12}),
    ],
)
def test_an_entry_is_marked_that_does_not_fit_its_digest_or_its_neighbours(
    twelve, statement, unsound
):
    tamper(twelve, statement)
    found = page(twelve)
    assert {each.entry.sequence for each in found.entries if not each.sound} == unsound


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_what_cannot_be_read_is_told_in_words(twelve):
    tamper(twelve, "UPDATE audit_entry SET happened_at = 'yesterday' WHERE sequence = 6")
    with pytest.raises(Refused, match="vigil audit verify"):
        page(twelve)


def test_all_entries_are_those_of_the_filter_up_to_a_number_oldest_first(twelve, monkeypatch):
    monkeypatch.setattr(audit_reading, "_AT_ONCE", 2)
    rows = audit_reading.all_entries(twelve, AuditFilter(actor="anna"), through=11)
    assert [row.sequence for row in rows] == [3, 6, 9]


def check(database, mark, limit=100):
    with database.reading() as session:
        return audit_checking.check_new(session, mark, limit=limit)


def test_only_what_is_new_since_a_mark_is_gone_through(twelve):
    first = check(twelve, audit.START, limit=5)
    assert (first.mark.sequence, first.end, first.problems) == (5, 12, ())
    # What lies before the mark is for the check of everything: a look must stay short.
    tamper(twelve, "UPDATE audit_entry SET actor = 'someone else' WHERE sequence = 2")
    second = check(twelve, first.mark)
    assert (second.mark.sequence, second.problems) == (12, ())
    assert check(twelve, second.mark).problems == ()


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("UPDATE audit_entry SET reason = 'x' WHERE sequence = 8", "Entry 8 was changed"),
        ("DELETE FROM audit_entry WHERE sequence = 5", "Entry 5 is not what it was"),
        ("DELETE FROM audit_entry WHERE sequence > 9", "Entries 10 to 12 are cut off"),
        ("DELETE FROM audit_head", "The record of where the chain ends is missing"),
    ],
)
def test_what_is_wrong_since_a_mark_is_found(twelve, statement, problem):
    mark = check(twelve, audit.START, limit=5).mark
    tamper(twelve, statement)
    found = check(twelve, mark)
    assert found.problems[0].startswith(problem), found.problems
    assert found.mark == mark


def test_everything_is_checked_in_parts_and_kept_on_record(twelve, monkeypatch):
    monkeypatch.setattr(audit_checking, "_AT_ONCE", 5)
    told = []
    report, mark = audit_checking.check_all(twelve, told=lambda *so_far: told.append(so_far))
    assert told == [(5, 12), (10, 12), (12, 12)]
    with twelve.reading() as session:
        assert report == audit.verify(session)

    audit_checking.keep(twelve, report, mark, actor="eva", now=NOW + 20 * HOUR)

    with twelve.reading() as session:
        kept = audit_checking.last_check(session)
        assert kept is not None
        assert (kept.mark, kept.actor) == (Mark(12, report.head), "eva")
        newest = audit.entries(session, limit=1)[0]
        assert (newest.action, newest.details) == (
            "audit chain verified",
            {"entries": 12, "problems": 0},
        )


def test_a_broken_chain_is_told_whole_and_is_no_mark_to_go_on_from(twelve, monkeypatch):
    monkeypatch.setattr(audit_checking, "_AT_ONCE", 5)
    tamper(
        twelve,
        "UPDATE audit_entry SET actor = 'someone else' WHERE sequence IN (2, 9)",
        "DELETE FROM audit_head",
    )
    report, mark = audit_checking.check_all(twelve)
    with twelve.reading() as session:
        assert report.problems == audit.verify(session).problems
    assert len(report.problems) == 3

    audit_checking.keep(twelve, report, mark, actor="eva", now=NOW)

    with twelve.reading() as session:
        assert audit_checking.last_check(session) is None
