"""Views worked out from an upright PDQ signal, against those of photos really turned."""

import io

import numpy as np
import pytest
from PIL import Image

from domain.signal import MATCH_DISTANCE, Signal, SignalType, View
from signals.grid import Picture, Side
from signals.pdq import pdq_of
from signals.turning import turned_pdq, turned_signals
from tests.signals.bits import bits_between


def in_full(picture):
    return Picture(picture.convert("L"), "JPEG", Side(picture.height), Side(picture.width))


def test_worked_out_views_are_as_near_as_measured(photos):
    errors: dict[View, list[int]] = {view: [] for view in View}
    for path in photos:
        with Image.open(io.BytesIO(path.read_bytes())) as picture:
            grey = in_full(picture)
        upright, _ = pdq_of(grey)
        for view in View:
            true, _ = pdq_of(grey.laid(view))
            errors[view].append(bits_between(turned_pdq(upright, view), true))

    assert errors[View.UPRIGHT] == [0] * len(photos)
    assert set(errors[View.MIRRORED_90]) == {0}  # a plain swap of across and down
    every = np.array([errors[view] for view in View if view is not View.UPRIGHT])
    assert np.median(every, axis=1).max() <= 18
    assert (every <= MATCH_DISTANCE).mean() >= 0.88
    assert every.max() <= 110  # gravel


def test_four_quarter_turns_and_two_mirrorings_come_back(photo):
    with Image.open(io.BytesIO(photo)) as picture:
        upright, _ = pdq_of(in_full(picture))

    turned = upright
    for _ in range(4):
        turned = turned_pdq(turned, View.TURNED_90)
    assert turned == upright
    assert turned_pdq(turned_pdq(upright, View.MIRRORED), View.MIRRORED) == upright
    assert turned_pdq(turned_pdq(upright, View.TURNED_90), View.TURNED_180) == turned_pdq(
        upright, View.TURNED_270
    )
    assert len({turned_pdq(upright, view) for view in View}) == 8


def test_a_signal_gets_its_other_views_and_keeps_its_quality():
    upright = Signal(SignalType.PDQ, "0f" * 32, quality=77)

    signals = turned_signals(upright)

    assert signals[0] == upright
    assert [signal.view for signal in signals] == list(View)
    assert {signal.quality for signal in signals} == {77}


@pytest.mark.parametrize(
    "signal",
    [Signal(SignalType.SHA256, "0f" * 32), Signal(SignalType.PDQ, "0f" * 32, View.MIRRORED)],
)
def test_only_an_upright_pdq_signal_can_be_turned(signal):
    with pytest.raises(ValueError, match=f"this one is {signal.type.value}, {signal.view.value}"):
        turned_signals(signal)
