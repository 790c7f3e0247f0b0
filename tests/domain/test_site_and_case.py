"""A site's policy is checked when it is made; numbers survive being read out on the telephone."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.case import ALPHABET, new_number, new_pin, read_number
from domain.errors import InvalidInput
from domain.site import Site, interval, rate, written_interval, written_rate


@given(st.data())
def test_any_one_wrong_sign_in_a_number_is_noticed(data):
    number = new_number("C")
    signs = [place for place, sign in enumerate(number) if sign != "-" and place > 0]
    place = data.draw(st.sampled_from(signs))
    wrong = data.draw(st.sampled_from(ALPHABET.replace(number[place], "")))

    with pytest.raises(InvalidInput):
        read_number("C", number[:place] + wrong + number[place + 1 :])


def test_a_number_is_read_however_it_was_typed():
    number = new_number("M")
    typed = number.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert read_number("M", typed) == number
    with pytest.raises(InvalidInput):
        read_number("C", number)
    assert len({new_number("C") for _ in range(100)}) == 100
    assert len(new_pin()) == 8
    assert new_pin().isdecimal()


@pytest.mark.parametrize(
    "policy",
    [
        {"name": "Has Spaces"},
        {"start_urls": ()},
        {"start_urls": ("ftp://a.example/",)},
        {"hosts": ("b.example",)},
        {"hosts": ("http://a.example/",)},
        {"every": timedelta(seconds=5)},
        {"rate": 10_000.0},
        {"max_pages": 0},
        {"obey_robots": False},
        {"obey_robots": False, "robots_reason": "  "},
        {"headers": {"X-A": "b\r\nInjected: yes"}},
        {"cookies": {"a b": "c"}},
    ],
)
def test_a_policy_that_cannot_work_is_refused(policy):
    with pytest.raises(InvalidInput):
        Site(**{"name": "a", "start_urls": ("https://a.example/",)} | policy)


def test_a_site_covers_the_hosts_of_its_start_pages():
    site = Site("a", ("https://A.example/x", "http://b.example:81/"))
    assert site.hosts == ("a.example", "b.example:81")
    assert site.covers("http://a.example/other")
    assert not site.covers("http://b.example/")


@pytest.mark.parametrize("text", ["15m", "2h", "1d", "90s"])
def test_intervals_are_written_as_they_are_read(text):
    assert written_interval(interval(text)) == text


@pytest.mark.parametrize("text", ["1/s", "30/m", "2/h", "0.5/s"])
def test_rates_are_written_as_people_give_them(text):
    assert rate(written_rate(rate(text))) == pytest.approx(rate(text))


@pytest.mark.parametrize("text", ["", "15", "m15", "-1m", "1.5h", "1/d", "fast", "1e9/s"])
def test_what_is_neither_is_refused(text):
    for read in (interval, rate):
        with pytest.raises(InvalidInput):
            read(text)


@pytest.mark.parametrize("proxy", ["SOCKS5://Tor.example:9050", "socks5h://tor.example:9050/"])
def test_a_proxy_has_one_written_form(proxy):
    site = Site(name="hidden", start_urls=("http://gallery.onion/",), proxy=proxy)
    assert site.proxy == "socks5://tor.example:9050"


@pytest.mark.parametrize(
    "proxy",
    [
        "127.0.0.1:9050",
        "http://127.0.0.1:8080",
        "socks5://tor",
        "socks5://tor:0",
        "socks5://tor:99999",
    ],
)
def test_a_proxy_written_in_another_way_is_refused(proxy):
    with pytest.raises(InvalidInput, match="socks5://127"):
        Site(name="hidden", start_urls=("http://gallery.onion/",), proxy=proxy)


def test_a_password_of_a_proxy_is_not_repeated():
    with pytest.raises(InvalidInput) as refused:
        Site(name="hidden", start_urls=("http://a.onion/",), proxy="socks5://me:hush@tor:9050")
    assert "hush" not in str(refused.value)
