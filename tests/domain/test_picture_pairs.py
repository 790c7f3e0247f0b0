"""Which word in an address is believed to make a picture smaller, and when it no longer is."""

import random

import pytest

from domain.picture_gaps import gaps_of
from domain.picture_pairs import PicturePairs, SeenPicture

AT = "http://site.example"


class Album:
    """Pictures that a crawl has seen; the n-th one is always the same picture."""

    def __init__(self):
        self.pairs = PicturePairs()
        self._images = 0

    def see(self, path, picture, width=400, height=300, *, noise=0, quality=100, moves=False):
        pdq = random.Random(picture).getrandbits(256) ^ ((1 << noise) - 1)
        self._images += 1
        seen = SeenPicture(self._images, pdq, quality, width, height, moves)
        self.pairs.see(AT + path, seen)

    def is_left(self, path):
        return self.pairs.larger(AT + path) is not None


@pytest.fixture
def album():
    return Album()


def see_pairs(album, small, large, number=3, **of_small):
    for n in range(number):
        album.see(large.format(n), n, 1600, 1200)
        album.see(small.format(n), n, **of_small)


@pytest.mark.parametrize(
    ("small", "large"),
    [
        ("/a/boat{}_small.jpg", "/a/boat{}.jpg"),
        ("/a/tn-boat{}.jpg", "/a/boat{}.jpg"),
        ("/a/thumbs/boat{}.jpg", "/a/boat{}.jpg"),
        ("/thumbs/a/boat{}.jpg", "/full/a/boat{}.jpg"),
        ("/a/boat{}_web.jpg", "/a/boat{}_orig.jpg"),
        ("/boat{}.php?size=s", "/boat{}.php?size=l"),
        ("/show.php?id={}&small=1", "/show.php?id={}"),
        ("/a/{}/thumb.jpg", "/a/{}/photo.jpg"),
    ],
)
def test_a_word_is_believed_once_three_pairs_were_one_picture(album, small, large):
    see_pairs(album, small, large, 2)
    album.see(large.format(7), 7, 1600, 1200)
    assert not album.is_left(small.format(7))

    see_pairs(album, small, large)

    assert album.is_left(small.format(7))
    assert not album.is_left(large.format(7))
    assert not album.is_left(small.format(8))  # of which no larger one was seen
    assert album.pairs.missing(AT + small.format(8))


def test_two_pictures_under_the_same_two_words_refute_it(album):
    see_pairs(album, "/boat{}_b.jpg", "/boat{}.jpg", 5)
    album.see("/boat9.jpg", 9, 1600, 1200)
    assert album.is_left("/boat9_b.jpg")

    album.see("/boat8.jpg", 8, 1600, 1200)
    album.see("/boat8_b.jpg", 88)

    assert not album.is_left("/boat9_b.jpg")
    assert [rule.small for rule in album.pairs.take_refuted()] == ["_b"]
    see_pairs(album, "/plane{}_b.jpg", "/plane{}.jpg", 9)
    assert not album.is_left("/boat9_b.jpg")


def test_a_size_into_which_small_originals_are_enlarged_is_asked_for_with_these(album):
    see_pairs(album, "/boat{}_medium.jpg", "/boat{}.jpg", 3, width=800, height=600)
    album.see("/boat7.jpg", 7, 640, 480)
    album.see("/boat8.jpg", 8, 1600, 1200)
    album.see("/boat9.jpg", 9, 600, 900)

    assert not album.is_left("/boat7_medium.jpg")
    assert album.is_left("/boat8_medium.jpg")
    assert album.is_left("/boat9_medium.jpg")  # 400×600 in a frame of 800×600


def test_one_pair_on_many_pages_is_one_pair(album):
    image = SeenPicture(1, 5, 100, 1600, 1200, moves=False)
    for _ in range(9):
        album.pairs.see(AT + "/boat.jpg", image)
        album.pairs.see(AT + "/boat_s.jpg", SeenPicture(2, 5, 100, 400, 300, moves=False))
    album.see("/plane.jpg", 9, 1600, 1200)

    assert not album.is_left("/plane_s.jpg")


@pytest.mark.parametrize(
    "of_small", [{"noise": 60}, {"quality": 20}, {"moves": True}], ids=["unlike", "plain", "moving"]
)
def test_what_cannot_be_compared_proves_nothing(album, of_small):
    see_pairs(album, "/boat{}_s.jpg", "/boat{}.jpg", 9, **of_small)
    album.see("/plane.jpg", 9, 1600, 1200)

    assert not album.is_left("/plane_s.jpg")


def test_names_that_differ_by_a_word_are_different_pictures(album):
    for n in range(30):
        for side in ("front", "back"):
            album.see(f"/car{n}-{side}.jpg", f"{n}{side}", 1600 if side == "front" else 400)
    album.see("/car99-front.jpg", 99, 1600, 1200)

    assert not album.is_left("/car99-back.jpg")


def test_addresses_made_to_be_costly_have_no_gaps_or_few():
    assert gaps_of(f"{AT}/{'a_' * 1000}.jpg") == ()
    assert len(gaps_of(f"{AT}/{'a/' * 100}{'b_' * 100}?{'c&' * 40}")) < 30
    assert gaps_of("data:image/png;base64,AAAA") == ()
