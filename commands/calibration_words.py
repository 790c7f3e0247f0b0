"""A calibration's report in words, for whoever decides how strict to be."""

import math
from collections.abc import Iterator
from typing import Final

from commands.calibration_report import OperatingPoint, Report
from domain.counted import counted
from signals.calibration import TailKind

_SMALLEST: Final = 1e-6

_EDITS: Final = 12
"""Edits that the report lists, those found worst first; the chart and the JSON have them all."""


def in_words(report: Report) -> str:
    """Write the report as text."""
    sections = (
        _looked_at(report),
        _operating_point(report.point),
        _what_it_rests_on(report),
        _recall(report),
        _misses(report),
        _false_pairs(report),
        _unreadable(report),
    )
    return "\n\n".join("\n".join(lines) for lines in map(list, sections) if lines) + "\n"


def _looked_at(report: Report) -> Iterator[str]:
    counts = report.counts
    yield f"Calibration of {report.calibration.measured_at}"
    yield (
        f"  Registered: {counted(counts.originals, 'original')} and "
        f"{counted(counts.impostors, 'impostor')}; looked for in "
        f"{counted(counts.reposts, 'repost')} and in each of them."
    )
    if counts.without_constellation:
        number = counted(counts.without_constellation, "photo has", "photos have")
        yield f"  Of the registered ones, {number} too little detail to be found in edited reposts."
    if counts.reposts_without_original:
        number = counted(counts.reposts_without_original, "repost was", "reposts were")
        yield f"  Left out: {number} made of an original that is not there or cannot be read."
    if counts.unreadable:
        yield f"  Not readable: {counted(counts.unreadable, 'picture')}, named at the end."


def _operating_point(point: OperatingPoint) -> Iterator[str]:
    photos = counted(point.registry_photos, "registered photo")
    yield f"Flag from strength {point.strength:.2f}"
    most = point.false_flags_per_million
    yield (
        f"  Asked for: at most {in_digits(most)} false {'flag' if most == 1 else 'flags'} in a "
        f"million images, among {photos}."
    )
    flags = point.false_flags
    if point.heaviest_tail is None and flags.extrapolated:
        yield f"  Expected: at most {in_digits(flags.high)}, ASSUMED: see below."
    else:
        yield (
            f"  Expected: {in_digits(flags.expected)} "
            f"(95 % interval {in_digits(flags.low)} to {in_digits(flags.high)})"
            f"{', EXTRAPOLATED: see below' if flags.extrapolated else ', within what was counted'}."
        )
    if not point.promised:
        yield (
            "  NOT PROMISED: so few are out of reach. A higher strength would miss too many "
            "reposts, so this one is the strictest."
        )


def _what_it_rests_on(report: Report) -> Iterator[str]:
    point, tail = report.point, report.calibration.tail
    yield "What this rests on"
    yield (
        f"  Counted: {point.pairs_above:,} of {point.pairs:,} pairs of different things are as "
        f"strong; counting alone can tell no rate below 3 in {point.pairs:,} "
        f"({point.rule_of_three:.1e})."
    )
    if tail.strongest is not None:
        yield f"  The strongest pair of different things has {tail.strongest:.1f}."
    if tail.kind is TailKind.ODDS:
        yield (
            f"  Beyond: only {counted(tail.above, 'pair')} of strength above 0, too few to fit a "
            "curve. Assumed instead: each 1 of strength makes a pair ten times rarer. Use more "
            "impostors."
        )
        return
    shape = f", shape {tail.shape:.2f}" if tail.kind is TailKind.PARETO else ""
    yield (
        f"  Beyond: {tail.kind.value} curve fitted to the {tail.above:,} pairs from "
        f"{tail.start:.1f} on (scale {tail.scale:.2f}{shape}); interval from 1,000 drawings of "
        "the photos, with all pairs of each."
    )
    if point.heaviest_tail is not None and point.false_flags.extrapolated:
        yield (
            f"  If the tail were as heavy as these pairs allow (shape {tail.heaviest_shape:.2f}): "
            f"{in_digits(point.heaviest_tail)} false flags in a million images."
        )
    if tail.kind is TailKind.PARETO:
        yield (
            "  Its tail is heavy: some pairs really share something. Look at the worst false "
            "pairs below before you trust a rate far beyond what was counted."
        )


def _recall(report: Report) -> Iterator[str]:
    whole = report.recall
    yield f"Found at this strength: {whole.found:.1f} % of {counted(whole.reposts, 'repost')}"
    yield (
        f"  By places alone {whole.by_places:.1f} %; the rest by PDQ, by which "
        f"{counted(report.pdq_false_pairs, 'pair')} of different things would be flagged."
    )
    width = max(len(each.edit) for each in report.by_edit)
    shown = report.by_edit[:_EDITS]
    yield f"  {'edit':{width}}  reposts  by places   found"
    for each in shown:
        shares = f"{each.by_places:7.1f} %  {each.found:5.1f} %"
        yield f"  {each.edit:{width}}  {each.reposts:7,}  {shares}"
    rest = len(report.by_edit) - len(shown)
    if rest:
        yield f"  … and {counted(rest, 'edit')} found no worse."


def _misses(report: Report) -> Iterator[str]:
    if not report.missed:
        yield "No repost was missed."
        return
    yield f"Missed: {counted(report.missed, 'repost')}, the worst first"
    for miss in report.misses:
        seen = "not seen" if miss.strength is None else f"strength {miss.strength:.1f}"
        yield f"  {miss.repost}, made of {miss.original}: {seen}"


def _false_pairs(report: Report) -> Iterator[str]:
    if not report.false_pairs:
        yield "No pair of different things had a strength of 0 or more."
        return
    yield "Strongest pairs of different things; are they really different?"
    for pair in report.false_pairs:
        mark = "FLAGGED" if pair.strength >= report.point.strength else "       "
        yield f"  {mark} {pair.strength:6.1f}  {pair.image} taken for {pair.registered}"


def _unreadable(report: Report) -> Iterator[str]:
    if not report.unreadable:
        return
    yield f"Not readable: {counted(report.counts.unreadable, 'picture')}"
    for name, reason in report.unreadable:
        yield f"  {name}: {reason}"
    rest = report.counts.unreadable - len(report.unreadable)
    if rest:
        yield f"  … and {rest:,} more."


def in_digits(value: float) -> str:
    """Write a number with the two digits that count, however large or small it is."""
    if 0 < value < _SMALLEST:
        return f"under {_SMALLEST:f}"
    rounded = float(f"{value:.2g}")
    decimals = max(0, 1 - math.floor(math.log10(rounded))) if rounded else 0
    written = f"{rounded:,.{decimals}f}"
    return written.rstrip("0").rstrip(".") if decimals else written
