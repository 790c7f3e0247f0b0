"""What signing in refuses: strangers' forms, other hosts, guessing, and whoever is out."""

import re
import time
from datetime import UTC, datetime, timedelta

import pytest

from casework import staffing
from console import proving
from console.application import create_app
from domain.permission import Role
from storage import account_sessions, accounts, audit, credentials
from storage.account_sessions import Limits

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

PASSWORD = "ziegel lampe fluss drei"


class Clock:
    """A clock that a test puts forward."""

    def __init__(self):
        self.now = datetime.now(UTC)

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def console(config, database, clock):
    app = create_app(config, database, secret=b"s" * 32, https=False, clock=clock)
    app.config["WTF_CSRF_ENABLED"] = False
    return app


@pytest.fixture
def anna(console, database):
    """An account with a password."""
    with console.app_context():
        hashed = proving.hashed(PASSWORD)
    with database.writing() as session:
        account = staffing.add(
            session, "anna", [Role.CASEWORKER], actor="a test", now=datetime.now(UTC)
        ).account
        credentials.set_password(session, account.account_id, hashed)
    return account


def try_password(client, password, name="anna"):
    return client.post("/enter", data={"name": name, "password": password})


@pytest.mark.usefixtures("anna")
def test_forms_of_other_sites_are_refused(console):
    console.config["WTF_CSRF_ENABLED"] = True
    client = console.test_client()
    for address in ("/enter", "/enter/first", "/enter/passkey", "/leave", "/own/taste", "/people"):
        answer = client.post(address, data={"name": "anna", "password": PASSWORD})
        assert answer.status_code == 400, address
        assert "session" not in answer.headers.get("Set-Cookie", "")


@pytest.mark.usefixtures("anna")
def test_whoever_is_unknown_is_told_the_same_and_takes_as_long(console):
    client = console.test_client()
    texts, seconds = [], []
    for name in ("anna", "nobody", "anna", "nobody"):
        began = time.perf_counter()
        answer = try_password(client, "wrong wrong wrong", name)
        seconds.append(time.perf_counter() - began)
        assert answer.status_code == 422
        text = answer.get_data(as_text=True)
        assert f'value="{name}"' in text  # it is not typed again
        texts.append(re.sub(r"[\w.-]{60,}", "a token", text.replace(name, "")))
    assert len(set(texts)) == 1
    assert 0.3 < seconds[2] / seconds[3] < 3


@pytest.mark.usefixtures("anna")
def test_guessing_has_to_wait_for_longer_each_time_and_a_known_browser_does_not(
    console, clock, database
):
    stranger, hers = console.test_client(), console.test_client()
    # She signs in once with her browser, and it is known from then on.
    assert try_password(hers, PASSWORD).location == "/enter/factor"
    with hers.session_transaction() as session:
        assert "_user_id" not in session
    page = hers.get("/enter/factor").get_data(as_text=True)
    assert "<img" in page
    with console.test_request_context():
        totp = _totp_of(hers, console)
    hers.post("/enter/factor", data={"code": totp})
    hers.post("/leave")

    for _ in range(5):
        assert try_password(stranger, "wrong wrong wrong").status_code == 422
    refused = try_password(stranger, PASSWORD)
    assert refused.status_code == 429
    assert "try again in 11 seconds" in refused.get_data(as_text=True)
    clock.now += timedelta(seconds=11)
    assert try_password(stranger, "wrong wrong wrong").status_code == 422
    assert "21 seconds" in try_password(stranger, PASSWORD).get_data(as_text=True)

    assert try_password(hers, PASSWORD).location == "/enter/second"
    clock.now += timedelta(minutes=16)
    assert try_password(stranger, PASSWORD).location == "/enter/second"
    with database.reading() as session:
        failed = [e for e in audit.entries(session, limit=50) if e.action == "sign-in failed"]
    assert [(entry.subject, entry.details["attempts"]) for entry in failed] == [("anna", 5)]


@pytest.mark.usefixtures("anna")
def test_codes_are_counted_as_well(console):
    client = console.test_client()
    try_password(client, PASSWORD)
    client.get("/enter/factor")
    with console.test_request_context():
        client.post("/enter/factor", data={"code": _totp_of(client, console)})
    with client.session_transaction() as session:
        assert "_user_id" in session
        assert "halfway" not in session  # nothing of before stays in the cookie
    other = console.test_client()
    try_password(other, PASSWORD)
    answers = [other.post("/enter/second", data={"code": f"{n:06}"}) for n in range(6)]
    assert [answer.status_code for answer in answers] == [422] * 5 + [429]


@pytest.mark.usefixtures("anna")
def test_a_password_alone_puts_no_other_second_factor_in_place_of_hers(console, database):
    client, thief = console.test_client(), console.test_client()
    for each in (client, thief):  # both know the password before there is a second factor
        try_password(each, PASSWORD)
        each.get("/enter/factor")
    with console.test_request_context():
        codes = {each: _totp_of(each, console) for each in (client, thief)}
    assert client.post("/enter/factor", data={"code": codes[client]}).status_code == 303
    with database.reading() as session:
        kept = credentials.of_account(session, accounts.get(session, "anna").account_id).totp
    assert thief.post("/enter/factor", data={"code": codes[thief]}).status_code == 409
    with database.reading() as session:
        account = accounts.get(session, "anna")
        assert credentials.of_account(session, account.account_id).totp == kept
    assert thief.get("/own").location == "/enter?next=/own"


@pytest.mark.usefixtures("anna")
def test_what_a_passkey_signed_counts_once_whatever_a_cookie_says(database, clock):
    asked_at = clock.now
    with database.writing() as session:
        account_id = accounts.get(session, "anna").account_id
        credentials.add_passkey(
            session,
            account_id,
            credential_id=b"id",
            public_key=b"key",
            sign_count=0,  # as most say that are kept in a cloud
            transports=[],
            name="her telephone",
            now=asked_at,
        )
    key = {"sign_count": 0, "asked_at": asked_at, "now": asked_at + timedelta(seconds=5)}
    for first in (True, False):
        with database.writing() as session:
            passkey_id = credentials.passkeys(session, account_id)[0].passkey_id
            assert credentials.used_passkey(session, passkey_id, **key) is first


def test_a_session_ends_without_work_and_a_page_that_asks_by_itself_is_none(as_role, clock):
    client = as_role("caseworker")
    for _ in range(4):
        clock.now += timedelta(minutes=25)
        assert client.get("/own").status_code == 200
    for _ in range(2):
        clock.now += timedelta(minutes=20)
        client.get("/own", headers={"HX-Request": "true"})
        client.post("/matches/M-7K3M-9QXD-5/hold", headers={"HX-Request": "true"})
    gone = client.get("/own?x=1", headers={"HX-Request": "true", "HX-Current-URL": "http://h/own"})
    assert gone.status_code == 401
    assert gone.headers["HX-Redirect"] == "/enter?next=/own"
    assert "because nothing was done for a while" in client.get("/enter").get_data(as_text=True)


def test_a_session_ends_after_twelve_hours_however_busy(as_role, clock):
    client = as_role("caseworker")
    began = clock.now
    while clock.now < began + timedelta(hours=11, minutes=30):
        clock.now += timedelta(minutes=20)
        assert client.get("/own").status_code == 200
    clock.now = began + timedelta(hours=12, seconds=1)
    assert client.get("/own").location == "/enter?next=/own"


def test_whoever_is_disabled_is_out_with_her_next_click(as_role, database):
    client = as_role("caseworker", name="anna")
    assert client.get("/own").status_code == 200
    with database.writing() as session:
        staffing.disable(session, "anna", actor="chief", now=datetime.now(UTC))
    assert client.get("/own").location == "/enter?next=/own"


@pytest.mark.usefixtures("anna")
def test_whoever_is_disabled_learns_nothing_from_her_password(console, database):
    with database.writing() as session:
        staffing.disable(session, "anna", actor="chief", now=datetime.now(UTC))
    client = console.test_client()
    answers = [try_password(client, each) for each in (PASSWORD, "wrong wrong wrong")]
    assert [answer.status_code for answer in answers] == [422, 422]


@pytest.mark.usefixtures("anna")
def test_halfway_is_nowhere_and_void_once_the_account_changed(console, database, clock):
    client = console.test_client()
    try_password(client, PASSWORD)
    assert client.get("/own").status_code == 302
    clock.now += timedelta(minutes=16)
    assert client.get("/enter/factor").location == "/enter"
    try_password(client, PASSWORD)
    with database.writing() as session:
        staffing.reset(session, "anna", actor="chief", now=clock.now)
    assert client.get("/enter/factor").location == "/enter"


@pytest.mark.usefixtures("anna")
def test_changing_the_password_ends_every_other_session(console, as_role):
    here, there = as_role("caseworker", name="anna"), as_role("caseworker", name="anna")
    wrong = {"present": "not this one", "password": "vier andere worte hier"}
    wrong["again"] = wrong["password"]
    assert "not right" in here.post("/own/password", data=wrong).get_data(as_text=True)
    right = wrong | {"present": PASSWORD}
    assert here.post("/own/password", data=right).location == "/own"
    assert "out of 1 other browser" in here.get("/own").get_data(as_text=True)
    assert there.get("/own").status_code == 302
    assert try_password(console.test_client(), PASSWORD).status_code == 422
    assert try_password(console.test_client(), right["password"]).status_code == 303


@pytest.mark.usefixtures("anna")
def test_what_one_signs_in_with_is_changed_only_after_asking_again(as_role, clock):
    client = as_role("caseworker", name="anna")
    assert client.get("/own/authenticator").status_code == 200
    clock.now += timedelta(minutes=11)
    asked = client.get("/own/authenticator")
    assert asked.location == "/own/confirm?next=/own/authenticator"
    form = {"password": "wrong wrong wrong", "next": "/own/authenticator"}
    assert client.post("/own/confirm", data=form).status_code == 422
    right = client.post("/own/confirm", data=form | {"password": PASSWORD})
    assert right.location == "/own/authenticator"
    assert client.get("/own/authenticator").status_code == 200


def test_nobody_ends_another_persons_session_or_passkey(as_role, database, clock):
    mine, others = as_role("caseworker", name="anna"), as_role("operator", name="boris")
    limits = Limits(longest=timedelta(hours=1), idle=timedelta(hours=1))
    with database.writing() as session:
        # She has a factor besides, so that it is no reason to refuse that nothing would be left.
        credentials.set_totp(session, accounts.get(session, "anna").account_id, "secret", None)
        boris = accounts.get(session, "boris").account_id
        credentials.add_passkey(
            session,
            boris,
            credential_id=b"k",
            public_key=b"p",
            sign_count=0,
            transports=[],
            name="key",
            now=clock.now,
        )
        [key] = credentials.passkeys(session, boris)
        [his] = account_sessions.of_account(session, boris, limits=limits, now=clock.now)
    mine.post(f"/own/sessions/{his.session_id}/end")
    mine.post("/own/sessions/end-others")
    mine.post(f"/own/passkeys/{key.passkey_id}/remove")
    assert others.get("/own").status_code == 200
    with database.reading() as session:
        assert len(credentials.passkeys(session, boris)) == 1


def _totp_of(client, console):
    """What an authenticator would show that had read the squares of this client's page."""
    with client.session_transaction() as session:
        kept = session["authenticator being set up"]
    return console.extensions["security"].totp_factory.generate_totp_password(kept)


def test_a_link_of_another_site_signs_nobody_out(as_role):
    client = as_role("caseworker")
    for address in ("/enter/second", "/enter/recovery", "/enter/password", "/enter/factor"):
        client.get(address)
        assert client.get("/own").status_code == 200, address
