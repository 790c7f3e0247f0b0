"""What no browser sends by itself is refused, and never taken for a fault of ours."""

import pytest

from domain.permission import Role

GREAT = "9" * 30


@pytest.mark.parametrize(
    "address",
    [
        f"/crawls/{GREAT}",
        f"/crawls?before={GREAT}",
        f"/crawls?before=%2B{GREAT}",
        f"/crawls?before=-{GREAT}",
        "/sites/a%00b",
        "/people/a%00b",
        "/queue?site=a%00b",
        "/audit?to=9999-12-31",
        "/audit?from=0001-01-01",
    ],
)
@pytest.mark.parametrize("database_kind", ["sqlite", "postgresql"], indirect=True)
def test_what_no_database_can_look_for_is_refused(as_role, address):
    assert as_role(*Role).get(address).status_code in {400, 404}


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_a_stranger_cannot_fill_the_log_with_names_that_are_none(console):
    console.config["WTF_CSRF_ENABLED"] = False
    answer = console.test_client().post("/enter", data={"name": "a\0", "password": "b"})
    assert answer.status_code == 400


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_no_form_is_taken_that_another_site_sends(console, as_role):
    client = as_role(*Role)
    console.config["WTF_CSRF_ENABLED"] = True
    walked = 0
    for rule in console.url_map.iter_rules():
        assert rule.methods <= {"GET", "HEAD", "OPTIONS", "POST"}, rule.endpoint
        if "POST" not in rule.methods:
            continue
        address = console.url_map.bind("localhost").build(
            rule.endpoint, dict.fromkeys(rule.arguments, 1)
        )
        sent: list[dict[str, object]] = [{}, {"json": {}}, {"headers": {"HX-Request": "true"}}]
        for given in sent:
            assert client.post(address, **given).status_code == 400, rule.endpoint
        walked += 1
    assert walked > 0
