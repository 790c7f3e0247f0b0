"""What of a video is decoded: all of its length, and never more than the budget."""

from signals.video_plan import MOST_KEY_FRAMES, Packet, plan


def video(seconds, rate=25, gop=50):
    return [
        Packet(1000 * number // rate, number % gop == 0) for number in range(round(seconds * rate))
    ]


def decoded(spans):
    return sum(end - first for first, end in spans)


def test_a_short_video_is_decoded_as_a_whole():
    packets = video(8)

    assert plan(packets, 1_000) == ((0, 50), (50, 100), (100, 150), (150, 200))


def test_key_frames_close_together_are_enough():
    packets = video(4, gop=10)

    assert plan(packets, 1_000) == tuple((first, first + 1) for first in range(0, 100, 10))


def test_where_the_budget_ends_key_frames_of_the_whole_length_are_left():
    packets = video(600)

    spans = plan(packets, 1_000)

    assert decoded(spans) <= 1_000 + MOST_KEY_FRAMES
    assert [first for first, _ in spans] == list(range(0, 600 * 25, 50))
    whole = [first for first, end in spans if end > first + 1]
    assert len(whole) == 20
    assert sum(first > 300 * 25 for first in whole) in range(8, 13)


def test_very_many_key_frames_are_spread_over_the_whole_length():
    packets = video(4_000, rate=10, gop=1)

    spans = plan(packets, 1_000)

    assert len(spans) == MOST_KEY_FRAMES
    assert (spans[0], spans[-1]) == ((0, 1), (39_999, 40_000))


def test_one_group_without_end_is_decoded_as_far_as_the_budget_goes():
    assert plan(video(600, gop=10**9), 1_000) == ((0, 1_000),)


def test_a_video_without_any_key_frame_is_tried_from_its_beginning():
    packets = [Packet(40 * number, is_key=False) for number in range(100)]

    assert plan(packets, 60) == ((0, 60),)


def test_nothing_is_decoded_of_nothing():
    assert plan([], 100) == ()
