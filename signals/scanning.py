"""Comparing a few queries with very many signals once: nothing is built, all are looked at."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from signals.distance import PDQ_BYTES, word_distances

_COMPILED_PAIRS: Final = 4_000_000
"""Fewer comparisons are done by numpy, before compiled code would be loaded."""


def near_any(
    queries: NDArray[np.uint8], codes: NDArray[np.uint8], distance: int
) -> NDArray[np.int64]:
    """Find which of many PDQ signals are near at least one of a few.

    Args:
        queries: packed bits, shape (q, 32); q may be 0.
        codes: packed bits, shape (n, 32); n may be 0.
        distance: bits, inclusive.

    Returns:
        The rows of ``codes`` that are, in order.

    Raises:
        ValueError: the arrays are not of those shapes.
    """
    if queries.shape[1:] != (PDQ_BYTES,) or codes.shape[1:] != (PDQ_BYTES,):
        msg = f"PDQ signals have shape (n, {PDQ_BYTES}); these {queries.shape} and {codes.shape}"
        raise ValueError(msg)
    query_words = np.ascontiguousarray(queries).view(np.uint64)
    words = np.ascontiguousarray(codes).view(np.uint64)
    if len(queries) * len(codes) >= _COMPILED_PAIRS:
        from signals.near_rows import mark_near  # noqa: PLC0415 - loads the compiled code

        near = np.zeros(len(words), np.bool_)
        mark_near(np.ascontiguousarray(query_words.T), words, distance, near)
    else:
        near = np.zeros(len(words), np.bool_)
        for query in query_words:
            near |= word_distances(query, words) <= distance
    return np.flatnonzero(near)
