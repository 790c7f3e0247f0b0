"""Hosts in scope are understood in the letters in which people write them."""

import pytest

from domain.errors import InvalidInput
from domain.site import Site, rate, written_rate


@pytest.mark.parametrize("host", ["bücher.example", "BÜCHER.example", "xn--bcher-kva.example"])
def test_a_host_is_given_in_its_own_letters(host):
    site = Site("shop", ("https://bücher.example/",), hosts=(host, f".{host}"))
    assert site.hosts == ("xn--bcher-kva.example", ".xn--bcher-kva.example")
    assert site.covers("https://www.bücher.example/a")
    assert not site.covers("https://bücher.example.evil.example/")


def test_a_start_page_with_a_dot_behind_its_host_is_taken():
    site = Site("forum", ("https://forum.example./board",))
    assert site.start_urls == ("https://forum.example/board",)
    assert site.covers("https://forum.example./other")


def test_a_site_at_a_numeric_address_covers_it_in_each_spelling():
    site = Site("practice", ("http://[0:0::1]:8080/",))
    assert site.hosts == ("[::1]:8080",)
    assert site.covers("http://[::1]:8080/a")
    assert not site.covers("http://[::1]/a")


@pytest.mark.parametrize(
    "host", ["", ".", "a..", "*", "a b", "a/b", "user@a.example", "é" * 80 + ".example", "ü..ü"]
)
def test_what_is_no_host_is_refused(host):
    with pytest.raises(InvalidInput, match="is no host"):
        Site("forum", ("https://forum.example/",), hosts=("forum.example", host))


@pytest.mark.parametrize("text", ["1/h", "49/h", "7/m", "200/s", "12.5/s"])
def test_a_rate_is_shown_as_it_was_given(text):
    assert written_rate(rate(text)) == text
    assert Site("forum", ("https://forum.example/",), rate=rate(text)).rate == rate(text)
