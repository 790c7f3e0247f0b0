"""`vigil user`: letting people in to the console, from the command line."""

import json
import re
from datetime import UTC, datetime

import pytest

from casework import signing_in
from cli import run
from storage import accounts, audit

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
def user(environment, capsys):
    """Run `vigil user` in this process; returns its exit code and what it printed."""

    def call(*arguments):
        code = run(["user", *arguments], environment)
        printed = capsys.readouterr()
        return code, printed.out + printed.err

    return call


@pytest.fixture
def owner(database):
    """Say whose a one-time code is."""

    def of(code):
        with database.reading() as session:
            found = signing_in.owner_of_code(session, code, now=datetime.now(UTC))
        return None if found is None else found[0].name

    return of


def test_a_person_is_given_a_link_that_is_hers(vigil, owner, config):
    added = vigil("user", "add", "Anna", "--role", "caseworker", "--role", "analyst")
    assert added.returncode == 0, added.stderr
    link = re.escape(config.console_url) + r"/enter/first#(\S+)"
    [code] = re.findall(link, added.stdout)
    assert f"Code     {code}" in added.stdout
    assert owner(code) == "anna"


def test_what_a_person_may_do_is_changed_and_taken_away(user, owner, database):
    assert "To make one: vigil user add" in user("list")[1]
    code = json.loads(user("add", "anna", "--role", "analyst", "--json")[1])["code"]
    assert user("add", "anna", "--role", "analyst") == (
        1,
        "There is an account 'anna' already.\n",
    )
    assert user("add", "b c", "--role", "analyst")[0] == 2
    assert user("add", "boris")[0] == 2

    user("roles", "anna", "--role", "operator")
    listed = json.loads(user("list", "--json")[1])
    assert [(each["name"], each["roles"], each["second_factor"]) for each in listed] == [
        ("anna", ["operator"], False)
    ]
    assert "invited" in user("list")[1]

    again = json.loads(user("reset", "anna", "--json")[1])["code"]
    assert (owner(code), owner(again)) == (None, "anna")

    assert "vigil user enable anna" in user("disable", "anna")[1]
    assert owner(again) is None
    assert user("disable", "anna") == (1, "anna is disabled already.\n")
    assert user("enable", "anna")[0] == 0
    assert "no account 'nobody'. `vigil user list`" in user("disable", "nobody")[1]
    assert "Did you mean anna?" in user("disable", "ana")[1]

    with database.reading() as session:
        told = audit.entries(session, limit=20)
        assert accounts.get(session, "anna").active
    assert [entry.action for entry in reversed(told)] == [
        "account added",
        "roles changed",
        "sign-in reset",
        "account disabled",
        "account enabled",
    ]
    assert {entry.actor for entry in told} == {"tester"}
    assert code not in str(told)
