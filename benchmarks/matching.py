"""Exact search for PDQ hashes within 31 bits, beside faiss and ThreatExchange, on one thread.

Registries are random, and like those of real photographs (see `benchmarks.registries`). Every
query is new to whoever searches: half are copies of registered hashes with up to 31 bits flipped,
half are unrelated. What ours finds is checked against a scan of the whole registry.
"""

import argparse
import resource
import sys
from collections import defaultdict
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Final

from benchmarks import search_contestants
from benchmarks.figures import print_figures
from benchmarks.matching_report import LIKE_PHOTOS, MILLION, RANDOM, Trial, report
from benchmarks.peers import add_options, start_again_beside_peers
from benchmarks.photos import find_photos
from benchmarks.registries import Codes, Draw, like_photos, queries, random_codes
from benchmarks.search_check import check
from benchmarks.search_contestants import OURS, Contestant
from benchmarks.timing import Times
from domain.errors import VigilError

_BLOCKS: Final = 10  # every contestant searches a block of queries before anyone gets the next
_LARGE_BLOCKS: Final = 5  # where scanning takes a peer a minute a block
_MEMORY: Final = 24 * 2**30  # bytes of address space, so that a peer's index ends itself, not us
_SCAN_ROWS: Final = 200_000_000  # rows compared to find what was missed, over all scanned queries
_SEED: Final = 31
_ROUNDS_OF_ADDING: Final = 5
_OURS_ADDED: Final = 200  # one alone is over before a clock can tell


def main() -> int:
    """Measure, print, and say by the exit status whether every target was met."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.matching", description=__doc__)
    add_options(parser)
    parser.add_argument("--large", action="store_true", help="ten million hashes too (8 GiB)")
    options = parser.parse_args()
    start_again_beside_peers("benchmarks.matching", options)
    sizes = [10_000] if options.quick else [100_000, MILLION]
    sizes += [10 * MILLION] if options.large and not options.quick else []
    try:
        # Each in a process of its own: what an earlier one leaves of the memory in pieces costs
        # whoever looks into many places of it several times what it costs whoever reads along.
        with ProcessPoolExecutor(
            1, mp_context=get_context("spawn"), max_tasks_per_child=1
        ) as processes:
            trials = {
                (size, kind): processes.submit(run_trial, options, size, kind).result()
                for size in sizes
                for kind in (RANDOM, LIKE_PHOTOS)
            }
    except VigilError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return print_figures("matching", report(trials), as_json=options.json)


def run_trial(options: argparse.Namespace, size: int, kind: str) -> Trial:
    """Let everyone search one registry."""
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    draw: Draw = random_codes if kind == RANDOM else like_photos(find_photos(options.photos))
    registry = draw(size, _SEED)
    blocks = _BLOCKS if size <= MILLION else _LARGE_BLOCKS
    each_block = 40 if options.quick else 200
    asked = queries(registry, draw, blocks * each_block, _SEED + 1)
    own, search_all = search_contestants.ours(registry)
    everyone = {OURS: own}
    everyone |= search_contestants.peers(registry, options, most_for_pdq_index=MILLION)
    first: dict[str, Times] = defaultdict(Times)
    single: dict[str, Times] = defaultdict(Times)
    batch: dict[str, Times] = defaultdict(Times)
    warm_up = draw(2, _SEED + 2)
    for contestant in everyone.values():  # loads what is loaded late; asks for nothing asked later
        contestant.search(warm_up[0])
        if contestant.search_batch is not None:
            contestant.search_batch(warm_up)
    for start in range(0, len(asked.codes), each_block):
        half = start + each_block // 2
        for name, contestant in everyone.items():
            # The first finds caches full of what the others read, and is told on its own.
            _search_each(contestant, asked.codes[start : start + 1], first[name])
            _search_each(contestant, asked.codes[start + 1 : half], single[name])
        for name, contestant in everyone.items():
            if contestant.search_batch is not None:
                many = asked.codes[half : start + each_block]
                _search_batch(contestant.search_batch, many, batch[name])
    checked = check(registry, asked, search_all(asked.codes), scanned=_SCAN_ROWS // size)
    adding = _add_some(everyone, draw(_ROUNDS_OF_ADDING * (_OURS_ADDED + 1), _SEED + 3))
    bytes_each = {name: contestant.bytes_each for name, contestant in everyone.items()}
    return Trial(first, single, batch, adding, bytes_each, checked)


def _search_each(contestant: Contestant, codes: Codes, times: Times) -> None:
    rows = iter(codes)
    times.add(lambda: contestant.search(next(rows)), times=len(codes))


def _search_batch(search: Callable[[Codes], object], codes: Codes, times: Times) -> None:
    taken = Times()
    taken.add(lambda: search(codes))
    times.cpu.append(taken.cpu[0] / len(codes))
    times.wall.append(taken.wall[0] / len(codes))


def _add_some(everyone: Mapping[str, Contestant], codes: Codes) -> dict[str, Times]:
    """Add hashes one by one, more of them to ours."""
    adding: dict[str, Times] = defaultdict(Times)
    rows = iter(codes)
    for _ in range(_ROUNDS_OF_ADDING):
        for name, contestant in everyone.items():
            add = contestant.add
            if add is not None:
                times = _OURS_ADDED if name == OURS else 1
                adding[name].add(lambda add=add: add(next(rows)), times=times)  # type: ignore[misc]
    return adding


if __name__ == "__main__":
    sys.exit(main())
