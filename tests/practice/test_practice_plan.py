import re
import urllib.request
from urllib.error import HTTPError

import pytest

from domain.signal import MATCH_DISTANCE
from practice.photographs import ORIGINALS
from practice.plan import Place, make_plan
from practice.reposts import EDITS
from practice.reworked import REWORKED
from practice.sites import PracticeSite


@pytest.fixture(scope="module")
def sites(plan):
    with PracticeSite() as gallery, PracticeSite() as board:
        plan.build(gallery, board)
        yield {Place.GALLERY: gallery, Place.BOARD: board}


def get(url):
    try:
        with urllib.request.urlopen(url) as answer:
            return answer.status, answer.headers["Content-Type"], answer.read()
    except HTTPError as error:
        with error:
            return error.code, error.headers["Content-Type"], error.read()


def test_eighty_reposts_of_three_cases_among_as_many_others(plan):
    assert len(plan.reposts) == 80
    assert len(plan.others) >= 80
    assert [len(case.originals) for case in plan.cases] == [3, 3, 2]
    assert all(file.is_file() for case in plan.cases for file in case.files)
    assert {repost.edit for repost in plan.reposts} == {*EDITS, *REWORKED}
    for repost in plan.reposts:
        assert repost.original in plan.cases[repost.case].originals


def test_everything_served_is_distinct_by_bytes_and_by_address(plan):
    everything = [*plan.reposts, *plan.others]
    hashes = {entry.served.picture.sha256 for entry in everything} | {plan.inline.sha256}
    assert len(hashes) == len(everything) + 1
    assert len({(entry.place, entry.served.path) for entry in everything}) == len(everything)


def test_every_edit_was_made_to_pictures_that_nobody_registered_too(plan):
    names = [other.name for other in plan.others]
    for edit in REWORKED:
        assert sum(name.endswith(f", {edit}") for name in names) == 1
    for original in ORIGINALS:
        assert not any(name.startswith(original) for name in names)


def test_the_slightly_edited_match_as_a_whole_and_nothing_else_is_near(plan, distance):
    for repost in plan.reposts:
        if repost.edit in REWORKED:
            continue
        body = repost.served.picture.body
        for original in ORIGINALS:
            if original == repost.original:
                assert distance(body, original) <= MATCH_DISTANCE
            else:
                assert distance(body, original) > 40
    for original in ORIGINALS:
        assert distance(plan.inline.body, original) > 40
        for other in plan.others:
            assert distance(other.served.picture.body, original) > 40


def test_the_plan_is_the_same_each_time(plan):
    assert make_plan() == plan


@pytest.mark.parametrize("place", Place)
def test_every_picture_is_served_and_stands_on_a_page_that_links_reach(plan, sites, place):
    site = sites[place]
    pages = _crawl(site, "/" if place is Place.GALLERY else "/b/")
    markup = "".join(pages.values())
    for served in plan.served_at(place):
        assert re.search(rf"{re.escape(served.path)}\b", markup), served.path
        assert get(site.url(served.path)) == (
            200,
            served.picture.content_type,
            served.picture.body,
        )


def test_the_sites_name_pictures_in_many_ways(sites):
    gallery = "".join(_crawl(sites[Place.GALLERY], "/").values())
    board = "".join(_crawl(sites[Place.BOARD], "/b/").values())
    for way in (
        "data-src=",
        "srcset=",
        "<source ",
        "og:image",
        "background-image: url",
        'rel="next"',
    ):
        assert way in gallery
    for way in (
        "data-original=",
        "srcset=",
        "data:image/",
        "background: url",
        'rel="next"',
        "<style>\n#p",
    ):
        assert way in board


def test_some_images_end_otherwise(sites):
    site = sites[Place.GALLERY]
    assert get(site.url("/static/missing.jpg"))[0] == 404
    assert get(site.url("/static/moved.jpg"))[1:] == (
        "image/jpeg",
        b"<!doctype html><title>Moved</title><p>This picture has moved.\n",
    )
    assert b"Disallow: /members/" in get(site.url("/robots.txt"))[2]


def _crawl(site, start):
    pages = {}
    waiting = [start]
    while waiting:
        path = waiting.pop()
        if path in pages:
            continue
        status, kind, body = get(site.url(path))
        assert (status, kind) == (200, "text/html; charset=utf-8")
        pages[path] = body.decode()
        links = re.findall(r'href="(/[^"]*)"', pages[path])
        waiting += [link for link in links if not link.startswith(("/photos/", "/src/"))]
    return pages
