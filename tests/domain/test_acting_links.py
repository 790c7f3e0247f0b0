"""What has a site do something is told from links to pages, and from gates that are pressed."""

import pytest

from domain.acting_links import acting_words, acts_by, acts_by_sending

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


@pytest.mark.parametrize(
    ("address", "body", "word"),
    [
        ("/moderate", "action=delete&id=1", "delete"),
        ("/moderate", "id=1&delete=", "delete"),
        ("/api/photos/5/remove", "", "remove"),
        ("/addVote", "", "addVote"),
        ("/api", '{"photo": [{"op": "delete"}]}', "delete"),
        ("/api", '{"operationName": "DeletePhoto"}', "DeletePhoto"),
        ("/x", '--b\r\nContent-Disposition: form-data; name="do"\r\n\r\nvote\r\n--b--', "vote"),
        ("/age/submit", "action=submit&year=1980&next=/report/1&subscribe=0", None),
        ("/i-want-to-buy-a-cat", "answer=yes", None),
        ("/age", '{"age": 18, "delete": false}', None),
        ("/age", "[" * 5_000, None),
    ],
)
def test_what_sending_something_does_is_named(address, body, word):
    assert acts_by_sending(SITE + address, body) == word


def test_words_that_act_are_whole_words():
    assert acting_words("Yes, delete my photo") == "delete"
    assert acting_words("Log-out") == "log out"
    assert acting_words("Konto löschen") == "löschen"
    assert acting_words("Voters over 18") is None
