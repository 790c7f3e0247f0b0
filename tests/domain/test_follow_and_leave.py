"""Patterns of addresses: which links are followed, and what is never asked for."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.address_pattern import address_pattern, first_fitting
from domain.errors import InvalidInput
from domain.site import Site

SITE = "https://a.example"


@pytest.mark.parametrize(
    ("pattern", "fitting", "others"),
    [
        ("/album/*", ["/album/", "/album/1?page=2"], ["/albums", "/x/album/1", "/Album/1"]),
        ("/album/", ["/album/", "/album/1"], ["/album", "/"]),
        ("/album/1$", ["/album/1"], ["/album/11", "/album/1/"]),
        ("/album/*/photo$", ["/album/1/photo", "/album/1/2/photo"], ["/album/photo", "/album/1/"]),
        ("*/print/*", ["/print/1", "/a/print/1"], ["/print", "/sprint/x/"]),
        ("*?action=edit*", ["/w?action=edit", "/w?action=edit&x=1"], ["/action=edit"]),
        ("*.php", ["/a.php", "/a.php?x"], ["/aphp"]),
        ("*.php$", ["/a.php"], ["/a.php?x"]),
        ("/a b/*", ["/a%20b/c", "/a b/c"], ["/a/b/c"]),
        ("/앨범/*", ["/%EC%95%A8%EB%B2%94/1", "/앨범/1"], ["/x"]),
        ("/%EC%95%A8%EB%B2%94/*", ["/앨범/1"], ["/x"]),
        ("/100%/*", ["/100%25/1"], ["/100/1"]),
        ("a.example/x/*", ["/x/1"], ["/y/x/1"]),
        ("A.example", ["/", "/x"], []),
        ("https://a.example/x", ["/x", "/xy"], ["/y"]),
        ("https://a.example:443/x", ["/x"], ["/y"]),
        ("http://a.example/x", [], ["/x"]),
        ("https://*.example/x", ["/x"], ["/y"]),
        ("*", ["/", "/x?y"], []),
    ],
)
def test_a_pattern_fits_what_an_operator_means(pattern, fitting, others):
    assert [path for path in fitting if not first_fitting([pattern], SITE + path)] == []
    assert [path for path in others if first_fitting([pattern], SITE + path)] == []


def test_a_host_is_meant_whole():
    assert first_fitting(["img.example"], "https://img.example/a.jpg")
    assert not first_fitting(["img.example"], "https://img.example.org/a.jpg")
    assert not first_fitting(["img.example"], "https://www.img.example/a.jpg")
    assert first_fitting(["bücher.example/*"], "https://xn--bcher-kva.example/a.jpg")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("album/*", "Did you mean /album"),
        ("?page=2", r"Did you mean \*\?page=2"),
        ("", "1 to 500"),
        (" /a", "1 to 500"),
        ("/a\n", "1 to 500"),
        ("/" + "a" * 500, "1 to 500"),
        ("https://a{b}.example/", "its host"),
    ],
)
def test_what_is_no_pattern_is_refused_with_what_was_meant(text, words):
    with pytest.raises(InvalidInput, match=words):
        address_pattern(text)
    with pytest.raises(InvalidInput, match=words):
        Site("a", (SITE,), follow=(text,))
    with pytest.raises(InvalidInput, match=words):
        Site("a", (SITE,), leave=(text,))


@given(st.text("ab*", min_size=1, max_size=8), st.text("ab", max_size=12), st.booleans())
def test_pieces_looked_for_in_order_are_what_a_regular_expression_finds(rest, path, to_the_end):
    expression = "/" + ".*".join(map(re.escape, rest.split("*")))
    found = (re.fullmatch if to_the_end else re.match)(expression, "/" + path)

    pattern = address_pattern("/" + rest + ("$" if to_the_end else ""))

    assert pattern.fits("/" + path) == (found is not None)


def test_no_address_takes_long():
    pattern = "/" + "*a" * 240 + "*b$"  # a regular expression would not come back

    assert not first_fitting([pattern] * 100, f"{SITE}/{'a' * 4000}")


def test_follow_and_leave_together():
    site = Site(
        "a",
        (f"{SITE}/new", f"{SITE}/"),
        follow=("/album/*", "*?page=*"),
        leave=("*/print/*", "ads.example/*"),
    )

    assert site.follows(f"{SITE}/")
    assert site.follows(f"{SITE}/new")
    assert site.follows(f"{SITE}/album/1")
    assert site.follows(f"{SITE}/list?page=2")
    assert not site.follows(f"{SITE}/about")
    assert not site.follows(f"{SITE}/album/print/1")
    assert site.leaves("https://img.example/print/1.jpg")
    assert site.leaves("https://ads.example/1.jpg")
    assert not site.leaves(f"{SITE}/about")
    assert site.left_by("https://ads.example/1.jpg") == "ads.example/*"
    assert not site.leaves("no address")


def test_without_patterns_everything_is_followed_and_nothing_left():
    site = Site("a", (SITE,))

    assert site.follows(f"{SITE}/x")
    assert not site.leaves(f"{SITE}/x")


def test_a_start_page_cannot_be_left_alone():
    with pytest.raises(InvalidInput, match="start page"):
        Site("a", (f"{SITE}/new",), leave=("/n*",))


def test_too_many_patterns_are_refused():
    with pytest.raises(InvalidInput, match="at most 200"):
        Site("a", (SITE,), follow=tuple(f"/{number}" for number in range(201)))


def test_a_reason_for_bad_certificates_says_something():
    with pytest.raises(InvalidInput, match="--accept-bad-certificate"):
        Site("a", (SITE,), certificates_reason=" ")
    assert Site("a", (SITE,), certificates_reason="self-signed").certificates_reason
