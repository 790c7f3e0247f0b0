"""Those who search a registry of PDQ hashes in `benchmarks.matching`, each by its own interface."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import psutil

from benchmarks.peers import peer
from benchmarks.registries import BITS, RADIUS, Codes
from signals.hamming_index import HammingIndex, Hits

OURS, FLAT, MULTI, PDQ_INDEX = "ours", "faiss flat", "faiss multi-hash", "PDQIndex"

_BANDS: Final = 16  # as ThreatExchange sets faiss's multi-hash up, with one bit flipped in each
_NO_OWNER_YET: Final = 1 << 40


@dataclass(frozen=True, slots=True)
class Contestant:
    """How to search for one hash (a row) and for many; None where there is no way for many.

    ``add`` adds one hash; ``bytes_each`` is the memory that each hash takes.
    """

    search: Callable[[Codes], object]
    search_batch: Callable[[Codes], object] | None
    add: Callable[[Codes], object] | None
    bytes_each: float


def ours(registry: Codes) -> tuple[Contestant, Callable[[Codes], Hits]]:
    """Build our index; the second is its batch search, to be checked."""
    owners = np.arange(len(registry), dtype=np.int64)
    tags = (owners % 8).astype(np.uint8)
    index = HammingIndex.build(registry, owners, tags, usual=RADIUS)
    bytes_each = index.nbytes / len(index)
    added = 0

    def add(code: Codes) -> None:
        nonlocal added
        index.add(code.tobytes(), _NO_OWNER_YET + added)
        added += 1

    contestant = Contestant(
        search=lambda code: index.search(code.tobytes(), RADIUS),
        search_batch=lambda codes: index.search_batch(codes, RADIUS),
        add=add,
        bytes_each=bytes_each,
    )
    return contestant, lambda codes: index.search_batch(codes, RADIUS)


def peers(
    registry: Codes, options: argparse.Namespace, *, most_for_pdq_index: int
) -> dict[str, Contestant]:
    """Build those of the peers that are installed."""
    found = {}
    faiss = peer("faiss", "faiss-cpu", options)
    if faiss is not None:
        faiss.omp_set_num_threads(1)
        found[FLAT] = _of_faiss(faiss.IndexBinaryFlat(BITS), registry)
        multi = faiss.IndexBinaryMultiHash(BITS, _BANDS, BITS // _BANDS)
        multi.nflip = RADIUS // _BANDS
        found[MULTI] = _of_faiss(multi, registry)
    theirs = peer("threatexchange.signal_type.pdq.pdq_index", "threatexchange", options)
    if theirs is not None and faiss is not None and len(registry) <= most_for_pdq_index:
        found[PDQ_INDEX] = _of_threatexchange(theirs.PDQIndex, registry)
    return found


def _of_faiss(index: Any, registry: Codes) -> Contestant:
    before = _resident()
    index.add(registry)
    return Contestant(
        # faiss returns what is nearer than a radius, ours what is as near.
        search=lambda code: index.range_search(code.reshape(1, -1), RADIUS + 1),
        search_batch=lambda codes: index.range_search(codes, RADIUS + 1),
        add=None,
        bytes_each=(_resident() - before) / len(registry),
    )


def _of_threatexchange(kind: Any, registry: Codes) -> Contestant:
    before = _resident()
    index = kind((code.tobytes().hex(), row) for row, code in enumerate(registry))
    return Contestant(
        search=lambda code: index.query(code.tobytes().hex()),
        search_batch=None,
        add=lambda code: index.add(code.tobytes().hex(), _NO_OWNER_YET),
        bytes_each=(_resident() - before) / len(registry),
    )


def _resident() -> int:
    return int(psutil.Process().memory_info().rss)
