"""Whether what our index finds is right: every hit measured again, every miss looked for."""

from dataclasses import dataclass

import numpy as np

from benchmarks.registries import RADIUS, Codes, Queries, distances
from signals.hamming_index import Hits


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found.

    ``planted`` were to be found and ``planted_found`` were; ``false`` hits lie farther than the
    radius or have another distance than they say; ``missed`` of the ``scanned`` queries' hits, as
    a scan of the whole registry finds them, were not found.
    """

    hits: int
    planted: int
    planted_found: int
    false: int
    scanned: int
    missed: int


def check(registry: Codes, asked: Queries, hits: Hits, *, scanned: int) -> Checked:
    """Compare the hits of all queries with the registry, and scan it for the first ``scanned``."""
    found = [
        {
            int(owner): int(distance)
            for owner, distance in zip(hits.owner[of], hits.distance[of], strict=True)
        }
        for of in _by_query(hits, len(asked.codes))
    ]
    false = 0
    for code, near in zip(asked.codes, found, strict=True):
        rows = np.fromiter(near, dtype=np.int64, count=len(near))
        true = distances(code, registry[rows])
        false += int(np.sum((true > RADIUS) | (true != np.fromiter(near.values(), np.int64))))
    missed = 0
    for code, near in zip(asked.codes[:scanned], found[:scanned], strict=True):
        rows = np.flatnonzero(distances(code, registry) <= RADIUS)
        missed += sum(int(row) not in near for row in rows)
    planted = [(near, int(row)) for near, row in zip(found, asked.planted, strict=True) if row >= 0]
    return Checked(
        hits=len(hits.query),
        planted=len(planted),
        planted_found=sum(row in near for near, row in planted),
        false=false,
        scanned=min(scanned, len(asked.codes)),
        missed=missed,
    )


def _by_query(hits: Hits, number: int) -> list["np.ndarray[tuple[int], np.dtype[np.intp]]"]:
    order = np.argsort(hits.query, kind="stable")
    ends = np.searchsorted(hits.query[order], np.arange(1, number))
    return np.split(order, ends)
