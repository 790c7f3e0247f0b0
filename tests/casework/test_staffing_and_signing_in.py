"""Letting people in to work and out again, on either database, and what the audit chain is told."""

import threading
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from casework import signing_in, staffing
from domain.entering import FREE_FAILURES, FREE_FAILURES_OF_AN_ADDRESS, Entered, code_digest
from domain.errors import InvalidInput, NotFound, Refused
from domain.permission import Role
from storage import account_sessions, accounts, audit, credentials
from storage.account_sessions import Limits

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LIMITS = Limits(longest=timedelta(hours=12), idle=timedelta(minutes=30))


@pytest.fixture
def anna(database):
    with database.writing() as session:
        return staffing.add(session, "anna", [Role.CASEWORKER], actor="chief", now=NOW)


def told(database):
    with database.reading() as session:
        assert audit.verify(session).problems == ()
        return [
            (entry.action, entry.actor, entry.subject, dict(entry.details))
            for entry in reversed(audit.entries(session, limit=50))
        ]


def sign_in(database, name, now=NOW):
    with database.writing() as session:
        return signing_in.enter(
            session,
            accounts.get(session, name),
            entered_with=Entered.PASSWORD_AND_CODE,
            device="Firefox, Linux",
            limits=LIMITS,
            now=now,
        )


def who(database, token, now=NOW):
    with database.reading() as session:
        found = account_sessions.find(session, token, limits=LIMITS, now=now)
    return None if found is None else found[0].name


def test_a_one_time_code_is_used_once_and_within_a_day(database, anna):
    with database.reading() as session:
        late = NOW + timedelta(hours=25)
        assert signing_in.owner_of_code(session, anna.code, now=late) is None
        found = signing_in.owner_of_code(session, anna.code.lower(), now=NOW)
        assert found is not None
        owner = found[0]
        assert owner.name == "anna"
        assert signing_in.use_visit(session, anna.code, now=NOW) is None  # she is no visitor
    choose = partial(
        signing_in.choose_first_password,
        account=owner,
        digest=code_digest(anna.code),
        password_hash="h",
        now=NOW,
    )
    with database.writing() as session:
        choose(session)
    with pytest.raises(Refused, match="used already"), database.writing() as session:
        choose(session)
    with database.reading() as session:
        assert signing_in.owner_of_code(session, anna.code, now=NOW) is None


def test_a_disabled_person_is_out_at_once_and_comes_back_as_before(database, anna):
    token = sign_in(database, "anna")
    assert who(database, token) == "anna"
    with database.writing() as session:
        staffing.disable(session, "anna", actor="chief", now=NOW)
    assert who(database, token) is None
    with database.reading() as session:
        assert signing_in.owner_of_code(session, anna.code, now=NOW) is None
    with pytest.raises(Refused, match="changed meanwhile"), database.writing() as session:
        signing_in.enter(
            session,
            anna.account,
            entered_with=Entered.PASSKEY,
            device="",
            limits=LIMITS,
            now=NOW,
        )
    with database.writing() as session:
        staffing.enable(session, "anna", actor="chief", now=NOW)
    assert who(database, token) is None
    assert who(database, sign_in(database, "anna")) == "anna"
    assert [action for action, *_ in told(database)] == [
        "account added",
        "signed in",
        "account disabled",
        "account enabled",
        "signed in",
    ]


def test_a_reset_takes_all_away_and_gives_a_new_code(database, anna):
    token = sign_in(database, "anna")
    with database.writing() as session:
        credentials.set_password(session, anna.account.account_id, "h")
        credentials.set_totp(session, anna.account.account_id, "secret", 5)
        credentials.set_recovery_codes(session, anna.account.account_id, ("a", "b"))
        credentials.add_passkey(
            session,
            anna.account.account_id,
            credential_id=b"k",
            public_key=b"p",
            sign_count=0,
            transports=["usb"],
            name="key",
            now=NOW,
        )
    with database.writing() as session:
        again = staffing.reset(session, "anna", actor="chief", now=NOW)
    assert who(database, token) is None
    assert (again.account.has_password, again.account.has_totp) == (False, False)
    assert again.account.recovery_codes_left == 0
    with database.reading() as session:
        assert credentials.passkeys(session, anna.account.account_id) == []
        assert signing_in.owner_of_code(session, anna.code, now=NOW) is None
        assert signing_in.owner_of_code(session, again.code, now=NOW) is not None
    # Whoever was half-way through signing in before is not let in any more.
    with pytest.raises(Refused, match="changed meanwhile"), database.writing() as session:
        signing_in.enter(
            session,
            anna.account,
            entered_with=Entered.PASSKEY,
            device="",
            limits=LIMITS,
            now=NOW,
        )


@pytest.mark.usefixtures("anna")
def test_roles_are_changed_and_nobody_changes_her_own(database):
    with database.writing() as session:
        chief = staffing.add(session, "chief", [Role.SUPERVISOR], actor="setup", now=NOW).account
        staffing.set_roles(session, "anna", [Role.ANALYST], actor="chief", now=NOW, person=chief)
    for change in (
        lambda session: staffing.set_roles(
            session, "chief", [Role.ANALYST], actor="chief", now=NOW, person=chief
        ),
        lambda session: staffing.disable(session, "chief", actor="c", now=NOW, person=chief),
        lambda session: staffing.reset(session, "chief", actor="c", now=NOW, person=chief),
    ):
        with pytest.raises(Refused, match="Nobody changes her own"), database.writing() as session:
            change(session)
    assert told(database)[-1] == (
        "roles changed",
        "chief",
        "anna",
        {"before": ["caseworker"], "now": ["analyst"]},
    )
    with pytest.raises(InvalidInput, match="one role at least"), database.writing() as session:
        staffing.set_roles(session, "anna", [], actor="chief", now=NOW)
    with pytest.raises(NotFound, match="no account 'nobody'"), database.writing() as session:
        staffing.disable(session, "nobody", actor="chief", now=NOW)
    with pytest.raises(Refused, match="already"), database.writing() as session:
        staffing.add(session, "ANNA", [Role.ANALYST], actor="chief", now=NOW)


@pytest.mark.usefixtures("anna")
def test_sessions_end_after_a_while_without_work_and_at_most(database):
    token = sign_in(database, "anna")
    assert who(database, token, NOW + timedelta(minutes=29)) == "anna"
    assert who(database, token, NOW + timedelta(minutes=31)) is None
    with database.reading() as session:
        found = account_sessions.find(session, token, limits=LIMITS, now=NOW)
    assert found is not None
    mine = found[1]
    later = NOW
    while later < NOW + timedelta(hours=12) - timedelta(minutes=20):
        later += timedelta(minutes=20)
        assert who(database, token, later) == "anna"
        with database.writing() as session:
            account_sessions.saw(session, mine.session_id, now=later)
    assert who(database, token, NOW + timedelta(hours=12)) is None


@pytest.mark.usefixtures("anna")
def test_attempts_at_once_are_no_way_around_the_wait(database):
    tried = signing_in.tried(b"s", what="password", name="anna", address="192.0.2.1")
    waits = []

    def guess():
        with database.writing() as session:
            waits.append(signing_in.begin_attempt(session, tried, now=NOW))

    threads = [threading.Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(wait == timedelta() for wait in waits) == FREE_FAILURES + 1
    assert max(waits) == timedelta(seconds=10)


def test_a_storm_of_guesses_is_told_without_what_was_typed_and_locks_nobody_out(database, anna):
    typed = "her secret, typed into the wrong field"
    now = NOW
    for name in ["anna"] * 6 + [typed] * 5:
        tried = signing_in.tried(b"s", what="password", name=name, address="192.0.2.1")
        account = anna.account if name == "anna" else None
        with database.writing() as session:
            left = signing_in.begin_attempt(session, tried, now=now)
        if left:
            now += left
            with database.writing() as session:
                assert signing_in.begin_attempt(session, tried, now=now) == timedelta()
        with database.writing() as session:
            signing_in.failed(session, tried, account=account, now=now)
    failures = [entry for entry in told(database) if entry[0] == "sign-in failed"]
    assert failures
    assert typed not in str(failures)
    assert {subject for _, _, subject, _ in failures} <= {"anna", "no account"}
    # Her own browser, which she has signed in with before, is counted by itself.
    hers = signing_in.tried(b"s", what="password", name="anna", address="192.0.2.9", device="d1")
    with database.writing() as session:
        assert signing_in.begin_attempt(session, hers, now=now) == timedelta()
        assert signing_in.succeeded(session, hers) == 0


def test_one_address_that_tries_many_names_has_to_wait(database):
    waits = []
    for number in range(FREE_FAILURES_OF_AN_ADDRESS + 2):
        tried = signing_in.tried(b"s", what="password", name=f"n{number}", address="192.0.2.1")
        with database.writing() as session:
            waits.append(signing_in.begin_attempt(session, tried, now=NOW))
            signing_in.failed(session, tried, account=None, now=NOW)
    assert set(waits[:-1]) == {timedelta()}
    assert waits[-1] > timedelta()
    assert told(database)[-1][3]["counted for"] == "address"


@pytest.mark.usefixtures("anna")
def test_only_practice_accounts_are_entered_without_a_second_factor(database):
    with pytest.raises(Refused, match="no practice account"), database.writing() as session:
        accounts.one_time_visit(session, "anna", now=NOW)
    with database.writing() as session:
        accounts.add(session, "demo", list(Role), now=NOW, practice=True)
        code = accounts.one_time_visit(session, "demo", now=NOW)
    with database.writing() as session:
        visitor = signing_in.use_visit(session, code, now=NOW)
        assert visitor is not None
        assert visitor.name == "demo"
        assert signing_in.use_visit(session, code, now=NOW) is None


def test_a_code_of_an_authenticator_and_a_recovery_code_count_once(database, anna):
    whose = anna.account.account_id
    with database.writing() as session:
        credentials.set_totp(session, whose, "secret", None)
        credentials.set_recovery_codes(session, whose, ("a", "b"))
    with database.writing() as session:
        assert credentials.used_totp(session, whose, 7)
        assert not credentials.used_totp(session, whose, 7)
        assert not credentials.used_totp(session, whose, 6)
        assert credentials.use_recovery_code(session, whose, "a")
        assert not credentials.use_recovery_code(session, whose, "a")
        assert accounts.get(session, "anna").recovery_codes_left == 1
