"""From a few pages that were seen, what each kind of page of a site is for."""

import pytest

from domain.site import PageType
from domain.site_study import PageSeen, PictureSeen, kinds_of_pages, pattern_of

A = "https://a.example"


def test_pages_that_show_and_pages_that_list_are_told_apart():
    photos = [f"{A}/photo/{n}.html" for n in range(12)]
    pages = [PageSeen(f"{A}/", (f"{A}/album/1", f"{A}/album/2"))]
    pages += [PageSeen(f"{A}/album/{n}", tuple(photos[n * 6 - 6 : n * 6])) for n in (1, 2)]
    pages += [PageSeen(url, (f"{A}/",)) for url in photos]
    pictures = [PictureSeen(url, f"{A}/full/{n}.jpg", 1600) for n, url in enumerate(photos)]
    pictures += [PictureSeen(f"{A}/album/1", f"{A}/thumb/{n}.jpg", 200) for n in range(6)]

    kinds = {kind.example: kind for kind in kinds_of_pages(pages, pictures)}

    items, lists, start = kinds[photos[0]], kinds[f"{A}/album/1"], kinds[f"{A}/"]
    assert (items.role, items.pattern, items.pages) == (PageType.ITEM, "/photo/*.html$", 12)
    assert (items.pictures, items.side) == (12, 1600)
    assert (lists.role, lists.pattern, lists.side) == (PageType.LISTING, "/album/*", 200)
    assert (start.role, start.pattern) == (None, None)


def test_one_pattern_is_enough_for_many_albums():
    photos = [f"{A}/{album}/{n}.html" for album in ("sea", "town", "hills") for n in range(4)]
    pages = [PageSeen(f"{A}/{album}/") for album in ("sea", "town", "hills")]
    pages += [PageSeen(url) for url in photos]
    kinds = kinds_of_pages(pages, [PictureSeen(url, url + ".jpg", 900) for url in photos])
    assert {kind.pattern for kind in kinds if kind.role} == {"/*/*.html$"}


@pytest.mark.parametrize(
    ("urls", "others", "pattern"),
    [
        (["/view.php?id=1", "/view.php?id=22"], [], "/view.php?id=*"),
        (["/a/1.html", "/a/2.html"], ["/a/3.html"], None),
        (["/set/1", "/set/2", "/set/3", "/set/4"], ["/set/2026"], "/set/*"),
        (["/one", "/two"], [], None),
        (["/a/1/photo/5", "/a/2/photo/7"], ["/a/1"], "/a/*/photo/*"),
        (["/a/1/b/5.html", "/a/2/b/7.html"], [], "/a/*/b/*.html$"),
        (["/set/1", "/set/1/page/2"], [], "/set/*"),
        (["/only/1"], [], None),
        ([], [], None),
    ],
)
def test_a_pattern_fits_its_own_pages_and_no_others(urls, others, pattern):
    assert pattern_of([A + url for url in urls], [A + url for url in others]) == pattern
