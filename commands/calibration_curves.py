"""The curves of a calibration, drawn: recall and false pairs by strength, and recall by edit."""

import math
from collections.abc import Sequence
from typing import Final

from commands.calibration_report import Recall, Report
from commands.calibration_words import in_digits
from commands.chart_drawing import (
    BLUE,
    FAINT,
    GREEN,
    INK,
    ORANGE,
    PALE_BLUE,
    PALE_ORANGE,
    Axis,
    Canvas,
    Chart,
    Mark,
)
from domain.counted import counted
from signals.calibration import MILLION, CurvePoint, TailKind

_LEAST_SHOWN: Final = 1e-14
_LOW_RECALL: Final = 95.0
_MOST_BARS: Final = 36
_GREY: Final = "#cfd6de"


def recall_by_strength(report: Report) -> bytes:
    """Draw how many reposts are found, by the strength from which pictures are flagged."""
    rows = report.by_strength
    low = min(90, math.floor(min(min(row[1:]) for row in rows) / 10) * 10)
    point = report.point
    step = 10 if low < 60 else 5 if low < 90 else 1  # noqa: PLR2004
    chart = Chart(
        "How many reposts are found",
        f"{counted(report.recall.reposts, 'repost')} by {counted(len(report.by_edit), 'edit')} of "
        f"{counted(report.counts.originals, 'photo')}, among "
        f"{counted(report.calibration.photos, 'registered photo')}",
        _strengths(rows[-1][0]),
        Axis("Reposts found (%)", low, 100, [(v, str(v)) for v in range(low, 101, step)]),
    )
    chart.draw_axes()
    lines = (
        ("by places or PDQ, as a crawl flags", BLUE, 2, False),
        ("by places alone", GREEN, 1, False),
        ("the edit that is found worst, by places or PDQ", ORANGE, 3, True),
    )
    for _, colour, column, dashed in reversed(lines):
        chart.line([(row[0], row[column]) for row in rows], colour, dashed=dashed)
    beside = chart.at(point.strength, report.recall.found)[1] - chart.frame[1]
    words = (f"flag from {point.strength:.2f}", f"{report.recall.found:.1f} % found")
    chart.vertical(point.strength, words, INK, below=beside + 90)
    chart.dots([(point.strength, report.recall.found)], BLUE, 7)
    chart.canvas.legend(
        [(w, colour, Mark.DASHED if dashed else Mark.LINE) for w, colour, _, dashed in lines]
    )
    return chart.canvas.png()


def false_by_strength(report: Report) -> bytes:
    """Draw how rare false pairs are, as counted and as extrapolated, with the interval."""
    point, tail = report.point, report.calibration.tail
    curve = [each for each in tail.curve if each.strength <= _last_shown(report)]
    top = math.ceil(math.log10(max(each.high for each in curve)) + 0.2)
    wanted = point.false_flags_per_million / MILLION / point.registry_photos
    end = min(math.log10(wanted), math.log10(point.rule_of_three)) - 1.4
    end = max(math.floor(end), round(math.log10(_LEAST_SHOWN)))
    scale = math.log10(MILLION * point.registry_photos)
    flags = range(math.ceil(end + scale), math.floor(top + scale) + 1)
    chart = Chart(
        "How rarely different pictures are taken for each other",
        f"{tail.pairs:,} pairs of an image and a registered photo that is not in it; beyond the "
        "count: " + _fitted(report),
        _strengths(curve[-1].strength),
        Axis("Share of pairs that reach the strength", end, top, _powers(range(end, top + 1))),
        right=140,
    )
    floor = 10.0**end
    chart.band(
        [(each.strength, _log(each.low, floor)) for each in curve],
        [(each.strength, _log(each.high, floor)) for each in curve],
        PALE_BLUE,
    )
    split = next((n for n, each in enumerate(curve) if each.extrapolated), len(curve))
    beyond = curve[max(split - 1, 0) :]
    if split < len(curve):
        chart.band(
            [(each.strength, _log(each.low, floor)) for each in beyond],
            [(each.strength, _log(each.high, floor)) for each in beyond],
            PALE_ORANGE,
        )
    chart.draw_axes()
    chart.draw_right_axis(
        Axis(
            f"False flags in a million images, among {point.registry_photos:,} photos",
            end + scale,
            top + scale,
            _powers(flags),
        )
    )
    chart.horizontal(
        math.log10(point.rule_of_three),
        f"3 in {tail.pairs:,}: rarer than this cannot be counted",
        FAINT,
    )
    asked = f"asked for: {in_digits(point.false_flags_per_million)} in a million images"
    chart.horizontal(max(math.log10(wanted), end), asked, GREEN)
    chart.line(_rates(curve[: split or 1], floor), BLUE)
    chart.line(_rates(beyond, floor), ORANGE, dashed=True)
    shown = [(strength, _log(rate, floor)) for strength, rate in report.counted]
    chart.dots(shown, INK)
    chart.vertical(point.strength, _words_at(report), INK, below=14)
    assumed = tail.kind is TailKind.ODDS
    chart.canvas.legend(
        (
            ("counted", INK, Mark.DOT),
            ("counted at each 0.5" if assumed else "fitted to the count", BLUE, Mark.LINE),
            ("95 % interval", PALE_BLUE, Mark.BAND),
            ("assumed" if assumed else "extrapolated", ORANGE, Mark.DASHED),
            ("95 % interval", PALE_ORANGE, Mark.BAND),
        )
    )
    return chart.canvas.png()


def recall_by_edit(report: Report) -> bytes:
    """Draw how many reposts are found, edit by edit, those found worst at the top."""
    edits = report.by_edit[:_MOST_BARS]
    canvas = Canvas()
    canvas.text((40, 46), "How many reposts are found, edit by edit", size=32)
    left_out = len(report.by_edit) - len(edits)
    more = f"; {counted(left_out, 'edit')} found no worse are left out" if left_out else ""
    canvas.text(
        (40, 90),
        f"At strength {report.point.strength:.2f}: {report.recall.found:.1f} % of "
        f"{counted(report.recall.reposts, 'repost')}{more}",
        colour=FAINT,
    )
    columns = 2 if len(edits) > 18 else 1  # noqa: PLR2004 - rows that fit below each other
    rows = math.ceil(len(edits) / columns)
    height = min(54.0, 640 / rows)
    width = (canvas.width - 80) / columns
    for number, edit in enumerate(edits):
        column, row = divmod(number, rows)
        _bar(canvas, edit, (40 + column * width, 135 + row * height), width - 20, height)
    canvas.legend(
        (
            ("by places or PDQ", BLUE, Mark.BAND),
            (f"the same, under {_LOW_RECALL:.0f} %", ORANGE, Mark.BAND),
            ("by places alone: up to here", INK, Mark.TICK),
            ("missed", _GREY, Mark.BAND),
        )
    )
    return canvas.png()


def _bar(
    canvas: Canvas, edit: Recall, corner: tuple[float, float], width: float, height: float
) -> None:
    x, y = corner
    middle, thick = y + height / 2, min(height * 0.62, 26)
    begin, end = x + 0.36 * width, x + width - 92
    canvas.text((begin - 12, middle), edit.edit, anchor="rm", size=18)
    canvas.box((begin, middle - thick / 2, end, middle + thick / 2), _GREY)
    colour = BLUE if edit.found >= _LOW_RECALL else ORANGE
    share = (end - begin) / 100
    right = begin + edit.found * share
    canvas.box((begin, middle - thick / 2, right, middle + thick / 2), colour)
    at = begin + edit.by_places * share
    canvas.line([(at, middle - thick / 2 - 2), (at, middle + thick / 2 + 2)], INK, 3)
    canvas.text((end + 12, middle), f"{edit.found:.1f} %", size=18)


def _strengths(last: float) -> Axis:
    end = math.ceil(last / 5 - 0.1) * 5
    step = 1 if end <= 20 else 5  # noqa: PLR2004
    ticks = [(float(value), str(value)) for value in range(0, end + 1, step)]
    return Axis("Strength: logarithm of the odds that the photo is in the image", 0, end, ticks)


def _last_shown(report: Report) -> float:
    most = max(report.point.strength, report.calibration.tail.strongest or 0)
    return min(max(10.0, math.ceil(most / 5) * 5), report.calibration.tail.curve[-1].strength)


def _powers(exponents: Sequence[int]) -> list[tuple[float, str]]:
    step = 1 if len(exponents) <= 14 else 2  # noqa: PLR2004
    shown = {0: "1", 1: "10", 2: "100", 3: "1,000"}
    return [(float(each), shown.get(each, f"10^{each}")) for each in exponents if not each % step]


def _rates(curve: Sequence[CurvePoint], floor: float) -> list[tuple[float, float]]:
    return [(each.strength, _log(each.rate, floor)) for each in curve if each.rate > floor]


def _log(rate: float, floor: float) -> float:
    return math.log10(max(rate, floor))


def _fitted(report: Report) -> str:
    tail = report.calibration.tail
    if tail.kind is TailKind.ODDS:
        return "ten times rarer by 1 of strength, assumed"
    return f"{tail.kind.value} curve, fitted to the top {tail.above:,}"


def _words_at(report: Report) -> list[str]:
    point = report.point
    flags = point.false_flags
    words = [
        f"flag from {point.strength:.2f}",
        f"false flags in a million images: {in_digits(flags.expected)}",
        f"(95 % interval {in_digits(flags.low)} to {in_digits(flags.high)})",
    ]
    if point.heaviest_tail is None and flags.extrapolated:
        words[1:] = [f"false flags in a million images: at most {in_digits(flags.high)}, assumed"]
    return words if point.promised else [*words, "more than asked for: see the report"]
