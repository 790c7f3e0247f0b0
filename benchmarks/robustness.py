"""Which reposts are found, edit by edit, at how many false pairs, and at what cost?

Every original and every impostor is registered; every repost and every impostor is then looked for
among all of them. PDQ as the field uses it, one hash within 31 bits, and PDQ of all eight ways to
lay a picture down stand beside the way that Vigil goes.

A pair of a repost and a picture that is not its original is a false pair; but a collage, and a
picture pasted over another, really show other photos, so that those edits count for recall alone.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean, median
from typing import Final

import numpy as np

from benchmarks.figures import Better, Figure, print_figures
from benchmarks.robustness_details import write_details
from benchmarks.robustness_embedding import embedding_figures
from benchmarks.robustness_registry import Registered, register_all
from benchmarks.robustness_search import Found, Searched, search_all, seconds_among
from benchmarks.robustness_sources import Repost, read_reposts
from domain.errors import InvalidInput, VigilError

TARGETS: Final[Mapping[str, float]] = {
    "recall_all": 99.8,
    "recall_worst_edit": 97,
    "recall_smooth": 98.5,
    "false_pairs": 0,
    "cpu_ms_median": 25,
    "cpu_ms_mean": 40,
    "match_ms_100k": 10,
    "register_ms": 150,
    "bytes_per_photo": 1_200,
}

_SMOOTH_SHARE: Final = 0.25
_MANY: Final = 100_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print the figures."""
    options = _options(arguments)
    try:
        reposts = read_reposts(options.reposts, options.index)
        registered = register_all(options.originals, options.impostors, reposts)
    except InvalidInput as error:
        print(error, file=sys.stderr)
        return 2
    reposts = [repost for repost in reposts if repost.original in registered.names]
    searched = search_all(registered, reposts)
    figures = _figures(registered, reposts, searched)
    if options.details is not None:
        write_details(options.details, registered, reposts, searched)
    if not options.quick:
        figures += _matching_figures(registered, searched)
    if options.sscd is not None:
        try:
            figures += embedding_figures(options.sscd, options.sscd_least, registered, reposts)
        except VigilError as error:
            print(error, file=sys.stderr)
            return 2
    return print_figures("robustness", figures, as_json=options.json)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.robustness",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--originals", type=Path, required=True, help="folder of the photos that were edited"
    )
    parser.add_argument(
        "--reposts", type=Path, required=True, help="folder of reposts; benchmarks.edits makes one"
    )
    parser.add_argument(
        "--index", type=Path, help="CSV of file, edit and original (REPOSTS/reposts.csv)"
    )
    parser.add_argument(
        "--impostors", type=Path, help="folder of other photos, registered and searched for as well"
    )
    parser.add_argument(
        "--quick", action="store_true", help="without matching among 100,000 photos"
    )
    parser.add_argument(
        "--details", type=Path, help="CSV to write: every repost missed and every false pair"
    )
    parser.add_argument(
        "--sscd",
        type=Path,
        metavar="MODEL.onnx",
        help="model for embeddings, such as one of SSCD's: what it finds besides, by edit",
    )
    parser.add_argument(
        "--sscd-least",
        type=float,
        default=0.9,
        metavar="LIKENESS",
        help="from which two of its embeddings count as one picture (0.9)",
    )
    parser.add_argument("--json", action="store_true", help="print figures as JSON")
    options = parser.parse_args(arguments)
    if options.index is None:
        options.index = options.reposts / "reposts.csv"
    return options


def _figures(registered: Registered, reposts: Sequence[Repost], searched: Searched) -> list[Figure]:
    of_reposts = searched.reposts
    by_edit: dict[str, list[Found]] = {}
    for repost, found in zip(reposts, of_reposts, strict=True):
        by_edit.setdefault(repost.edit, []).append(found)
    worst = min(by_edit, key=lambda edit: _recall(by_edit[edit], "ours"))
    smooth = _smooth(registered, reposts)
    of_smooth = [found for found, chosen in zip(of_reposts, smooth, strict=True) if chosen]
    others = [*of_reposts, *searched.impostors]
    cpu = [found.cpu_ms for found in others]
    figures = [
        _figure("recall_all", _recall(of_reposts, "ours"), "%"),
        _figure("recall_worst_edit", _recall(by_edit[worst], "ours"), "%", ours=worst),
        _figure("recall_smooth", _recall(of_smooth, "ours"), "%"),
        _figure("false_pairs", sum(len(found.false["ours"]) for found in others), "pairs"),
        _figure("cpu_ms_median", median(cpu), "ms"),
        _figure("cpu_ms_mean", mean(cpu), "ms"),
        _figure("register_ms", median(registered.cpu_ms), "ms"),
        _figure("bytes_per_photo", max(registered.sizes), "bytes"),
        Figure("pairs looked at", searched.pairs, "pairs", None, "higher"),
        Figure("photos registered", len(registered.names), "photos", None, "higher"),
        Figure("reposts", len(reposts), "reposts", None, "higher"),
    ]
    for method in ("pdq", "pdq of 8 views"):
        false = sum(len(found.false[method]) for found in others)
        figures += [
            Figure(f"{method}: recall", round(_recall(of_reposts, method), 2), "%", None, "higher"),
            Figure(f"{method}: false pairs", false, "pairs", None, "lower"),
        ]
    for edit in sorted(by_edit, key=lambda edit: (_recall(by_edit[edit], "ours"), edit)):
        ours, pdq, views = (
            _recall(by_edit[edit], method) for method in ("ours", "pdq", "pdq of 8 views")
        )
        figures.append(
            Figure(
                f"recall of {edit}",
                round(ours, 2),
                "%",
                None,
                "higher",
                ours=f"{ours:.1f} %",
                peer=f"{pdq:.1f} / {views:.1f} %",
            )
        )
    return figures


def _matching_figures(registered: Registered, searched: Searched) -> list[Figure]:
    took = seconds_among(_MANY, registered, searched.samples)
    return [
        _figure("match_ms_100k", 1e3 * median(took), "ms"),
        Figure("match_ms_100k, mean", round(1e3 * mean(took), 2), "ms", None, "lower"),
    ]


def _figure(name: str, value: float, unit: str, *, ours: str = "") -> Figure:
    better: Better = "higher" if name.startswith("recall") else "lower"
    return Figure(name, round(value, 2), unit, TARGETS[name], better, ours=ours)


def _recall(found: Sequence[Found], method: str) -> float:
    return 100 * float(np.mean([each.own[method] for each in found])) if found else 0.0


def _smooth(registered: Registered, reposts: Sequence[Repost]) -> list[bool]:
    """Say which reposts are of the quarter of originals that have the fewest places."""
    places = {
        repost.original: registered.raw_places[registered.names.index(repost.original)]
        for repost in reposts
    }
    fewest = sorted(places, key=lambda name: places[name])
    chosen = set(fewest[: max(1, round(_SMOOTH_SHARE * len(fewest)))])
    return [repost.original in chosen for repost in reposts]


if __name__ == "__main__":
    sys.exit(main())
