"""What a worker says about places, read as strictly as all that comes from outside."""

import contextlib
import itertools
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.places import Alignment, FoundPlaces, FramePlaces, SecondLook, Wanted
from domain.signal import FrameSignals, ImageSignals
from signals.alignment import LEAST_SCALE, MOST_SCALE
from signals.constellation_form import VERSION, packed_bytes
from signals.mirrored_places import mirrored_places
from signals.wire import ImageAnswer, image_answer, pack_answer, read_image_answer, read_looks
from signals.wire_places import (
    BYTES_A_PLACE,
    MAX_FOUND_PLACES,
    MAX_LOOKED_FRAMES,
    MAX_WANTED,
    MOST_FULL_LOOKS,
    UnreadableAnswerError,
    look_answer,
    packed_places,
    packed_wanted,
    read_places,
    read_wanted,
)

PDQ, PHASH = "a" * 64, "b" * 16
WIDTH, HEIGHT = 800, 600
X, Y, SCALE, DIRECTION = range(4)
PLACE = np.array([[10.0, 20.0, 1.5, 90.0]], np.float32)


def image(*times):
    frames = tuple(FrameSignals(at_ms, PDQ, 100, PHASH) for at_ms in times)
    exact = ("c" * 64, "d" * 32)
    duration = 1_000 if times else None
    return ImageSignals(*exact, PDQ, 100, PHASH, "JPEG", 1024, 768, 9, frames, duration)


def words(count, seed):
    return np.random.default_rng(seed).integers(0, 2**64, (count, 2), np.uint64)


def frame(places, at_ms=None):
    size = WIDTH, HEIGHT
    count = len(places)
    return FramePlaces(
        at_ms,
        FoundPlaces(places, words(count, 1), words(count, 2), *size),
        FoundPlaces(mirrored_places(places, WIDTH), words(count, 3), words(count, 4), *size),
    )


def many(count):
    chance = np.random.default_rng(count)
    sizes = np.array([WIDTH, HEIGHT, 7, 360], np.float32)
    return chance.random((count, 4), np.float32) * sizes


def passed_on(signals, found, following=None):
    """What is read of an answer, and of the bytes that follow it."""
    answered = read_image_answer(json.dumps(image_answer(signals, found)).encode())
    assert isinstance(answered, ImageAnswer)
    following = packed_places(found) if following is None else following
    assert answered.following == sum(len(f.upright) for f in found) * BYTES_A_PLACE
    return read_places(answered.places, following)


def same(one, other):
    return all(
        (getattr(one, name) == getattr(other, name)).all() for name in ("places", "bits", "unsure")
    ) and (one.width, one.height) == (other.width, other.height)


@pytest.mark.parametrize("count", [1, 3, MAX_FOUND_PLACES])
def test_places_come_back_as_they_were(count):
    found = frame(many(count))

    (read,) = passed_on(image(), [found])

    assert read.at_ms is None
    assert same(read.upright, found.upright)
    assert same(read.mirrored, found.mirrored)


def test_places_of_frames_come_back_each_with_its_moment():
    times = [40 * n for n in range(MAX_LOOKED_FRAMES + 3)]
    found = [frame(many(n + 5), at_ms) for n, at_ms in enumerate(times[::-1][:MAX_LOOKED_FRAMES])]
    found.reverse()

    read = passed_on(image(*times), found)

    assert [each.at_ms for each in read] == [each.at_ms for each in found]
    pairs = zip(read, found, strict=True)
    assert all(same(one.upright, two.upright) for one, two in pairs)


def test_the_most_that_is_found_is_read_in_no_time():
    """As JSON, a megabyte of numbers would take the event loop a tenth of a second."""
    found = [frame(many(MAX_FOUND_PLACES), n) for n in range(MAX_LOOKED_FRAMES)]

    assert len(packed_places(found)) <= 2**20
    assert len(pack_answer(image_answer(image(*range(8)), found))) < 4_000


@pytest.mark.parametrize(
    ("column", "value"),
    [
        *itertools.product(range(4), [np.nan, np.inf, -np.inf, -1e30, 1e30]),
        (X, -0.5),
        (X, WIDTH),
        (Y, HEIGHT),
        (SCALE, 17),
        (DIRECTION, -1),
        (DIRECTION, 361),
    ],
)
def test_places_that_no_image_has_are_noticed(column, value):
    found = frame(many(5))
    found.upright.places[3, column] = value

    with pytest.raises(UnreadableAnswerError, match="outside an image of 800 × 600"):
        passed_on(image(), [found])


@pytest.mark.parametrize("change", [-80, -1, 1, 80])
def test_more_or_fewer_bytes_than_announced_are_noticed(change):
    found = [frame(many(5))]
    whole = packed_places(found)
    changed = whole[:change] if change < 0 else whole + bytes(change)

    with pytest.raises(UnreadableAnswerError, match="not as it said"):
        passed_on(image(), found, changed)


@pytest.mark.parametrize(
    "said",
    [
        None,
        3,
        "xyz",
        {},
        [3],
        [[]],
        [[None, 1, 9]],
        [[None, 1, 9, 9, 9]],
        [[None, 0, 9, 9]],
        [[None, -1, 9, 9]],
        [[None, MAX_FOUND_PLACES + 1, 9, 9]],
        [[None, 2**70, 9, 9]],
        [[None, 1.0, 9, 9]],
        [[None, True, 9, 9]],
        [[None, 1, 0, 9]],
        [[None, 1, 9, 8_001]],
        [[None, 1, 5_000, 5_000]],
        [[None, 1, "9", 9]],
        [[0, 1, 9, 9]],
        [["0", 1, 9, 9]],
        [[True, 1, 9, 9]],
        [[None, 1, 9, 9], [None, 1, 9, 9]],
    ],
)
def test_what_no_worker_says_about_a_still_picture_is_noticed(said):
    answer = image_answer(image(), [frame(PLACE)]) | {"places": said}

    with pytest.raises(UnreadableAnswerError):
        read_image_answer(json.dumps(answer).encode())


@pytest.mark.parametrize(
    "moments", [[None], [40, 0], [0, 0], [0, 39], [0, None], [0.0], list(range(0, 400, 40))]
)
def test_places_of_frames_that_a_video_does_not_have_are_noticed(moments):
    answer = image_answer(image(*range(0, 400, 40)))
    answer["places"] = [[at_ms, 1, 9, 9] for at_ms in moments]

    with pytest.raises(UnreadableAnswerError):
        read_image_answer(json.dumps(answer).encode())


def test_an_answer_that_says_nothing_about_places_is_noticed():
    answer = image_answer(image())
    del answer["places"]

    with pytest.raises(UnreadableAnswerError):
        read_image_answer(json.dumps(answer).encode())


def wanted(count=42, *, mirrored=False):
    way = np.array([[0.5, -0.25, 1e3], [0.25, 0.5, -1 / 3]])
    alignment = Alignment(way, mirrored, np.empty((0, 2), np.int64), 0.0)
    picture = bytes((VERSION, count, 255, 191)) + b"\x5a" * (packed_bytes(count) - 4)
    return Wanted(picture, alignment)


def test_what_is_wanted_reaches_a_worker_as_it_was():
    asked = [wanted(n + 3, mirrored=n % 2 == 1) for n in range(MAX_WANTED)]

    at, read = read_wanted(packed_wanted(7, asked))

    assert at == 7
    assert [each.picture for each in read] == [each.picture for each in asked]
    assert [each.alignment.mirrored for each in read] == [each.alignment.mirrored for each in asked]
    assert all((each.alignment.map == asked[0].alignment.map).all() for each in read)


@given(cut=st.integers(0, 60), rest=st.binary(max_size=20))
def test_what_is_cut_short_is_asked_of_nobody(cut, rest):
    whole = packed_wanted(0, [wanted(3)])

    with contextlib.suppress(ValueError):  # said, and not a crash of another kind
        read_wanted(whole[:cut] + rest)


def look(count=42):
    chance = np.random.default_rng(count)
    return SecondLook(
        chance.integers(0, 129, count, np.uint8),
        chance.random(count) < 0.5,
        chance.random(count) < 0.5,
        np.array([[0.1, 1e-300, -2 / 3], [0.25, 0.5, 799.9]]),
        mirrored=True,
    )


def test_what_was_seen_comes_back_as_it_was():
    seen = [look(), None, look(3)]
    asked = [wanted(mirrored=True), wanted(), wanted(3, mirrored=True)]

    read = read_looks(json.dumps(look_answer(seen)).encode(), asked)

    assert read[1] is None
    for one, two in ((read[0], seen[0]), (read[2], seen[2])):
        assert one is not None
        assert (one.distances == two.distances).all()
        assert (one.in_view == two.in_view).all()
        assert (one.drawn == two.drawn).all()
        assert (one.map == two.map).all()
        assert one.mirrored


@pytest.mark.parametrize(
    "said",
    [
        None,
        7,
        [],
        [None, None],
        [3],
        ["abc"],
        [{}],
        [["00" * 3, "00" * 3, "00" * 3]],
        [["00" * 3, "00" * 3, [1, 0, 0, 0, 1, 0]]],
        [["00" * 3, "00" * 3, "00" * 4, [1, 0, 0, 0, 1, 0]]],
        [["00" * 3, "00" * 3, "02" * 3, [1, 0, 0, 0, 1, 0]]],
        [["00" * 3, "00" * 3, 0, [1, 0, 0, 0, 1, 0]]],
        [["00" * 3, "00" * 3, "00" * 3, [1, 0, 0, 0, 1, 0], 1]],
        [["00" * 4, "00" * 3, "00" * 3, [1, 0, 0, 0, 1, 0]]],
        [["00" * 3, "00" * 4, "00" * 3, [1, 0, 0, 0, 1, 0]]],
        [["81" * 3, "00" * 3, "00" * 3, [1, 0, 0, 0, 1, 0]]],
        [["00" * 3, "02" * 3, "00" * 3, [1, 0, 0, 0, 1, 0]]],
        [["0x" * 3, "00" * 3, "00" * 3, [1, 0, 0, 0, 1, 0]]],
        [[3, "00" * 3, "00" * 3, [1, 0, 0, 0, 1, 0]]],
        [["00" * 3, "00" * 3, "00" * 3, [1, 0, 0, 0, 1]]],
        [["00" * 3, "00" * 3, "00" * 3, [1, 0, 0, 0, 1, 0, 0]]],
        [["00" * 3, "00" * 3, "00" * 3, [1, 0, 0, 0, 1, "a"]]],
        [["00" * 3, "00" * 3, "00" * 3, [1, 0, 0, 0, 1, None]]],
        [["00" * 3, "00" * 3, "00" * 3, [1, 0, 0, 0, 1, float("nan")]]],
        [["00" * 3, "00" * 3, "00" * 3, [1, 0, 0, 0, 1, float("inf")]]],
        [["00" * 3, "00" * 3, "00" * 3, [1, 0, 0, 0, 1, 10**400]]],
        [["00" * 3, "00" * 3, "00" * 3, [1, 0, 0, 0, 1, 1e8]]],
        [["00" * 3, "00" * 3, "00" * 3, [0, 0, 0, 0, 0, 0]]],
        [["00" * 3, "00" * 3, "00" * 3, [1, 1, 0, 1, 1, 0]]],
        [["00" * 3, "00" * 3, "00" * 3, [1, 0, 0, 0, -1, 0]]],
        [["00" * 3, "00" * 3, "00" * 3, [1e-308, 0, 0, 0, 1e-308, 0]]],
        [["00" * 3, "00" * 3, "00" * 3, [1e-308, 0, 0, 0, 1e6, 0]]],
        [["00" * 3, "00" * 3, "00" * 3, [1e7, 0, 1e7, 0, 1e7, -1e7]]],
        [["00" * 3, "00" * 3, "00" * 3, 7]],
    ],
)
def test_a_look_that_no_worker_takes_is_noticed(said):
    for answer in ({"looks": said}, said):
        with pytest.raises(UnreadableAnswerError):
            read_looks(json.dumps(answer).encode(), [wanted(3)])


@pytest.mark.parametrize("scale", [LEAST_SCALE / 2, LEAST_SCALE, 1, MOST_SCALE, 2 * MOST_SCALE])
@pytest.mark.parametrize("degrees", [0, 45, 90, 200])
def test_however_large_a_picture_is_proposed_it_can_be_seen_so(scale, degrees):
    cosine, sine = scale * np.cos(np.deg2rad(degrees)), scale * np.sin(np.deg2rad(degrees))
    way = np.array([[cosine, -sine, -2_000.0], [sine, cosine, 700.0]])
    nothing = np.zeros(3, np.uint8)
    none = nothing.astype(np.bool_)
    seen = SecondLook(nothing, none, none, way, mirrored=False)

    (read,) = read_looks(json.dumps(look_answer([seen])).encode(), [wanted(3)])

    assert read is not None
    assert (read.map == way).all()


def test_more_full_looks_than_are_taken_are_noticed():
    asked = [wanted(3 + number) for number in range(MOST_FULL_LOOKS + 1)]
    seen = [look(3 + number) for number in range(MOST_FULL_LOOKS + 1)]

    with pytest.raises(UnreadableAnswerError, match="8 pictures at most"):
        read_looks(json.dumps(look_answer(seen)).encode(), asked)


def test_one_picture_of_many_registrations_is_one_look_for_all():
    asked = [wanted(3) for _ in range(MOST_FULL_LOOKS + 1)]

    read = read_looks(json.dumps(look_answer([look(3)] * len(asked))).encode(), asked)

    assert all(each is not None for each in read)


def test_a_reason_instead_of_looks_is_noticed():
    with pytest.raises(UnreadableAnswerError):
        read_looks(b'{"undecodable": "gone"}', [wanted(3)])
