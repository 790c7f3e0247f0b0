"""Links that have a site do something are told from links to pages."""

import pytest

from domain.acting_links import acts_by

SITE = "https://site.example"


@pytest.mark.parametrize(
    ("address", "word"),
    [
        ("/logout", "logout"),
        ("/account/sign-out.php?next=/", "sign-out.php"),
        ("/index.php?action=logout;sesc=1", "logout"),
        ("/api.php?action=delete&title=x", "delete"),
        ("/doku.php?id=start&do=edit", "edit"),
        ("/thread.php?id=4&mode=Reply", "Reply"),
        ("/photo/7/delete", "delete"),
        ("/?logout", "logout"),
        ("/wp-admin/x.php?wpaction=vote", "vote"),
    ],
)
def test_what_acts_is_named(address, word):
    assert acts_by(SITE + address) == word


@pytest.mark.parametrize(
    "address",
    [
        "/", "/albums/edit-war/1", "/?page=2", "/index.php?title=File:x.jpg&action=view",
        "/picture.php?mode=large", "/doku.php?do=media", "/logs/out", "/?q=delete", "/moves/like",
        "/catalogue?op=list", "/blog/how-to-log-out-of-things",
    ],
)  # fmt: skip
def test_pages_are_left_alone(address):
    assert acts_by(SITE + address) is None
