"""Shares of frames, by vPDQ's rule."""

import numpy as np
import pytest

from domain.signal import FrameSignals
from signals.distance import pack_pdq
from signals.video_agreement import packed_frames, shares, usable_frames


def code(bits):
    return f"{2**bits - 1:064x}"


def packed(*bits):
    return pack_pdq([code(count) for count in bits])


def test_each_side_has_its_own_share():
    near = shares(packed(0, 1, 100, 250), packed(5, 180), 31)

    assert near.found.tolist() == [True, True, False, False]
    assert near.registered.tolist() == [True, False]
    assert (near.of_found, near.of_registered) == (0.5, 0.5)
    assert (near.frames_found, near.frames_registered) == (2, 1)


def test_the_distance_is_inclusive():
    assert shares(packed(0), packed(31), 31).of_found == 1
    assert shares(packed(0), packed(32), 31).of_found == 0


def test_views_of_a_frame_count_as_one_frame():
    near = shares(packed(0, 1), packed(5, 200, 100, 2), 31, frame_of=np.array([7, 7, 3, 3]))

    assert near.registered.tolist() == [True, True]
    assert near.frames_registered == 2

    near = shares(packed(0, 1), packed(5, 6, 100, 120), 31, frame_of=np.array([7, 7, 3, 3]))

    assert near.registered.tolist() == [False, True]
    assert near.of_registered == 0.5


def test_nothing_has_a_share_in_nothing():
    for found, registered in ((packed(), packed(1)), (packed(1), packed()), (packed(), packed())):
        near = shares(found, registered, 31)
        assert (near.of_found, near.of_registered) == (0, 0)


def test_frames_too_plain_to_match_are_left_out():
    frames = [FrameSignals(0, code(1), 49, "0" * 16), FrameSignals(40, code(2), 50, "0" * 16)]

    assert [frame.at_ms for frame in usable_frames(frames)] == [40]
    assert packed_frames(frames).tolist() == packed(2).tolist()


def test_wrong_shapes_are_refused():
    with pytest.raises(ValueError, match="have shape"):
        shares(np.zeros((1, 8), np.uint8), packed(1), 31)
    with pytest.raises(ValueError, match="numbers of frames"):
        shares(packed(1), packed(1), 31, frame_of=np.array([1, 2]))
