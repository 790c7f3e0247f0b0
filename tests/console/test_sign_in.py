"""Signing in as people do it, in a browser: the first time, later, and after everything is lost."""

import logging
import re
from datetime import UTC, datetime

import pytest
from passlib.totp import TOTP  # type: ignore[import-untyped]
from sqlalchemy import select

from casework import staffing
from domain.permission import Role
from storage import accounts, audit, credentials
from storage.schema import METADATA

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

SEND_AGAIN = """async (body) => {
    const headers = JSON.parse(document.body.getAttribute("hx-headers"));
    headers["Content-Type"] = "application/json";
    return (await fetch("/enter/passkey", { method: "POST", headers, body })).status;
}"""

PASSWORD = "ziegel lampe fluss drei"


@pytest.fixture
def invite(database):
    """Make an account, and return its one-time code."""

    def make(name="anna", roles=(Role.CASEWORKER,)):
        now = datetime.now(UTC)
        with database.writing() as session:
            return staffing.add(session, name, roles, actor="a test", now=now).code

    return make


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def secret_of(page):
    page.get_by_text("I cannot read squares").click()
    return TOTP(key=page.locator(".letters").inner_text().replace("-", ""), format="base32")


def next_code(totp):
    # A code counts once: the next one is that of half a minute later, which is taken as well.
    return totp.generate(time=datetime.now(UTC).timestamp() + 30).token


def with_virtual_key(page):
    """Give a browser a key that it unlocks by itself."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def set_up(page, code, password=PASSWORD):
    """Go from a one-time link to being signed in; returns the authenticator and recovery codes."""
    page.goto(f"/enter/first#{code}")
    assert code not in page.url  # it stays in no history
    press(page, "Go on")
    page.fill("#password", password)
    page.fill("#again", password)
    press(page, "Go on")
    totp = secret_of(page)
    page.fill("#code", totp.generate().token)
    press(page, "Finish and sign in")
    press(page, "Show me ten codes")
    recovery = page.locator(".recovery code").all_inner_texts()
    assert len(set(recovery)) == 10
    page.get_by_role("link", name="I have kept them: go on").click()
    assert "/enter" not in page.url
    return totp, recovery


def sign_in(page, password=PASSWORD):
    page.fill("#name", "Anna")
    page.fill("#password", password)
    press(page, "Go on")


def test_nobody_gets_past_the_first_time_without_a_password_and_a_second_factor(browse, invite):
    code = invite()
    page = browse()
    page.goto(f"/enter/first#{code}")
    press(page, "Go on")
    page.fill("#password", "Password1234")
    page.fill("#again", "Password1234")
    press(page, "Go on")
    assert "guessed first" in page.get_by_role("alert").inner_text()
    page.fill("#password", PASSWORD)
    page.fill("#again", PASSWORD)
    press(page, "Go on")
    for elsewhere in ("/", "/own", "/people"):
        page.goto(elsewhere)
        assert "/enter" in page.url
    # The code is used up, and the password alone leads to the same place.
    page.goto(f"/enter/first#{code}")
    press(page, "Go on")
    assert "used already" in page.get_by_role("alert").inner_text()
    page.goto("/enter")
    sign_in(page)
    page.fill("#code", "000000")
    press(page, "Finish and sign in")
    assert "This code is not right" in page.get_by_role("alert").inner_text()


def test_signing_in_from_the_first_time_on_and_no_secret_is_told(browse, invite, database, caplog):
    caplog.set_level(logging.DEBUG)
    code = invite()
    page = browse()
    totp, recovery = set_up(page, code)
    press(page, "Sign out")
    assert "You are signed out" in page.get_by_role("status").first.inner_text()

    # The password, then a code that was not used yet, then where she wanted to be.
    page.goto("/own/password")
    sign_in(page)
    used = next_code(totp)
    page.fill("#code", used)
    press(page, "Sign in")
    assert page.url.endswith("/own/password")
    press(page, "Sign out")

    # The same code once more is refused; a recovery code lets her in, once.
    sign_in(page)
    page.fill("#code", used)
    press(page, "Sign in")
    assert "used already" in page.get_by_role("alert").inner_text()
    page.get_by_text("use a recovery code").click()
    page.fill("#code", recovery[3].upper().replace("-", " "))
    press(page, "Sign in")
    assert "9 are left" in page.locator(".said").inner_text()
    press(page, "Sign out")
    sign_in(page)
    page.get_by_text("use a recovery code").click()
    page.fill("#code", recovery[3])
    press(page, "Sign in")
    assert "used already" in page.get_by_role("alert").inner_text()

    with database.reading() as session:
        kept = str(_every_row(session))
        entries = audit.entries(session, limit=50)
    assert "$argon2id$" in kept
    assert [entry.action for entry in reversed(entries)] == [
        "account added",
        "password set",
        "authenticator set up",
        "signed in",
        "recovery codes made",
        "signed out",
        "signed in",
        "signed out",
        "recovery code used",
        "signed in",
        "signed out",
    ]
    for secret in (PASSWORD, totp.base32_key, used, code, code.replace("-", ""), *recovery):
        assert secret not in caplog.text
        assert secret not in kept


def _every_row(session):
    tables = (*METADATA.tables.values(),)
    return [tuple(row) for table in tables for row in session.execute(select(table))]


@pytest.mark.parametrize("alone", [True, False], ids=["alone", "after the password"])
def test_a_passkey_is_set_up_at_once_and_signs_in_later(browse, invite, alone):
    code = invite()
    page = browse(host="localhost")  # passkeys work with no bare number
    with_virtual_key(page)
    sent = []
    page.on(
        "request",
        lambda asked: sent.append(asked.post_data) if asked.url.endswith("/passkey") else None,
    )
    page.goto(f"/enter/first#{code}")
    press(page, "Go on")
    page.fill("#password", PASSWORD)
    page.fill("#again", PASSWORD)
    press(page, "Go on")
    press(page, "Set up a passkey and sign in")
    page.wait_for_url("**/own/recovery**")
    page.goto("/own")
    assert page.get_by_role("button", name=re.compile("Remove")).count() == 0  # the only factor
    press(page, "Sign out")

    page.goto("/own/password")
    if not alone:
        page.fill("#name", "anna")
        page.fill("#password", PASSWORD)
        press(page, "Go on")
        press(page, "Use my passkey")
    else:
        press(page, "Sign in with a passkey instead")
    page.get_by_role("heading", name="Change the password").wait_for()

    # What the passkey signed is of no use to whoever sends it once more.
    press(page, "Sign out")
    assert page.evaluate(SEND_AGAIN, sent[-1]) == 422
    page.goto("/own")
    assert "/enter" in page.url


def test_another_passkey_is_added_by_name_and_the_same_one_not_twice(browse, person, database):
    anna = person("caseworker", name="anna")
    with database.writing() as session:
        credentials.set_password(session, anna.account_id, "no hash")
    page = browse("caseworker", name="anna", host="localhost")
    with_virtual_key(page)
    page.goto("/own/passkeys/new")
    page.get_by_label("What do you call it?").fill("the blue one")
    press(page, "Add it")
    page.get_by_text("The passkey is added").wait_for()
    assert page.get_by_text("the blue one").is_visible()
    assert page.get_by_role("button", name="Remove the passkey the blue one").count() == 0
    page.goto("/own/passkeys/new")
    press(page, "Add it")
    page.get_by_text("This key is set up here already.").wait_for()


def test_a_passkey_that_nobody_has_here_is_refused(browse):
    page = browse(host="localhost")
    with_virtual_key(page)
    page.goto("/enter")
    press(page, "Sign in with a passkey instead")
    page.get_by_text("the passkey was not given").wait_for()
    assert page.get_by_role("button", name="Sign in with a passkey instead").is_enabled()


def test_a_practice_account_is_entered_once_without_more(browse, database):
    now = datetime.now(UTC)
    with database.writing() as session:
        accounts.add(session, "demo", list(Role), now=now, practice=True)
        code = accounts.one_time_visit(session, "demo", now=now)
    page = browse()
    page.goto(f"/enter/first#{code}")
    press(page, "Go on")
    page.goto("/own")
    assert "practice account" in page.get_by_role("main").inner_text()
    press(page, "Sign out")
    page.goto(f"/enter/first#{code}")
    press(page, "Go on")
    assert "used already" in page.get_by_role("alert").inner_text()
