"""Links that a recipe says lead to images, and links that have a site do something."""

import pytest
from sqlalchemy import select

from storage import crawls
from storage.tables import ImageUrlRow, PageRow, SightingRow

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

_FAST = {"rate": 1000.0}


def test_a_pattern_with_a_host_makes_images_of_links_to_it(
    practice_site, other_site, add_site, crawl, photos, database
):
    other_site.write("/get?id=7", photos[0].read_bytes(), "image/jpeg")
    other_site.write("/about", b"<p>Not asked for")
    other_site.write("/get?id=8&action=delete", photos[1].read_bytes(), "image/jpeg")
    links = ("/get?id=7", "/about", "/get?id=8&action=delete")
    away = "".join(f"<a href='{other_site.url(link)}'>x</a>" for link in links)
    share = f"<a href='{other_site.url('/get?id=9&u=' + practice_site.url('/'))}'>share</a>"
    practice_site.write("/", (away + share + "<a href='/get?id=1'>own</a>").encode())
    practice_site.write("/get?id=1", photos[2].read_bytes(), "image/jpeg")
    add_site("album", practice_site.url("/"), **_FAST, image=[f"{other_site.host}/get*", "/get*"])

    summary = crawl("album")

    assert summary.hashed == 2
    asked = {path for _, path, _ in other_site.requests}
    assert asked - {"/robots.txt"} == {"/get?id=7"}
    with database.reading() as session:
        places = session.scalars(
            select(ImageUrlRow.url).join(
                SightingRow, SightingRow.image_url_id == ImageUrlRow.image_url_id
            )
        ).all()
    assert set(places) == {other_site.url("/get?id=7"), practice_site.url("/get?id=1")}


def test_a_pattern_without_a_host_is_about_the_sites_own(
    practice_site, other_site, add_site, crawl, photos
):
    other_site.write("/get?id=7", photos[0].read_bytes(), "image/jpeg")
    practice_site.write("/", f"<a href='{other_site.url('/get?id=7')}'>x</a>".encode())
    add_site("album", practice_site.url("/"), **_FAST, image=["/get*"])

    summary = crawl("album")

    assert (summary.references, other_site.requests) == (0, [])


def test_an_acting_link_that_was_once_taken_for_an_image_is_asked_for_no_more(
    practice_site, add_site, crawl, photos, database
):
    practice_site.write("/a.jpg", photos[0].read_bytes(), "image/jpeg")
    practice_site.write("/x.php?action=delete&f=1", photos[1].read_bytes(), "image/jpeg")
    practice_site.write("/", b"<img src=a.jpg><a href='/x.php?action=delete&f=1'>Delete</a>")
    add_site("album", practice_site.url("/"), **_FAST)
    crawl("album")
    acts = practice_site.url("/x.php?action=delete&f=1")
    with database.writing() as session:  # as an earlier version has stored it
        page = session.scalars(select(PageRow).where(PageRow.url == practice_site.url("/"))).one()
        page.image_references = [*page.image_references, [acts, "a@href"]]
        assert page.etag

    summary = crawl("album")

    assert (summary.pages_unchanged, summary.unchanged, summary.refused) == (1, 1, 1)
    assert practice_site.requested("/x.php?action=delete&f=1") == 0
    with database.reading() as session:
        errors = crawls.errors(session, summary.crawl_id)
    assert any("have the site do something (delete)" in error.reason for error in errors)
