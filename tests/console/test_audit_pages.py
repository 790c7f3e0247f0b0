"""The audit record as it is read: filtered, checked, and taken out as a file."""

import csv
import hashlib
import io
import json
import re
import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from storage import audit

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
CASE = "C-7K3M-9QXD-5"


@pytest.fixture(autouse=True)
def chain(database):
    """Ten entries, of three days."""
    with database.writing() as session:
        for number in range(10):
            audit.append(
                session,
                now=NOW + number * timedelta(hours=8),
                actor=("anna", "bela")[number % 2],
                action=("match confirmed", "case viewed", "site added")[number % 3],
                subject=("old-forum", "M-1", CASE, "<script>alert(1)</script>")[number % 4],
            )


@pytest.fixture
def farid(as_role):
    return as_role("auditor", name="farid")


def newest(database):
    with database.reading() as session:
        return audit.entries(session, limit=1)[0]


def change_entry(database, sequence):
    with database.writing() as session:
        session.execute(text("DROP TRIGGER audit_entry_refuse_update"))
        session.execute(
            text(f"UPDATE audit_entry SET actor = 'nobody' WHERE sequence = {sequence}")
        )


def until_checked(client):
    for _ in range(200):
        page = client.get("/audit").text
        if "<progress" not in page:
            return page
        time.sleep(0.05)
    raise AssertionError


def test_entries_are_filtered_by_who_what_which_and_when(farid):
    def rows(**wanted):
        page = farid.get("/audit", query_string=wanted)
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        return re.findall(r'<tr id="e(\d+)"', page.text)

    assert rows() == [str(number) for number in range(10, 0, -1)]
    assert rows(actor="anna") == ["9", "7", "5", "3", "1"]
    assert rows(actor="anna", action="match confirmed") == ["7", "1"]
    assert rows(subject=CASE) == ["7", "3"] == rows(subject="c 7k3m9qxd5")
    assert rows(subject="old-forum") == ["9", "5", "1"]
    assert rows(**{"from": "2026-03-02", "to": "2026-03-02"}) == ["5", "4", "3"]
    assert rows(to="2001-01-01") == []
    wrong = farid.get("/audit", query_string={"from": "yesterday"})
    assert (wrong.status_code, "yesterday is no day" in wrong.text) == (400, True)


def test_the_record_is_said_to_be_whole_and_a_changed_entry_is_seen(farid, database):
    page = farid.get("/audit").text
    assert f"Checked to entry {newest(database).sequence}, the last." in page
    change_entry(database, 3)

    page = farid.get("/audit").text
    assert 'id="e3" class="broken"' in page
    assert 'id="e5" class="broken"' not in page

    farid.post("/audit/check")
    page = until_checked(farid)
    assert "Not whole" in page
    assert "Entry 3 was changed" in page
    assert newest(database).details["problems"] == 1


def test_everything_is_checked_on_the_side_and_who_did_is_said(farid, database):
    farid.post("/audit/check")
    page = until_checked(farid)
    assert "by farid" in page
    assert newest(database).action == "audit chain verified"
    assert "Not whole" not in page
    assert "Checked in part" not in page


@pytest.mark.parametrize("form", ["csv", "json"])
def test_an_export_holds_what_is_filtered_and_is_on_record(farid, database, form):
    with database.writing() as session:
        audit.append(
            session,
            now=NOW + timedelta(days=9),
            actor="anna",
            action="x",
            subject="=1+1",
            reason="@SUM(A1)",
        )
    before = newest(database).sequence

    answer = farid.post("/audit/export", data={"form": form, "actor": "anna"})

    assert "attachment" in answer.headers["Content-Disposition"]
    if form == "json":
        told = json.loads(answer.text)
        assert told[-1]["subject"] == "=1+1"
        first = {name: value for name, value in told[0].items() if name != "digest"}
        written = json.dumps(first, sort_keys=True, separators=(",", ":"))
        assert hashlib.sha256(written.encode()).hexdigest() == told[0]["digest"]
    else:
        told = list(csv.DictReader(io.StringIO(answer.text)))
        assert (told[-1]["subject"], told[-1]["reason"]) == ("'=1+1", "'@SUM(A1)")
    assert {row["actor"] for row in told} == {"anna"}
    assert int(told[-1]["sequence"]) == before
    entry = newest(database)
    assert (entry.action, entry.actor, entry.details["actor"], entry.details["through"]) == (
        "audit exported",
        "farid",
        "anna",
        before,
    )


def test_an_export_of_nothing_is_a_list_of_nothing(farid):
    answer = farid.post("/audit/export", data={"form": "json", "actor": "nobody"})
    assert json.loads(answer.text) == []


def test_a_supervisor_reads_and_takes_nothing_out(as_role, database):
    eva = as_role("supervisor", name="eva")
    page = eva.get("/audit")
    assert page.status_code == 200
    assert "/audit/export" not in page.text
    assert eva.post("/audit/export", data={"form": "csv"}).status_code == 403
    assert newest(database).action != "audit exported"


def test_a_check_is_followed_on_the_page_and_the_page_fits_a_telephone(browse):
    page = browse("auditor", name="farid", width=360, dark=True)
    page.goto("/audit")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.keyboard.press("v")
    page.get_by_text("by farid").first.wait_for()
    page.get_by_text("Whole", exact=True).wait_for()
    with page.expect_download() as download:
        page.get_by_role("button", name="Export as CSV").click()
    assert download.value.suggested_filename.endswith(".csv")
