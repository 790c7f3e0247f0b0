import hashlib
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from domain.errors import Refused
from storage import audit
from storage.tables import AuditEntryRow

NOW = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[2]


def append(database, number, **more):
    with database.writing() as session:
        audit.append(
            session,
            now=NOW + timedelta(seconds=number),
            actor="Müller",
            action="match.confirmed",
            subject=f"M-{number % 3}",
            reason=f"the same picture ({number})",
            details={"number": number, "nested": {"b": [1, None, True], "a": 0.5}},
            **more,
        )


def verify(database):
    with database.reading() as session:
        return audit.verify(session)


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


@pytest.fixture
def ten(database):
    for number in range(1, 11):
        append(database, number)
    return database


def test_an_empty_chain_is_whole(database):
    assert verify(database) == audit.AuditReport(entries=0, head=audit.ZERO, problems=())


def test_entries_come_back_newest_first(ten):
    with ten.reading() as session:
        newest = audit.entries(session, limit=2)
        about = audit.entries(session, subject="M-1", limit=100)
    assert [entry.sequence for entry in newest] == [10, 9]
    assert [entry.sequence for entry in about] == [10, 7, 4, 1]
    first = about[-1]
    assert first.happened_at == NOW + timedelta(seconds=1)
    assert (first.actor, first.action) == ("Müller", "match.confirmed")
    assert first.reason == "the same picture (1)"
    assert first.details == {"number": 1, "nested": {"a": 0.5, "b": [1, None, True]}}
    report = verify(ten)
    assert (report.entries, report.problems) == (10, ())
    assert report.head == newest[0].digest


def test_an_entry_is_kept_only_with_what_it_tells_of(ten):
    def fail_after_it():
        with ten.writing() as session:
            audit.append(session, now=NOW, actor="a", action="b", subject="c")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_after_it()
    assert verify(ten).entries == 10
    assert verify(ten).problems == ()


def test_several_entries_in_one_transaction_and_any_time_zone(ten):
    with ten.writing() as session:
        for hours in (-5, 0, 9):
            audit.append(
                session,
                now=NOW.astimezone(timezone(timedelta(hours=hours))),
                actor="a",
                action="b",
                subject="c",
            )
    assert verify(ten).problems == ()
    assert verify(ten).entries == 13


def test_what_no_database_keeps_is_written_readably(ten):
    with ten.writing() as session:
        audit.append(
            session,
            now=NOW,
            actor="login\udce4",
            action="b",
            subject="c\0d",
            reason="\ud800",
            details={"ä\0": "\udce4"},
        )
    with ten.reading() as session:
        entry = audit.entries(session, limit=1)[0]
    assert (entry.actor, entry.subject, entry.reason) == ("login\\udce4", "c\\x00d", "\\ud800")
    assert verify(ten).problems == ()


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("UPDATE audit_entry SET actor = 'someone else' WHERE sequence = 4", "Entry 4 was changed"),
        ("UPDATE audit_entry SET reason = NULL WHERE sequence = 4", "Entry 4 was changed"),
        ("UPDATE audit_entry SET action = 'x' WHERE sequence = 4", "Entry 4 was changed"),
        ("UPDATE audit_entry SET subject = 'x' WHERE sequence = 4", "Entry 4 was changed"),
        (
            "UPDATE audit_entry SET details = '{}' WHERE sequence = 10",
            "Entry 10 was changed",
        ),
        (
            "UPDATE audit_entry SET happened_at = '2026-03-01 12:00:04.123457' WHERE sequence = 4",
            "Entry 4 was changed",
        ),
        ("DELETE FROM audit_entry WHERE sequence = 4", "Entry 4 is missing"),
        ("DELETE FROM audit_entry WHERE sequence < 4", "Entries 1 to 3 are missing"),
        ("DELETE FROM audit_entry WHERE sequence = 10", "Entry 10 is cut off the end"),
        ("DELETE FROM audit_entry WHERE sequence > 7", "Entries 8 to 10 are cut off the end"),
        ("DELETE FROM audit_entry", "Entries 1 to 10 are cut off the end"),
        ("UPDATE audit_head SET sequence = 9", "Entry 10 is added past the end"),
        (
            "UPDATE audit_head SET digest = (SELECT digest FROM audit_entry WHERE sequence = 9)",
            "The chain should end with",
        ),
        ("DELETE FROM audit_head", "The record of where the chain ends is missing"),
        (
            """INSERT INTO audit_entry
               SELECT 11, happened_at, actor, action, subject, reason, details, digest, digest
               FROM audit_entry WHERE sequence = 10""",
            "Entry 11 was changed",
        ),
    ],
)
def test_every_change_is_found(ten, statement, problem):
    tamper(ten, statement)
    problems = verify(ten).problems
    assert any(found.startswith(problem) for found in problems), problems
    assert len(problems) <= 2


def test_a_changed_order_is_found(ten):
    tamper(
        ten,
        "UPDATE audit_entry SET sequence = 99 WHERE sequence = 4",
        "UPDATE audit_entry SET sequence = 4 WHERE sequence = 5",
        "UPDATE audit_entry SET sequence = 5 WHERE sequence = 99",
    )
    problems = verify(ten).problems
    assert any(found.startswith("Entry 4 does not follow entry 3") for found in problems)
    assert any(found.startswith("Entry 4 was changed") for found in problems)


def test_an_entry_written_anew_with_a_fitting_digest_is_found(ten):
    with ten.reading() as session:
        entry = session.get_one(AuditEntryRow, 4)
        columns = inspect(AuditEntryRow).column_attrs.keys()
        row = {name: getattr(entry, name) for name in columns if name != "digest"}
    forged = audit._digest(**{**row, "actor": "someone else"})
    blob = f"X'{forged}'" if ten.dialect == "sqlite" else f"'\\x{forged}'"
    tamper(
        ten,
        f"UPDATE audit_entry SET actor = 'someone else', digest = {blob} WHERE sequence = 4",
    )
    (problem,) = verify(ten).problems
    assert problem.startswith("Entry 5 does not follow entry 4")


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize("value", ["happened_at = 'yesterday'", "digest = 5", "sequence = -3"])
def test_what_cannot_be_read_is_reported_and_no_crash(ten, value):
    tamper(ten, f"UPDATE audit_entry SET {value} WHERE sequence = 6")
    report = verify(ten)
    assert report.problems
    assert len(report.head) == 64


def test_a_chain_that_is_broken_everywhere_is_told_briefly(ten):
    for number in range(11, 90):
        append(ten, number)
    tamper(ten, "UPDATE audit_entry SET actor = 'someone else'")
    problems = verify(ten).problems
    assert len(problems) == 51
    assert problems[-1] == "39 more problems of this kind were found."


def test_nothing_is_added_to_a_chain_without_an_end(ten):
    tamper(ten, "DELETE FROM audit_head")
    with pytest.raises(Refused, match="vigil audit verify"):
        append(ten, 11)


def test_threads_chain_their_entries_properly(database):
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda number: append(database, number), range(60)))
    assert verify(database) == audit.AuditReport(60, verify(database).head, ())


def test_processes_chain_their_entries_properly(database, database_url):
    script = (
        "import sys\n"
        "from datetime import UTC, datetime\n"
        "from storage import audit\n"
        "from storage.database import Database\n"
        "database = Database(sys.argv[1])\n"
        "for number in range(25):\n"
        "    with database.writing() as session:\n"
        "        audit.append(session, now=datetime.now(UTC), actor=sys.argv[2], action='x',\n"
        "                     subject=str(number))\n"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", script, database_url, name], cwd=ROOT)
        for name in "abc"
    ]
    assert [child.wait(60) for child in running] == [0, 0, 0]
    report = verify(database)
    assert (report.entries, report.problems) == (75, ())
    with database.reading() as session:
        told = [(entry.actor, entry.subject) for entry in audit.entries(session, limit=1000)]
    assert len(set(told)) == 75


def test_a_long_chain_is_read_in_blocks(database, monkeypatch):
    monkeypatch.setattr(audit, "_AT_ONCE", 4)
    for number in range(1, 11):
        append(database, number)
    assert verify(database).problems == ()
    tamper(database, "DELETE FROM audit_entry WHERE sequence = 9")
    assert verify(database).problems == ("Entry 9 is missing.",)


def test_the_digest_can_be_worked_out_by_anyone(ten):
    """What the documentation says of the format must stay true: old chains are read by it."""
    with ten.reading() as session:
        first = audit.entries(session, limit=10)[-1]
    written = {
        "action": "match.confirmed",
        "actor": "Müller",
        "details": '{"nested":{"a":0.5,"b":[1,null,true]},"number":1}',
        "happened_at": "2026-03-01T12:00:01.123456+00:00",
        "previous": "0" * 64,
        "reason": "the same picture (1)",
        "sequence": 1,
        "subject": "M-1",
    }
    canonical = json.dumps(written, sort_keys=True, separators=(",", ":"))
    assert first.digest == hashlib.sha256(canonical.encode()).hexdigest()
