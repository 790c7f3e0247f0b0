"""How many frames of a registered video must be seen by their places in a found one."""

import pytest

from pipelines.edited_videos import FramesSeen


@pytest.mark.parametrize(
    ("pairs", "of_found", "of_registered", "enough"),
    [
        ([(0, 100)], 8, 12, False),
        ([(0, 100), (1, 100)], 8, 12, False),  # a title that stands for a while
        ([(0, 100), (0, 900)], 8, 12, False),
        ([(0, 100), (3, 900)], 8, 12, True),
        ([(0, 100)], 1, 12, True),  # neither has more than one where one side has no more
        ([(5, 100)], 8, 1, True),
        ([(5, 100)], 0, 0, True),
    ],
)
def test_one_frame_is_enough_only_where_a_side_has_no_more(pairs, of_found, of_registered, enough):
    seen = FramesSeen()
    for found, at_ms in pairs:
        seen.add(found, [(7, at_ms)])

    too_few = seen.too_few(of_found=of_found, of_registered={7: of_registered})

    assert (too_few == frozenset()) is enough


def test_each_registered_video_is_judged_for_itself():
    seen = FramesSeen()
    seen.add(0, [(7, 100), (8, 100)])
    seen.add(1, [(7, 200), (9, 200)])

    assert seen.registrations == {7, 8, 9}
    assert seen.too_few(of_found=8, of_registered={7: 5, 8: 5, 9: 1}) == {8}
    assert seen.too_few(of_found=8, of_registered={}) == {8, 9}
