"""Pages about pages are known by their addresses; pages with pictures are not taken for such."""

import pytest

from domain.service_pages import is_service_page

AT = "http://wiki.example"


@pytest.mark.parametrize(
    "path",
    [
        "/wiki/Special:WhatLinksHere/File:Boat.jpg",
        "/wiki/Spezial:Anmelden",
        "/wiki/Special:RecentChanges",
        "/index.php?title=Special:Log&type=upload",
        "/index.php?title=File:Boat.jpg&oldid=12",
        "/index.php?title=Boat&action=history",
        "/index.php?title=Boat&action=info",
        "/wiki/File_talk:Boat.jpg",
        "/api.php?action=help&modules=main",
        "/doku.php?id=start&do=revisions",
        "/doku.php?id=start&do=backlink",
        "/doku.php?id=start&do=media&image=a%3Ab.jpg&ns=a",
        "/doku.php?id=start&do=media&ns=a",
        "/doku.php?id=start&do=media&tab_files=upload",
        "/wp-json/oembed/1.0/embed?url=x",
        "/wp-login.php",
    ],
)
def test_what_software_says_about_pages_is_not_asked_for(path):
    assert is_service_page(AT + path)


@pytest.mark.parametrize(
    "path",
    [
        "/wiki/File:Boat.jpg",
        "/wiki/Category:Boats",
        "/wiki/Special:ListFiles",
        "/wiki/Special:NewFiles",
        "/wiki/Talk:Boat",
        "/wiki/Specials:_the_menu",
        "/index.php?title=Boat",
        "/index.php?action=gallery&id=3",
        "/index.php?do=recent",
        "/view.php?diff=2",
        "/doku.php?id=start",
        "/doku.php?id=start&do=index",
        "/doku.php?id=start&do=media",
        "/api/photos",
        "/api.php?action=latest",
        "/feed/",
        "/wp-json/wp/v2/posts",
    ],
)
def test_pages_that_may_show_pictures_are_asked_for(path):
    assert not is_service_page(AT + path)
