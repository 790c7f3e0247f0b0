"""What of the registered is seen in a found video: which moments, and how much is enough."""

import numpy as np
import pytest

from domain.signal import Agreement, FrameSignals, ImageSignals, Signal, SignalType, View
from domain.video import SharedFrames, is_copy
from matching.seen_in_video import seen_in
from signals.index import SignalIndex

RNG = np.random.default_rng(7)
SCENES = [RNG.integers(0, 256, 32, dtype=np.uint8) for _ in range(200)]


def off(code, bits):
    flipped = np.unpackbits(code)
    flipped[:bits] ^= 1
    return np.packbits(flipped)


def found(*scenes, bits=0, quality=90):
    """A found video of these scenes, one a second, each so many bits off."""
    frames = tuple(
        FrameSignals(1000 * n, off(SCENES[scene], bits).tobytes().hex(), quality, "0" * 16)
        for n, scene in enumerate(scenes)
    )
    pdq = frames[0].pdq
    return ImageSignals(
        "0" * 64, "0" * 32, pdq, quality, "0" * 16, "MP4", 9, 9, 9, frames, 1000 * len(frames)
    )


def registered(*scenes, view=View.UPRIGHT, quality=90):
    """A registered video of these scenes, in one view."""
    return [
        Signal(SignalType.PDQ, SCENES[s].tobytes().hex(), view, quality, 1000 * n)
        for n, s in enumerate(scenes)
    ]


def picture(scene):
    return [Signal(SignalType.PDQ, SCENES[scene].tobytes().hex(), quality=90)]


def seen(image, *held, share=20, exact=()):
    """Search as a crawl does; give the moments in seconds at which each registration is seen."""
    index = SignalIndex()
    for owner, signals in enumerate(held):
        for signal in signals:
            index.add(owner, signal)
        if owner in exact:
            index.add(owner, Signal(SignalType.SHA256, image.sha256))
    near = index.search(image, pdq_distance=31)
    agreements = seen_in(image, near, dict(enumerate(held)), pdq_distance=31, video_share=share)
    moments: dict[int, list[int]] = {}
    for agreement in agreements:
        at = agreement.at_ms // 1000 if agreement.at_ms is not None else -1
        moments.setdefault(agreement.registration_id, []).append(at)
    return {owner: sorted(at) for owner, at in moments.items()}


@pytest.mark.parametrize(
    ("shared", "copy"),
    [
        (SharedFrames(20, 100, 20, 100), True),
        (SharedFrames(19, 100, 19, 100), False),
        (SharedFrames(5, 500, 5, 5), True),  # a compilation that holds all of a short one
        (SharedFrames(5, 5, 5, 500), True),  # a clip out of a long one
        (SharedFrames(1, 5, 1, 5), False),  # a title that all videos of a site begin with
        (SharedFrames(9, 10, 1, 60), False),  # one registered frame that stands still in the other
        (SharedFrames(1, 1, 1, 60), True),
        (SharedFrames(1, 60, 1, 1), True),  # a picture, or an animation of one frame
        (SharedFrames(2, 2, 2, 60), True),
        (SharedFrames(0, 10, 0, 10), False),
        (SharedFrames(0, 0, 0, 10), False),
        (SharedFrames(0, 10, 0, 0), False),
    ],
)
def test_so_much_of_a_video_is_a_copy(shared, copy):
    assert is_copy(shared, share=20) is copy


def test_the_share_is_the_operators():
    shared = SharedFrames(50, 100, 50, 100)
    assert is_copy(shared, share=50)
    assert not is_copy(shared, share=51)


def test_a_picture_is_seen_at_every_moment_at_which_it_is_shown():
    image = found(1, 2, 3, 2, 4, bits=31)
    assert seen(image, picture(2), picture(9)) == {0: [1, 3]}
    assert seen(found(1, 2, bits=32), picture(2)) == {}


def test_frames_too_plain_to_match_neither_agree_nor_count():
    plain = tuple(FrameSignals(9000 + n, "0" * 64, 49, "0" * 16) for n in range(50))
    image = found(1, 2, 3)
    image = ImageSignals(
        **{name: getattr(image, name) for name in ImageSignals.__slots__ if name != "frames"},
        frames=(*image.frames, *plain),
    )
    black = [Signal(SignalType.PDQ, "0" * 64, quality=90)]
    assert seen(image, black) == {}
    assert seen(image, registered(1, 2, *range(50, 58)), share=60) == {0: [0, 1]}


def test_a_clip_and_a_compilation_are_copies_and_a_shared_title_is_none():
    held = registered(*range(50))
    assert seen(found(30, 31, 32, bits=20), held) == {0: [0, 1, 2]}
    assert seen(found(*range(100, 180), 0, 1, bits=20), registered(0, 1, 2, 3)) == {0: [80, 81]}
    assert seen(found(0, *range(100, 180)), held) == {}
    assert seen(found(*range(100, 180), 0, 1, 2), held, share=20) == {}


def test_a_mirrored_copy_is_one_and_views_are_not_mixed():
    upright, mirrored = (
        registered(1, 2, 3, 4, 5),
        registered(11, 12, 13, 14, 15, view=View.MIRRORED),
    )
    held = [*upright, *mirrored]
    assert seen(found(11, 12, 13), held) == {0: [0, 1, 2]}
    assert seen(found(1, 12, *range(100, 105)), held, share=30) == {}


def test_the_very_same_file_is_a_match_whatever_it_shows():
    image = found(1, *range(100, 180))
    held = registered(*range(50))
    assert seen(image, held) == {}
    assert seen(image, held, exact={0}) == {0: [-1, 0]}


def test_the_nearest_view_of_a_moment_is_told():
    image = found(1, 2)
    near = [
        Signal(SignalType.PDQ, off(SCENES[1], 20).tobytes().hex(), View.UPRIGHT, 90),
        Signal(SignalType.PDQ, off(SCENES[1], 6).tobytes().hex(), View.TURNED_180, 90),
    ]
    index = SignalIndex()
    for signal in near:
        index.add(3, signal)
    agreements = seen_in(
        image,
        index.search(image, pdq_distance=31),
        {3: near},
        pdq_distance=31,
        video_share=20,
    )
    assert agreements == (Agreement(3, SignalType.PDQ, View.TURNED_180, 6, 0),)


def test_what_was_withdrawn_meanwhile_is_not_seen():
    image = found(1, 2)
    index = SignalIndex()
    for signal in registered(1, 2):
        index.add(5, signal)
    near = index.search(image, pdq_distance=31)
    assert near
    assert seen_in(image, near, {}, pdq_distance=31, video_share=20) == ()
