"""The compiled part of `signals.scanning`: every row is looked at, and most of it only by half."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from signals.compiled import bit_count, compiled

Array = NDArray[Any]


@compiled
def mark_near(columns: Array, codes: Array, distance: int, near: Array) -> None:
    """Mark each row that is within a distance of at least one of a few queries.

    Args:
        columns: the queries' 64-bit words, one array of them for each word of a signal, shape
            (4, q).
        codes: the rows, shape (n, 4).
        distance: bits, inclusive.
        near: bool, shape (n,); the marks are set in it.
    """
    limit = np.uint64(distance)
    first, second, third, fourth = columns[0], columns[1], columns[2], columns[3]
    for row in range(len(codes)):
        a, b = codes[row, 0], codes[row, 1]
        # Half a signal is further away than the distance for nearly every query, since chance puts
        # it at 64 bits. Counting without a branch lets the processor do several queries at once.
        maybe = 0
        for query in range(len(first)):
            maybe += bit_count(first[query] ^ a) + bit_count(second[query] ^ b) <= limit
        if maybe == 0:
            continue
        c, d = codes[row, 2], codes[row, 3]
        for query in range(len(first)):
            away = bit_count(first[query] ^ a) + bit_count(second[query] ^ b)
            away += bit_count(third[query] ^ c) + bit_count(fourth[query] ^ d)
            if away <= limit:
                near[row] = True
                break
