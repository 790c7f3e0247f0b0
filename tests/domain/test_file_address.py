"""What addresses of files tell: their kind, their edition, what lies within an archive."""

import pytest

from domain.address import MAX_LENGTH, digest
from domain.file_address import (
    is_archive_path,
    is_image_path,
    is_large_path,
    is_media_path,
    is_member,
    member_address,
    without_edition,
)
from domain.renditions import are_one_picture


def test_the_path_says_what_is_an_image_and_the_query_does_not():
    assert is_image_path("https://a.example/b/C.JPG?x=1#y")
    assert not is_image_path("https://a.example/view?file=a.jpg")
    assert not is_image_path("data:image/png;base64,/a.jpg")


def test_videos_and_archives_are_told_by_their_paths():
    for video in ("/a.MP4", "/live/v.m3u8?x=1", "/a.webm"):
        assert is_large_path(f"http://a.example{video}")
        assert not is_archive_path(f"http://a.example{video}")
    for archive in ("/a.zip", "/a.tar.gz", "/b.7Z"):
        assert is_archive_path(f"http://a.example{archive}")
        assert is_media_path(f"http://a.example{archive}")
    for other in ("/a.gz", "/zip", "/a.html?x=.zip", "/a.mp3"):
        assert not is_media_path(f"http://a.example{other}")


@pytest.mark.parametrize(
    ("url", "plain"),
    [
        ("http://a.example/p.jpg?1699000000", "http://a.example/p.jpg"),
        ("http://a.example/p.jpg?v=3", "http://a.example/p.jpg"),
        ("http://a.example/p.jpg?ts=1699000000", "http://a.example/p.jpg"),
        ("http://a.example/p.jpg?12", None),  # may be the twelfth picture
        ("http://a.example/p.jpg?t=1", None),  # may be the thumbnail
        ("http://a.example/p.jpg?id=1699000000", None),
        ("http://a.example/p.php?1699000000", None),
        ("http://a.example/p.jpg", None),
    ],
)
def test_an_edition_is_what_says_nothing_about_which_picture_is_meant(url, plain):
    assert without_edition(url) == plain


def test_each_file_in_an_archive_has_an_address_of_its_own():
    archive = "http://a.example/c.zip"
    named = member_address(archive, "beach/Bäume #1?.jpg")
    assert named == "http://a.example/c.zip#beach/B%C3%A4ume%20%231%3F.jpg"
    long = [member_address(archive, "x" * 9_000 + end) for end in "ab"]
    assert len({digest(each) for each in [archive, named, *long]}) == 4
    assert all(len(each) <= MAX_LENGTH and is_member(each) for each in [named, *long])
    assert not is_member(archive)


@pytest.mark.parametrize(
    "urls",
    [
        ["/u/beach-300x200.jpg", "/u/beach-1024x683.jpg", "/u/beach.jpg"],
        ["/t/b/beach.jpg/320px-beach.jpg", "/t/b/beach.jpg/640px-beach.jpg"],
        ["/i/beach.jpg?w=320&h=200", "/i/beach.jpg?w=640"],
        ["/i/beach.jpg", "/i/beach@2x.jpg"],
        ["/w_320/beach.jpg", "/w_1600,h_900/beach.jpg"],
        ["/i/beach_small.webp", "/i/beach_large.jpg"],
        ["/resize.php?src=a&w=100", "/resize.php?src=a&w=200"],
    ],
)
def test_sizes_of_one_picture_are_known_by_their_addresses(urls):
    assert are_one_picture([f"http://a.example{url}" for url in urls])


@pytest.mark.parametrize(
    "urls",
    [
        ["/i/beach.jpg", "/i/boat.jpg"],
        ["/i/beach1.jpg", "/i/beach2.jpg"],
        ["/show?id=1&w=100", "/show?id=2&w=100"],
        ["/320.jpg", "/640.jpg"],
        ["/set-1x1.jpg", "/set-1x2.jpg"],
        ["/2023/05/img-300x200.jpg", "/2023/06/img-600x400.jpg"],
        ["/1/", "/2/"],
        ["/a/beach.jpg", "/b/beach.jpg"],
    ],
)
def test_different_pictures_are_not_taken_for_sizes(urls):
    assert not are_one_picture([f"http://a.example{url}" for url in urls])
