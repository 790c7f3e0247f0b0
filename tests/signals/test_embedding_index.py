"""Embeddings of many owners in memory: found, replaced, and gone when they are taken out."""

import numpy as np
import pytest

from domain.errors import InvalidInput
from signals.embedding_index import EmbeddingIndex
from signals.embedding_rows import similarity

ONE, OTHER = bytes(8), bytes(range(8))


def rows(number, dimensions=64, seed=0):
    chance = np.random.default_rng(seed)
    return chance.integers(-127, 128, (number, dimensions), np.int8)


def test_what_is_near_is_found_among_any_number_and_each_as_near_as_it_is():
    index, held = EmbeddingIndex(), rows(300)
    held[7] = np.where(np.arange(64) < 60, held[3], -held[3])
    for owner, row in enumerate(held):
        index.add(owner, ONE + row.tobytes())

    near = index.near(ONE + held[3].tobytes(), 0.7)

    assert [owner for owner, _ in near] == [3, 7]
    assert [cosine for _, cosine in near] == [1.0, similarity(held[3], held[7])]
    assert len(index) == 300


def test_what_is_taken_out_is_found_no_more_and_all_others_are():
    index, held = EmbeddingIndex(), rows(200)
    for owner, row in enumerate(held):
        index.add(owner, ONE + row.tobytes())
    gone = {0, 5, 6, 100, 199}
    for owner in gone:
        index.remove(owner)
    index.remove(5)
    index.remove(999)

    for owner, row in enumerate(held):
        near = index.near(ONE + row.tobytes(), 0.99)
        assert [each for each, _ in near] == ([] if owner in gone else [owner])
    assert len(index) == 195


def test_an_owner_has_one_and_the_last_one_counts():
    index, held = EmbeddingIndex(), rows(2)
    for row in held:
        index.add(1, ONE + row.tobytes())
    index.add(2, ONE + held[0].tobytes())
    index.add(2, OTHER + held[1].tobytes())

    assert index.near(ONE + held[0].tobytes(), 0.99) == []
    assert index.near(ONE + held[1].tobytes(), 0.99) == [(1, 1.0)]
    assert index.near(OTHER + held[1].tobytes(), 0.99) == [(2, 1.0)]


def test_those_of_two_models_never_meet_and_neither_do_those_of_two_lengths():
    index, (row,) = EmbeddingIndex(), rows(1)
    index.add(1, ONE + row.tobytes())

    assert index.near(OTHER + row.tobytes(), -1) == []
    assert index.near(ONE + row.tobytes() + bytes(64), -1) == []
    with pytest.raises(InvalidInput, match="more than 8 bytes; this one has 8"):
        index.near(ONE, -1)
