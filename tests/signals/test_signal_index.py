"""The index against a plain loop over every signal, and each rule of being near by itself."""

import dataclasses
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.signal import (
    COMPARED_BY_BITS,
    MIN_PDQ_QUALITY,
    PHASH_AGREEMENT,
    Agreement,
    FrameSignals,
    ImageSignals,
    Signal,
    SignalType,
    View,
)
from signals.index import VIEWS, SignalIndex, SignalRows

DIGITS = {SignalType.SHA256: 64, SignalType.MD5: 32, SignalType.PDQ: 64, SignalType.PHASH: 16}


def image(sha256="0" * 64, md5="0" * 32, pdq="0" * 64, quality=100, phash="0" * 16):
    return ImageSignals(sha256, md5, pdq, quality, phash, "JPEG", 100, 100, 1000)


def some_value(chooser, signal_type):
    """One of few values, a few bits off, so that some are near one another."""
    digits = DIGITS[signal_type]
    value = int(chooser.choice("01f") * digits, 16)
    if signal_type in {SignalType.PDQ, SignalType.PHASH}:
        for _ in range(chooser.choice([0, 3, 8, 9, 30, 31, 32])):
            value ^= 1 << chooser.randrange(4 * digits)
    return f"{value:0{digits}x}"


def some_signal(chooser):
    signal_type = chooser.choice(COMPARED_BY_BITS)
    quality = chooser.choice([None, 0, 49, 50, 100]) if signal_type is SignalType.PDQ else None
    exact = signal_type in {SignalType.SHA256, SignalType.MD5}
    view = View.UPRIGHT if exact else chooser.choice(list(View))
    return Signal(signal_type, some_value(chooser, signal_type), view, quality)


def plainly(held, found, pdq_distance):
    """What the index must answer, one signal after the other."""
    agreements = []
    for registration_id, signals in held.items():
        by_type: dict[SignalType, tuple[int, int]] = {}
        for signal in signals:
            value = getattr(found, signal.type.value)
            distance = f"{int(signal.value, 16) ^ int(value, 16):b}".count("1")
            if signal.type is SignalType.PDQ:
                good = signal.quality is None or signal.quality >= MIN_PDQ_QUALITY
                agrees = good and found.pdq_quality >= MIN_PDQ_QUALITY and distance <= pdq_distance
            elif signal.type is SignalType.PHASH:
                agrees = distance <= PHASH_AGREEMENT
            else:
                agrees = distance == 0
            if agrees:
                rank = (distance, list(View).index(signal.view))
                by_type[signal.type] = min(rank, by_type.get(signal.type, rank))
        if set(by_type) - {SignalType.PHASH}:
            agreements += [
                Agreement(registration_id, signal_type, list(View)[view], distance)
                for signal_type, (distance, view) in by_type.items()
            ]
    return tuple(sorted(agreements, key=lambda a: (a.distance, a.registration_id, a.type.value)))


def index_holds(signal):
    too_plain = signal.quality is not None and signal.quality < MIN_PDQ_QUALITY
    return signal.type is not SignalType.PDQ or not too_plain


@settings(max_examples=80, deadline=None)
@given(st.integers(min_value=0, max_value=2**32))
def test_the_index_answers_as_a_plain_loop_does(seed):
    chooser = random.Random(seed)
    index = SignalIndex()
    held: dict[int, set[Signal]] = {}
    for _ in range(chooser.randrange(250)):
        registration_id = chooser.randrange(1, 15)
        if chooser.random() < 0.1:
            index.remove(registration_id)
            held.pop(registration_id, None)
        else:
            signal = some_signal(chooser)
            signals = held.setdefault(registration_id, set())
            if signal not in signals:
                index.add(registration_id, signal)
                signals.add(signal)

    usable = [s for signals in held.values() for s in signals if index_holds(s)]
    assert len(index) == len(usable)
    for _ in range(5):
        found = image(
            **{t.value: some_value(chooser, t) for t in COMPARED_BY_BITS},
            quality=chooser.choice([49, 50, 100]),
        )
        distance = chooser.choice([0, 31, 256])
        assert index.search(found, pdq_distance=distance) == plainly(held, found, distance)


def test_what_is_not_compared_by_bits_is_left_out():
    index = SignalIndex()
    index.add(1, Signal(SignalType.CONSTELLATION, "01" * 800))
    index.add(1, Signal(SignalType.MD5, "0" * 32))

    assert len(index) == 1
    assert [a.type for a in index.search(image(), pdq_distance=31)] == [SignalType.MD5]


def test_a_distance_is_inclusive():
    index = SignalIndex()
    index.add(1, Signal(SignalType.PDQ, f"{2**31 - 1:064x}", quality=100))

    assert index.search(image(), pdq_distance=30) == ()
    assert index.search(image(), pdq_distance=31) == (
        Agreement(1, SignalType.PDQ, View.UPRIGHT, 31),
    )


def test_phash_alone_makes_no_match_and_supports_one():
    index = SignalIndex()
    index.add(1, Signal(SignalType.PHASH, "0" * 16))
    assert index.search(image(), pdq_distance=31) == ()

    index.add(1, Signal(SignalType.MD5, "0" * 32))
    assert index.search(image(), pdq_distance=31) == (
        Agreement(1, SignalType.MD5, View.UPRIGHT, 0),
        Agreement(1, SignalType.PHASH, View.UPRIGHT, 0),
    )


def moving(*frames, **exact):
    """A found video of frames: time, PDQ, quality, pHash."""
    first = frames[0]
    still = image(pdq=first[1], quality=first[2], phash=first[3], **exact)
    return dataclasses.replace(
        still, frames=tuple(FrameSignals(*frame) for frame in frames), duration_ms=frames[-1][0]
    )


def test_every_frame_of_what_moves_is_searched_and_the_nearest_one_says_when():
    index = SignalIndex()
    for number, value in ((1, 2**10 - 1), (2, 2**256 - 1), (3, int("0f" * 32, 16))):
        index.add(number, Signal(SignalType.PDQ, f"{value:064x}", View.TURNED_90, 100))
        index.add(number, Signal(SignalType.PHASH, "0" * 15 + str(number), View.TURNED_90))
    found = moving(
        (0, "0" * 64, 100, "f" * 16),
        (900, f"{2**9 - 1:064x}", 100, "0" * 16),
        (1800, "f" * 64, 49, "0" * 16),
        (2700, "e" + "f" * 63, 50, "0" * 15 + "2"),
    )

    assert index.search(found, pdq_distance=31) == (
        Agreement(2, SignalType.PHASH, View.TURNED_90, 0, 2700),
        Agreement(1, SignalType.PDQ, View.TURNED_90, 1, 900),
        Agreement(1, SignalType.PHASH, View.TURNED_90, 1, 900),
        Agreement(2, SignalType.PDQ, View.TURNED_90, 1, 2700),
    )


def test_the_same_video_is_found_by_its_bytes_at_no_time():
    index = SignalIndex()
    index.add(1, Signal(SignalType.MD5, "0" * 32))

    assert index.search(moving((40, "0" * 64, 3, "f" * 16)), pdq_distance=31) == (
        Agreement(1, SignalType.MD5, View.UPRIGHT, 0),
    )


@settings(max_examples=40, deadline=None)
@given(st.integers(min_value=0, max_value=2**32))
def test_what_moves_is_found_as_its_frames_one_by_one_are(seed):
    chooser = random.Random(seed)
    index = SignalIndex()
    for _ in range(chooser.randrange(200)):
        index.add(chooser.randrange(1, 12), some_signal(chooser))
    frames = [
        (
            40 * number,
            some_value(chooser, SignalType.PDQ),
            chooser.choice([49, 50, 100]),
            some_value(chooser, SignalType.PHASH),
        )
        for number in range(chooser.randrange(1, 8))
    ]
    found = index.search(moving(*frames, sha256="e" * 64, md5="e" * 32), pdq_distance=31)

    nearest: dict[tuple[int, SignalType], tuple[int, int]] = {}
    stills = [
        (at_ms, image("e" * 64, "e" * 32, pdq, quality, phash))
        for at_ms, pdq, quality, phash in frames
    ]
    for at_ms, still in stills:
        for agreement in index.search(still, pdq_distance=31):
            key = agreement.registration_id, agreement.type
            rank = agreement.distance, at_ms
            nearest[key] = min(rank, nearest.get(key, rank))
    by_pdq = {k: v for k, v in nearest.items() if k[1] is SignalType.PDQ}
    assert {
        (a.registration_id, a.type): (a.distance, a.at_ms)
        for a in found
        if a.type is SignalType.PDQ
    } == by_pdq
    assert {a.registration_id for a in found} == {owner for owner, _ in by_pdq}


def test_an_image_too_plain_is_found_by_its_bytes_only():
    index = SignalIndex()
    index.add(1, Signal(SignalType.PDQ, "0" * 64, quality=100))
    index.add(1, Signal(SignalType.SHA256, "0" * 64))

    found = index.search(image(quality=49), pdq_distance=31)

    assert [agreement.type for agreement in found] == [SignalType.SHA256]


def test_what_is_removed_is_nowhere_left():
    index = SignalIndex()
    for registration_id in range(1, 101):
        for view in View:
            index.add(registration_id, Signal(SignalType.PDQ, "0" * 64, view, 100))
        index.add(registration_id, Signal(SignalType.SHA256, "0" * 64))
    for registration_id in range(1, 100):
        index.remove(registration_id)
    index.remove(99)

    assert len(index) == 9
    found = index.search(image(), pdq_distance=31)
    assert {agreement.registration_id for agreement in found} == {100}
    index.remove(100)
    assert len(index) == 0
    assert index.search(image(), pdq_distance=256) == ()


def test_an_impossible_distance_is_refused():
    with pytest.raises(ValueError, match="this one is 257"):
        SignalIndex().search(image(), pdq_distance=257)


def rows_of(held, signal_type):
    """The signals of one type as a database gives them: arrays."""
    chosen = [
        (registration, signal)
        for registration, signals in held.items()
        for signal in signals
        if signal.type is signal_type and index_holds(signal)
    ]
    codes = b"".join(bytes.fromhex(signal.value) for _, signal in chosen)
    return SignalRows(
        signal_type,
        np.frombuffer(codes, np.uint8).reshape(len(chosen), DIGITS[signal_type] // 2),
        np.array([registration for registration, _ in chosen], np.int64),
        np.array([VIEWS.index(signal.view) for _, signal in chosen], np.uint8),
    )


def test_an_index_built_saved_and_loaded_answers_as_one_that_was_added_to(tmp_path):
    chooser = random.Random(5)
    held: dict[int, set[Signal]] = {}
    one_by_one = SignalIndex()
    for number in range(3000):
        signal = some_signal(chooser)
        held.setdefault(number // 10, set()).add(signal)
    for registration, signals in held.items():
        for signal in signals:
            one_by_one.add(registration, signal)

    built = SignalIndex.build(rows_of(held, signal_type) for signal_type in COMPARED_BY_BITS)
    built.save(tmp_path / "index", {"version": 12})
    loaded, facts = SignalIndex.load(tmp_path / "index")

    assert facts == {"version": 12}
    assert len(one_by_one) == len(built) == len(loaded)
    assert (one_by_one.recent, built.recent, loaded.recent) == (len(built), 0, 0)
    for index in (one_by_one, built, loaded):
        index.remove(17)
    for _ in range(60):
        found = image(**{t.value: some_value(chooser, t) for t in COMPARED_BY_BITS})
        answer = one_by_one.search(found, pdq_distance=31)
        assert built.search(found, pdq_distance=31) == answer
        assert loaded.search(found, pdq_distance=31) == answer
        assert 17 not in {agreement.registration_id for agreement in answer}
