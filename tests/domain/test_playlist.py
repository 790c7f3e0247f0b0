"""Playlists of streamed video, as servers write them and as hostile ones might."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.playlist import Variant, chosen_variant, is_playlist, read_playlist, spread

AT = "http://video.example/a/list.m3u8"


def test_pieces_are_read_in_order_and_relative_to_the_list():
    text = "#EXTM3U\n#EXTINF:4,\n1.ts\n#EXTINF:4,\n/b/2.ts?x=1\n\n#EXT-X-ENDLIST\n"
    read = read_playlist(text, AT)
    assert read.pieces == ("http://video.example/a/1.ts", "http://video.example/b/2.ts?x=1")
    assert (read.variants, read.encrypted) == ((), False)


def test_the_piece_that_all_others_need_comes_first_and_always():
    pieces = "".join(f"#EXTINF:4,\n{n}.m4s\n" for n in range(500))
    read = read_playlist(f'#EXTM3U\n#EXT-X-MAP:URI="init.mp4"\n{pieces}', AT)
    taken = spread(read, 11)
    assert taken[0].endswith("/init.mp4")
    assert [int(each.rpartition("/")[2][:-4]) for each in taken[1:]] == list(range(0, 500, 50))


def test_parts_of_one_file_are_the_file_once():
    parts = "".join(f"#EXTINF:4,\n#EXT-X-BYTERANGE:9@{n}\nall.mp4\n" for n in range(9))
    read = read_playlist(f'#EXTM3U\n#EXT-X-MAP:URI="all.mp4",BYTERANGE="9@0"\n{parts}', AT)
    assert spread(read) == ("http://video.example/a/all.mp4",)


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        ([(1080, 9), (480, 2), (240, 1)], (480, 2)),
        ([(240, 2), (144, 1)], (240, 2)),
        ([(0, 100_000), (0, 900_000), (0, 5_000_000)], (0, 900_000)),
        ([(0, 64_000), (720, 2)], (720, 2)),  # what has no height is sound alone
    ],
)
def test_the_smallest_form_in_which_pictures_can_be_told_apart(offered, chosen):
    variants = [Variant(f"http://x.example/{n}", *each) for n, each in enumerate(offered)]
    found = chosen_variant(variants)
    assert (found.height, found.bits) == chosen


def test_forms_are_read_with_what_is_said_of_them():
    text = (
        '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=900,CODECS="a,b",RESOLUTION=640x360\nlow.m3u8\n'
        "#EXT-X-STREAM-INF:RESOLUTION=ax b,BANDWIDTH=99999999999999999999\nodd.m3u8\n"
    )
    assert read_playlist(text, AT).variants == (
        Variant("http://video.example/a/low.m3u8", 360, 900),
        Variant("http://video.example/a/odd.m3u8", 0, 0),
    )


def test_what_is_encrypted_is_said_to_be():
    locked = '#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="k"\n#EXTINF:1,\n1.ts\n'
    assert read_playlist(locked, AT).encrypted
    assert not read_playlist(locked.replace("AES-128", "NONE"), AT).encrypted


@given(st.text(alphabet=st.sampled_from('#EXTM3U-KY:=",\n x/.1ts\x00')))
def test_no_text_breaks_it(text):
    spread(read_playlist(text, AT))
    is_playlist(text.encode())


def test_a_megabyte_of_anything_holds_up_nothing():
    began = time.monotonic()
    for again in ("#EXT-X-KEY:A=", "#EXTINF:1,\nx\n", '#EXT-X-MAP:URI="', "x", "\n"):
        read_playlist("#EXTM3U\n" + again * (1_000_000 // len(again)), AT)
    assert time.monotonic() - began < 10
