"""One written form for each address, and no picture in any that is stored."""

import base64
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.address import (
    absolute,
    canonical,
    carries_an_address,
    decode_data_uri,
    digest,
    host_of,
    in_scope,
    storable,
)
from domain.egress import is_public
from domain.errors import InvalidInput


@pytest.mark.parametrize(
    ("written", "one_form"),
    [
        ("HTTP://Example.ORG", "http://example.org/"),
        ("http://example.org:80/a#part", "http://example.org/a"),
        ("https://example.org:8443/a", "https://example.org:8443/a"),
        (" http://example.org/\ta\n", "http://example.org/a"),
        ("http://example.org/a/../b/./c", "http://example.org/b/c"),
        ("http://example.org/%7Ea%2fb", "http://example.org/~a%2Fb"),
        ("http://user:secret@example.org/", "http://example.org/"),
        ("http://bücher.example/ä", "http://xn--bcher-kva.example/%C3%A4"),
        ("http://[::1]:8080/", "http://[::1]:8080/"),
        ("http://[0:0:0:0:0:0:0:1]", "http://[::1]/"),
        ("http://example.org./a", "http://example.org/a"),
        ("http:\\\\example.org\\a\\b.jpg?c\\d", "http://example.org/a/b.jpg?c\\d"),
        ("http://ｅxample。org/", "http://example.org/"),
        ("http://example.org/?b=2&a=1", "http://example.org/?b=2&a=1"),
    ],
)
def test_addresses_that_are_the_same_are_written_the_same(written, one_form):
    assert canonical(written) == one_form


@pytest.mark.parametrize(
    "written",
    ["", "example.org", "ftp://example.org/", "javascript:alert(1)", "http://", "http://[bad/",
     "http://a:port/", "http://exa mple/", "http:///a", "//example.org/", "http://x/" + "a" * 5000,
     "http://[v1.a]/", "http://[fe80::1%25eth0]/", "http://a\x01b/", "http://.a.example/"],
)  # fmt: skip
def test_what_is_no_web_address_is_refused_in_a_sentence(written):
    with pytest.raises(InvalidInput):
        canonical(written)


def test_an_address_is_too_long_if_its_one_form_is():
    with pytest.raises(InvalidInput, match="too long"):
        canonical("https://example.org/" + "и" * 1000)
    assert canonical(canonical("https://example.org/" + "и" * 600))


def test_what_is_said_of_an_unusable_address_shows_no_picture():
    for refuse in (canonical, lambda text: absolute("https://example.org/", text)):
        with pytest.raises(InvalidInput) as caught:
            refuse(" da\tta:image/gif;base64,R0lGODlhAQAB")
        assert "R0lGOD" not in str(caught.value)


@given(st.text(max_size=80), st.text(max_size=80))
def test_what_a_page_refers_to_is_canonical_or_refused(start, reference):
    try:
        url = absolute(f"https://example.org/{start}", reference)
    except InvalidInput:
        return
    assert canonical(url) == url


@pytest.mark.parametrize(
    ("reference", "url"),
    [
        ("b.jpg", "https://example.org/a/b.jpg"),
        ("..\\b.jpg", "https://example.org/b.jpg"),
        ("//cdn.example/b.jpg", "https://cdn.example/b.jpg"),
        ("\\\\cdn.example\\b.jpg", "https://cdn.example/b.jpg"),
        ("?page=2", "https://example.org/a/?page=2"),
        ("#top", "https://example.org/a/"),
        ("b\n.jpg ", "https://example.org/a/b.jpg"),
    ],
)
def test_a_reference_is_read_as_browsers_read_it(reference, url):
    assert absolute("https://example.org/a/", reference) == url


@given(st.text(max_size=200) | st.text(max_size=60).map(lambda t: f"http://{t}"))
def test_hostile_text_never_breaks_it_and_one_form_stays_one_form(text):
    try:
        once = canonical(text)
    except InvalidInput:
        return
    assert canonical(once) == once


@pytest.mark.parametrize(
    ("url", "inside"),
    [
        ("http://good.example/a", True),
        ("http://GOOD.example./a", True),
        ("http://good.example:80/", True),
        ("http://good.example\\@evil.example/", True),  # the host ends at the backslash
        ("http://evil.example\\@good.example/", False),
        ("http://good.example:80@evil.example/", False),
        ("http://evil.example#@good.example/", False),
        ("http://evil.example?good.example", False),
        ("http://good.example.evil.example/", False),
        ("http://evilwide.example/", False),
        ("javascript:good.example", False),
        ("http://good.example:81/", False),
        ("http://sub.wide.example/", True),
        ("http://wide.example/", False),
        ("http://good.example@evil.example/", False),
        ("http://evil.example/good.example", False),
        ("http://notgood.example/", False),
        ("not an address", False),
    ],
)
def test_scope_is_the_host_and_nothing_that_looks_like_it(url, inside):
    assert in_scope(url, ("good.example", ".wide.example")) is inside


@pytest.mark.parametrize(
    ("url", "carries"),
    [
        ("https://lens.example/search?url=https://site.example/a.jpg", True),
        ("https://lens.example/search?url=https%3A%2F%2Fsite.example%2Fa.jpg", True),
        ("https://lens.example/?u=https%253A%252F%252Fsite.example%252Fa.jpg", True),
        ("https://lens.example/https://site.example/a.jpg", True),
        ("https://share.example/?page=site.example/a", True),
        ("https://cdn.example/site.example/a.jpg", False),
        ("https://cdn.example/a.jpg?w=200", False),
        ("https://site.example/login?next=https://site.example/", False),
        ("https://site.example@lens.example/?u=HTTP://SITE.EXAMPLE", True),
        ("https://lens.example/?u=b%C3%BCcher.example", True),
        ("https://lens.example/?u=xn--bcher-kva.example", True),
        ("https://lens.example/?u=https%2525253A%2525252F%2525252Fx.example", True),
        ("https://lens.example/?u=www.site.example", True),
        ("https://cdn.example/a.jpg?from=notsite.example", False),
    ],
)
def test_an_address_that_hands_ours_on_is_recognised(url, carries):
    assert carries_an_address(url, ("site.example", ".xn--bcher-kva.example")) is carries


@given(st.binary(min_size=16, max_size=300))
def test_no_picture_is_in_what_is_stored_of_a_data_address(body):
    written = "data:image/png;base64," + base64.b64encode(body).decode()
    stored = storable(written)
    assert decode_data_uri(written, 1000) == body
    assert base64.b64encode(body).decode() not in stored
    assert len(stored) < 120
    assert storable(stored) == stored
    assert digest(written) == digest(stored)


@given(st.text(max_size=200))
def test_a_data_address_in_any_letters_is_read_or_refused(text):
    for written in (f"data:image/svg+xml,{text}", f"DATA:;base64,{text}", f"data:{text}"):
        try:
            stored = storable(written)
        except InvalidInput:
            continue
        assert re.fullmatch(r"data:[a-z0-9.+/-]{0,81};sha256=[0-9a-f]{64}", stored)


def test_a_drawing_in_letters_of_several_bytes_is_taken():
    assert storable("data:image/svg+xml," + "и" * 500).startswith("data:image/svg+xml;sha256=")
    assert storable("data:,\ud800") == storable("data:,?")


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True), ("2606:4700::1111", True), ("::ffff:8.8.8.8", True),
        ("64:ff9b::808:808", True), ("127.0.0.1", False), ("10.0.0.1", False),
        ("169.254.169.254", False), ("100.64.0.1", False), ("0.0.0.0", False),
        ("224.0.0.1", False), ("255.255.255.255", False), ("::1", False), ("::", False),
        ("fe80::1%eth0", False), ("fc00::1", False), ("fec0::1", False), ("ff02::1", False),
        ("::ffff:127.0.0.1", False), ("::127.0.0.1", False), ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False), ("2130706433", False), ("127.1", False), ("localhost", False),
        ("", False),
    ],
)  # fmt: skip
def test_only_addresses_of_the_public_internet_are_public(address, public):
    assert is_public(address) is public


def test_a_data_address_is_read_as_browsers_read_it():
    assert decode_data_uri("data:,a%20b", 10) == b"a b"
    assert decode_data_uri("data:image/png;base64,aGVs\n bG8", 10) == b"hello"
    with pytest.raises(InvalidInput, match="limit"):
        decode_data_uri("data:image/png;base64," + "A" * 1000, 100)
    with pytest.raises(InvalidInput):
        decode_data_uri("data:image/png;base64,%%%", 100)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://a.example:80/", "a.example"),
        ("https://a.example:443/x", "a.example"),
        ("https://a.example:80/x", "a.example:80"),
        ("http://127.0.0.1:54321/x", "127.0.0.1:54321"),
        ("http://A.example./x", "a.example"),
        ("http://a.example:70000/", None),
        ("http://a.example:12@b.example/", "b.example"),
        ("http://a-.example/?u=http://b.example/", "a-.example"),
        ("http://a.example\\@b.example/", "a.example"),
    ],
)
def test_the_host_is_read_as_in_the_one_form(url, host):
    if host is None:
        with pytest.raises(InvalidInput):
            host_of(url)
    else:
        assert host_of(url) == host == canonical(url).split("/")[2]
