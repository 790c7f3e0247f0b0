"""Nobody sees a page without the permission that it names, and no page names none."""

import pytest

from console.access import is_open, permission_of
from domain.permission import Role, permissions_of


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
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
