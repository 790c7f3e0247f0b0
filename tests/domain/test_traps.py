"""Addresses that loop or lie in no year that a picture can be from."""

import pytest

from domain.traps import trap_in

SITE = "https://album.example"


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/a/b/a/b/a/b", "loop"),
        ("/photos/photos/photos/1", "loop"),
        ("/x/y/z/w/x/y/z/w/x/y/z/w", "loop"),
        ("/index.php?/a/b/a/b/a/b", "loop"),
        ("/" + "/".join(f"s{n}" for n in range(40)), "parts"),
        ("/a?" + "&".join(f"p{n}=1" for n in range(30)), "parameters"),
        ("/a?q=" + "x" * 2000, "characters"),
        ("/calendar/2199/01", "1970 to 2028"),
        ("/events/1904/12/31", "calendar"),
        ("/cal?year=2055&month=2", "calendar"),
        ("/cal?month=2&year=1066", "calendar"),
        ("/archive?date=2101-02-03", "calendar"),
        ("/index.php?/created-monthly-calendar-2101-2", "calendar"),
    ],
)
def test_a_trap_is_named(address, said):
    assert said in (trap_in(SITE + address, year=2026) or "")


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/calendar/2026/11",
        "/calendar/2028/1",
        "/archive/1999/12",
        "/album/2199/7",
        "/photo/2150",
        "/2/2/2/2",
        "/photos/photos/1",
        "/a/b/a/b",
        "/en/albums/2019/05/holiday/page/3",
        "/index.php?/category/3/start-20",
    ],
)
def test_these_are_none(address):
    assert trap_in(SITE + address, year=2026) is None
