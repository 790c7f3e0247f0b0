"""A case from its opening to its erasure, and what is on record of it."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from casework import closing, consenting, erasing, looking_at_cases, opening, withdrawing
from domain.case_state import CaseState, CloseReason
from domain.case_wishes import Consent, Contact, News, Wishes
from domain.errors import InvalidInput, NotFound, Refused
from matching.registry_snapshot import apply_changes
from signals.index import SignalIndex
from storage import audit, case_wishes, cases, matches, registrations, registry
from storage.cases import ShownCases
from tests.made_cases import find, open_case, register

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
AGREED = Wishes(consent=Consent.SPOKEN)


@pytest.fixture
def case(database):
    return open_case(database, now=NOW, wishes=AGREED)


def about(database, number, action=None):
    with database.reading() as session:
        found = audit.entries(session, subject=number, limit=100)
    return [entry for entry in found if action is None or entry.action == action]


def closed(database, case, reason=CloseReason.GONE):
    with database.writing() as session:
        closing.close(session, case, reason, actor="anna", now=NOW)


def test_nothing_is_begun_without_consent(database):
    with pytest.raises(InvalidInput, match="without her consent"):
        opening.open_case(database, Wishes(), actor="anna", now=NOW)
    with database.reading() as session:
        assert cases.list_cases(session) == []


def test_a_new_pin_replaces_the_old_one(database):
    opened = opening.open_case(database, AGREED, actor="anna", now=NOW)

    renewed = opening.renew_pin(database, opened.number, actor="anna", now=NOW)

    with database.reading() as session:
        assert not cases.check_pin(session, opened.number, opened.pin)
        assert cases.check_pin(session, opened.number, renewed.pin)
    told = about(database, opened.number)
    assert [entry.action for entry in told] == ["case PIN renewed", "case opened"]
    assert opened.pin not in repr(told)
    assert renewed.pin not in repr(told)


def test_a_case_is_closed_reopened_and_closed_only_while_open(database, case):
    closed(database, case)
    with database.reading() as session:
        found = cases.get_case(session, case)
        assert (found.state, found.reason) == (CaseState.CLOSED, CloseReason.GONE)
    with pytest.raises(Refused, match="closed already"):
        closed(database, case)

    with database.writing() as session:
        assert closing.reopen(session, case, actor="bela", now=NOW) is CloseReason.GONE

    with database.reading() as session:
        assert cases.get_case(session, case).state is CaseState.OPEN
    assert [entry.action for entry in about(database, case)][:2] == ["case reopened", "case closed"]
    with pytest.raises(Refused, match="open already"), database.writing() as session:
        closing.reopen(session, case, actor="bela", now=NOW)


def test_a_closed_case_is_looked_for_and_a_new_match_brings_it_back(database, case):
    closed(database, case)
    find(database, "a", now=NOW)

    register(database, case, "a", now=NOW)

    with database.reading() as session:
        found = cases.get_case(session, case)
        assert (found.state, found.waits, found.flagged) == (CaseState.CLOSED, True, 1)
        waiting = cases.page_of_cases(session, shown=ShownCases.WAITING, limit=9).cases
        assert [each.number for each in waiting] == [case]
        assert cases.count_cases(session)[ShownCases.WAITING] == 1


def test_wishes_are_on_record_as_they_were_and_are_and_can_be_taken_back(database, case):
    wished = Wishes(Consent.SPOKEN, Contact.TRUSTED, News.WEEKLY, police=True, language="de")
    with database.writing() as session:
        assert consenting.change_wishes(session, case, wished, actor="bela", now=NOW)
    with database.writing() as session:
        assert not consenting.change_wishes(session, case, wished, actor="bela", now=NOW)

    (entry,) = about(database, case, "wishes changed")
    assert entry.details == {
        "before": {"contact": "nobody", "news": "asked", "police": False, "language": None},
        "after": {"contact": "trusted", "news": "weekly", "police": True, "language": "de"},
    }
    with database.writing() as session:
        consenting.take_back(session, case, actor="bela", now=NOW)
    with database.reading() as session:
        assert case_wishes.wishes_of(session, case) == AGREED
    with pytest.raises(Refused, match="to take back"), database.writing() as session:
        consenting.take_back(session, case, actor="bela", now=NOW)


def test_nobody_is_told_of_finds_without_somebody_who_tells_her():
    with pytest.raises(InvalidInput, match="trusted contact"):
        Wishes(contact=Contact.NUMBER, news=News.EACH)


def test_a_withdrawn_case_keeps_no_wishes_and_cannot_be_changed(database, case):
    withdrawing.withdraw(database, case, actor="anna", reason=None, now=NOW)

    with database.reading() as session:
        assert case_wishes.wishes_of(session, case) == Wishes()
        assert session.execute(text("SELECT count(*) FROM case_wishes")).scalar_one() == 0
    with pytest.raises(Refused, match="was withdrawn"):
        closed(database, case)
    with pytest.raises(Refused, match="was withdrawn"), database.writing() as session:
        consenting.change_wishes(session, case, AGREED, actor="anna", now=NOW)
    with pytest.raises(Refused, match="was withdrawn"):
        opening.renew_pin(database, case, actor="anna", now=NOW)


@pytest.mark.parametrize("withdrawn_before", [False, True])
def test_of_an_erased_case_only_the_record_is_left(database, case, withdrawn_before):
    other = open_case(database, now=NOW)
    for sign, of in (("a", case), ("b", other)):
        find(database, sign, now=NOW)
        register(database, of, sign, now=NOW)
    with database.reading() as session:
        (held,) = registrations.list_registrations(session, case)
        known = registrations.registration_row(session, held.number).registration_id
        before = registry.current_version(session)
    if withdrawn_before:
        withdrawing.withdraw(database, case, actor="anna", reason=None, now=NOW)

    erased = erasing.erase(database, case, actor="eva", reason="she asked", now=NOW)

    assert (erased.number, erased.registrations) == (case, 1)
    with pytest.raises(NotFound), database.reading() as session:
        cases.get_case(session, case)
    with database.reading() as session:
        assert [each.number for each in cases.list_cases(session)] == [other]
        assert [each.case for each in matches.list_matches(session)] == [other]
        assert session.execute(text("SELECT count(*) FROM image")).scalar_one() == 1
        # A crawl on another machine holds the signals still, and is to hear of it.
        assert registry.changes_since(session, before).withdrawn == [known]
        assert registry.last_withdrawal(session) == before + 1
        for table in ("case_file", "registration", "case_wishes", "match", "look_alike"):
            rows = session.execute(text(f"SELECT * FROM {table}")).all()
            assert not any(case in repr(row) or held.number in repr(row) for row in rows)
        assert audit.verify(session).problems == ()
    last = about(database, case)[0]
    assert (last.action, last.actor, last.reason) == ("case erased", "eva", "she asked")


def test_a_picture_that_takes_the_id_of_an_erased_one_is_looked_for(database, case):
    register(database, case, "a", now=NOW)
    index = SignalIndex.build([])
    with database.reading() as session:
        held = registry.changes_since(session, 0)
        apply_changes(index, held)
    erasing.erase(database, case, actor="eva", reason=None, now=NOW)
    anew = open_case(database, now=NOW)

    register(database, anew, "b", now=NOW)

    with database.reading() as session:
        apply_changes(index, registry.changes_since(session, held.version))
    assert len(index) == 2


def test_a_look_at_a_case_is_on_record_once_in_ten_minutes_a_person(database, case):
    for minutes in (0, 5, 9, 11):
        looking_at_cases.note(database, case, actor="anna", now=NOW + timedelta(minutes=minutes))
    looking_at_cases.note(database, case, actor="bela", now=NOW + timedelta(minutes=1))

    looks = about(database, case, "case viewed")
    assert sorted((each.actor, each.happened_at.minute) for each in looks) == [
        ("anna", 0),
        ("anna", 11),
        ("bela", 1),
    ]
    with pytest.raises(NotFound):
        looking_at_cases.note(database, "C-0000-0000-0", actor="anna", now=NOW)


@pytest.mark.usefixtures("case")
def test_nothing_that_is_kept_of_wishes_is_free_text(database):
    """Names are kept nowhere, so nothing of a case may be written by hand."""
    with database.reading() as session:
        row = session.execute(text("SELECT * FROM case_wishes")).mappings().one()
    assert set(row) == {
        "case_id",
        "consent",
        "contact",
        "news",
        "name_in_notices",
        "police",
        "language",
        "changed_at",
    }
    with pytest.raises(InvalidInput):
        Wishes(language="Anna from Berlin")
