"""The people who work here, as a supervisor sees to them, and somebody's own page."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from casework import staffing
from domain.permission import Role
from storage import accounts, audit

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
def boris(database):
    with database.writing() as session:
        return staffing.add(
            session, "boris", [Role.OPERATOR], actor="a test", now=datetime.now(UTC)
        ).account


def test_a_supervisor_adds_a_person_and_sees_her_link_once(browse, config):
    page = browse("supervisor", name="chief")
    page.goto("/people")
    page.fill("#name", "Grit!")
    page.get_by_label("Analyst").check()
    page.get_by_role("button", name="Add, and show").click()
    assert "cannot be an account's name" in page.get_by_role("alert").inner_text()
    assert page.get_by_label("Analyst").is_checked()
    page.fill("#name", "grit")
    page.get_by_role("button", name="Add, and show").click()
    link = page.locator("[data-copied]").inner_text()
    assert link.startswith(f"{config.console_url}/enter/first#")
    page.get_by_role("link", name="Done").click()
    assert link.split("#")[1] not in page.content()
    assert "none yet" in page.get_by_role("main").inner_text()
    stranger = browse()
    stranger.goto(f"/enter/first#{link.split('#')[1]}")
    stranger.get_by_role("button", name="Go on").click()
    assert "You will sign in as grit" in stranger.get_by_role("main").inner_text()


@pytest.mark.usefixtures("boris")
def test_roles_and_access_are_changed_and_taken_back(as_role, database):
    client = as_role("supervisor", name="chief")
    client.post("/people/boris/roles", data={"role": ["analyst", "auditor"]})
    page = client.get("/people/boris").text
    [undo] = re.findall(r'action="(/people/boris/roles\?role=operator)"', page)
    client.post(undo)
    with database.reading() as session:
        assert accounts.get(session, "boris").roles == (Role.OPERATOR,)
    assert "one role at least" in client.post("/people/boris/roles", follow_redirects=True).text
    assert (
        "not all of these are roles"
        in client.post("/people/boris/roles", data={"role": "king"}, follow_redirects=True).text
    )
    disabled = client.post("/people/boris/disable", follow_redirects=True).text
    assert "/people/boris/enable" in disabled
    client.post("/people/boris/enable")
    with database.reading() as session:
        assert accounts.get(session, "boris").active
        assert {entry.actor for entry in audit.entries(session, limit=4)} == {"chief"}


def test_nobody_shuts_the_last_supervisor_out_by_mistake(as_role):
    client = as_role("supervisor", name="chief")
    for what in ("roles", "disable", "reset"):
        answer = client.post(
            f"/people/chief/{what}", data={"role": "analyst"}, follow_redirects=True
        )
        assert "Nobody changes her own roles" in answer.text
    assert client.get("/people").status_code == 200


@pytest.mark.usefixtures("boris")
def test_an_auditor_sees_people_and_changes_nothing(as_role):
    client = as_role("auditor")
    assert "boris" in client.get("/people").text
    assert "<form" not in client.get("/people/boris").text.split("<main")[1].split("<dialog")[0]
    assert client.post("/people/boris/disable").status_code == 403
    assert client.get("/people/nobody").status_code == 404


def test_a_long_list_of_people_comes_in_pages(as_role, database):
    with database.writing() as session:
        for number in range(130):
            accounts.add(session, f"p{number:03}", [Role.ANALYST], now=datetime.now(UTC))
    client = as_role("auditor")
    first = client.get("/people").text
    [following] = re.findall(r'href="(/people\?after=[^"]+)"', first)
    second = client.get(following).text
    listed = re.findall(r'href="/people/(\w[\w-]*)"', first + second)
    assert len(listed) == len(set(listed)) == 131


def test_pages_look_as_their_reader_chose(as_role):
    client = as_role("caseworker", name="anna")
    taste = {"language": "", "timezone": "Europe/Berlin", "theme": "grey"}
    client.post("/own/taste", data=taste)
    page = client.get("/own").text
    assert 'data-theme="grey"' in page
    assert "<option selected>Europe/Berlin" in page
    refused = client.post("/own/taste", data=taste | {"theme": "pink"}, follow_redirects=True)
    assert "pink cannot be chosen here" in refused.text
    assert 'data-theme="grey"' in refused.text


def test_at_a_screen_that_was_left_open_nobody_is_let_in(console, as_role, database):
    client = as_role("supervisor", name="chief")
    as_role("operator", name="boris")
    surroundings = console.extensions["vigil"]
    surroundings.clock = lambda: datetime.now(UTC) + timedelta(minutes=20)
    for address, sent in (
        ("/people", {"name": "eve", "role": "supervisor"}),
        ("/people/boris/roles", {"role": "supervisor"}),
        ("/people/boris/reset", {}),
    ):
        answer = client.post(address, data=sent, headers={"Referer": "http://localhost/people"})
        assert answer.location == "/own/confirm?next=/people", address
    with database.reading() as session:
        assert accounts.by_name(session, "eve") is None
        assert accounts.get(session, "boris").roles == (Role.OPERATOR,)
