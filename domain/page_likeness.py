"""How alike two pages are, by what they link to and which pictures they show.

A sketch holds the smallest hashes of a set. Two sketches tell how much of both sets is common to
them, exactly for small sets and within a few per cent for large ones.

Source: A. Broder, "On the resemblance and containment of documents" (1997), bottom-k sketches.
"""

import hashlib
from collections.abc import Iterable
from heapq import nsmallest
from typing import Final

SKETCH_SIZE: Final = 96

NEARLY_IDENTICAL: Final = 0.9
"""From this likeness on, a page that brings no new picture is taken for one seen before."""

_FEWEST: Final = 6

Sketch = tuple[int, ...]


def sketch(things: Iterable[str]) -> Sketch:
    """Return the sketch of a set: its smallest hashes, ascending, at most SKETCH_SIZE."""
    return tuple(nsmallest(SKETCH_SIZE, {_hash(thing) for thing in things}))


def likeness(one: Sketch, other: Sketch) -> float:
    """Return which part of two sets together is in both, from 0 to 1; 1 for two empty sets."""
    ones, others = set(one), set(other)
    union = nsmallest(SKETCH_SIZE, ones | others)
    if not union:
        return 1.0
    return sum(number in ones and number in others for number in union) / len(union)


def nearly_identical(one: Sketch, other: Sketch) -> bool:
    """Say whether two pages are as good as one; pages with little on them are never taken so."""
    enough = min(len(one), len(other)) >= _FEWEST
    return enough and likeness(one, other) >= NEARLY_IDENTICAL


def _hash(thing: str) -> int:
    return int.from_bytes(hashlib.blake2b(thing.encode(), digest_size=8).digest(), "big")
