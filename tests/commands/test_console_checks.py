"""What `vigil doctor` says of the console."""

import json
from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from commands import console_checks
from config import load_config
from domain.permission import Role
from storage import accounts
from storage.account_tables import AccountRow
from storage.database import open_database

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def findings(environment):
    """Ask the checks of the console; returns each line by what it was about."""

    # Not the whole command: what it checks besides takes seconds each time.
    def ask(**more):
        config = load_config(environment | more)
        found = list(console_checks.console(config))
        database = open_database(config)
        with database.reading() as session:
            found += console_checks.accounts(session)
        database.close()
        return {each.what: each for each in found}

    return ask


def test_what_is_as_it_should_be_is_said_so(findings):
    found = findings()
    assert {each.level for each in found.values()} == {"ok"}
    assert "vigil user add" in found["Accounts"].found


def test_a_secret_that_others_can_read_fails(findings, tmp_path):
    secret = tmp_path / "data" / "console.secret"
    secret.write_text("ab" * 32)
    secret.chmod(0o644)
    assert findings()["Console's secret"].level == "fail"
    secret.chmod(0o600)
    assert findings()["Console's secret"].level == "ok"


@pytest.mark.parametrize(
    ("settings", "level"),
    [
        ({"VIGIL_CONSOLE_URL": "https://vigil.example"}, "ok"),
        ({"VIGIL_CONSOLE_URL": "http://vigil.example"}, "warn"),
        ({"VIGIL_CONSOLE_LISTEN": "0.0.0.0:8080"}, "warn"),
        (
            {"VIGIL_CONSOLE_URL": "https://v.example", "VIGIL_CONSOLE_LISTEN": "192.0.2.1:8080"},
            "warn",  # its proxy is another machine, and none is named
        ),
    ],
)
def test_how_people_reach_it_is_judged(findings, settings, level):
    assert findings(**settings)["Console"].level == level


def test_a_proxy_elsewhere_that_is_not_named_is_asked_for(findings):
    public = {
        "VIGIL_CONSOLE_URL": "https://vigil.example",
        "VIGIL_CONSOLE_LISTEN": "192.0.2.1:8080",
    }
    said = findings(**public)["Console"]
    assert "127.0.0.1 alone is believed" in said.found
    assert "all visitors look like one" in said.advice
    assert "VIGIL_CONSOLE_PROXY" in said.advice
    assert findings(**public, VIGIL_CONSOLE_PROXY="192.0.2.9")["Console"].level == "ok"


def test_accounts_that_a_password_alone_opens_and_those_of_the_demo_are_named(database, findings):
    with database.writing() as session:
        accounts.add(session, "anna", [Role.CASEWORKER], now=NOW)
        accounts.add(session, "bela", [Role.CASEWORKER], now=NOW)
        session.execute(update(AccountRow).values(password_hash="x", totp=None))
        session.execute(update(AccountRow).where(AccountRow.name == "bela").values(totp="x"))
    said = findings()["Accounts"]
    assert said.level == "warn"
    assert "anna" in said.found
    assert "bela" not in said.found

    with database.writing() as session:
        session.execute(update(AccountRow).values(totp="x"))
    assert findings()["Accounts"].level == "ok"

    with database.writing() as session:
        accounts.add(session, "visitor", [Role.ANALYST], now=NOW, practice=True)
    said = findings()["Accounts"]
    assert said.level == "warn"
    assert "visitor" in said.found


def test_doctor_tells_of_the_console(vigil):
    told = json.loads(vigil("doctor", "--json").stdout)["findings"]
    assert {"Console", "Console's secret", "Accounts"} <= {each["what"] for each in told}
