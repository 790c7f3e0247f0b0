"""What a worker says about frames, read as strictly as all that comes from outside."""

import json

import pytest

from domain.signal import (
    MAX_CONSTELLATION_BYTES,
    FrameSignals,
    ImageSignals,
    NoConstellation,
    PartSignal,
    PictureSignals,
    Signal,
    SignalType,
    View,
)
from signals.constellation_form import VERSION, packed_bytes
from signals.picture_views import MOST_VIEWS
from signals.wire import (
    MAX_ANSWER_BYTES,
    MAX_CONSTELLATION_FRAMES,
    MAX_FRAMES,
    MAX_REGISTERED_FRAMES,
    ImageAnswer,
    image_answer,
    pack_answer,
    read_image_answer,
)
from signals.wire_parts import MAX_PARTS
from signals.wire_places import MAX_LOOKED_FRAMES, UnreadableAnswerError
from signals.wire_registered import picture_answer, read_picture_answer

PDQ, PHASH = "a" * 64, "b" * 16


def frame(at_ms, quality=100, constellation=None):
    return FrameSignals(at_ms, PDQ, quality, PHASH, constellation)


def video(*frames, duration_ms=2**31 - 1):
    exact = ("c" * 64, "d" * 32)
    return ImageSignals(*exact, PDQ, 100, PHASH, "MP4", 640, 480, 9, frames, duration_ms)


SIGNATURE = (bytes((VERSION, 42, 255, 191)) + b"\x5a" * (packed_bytes(42) - 4)).hex()
LONGEST = video(
    *(
        frame(
            2**31 - 1 - MAX_FRAMES + n, constellation=SIGNATURE if n < MAX_LOOKED_FRAMES else None
        )
        for n in range(MAX_FRAMES)
    )
)

REGISTERED = PictureSignals(
    (
        *(
            Signal(kind, value, view, quality, 2**31 - 1 - n)
            for n in range(MAX_REGISTERED_FRAMES)
            for view in View
            for kind, value, quality in (
                (SignalType.PDQ, PDQ, 100),
                (SignalType.PHASH, PHASH, None),
            )
        ),
        *(
            Signal(SignalType.CONSTELLATION, "01" * MAX_CONSTELLATION_BYTES, at_ms=n)
            for n in range(MAX_CONSTELLATION_FRAMES)
        ),
    ),
    "MP4",
    2**31 - 1,
)


def said(answer):
    return json.dumps(answer).encode()


def test_the_longest_answers_come_back_as_they_were():
    answered = read_image_answer(said(image_answer(LONGEST)))
    assert isinstance(answered, ImageAnswer)
    assert answered.signals == LONGEST
    assert read_picture_answer(said(picture_answer(REGISTERED))) == REGISTERED
    longest = max(len(pack_answer(a)) for a in (image_answer(LONGEST), picture_answer(REGISTERED)))
    assert MAX_ANSWER_BYTES / 4 < longest < MAX_ANSWER_BYTES


@pytest.mark.parametrize(
    "frames",
    [
        [[0, PDQ, 100, PHASH], [0, PDQ, 100, PHASH]],
        [[40, PDQ, 100, PHASH], [0, PDQ, 100, PHASH]],
        [[-1, PDQ, 100, PHASH]],
        [[2**31, PDQ, 100, PHASH]],
        [[1.5, PDQ, 100, PHASH]],
        [[True, PDQ, 100, PHASH]],
        [["0", PDQ, 100, PHASH]],
        [[0, PDQ, 101, PHASH]],
        [[0, PDQ, None, PHASH]],
        [[0, PDQ, 0.5, PHASH]],
        [[0, PDQ[1:], 100, PHASH]],
        [[0, PDQ, 100, "Z" * 16]],
        [[0, PDQ, 100]],
        [[0, PDQ, 100, PHASH, 1]],
        [[0, PDQ, 100, PHASH, "", ""]],
        [[0, PDQ, 100, PHASH, ""]],
        [[0, PDQ, 100, PHASH, SIGNATURE[:-2]]],
        [[0, PDQ, 100, PHASH, SIGNATURE + "00"]],
        [[0, PDQ, 100, PHASH, SIGNATURE.upper()]],
        [[0, PDQ, 100, PHASH, " " + SIGNATURE]],
        [[0, PDQ, 100, PHASH, "02" + SIGNATURE[2:]]],
        [[0, PDQ, 100, PHASH, (bytes((VERSION, 15, 9, 9)) + bytes(packed_bytes(15) - 4)).hex()]],
        [[0, PDQ, 100, PHASH, (bytes((VERSION, 43, 9, 9)) + bytes(packed_bytes(43) - 4)).hex()]],
        [[n, PDQ, 100, PHASH, SIGNATURE] for n in range(MAX_LOOKED_FRAMES + 1)],
        [[n, PDQ, 100, PHASH] for n in range(MAX_FRAMES + 1)],
        [],
        3,
        None,
        "xyz",
        [7],
    ],
)
def test_frames_that_no_video_has_are_noticed(frames):
    answer = image_answer(video(frame(0)))
    answer["signals"]["frames"] = frames

    with pytest.raises(UnreadableAnswerError):
        read_image_answer(said(answer))


@pytest.mark.parametrize("duration_ms", [None, -1, 2**31, 1.5, "1", True])
def test_a_length_that_no_video_has_is_noticed(duration_ms):
    with pytest.raises(UnreadableAnswerError):
        read_image_answer(said(image_answer(video(frame(0), duration_ms=duration_ms))))


def test_an_answer_without_frames_or_with_more_than_there_is_is_noticed():
    for change in ({"frames": None}, {"more": 1}):
        answer = image_answer(video(frame(0)))
        answer["signals"] |= change
        with pytest.raises(UnreadableAnswerError):
            read_image_answer(said(answer))
    answer = image_answer(video(frame(0)))
    del answer["signals"]["frames"]
    with pytest.raises(UnreadableAnswerError):
        read_image_answer(said(answer))


@pytest.mark.parametrize("at_ms", [-1, 2**31, 1.5, True, "0"])
def test_a_registered_frame_at_no_time_is_noticed(at_ms):
    with pytest.raises(UnreadableAnswerError):
        read_picture_answer(said({"signals": [["pdq", PDQ, "upright", 100, at_ms]]}))


@pytest.mark.parametrize(
    "change",
    [{"format": "M" * 17}, {"format": 4}, {"format": "\x1b[2J"}]
    + [{"duration_ms": length} for length in (-1, 2**31, 1.5, True, "0")],
)
def test_a_registered_format_or_length_that_no_video_has_is_noticed(change):
    with pytest.raises(UnreadableAnswerError):
        read_picture_answer(said(picture_answer(REGISTERED) | change))


def test_an_answer_nested_without_end_is_noticed():
    with pytest.raises(UnreadableAnswerError):
        read_image_answer(b"[" * 200_000)


def test_more_signals_than_are_registered_are_noticed():
    most = 2 + MAX_REGISTERED_FRAMES * 16 + MAX_CONSTELLATION_FRAMES
    rows = [["pdq", PDQ, "upright", 100, n] for n in range(most + 1)]

    with pytest.raises(UnreadableAnswerError, match="975 signals"):
        read_picture_answer(said({"signals": rows}))


@pytest.mark.parametrize("missing", [None, *NoConstellation])
def test_why_there_is_no_constellation_is_passed_on(missing):
    signals = PictureSignals((Signal(SignalType.MD5, "d" * 32),), no_constellation=missing)

    assert read_picture_answer(said(picture_answer(signals))) == signals


@pytest.mark.parametrize("missing", ["", "because", 4, True, ["planes lost"], {"planes lost": 1}])
def test_a_reason_that_no_worker_gives_is_noticed(missing):
    with pytest.raises(UnreadableAnswerError):
        read_picture_answer(said(picture_answer(REGISTERED) | {"no_constellation": missing}))


@pytest.mark.parametrize("value", ["", "01", "0g" * 9, "01" * 1_025, "010", 7, None])
def test_a_constellation_that_no_picture_has_is_noticed(value):
    rows = [["md5", "d" * 32, "upright", None, None]]
    rows.append(["constellation", value, "upright", None, None])

    with pytest.raises(UnreadableAnswerError):
        read_picture_answer(said({"signals": rows}))


EXACT = ("c" * 64, "d" * 32)
PART = PartSignal(PDQ, 100, (0.0, 0.25, 1 / 3, 1.0))
STILL = ImageSignals(*EXACT, PDQ, 100, PHASH, "JPEG", 640, 480, 9, parts=(PART,) * MAX_PARTS)


def test_as_many_parts_as_are_hashed_come_back_as_they_were():
    answered = read_image_answer(said(image_answer(STILL)))

    assert isinstance(answered, ImageAnswer)
    assert answered.signals == STILL
    assert MAX_PARTS == MOST_VIEWS


@pytest.mark.parametrize(
    "parts",
    [
        [[PDQ, 100, [0.0, 0.0, 1.0, 1.0]]] * (MAX_PARTS + 1),
        [[PDQ[1:], 100, [0.0, 0.0, 1.0, 1.0]]],
        [["A" * 64, 100, [0.0, 0.0, 1.0, 1.0]]],
        [[7, 100, [0.0, 0.0, 1.0, 1.0]]],
        [[PDQ, 101, [0.0, 0.0, 1.0, 1.0]]],
        [[PDQ, True, [0.0, 0.0, 1.0, 1.0]]],
        [[PDQ, 50.5, [0.0, 0.0, 1.0, 1.0]]],
        [[PDQ, None, [0.0, 0.0, 1.0, 1.0]]],
        [[PDQ, 100, [0.0, 0.0, 1.0]]],
        [[PDQ, 100, [0, 0, 1, 1]]],
        [[PDQ, 100, [-0.1, 0.0, 1.0, 1.0]]],
        [[PDQ, 100, [0.0, 0.0, 1.0, 1.1]]],
        [[PDQ, 100, [0.5, 0.0, 0.5, 1.0]]],
        [[PDQ, 100, [0.0, 0.9, 1.0, 0.1]]],
        [[PDQ, 100, [float("nan"), 0.0, 1.0, 1.0]]],
        [[PDQ, 100, [0.0, 0.0, float("inf"), 1.0]]],
        [[PDQ, 100, "0011"]],
        [[PDQ, 100]],
        [[PDQ, 100, [0.0, 0.0, 1.0, 1.0], 1]],
        {"0": [PDQ, 100, [0.0, 0.0, 1.0, 1.0]]},
        "xyz",
        [3],
        None,
    ],
)
def test_parts_that_no_image_has_are_noticed(parts):
    answer = image_answer(STILL)
    answer["signals"]["parts"] = parts

    with pytest.raises(UnreadableAnswerError):
        read_image_answer(said(answer))


def test_an_answer_without_parts_and_parts_of_a_video_are_noticed():
    without = image_answer(STILL)
    del without["signals"]["parts"]
    moving = image_answer(video(frame(0)))
    moving["signals"]["parts"] = image_answer(STILL)["signals"]["parts"]

    for answer in (without, moving):
        with pytest.raises(UnreadableAnswerError):
            read_image_answer(said(answer))


def test_what_was_cut_off_and_what_is_unsure_are_passed_on():
    md5 = (Signal(SignalType.MD5, "d" * 32),)
    for signals in (
        PictureSignals(md5, content="It looks like a screenshot: 50 % of the height."),
        PictureSignals(md5, unsure="There may be a border: it lies in the middle."),
    ):
        assert read_picture_answer(said(picture_answer(signals))) == signals


@pytest.mark.parametrize("sentence", [7, True, ["a border"], "\x1b[2J", "two\nlines", "x" * 401])
@pytest.mark.parametrize("name", ["content", "unsure"])
def test_what_is_no_sentence_about_a_picture_is_noticed(name, sentence):
    with pytest.raises(UnreadableAnswerError):
        read_picture_answer(said(picture_answer(REGISTERED) | {name: sentence}))
