"""Nobody sees a page without the permission that it names, and no page names none."""

import pytest

from console.access import is_open, permission_of
from domain.permission import Role, permissions_of

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

OPEN = {
    "static",
    "sign_in.enter",
    "sign_in.check_password",
    "sign_in.second",
    "sign_in.check_code",
    "sign_in.recovery",
    "sign_in.check_recovery",
    "first.code",
    "first.check_code",
    "first.password",
    "first.choose_password",
    "first.factor",
    "first.set_up_factor",
    "passkey.ask",
    "passkey.enter",
    "passkey.ask_first",
    "passkey.make_first",
    "provider.go",
    "provider.back",
}
"""All that strangers may ask for: what it takes to sign in."""


def test_every_page_refuses_strangers_and_every_role_without_its_permission(console, as_role):
    stranger = console.test_client()
    clients = {role: as_role(role.value) for role in Role}
    walked = 0
    for rule in console.url_map.iter_rules():
        if is_open(console, rule.endpoint):
            continue
        walked += 1
        permission = permission_of(console, rule.endpoint)
        assert permission is not None, f"{rule.endpoint} names no permission"
        address = _address(console, rule)
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            answer = stranger.open(address, method=method)
            assert answer.status_code in {302, 401}, (rule.endpoint, method)
            if answer.status_code == 302:
                assert answer.location.startswith("/enter"), rule.endpoint
            for role, client in clients.items():
                if permission not in permissions_of([role]):
                    refused = client.open(address, method=method)
                    assert refused.status_code == 403, (rule.endpoint, method, role)
    assert walked > 0


def test_strangers_see_what_it_takes_to_sign_in_and_nothing_else(console):
    open_ones = {
        rule.endpoint for rule in console.url_map.iter_rules() if is_open(console, rule.endpoint)
    }
    assert open_ones == OPEN
    # None of the pages that Flask-Security brings is on: ours do what they do.
    assert not [name for name in console.view_functions if name.startswith("security")]


def test_pages_for_signing_in_lead_back_to_the_beginning_when_nobody_is_half_way(console):
    client = console.test_client()
    for address in ("/enter/second", "/enter/recovery", "/enter/password", "/enter/factor"):
        assert client.get(address).location == "/enter", address
    console.config["WTF_CSRF_ENABLED"] = False
    for address in ("/enter/second", "/enter/recovery", "/enter/password", "/enter/factor"):
        assert client.post(address, data={"code": "1"}).location == "/enter", address
    assert client.post("/enter/passkey/new", json={}).status_code == 422
    assert client.post("/enter/passkey", json={}).status_code == 422
    assert client.post("/enter/passkey", data=b"[1").status_code == 422


def test_nobody_is_signed_in_by_a_header_or_an_address(console, person):
    person("supervisor", name="chief")
    token = "x" * 40
    client = console.test_client()
    by_header = client.get("/people", headers={"Authentication-Token": token})
    by_address = client.get("/people", query_string={"auth_token": token})
    assert (by_header.status_code, by_address.status_code) == (302, 302)


def _address(console, rule):
    values = {
        name: converter_example(rule._converters[name])
        for name in rule.arguments
        if name not in (rule.defaults or {})
    }
    with console.test_request_context():
        return console.url_map.bind("localhost").build(rule.endpoint, values)


def converter_example(converter):
    return 1 if type(converter).__name__ == "IntegerConverter" else "X"
