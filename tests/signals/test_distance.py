"""Distances over packed bits, against counting them one by one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.signal import Signal, SignalType, View
from signals.distance import pack_pdq, pdq_distances, pdq_near, phash_distance

pdq_values = st.binary(min_size=32, max_size=32).map(bytes.hex)


@settings(max_examples=50, deadline=None)
@given(pdq_values, st.lists(pdq_values, max_size=6))
def test_distances_count_the_bits_that_differ(query, registered):
    distances = pdq_distances(pack_pdq([query])[0], pack_pdq(registered))

    expected = [f"{int(query, 16) ^ int(value, 16):b}".count("1") for value in registered]
    assert distances.dtype == np.uint16
    assert distances.tolist() == expected


def test_all_256_bits_may_differ():
    assert pdq_distances(pack_pdq(["00" * 32])[0], pack_pdq(["ff" * 32])).tolist() == [256]


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"these are \(1, 32\) and \(2, 32\)"):
        pdq_distances(pack_pdq(["00" * 32]), pack_pdq(["00" * 32] * 2))


def test_a_value_of_another_length_is_refused():
    with pytest.raises(ValueError, match="64 hexadecimal digits; '00' is not"):
        pack_pdq(["00"])


def test_phash_distance_counts_bits():
    assert phash_distance("00000000000000ff", "000000000000000f") == 4


def test_one_registration_against_many_images():
    signals = [
        Signal(SignalType.PDQ, "00" * 32, quality=100),
        Signal(SignalType.PDQ, "ff" * 32, View.MIRRORED, quality=None),
        Signal(SignalType.PDQ, "0f" * 32, View.TURNED_90, quality=49),
        Signal(SignalType.SHA256, "0f" * 32),
    ]
    images = pack_pdq(["00" * 31 + "07", "00" * 31 + "0f", "ff" * 32, "0f" * 32, "00" * 32])
    qualities = np.array([50, 100, 100, 100, 49])

    near = pdq_near(signals, images, qualities, pdq_distance=3)

    assert near.tolist() == [True, False, True, False, False]
    assert pdq_near(signals, images[:0], qualities[:0], pdq_distance=3).tolist() == []
