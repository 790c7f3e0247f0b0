"""Which addresses are one page under different names."""

import pytest

from domain.same_page import page_key

SITE = "https://album.example"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/a?PHPSESSID=0123456789abcdef", "/a?PHPSESSID=fedcba9876543210"),
        ("/a.jsp;jsessionid=1A2B?id=3", "/a.jsp?id=3"),
        ("/(S(abcdefgh12345678))/a.aspx?id=3", "/a.aspx?id=3"),
        ("/a?id=3&sid=" + "0f" * 16, "/a?id=3"),
        ("/a?osCsid=k3j4h5k3j4h5", "/a"),
        ("/a?ASPSESSIONIDQQ=ABCDEF", "/a"),
        ("/a?utm_source=mail&utm_medium=x&id=1", "/a?id=1"),
        ("/a?id=1&fbclid=xyz", "/a?id=1&gclid=abc"),
        ("/a?id=1&ref=menu", "/a?id=1"),
        ("/a?page=2&sort=name", "/a?page=2"),
        ("/a?page=2&order=desc&orderby=date", "/a?page=2&dir=asc"),
        ("/a?page=2&view=list", "/a?view=grid&page=2"),
        ("/a?x=1&y=2", "/a?y=2&x=1"),
        ("/a/index.html", "/a/"),
        ("/a/", "/a"),
        ("/index.php?/category/3", "/?/category/3/"),
        ("/index.php?/category/3&image_order=4", "/index.php?/category/3"),
        ("/folder/?C=N;O=D", "/folder/"),
        ("/post/7?replytocom=33", "/post/7"),
    ],
)
def test_these_are_one_page(one, other):
    assert page_key(SITE + one) == page_key(SITE + other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/a?page=2", "/a?page=3"),
        ("/a?perpage=20", "/a?perpage=100"),
        ("/photo?id=3&view=full", "/photo?id=3"),
        ("/photo?id=3&size=large", "/photo?id=3&size=small"),
        ("/browse?dir=summer", "/browse?dir=winter"),
        ("/?s=beach", "/?s=snow"),
        ("/shop?order=1204", "/shop?order=1205"),
        ("/index.php?/category/3", "/index.php?/category/4"),
        ("/photo?ref=A12", "/photo?ref=A13"),
        ("/a?mode=edit", "/a"),
        ("/de/album", "/en/album"),
    ],
)
def test_these_are_two(one, other):
    assert page_key(SITE + one) != page_key(SITE + other)


def test_the_same_page_over_http_and_https_with_and_without_www_is_one():
    keys = {
        page_key(f"{start}/a")
        for start in ("http://album.example", "https://album.example", "https://www.album.example")
    }
    assert len(keys) == 1


def test_another_host_or_port_is_another_page():
    hosts = ("https://album.example", "https://photos.album.example", "https://album.example:8080")
    assert len({page_key(f"{host}/a") for host in hosts}) == 3


def test_the_page_that_one_comes_from_makes_no_other_list_of_all_pages():
    at = "http://wiki.example"
    lists = [f"{at}/doku.php?id={page}&do=media" for page in ("start", "boats")]
    assert len({page_key(url) for url in [*lists, f"{at}/doku.php?do=media&ns="]}) == 1
    others = [f"{at}/doku.php?id=start", f"{at}/doku.php?id=boats", f"{at}/doku.php?id=boats&do="]
    assert len({page_key(url) for url in others}) == 2
    assert page_key(f"{at}/show.php?do=media&id=1") != page_key(f"{at}/show.php?do=media&id=2")
