"""Where somebody is led after signing in: never to another host."""

import pytest

from console.local_path import local_path


@pytest.mark.parametrize(
    "address",
    [
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https:evil.example",
        "https://evil.example/",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/\n/evil.example",
        " //evil.example",
        "/%0d\r\nLocation: //evil.example",
        "evil.example",
        "/enter?next=/own",
        "",
        None,
        "/" + "a" * 3000,
    ],
)
def test_nobody_is_led_to_another_host(address):
    assert local_path(address) == "/"


def test_where_somebody_wanted_to_be_is_kept():
    assert local_path("/cases/C-7K3M?after=x%20y#notes") == "/cases/C-7K3M?after=x%20y#notes"
