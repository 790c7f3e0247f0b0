"""Addresses of one kind of page have one family, those of different kinds do not."""

import pytest

from domain.address_family import family_of

SITE = "https://album.example"


def shown(address):
    return family_of(SITE + address).shown.removeprefix("album.example")


@pytest.mark.parametrize(
    ("address", "family"),
    [
        ("/", "/"),
        ("/calendar/2024/07", "/calendar/#/#"),
        ("/photo-1204.html", "/photo-#.html"),
        ("/albums/3/photo/IMG_0042.html", "/albums/#/photo/IMG_#.html"),
        ("/p/1f3870be274f6c49b3e31a0c6728957f", "/p/#"),
        ("/p/a1b2c3d4", "/p/#"),
        ("/2024/05/our-summer-at-the-sea/", "/#/#/*"),
        ("/our-summer-at-the-sea/", "/*"),
        ("/about_us", "/about_us"),
        ("/tag/beach", "/tag/beach"),
        ("/list?page=3", "/list?page="),
        ("/list?page=4&color=red", "/list?color=&page="),
        ("/main.php?action=album&id=4", "/main.php?action=album&id="),
        ("/index.php?/category/3/start-20", "/?/category/#/start-#"),
        ("/picture.php?/12/category/3", "/picture.php?/#/category/#"),
        ("/picture.php?/12/tags/5-beach", "/picture.php?/#/tags/#-*"),
    ],
)
def test_what_varies_is_taken_out(address, family):
    assert shown(address) == family


def test_sessions_and_orders_make_no_family():
    assert shown(f"/a?id=1&sort=name&sid={'0f' * 16}") == shown("/a?id=2")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/tag/beach", "/tag/snow"),
        ("/shop?color=red", "/shop?color=red&size=4"),
        ("/picture.php?/12/category/3", "/picture.php?/12/tags/5-beach"),
    ],
)
def test_relatives_share_their_kin(one, other):
    assert shown(one) != shown(other)
    assert family_of(SITE + one).kin == family_of(SITE + other).kin is not None


def test_pages_right_under_the_root_are_no_relatives():
    assert family_of(SITE + "/imprint").kin is None


def test_a_path_without_end_has_a_short_family():
    assert len(shown("/x" * 500)) < 60
