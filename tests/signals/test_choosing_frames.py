"""Which of the frames that move past are kept, however many there are."""

import itertools

import numpy as np
import pytest
from PIL import Image

from signals import frames
from signals.frames import DistinctFrames, found_frame
from signals.grid import Picture, Side


@pytest.fixture
def noise():
    """Pictures of which no two are alike."""
    chance = np.random.default_rng(7)

    def make():
        small = Image.fromarray(chance.integers(0, 256, (16, 16), np.uint8))
        return Picture(small.resize((64, 64)), "MP4", Side(64), Side(64))

    return make


def test_a_long_lively_video_is_noted_to_its_end(noise, monkeypatch):
    monkeypatch.setattr(frames, "MOST_DISTINCT", 60)
    distinct = DistinctFrames(found_frame)

    for second in range(500):
        distinct.look(1_000 * second, noise())

    times = [frame.signals.at_ms for frame in distinct.kept(30)]
    assert len(times) == 30
    assert times[0] < 20_000
    assert times[-1] > 480_000
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert max(gaps) <= 40_000


def test_what_is_not_too_long_is_noted_whole(noise, monkeypatch):
    monkeypatch.setattr(frames, "MOST_DISTINCT", 60)
    distinct = DistinctFrames(found_frame)

    for second in reversed(range(60)):
        distinct.look(1_000 * second, noise())

    assert [frame.signals.at_ms for frame in distinct.kept(60)] == [1_000 * n for n in range(60)]
