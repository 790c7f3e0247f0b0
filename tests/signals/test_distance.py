"""Distances over packed bits, against counting them one by one."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signals.distance import pack_pdq, word_distances
from signals.scanning import near_any

pdq_values = st.binary(min_size=32, max_size=32).map(bytes.hex)


def distances_of(query, registered):
    words = pack_pdq([query])[0].view(np.uint64)
    return word_distances(words, pack_pdq(registered).view(np.uint64))


@settings(max_examples=50, deadline=None)
@given(pdq_values, st.lists(pdq_values, max_size=6))
def test_distances_count_the_bits_that_differ(query, registered):
    distances = distances_of(query, registered)

    expected = [f"{int(query, 16) ^ int(value, 16):b}".count("1") for value in registered]
    assert distances.dtype == np.uint16
    assert distances.tolist() == expected


def test_all_256_bits_may_differ():
    assert distances_of("00" * 32, ["ff" * 32]).tolist() == [256]


def test_a_value_of_another_length_is_refused():
    with pytest.raises(ValueError, match="64 hexadecimal digits; '00' is not"):
        pack_pdq(["00"])


@pytest.mark.parametrize("rows", [0, 1, 5, 1_000_000])
def test_a_few_signals_against_many(rows):
    """A million rows are compared by compiled code, a few by numpy, with one result."""
    rng = np.random.default_rng(rows)
    codes = rng.integers(0, 256, (rows, 32), dtype=np.uint8)
    queries = rng.integers(0, 256, (4, 32), dtype=np.uint8)
    planted = {}
    for row, (query, distance) in zip(
        range(0, rows, 7), itertools.product(range(4), (0, 30, 31, 32)), strict=False
    ):
        bits = np.unpackbits(queries[query])
        bits[rng.choice(256, distance, replace=False)] ^= 1
        codes[row] = np.packbits(bits)
        planted[row] = distance

    near = near_any(queries, codes, 31)

    assert near.tolist() == [row for row, distance in planted.items() if distance <= 31]
    assert near_any(queries[:0], codes, 31).tolist() == []
    with pytest.raises(ValueError, match="have shape"):
        near_any(queries[:, :8], codes, 31)
