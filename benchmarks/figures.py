"""What a benchmark found, as a table for people or as JSON for programs."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from rich.console import Console
from rich.table import Table

Better = Literal["higher", "lower"]

EXIT_MET: Final = 0
EXIT_MISSED: Final = 1
EXIT_NOT_MEASURED: Final = 77
"""No target was missed, but one was not measured: a peer is not there, or the run was small.

The number by which test suites know what was skipped; Vigil's own errors have smaller ones.
"""


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of a benchmark's table.

    ``value`` is what the target is about; None says that it was not measured. ``target`` is None
    where a figure is only told. ``ours`` and ``peer`` are the measured sides of a ratio, with
    their unit, for people.
    """

    name: str
    value: float | None
    unit: str
    target: float | None
    better: Better
    ours: str = ""
    peer: str = ""

    @property
    def verdict(self) -> str:
        """Say in a word or two how the value stands to the target."""
        if self.value is None:
            return "not measured"
        if self.target is None:
            return ""
        met = self.value >= self.target if self.better == "higher" else self.value <= self.target
        return "met" if met else "NOT MET"

    def as_json(self) -> dict[str, Any]:
        """Give what programs read."""
        return {
            "name": self.name,
            "value": self.value,
            "unit": self.unit,
            "target": self.target,
            "better": self.better,
        }


def machine() -> str:
    """Say what was measured on."""
    return f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


def print_figures(benchmark: str, figures: Sequence[Figure], *, as_json: bool) -> int:
    """Print every figure and return the exit status that they deserve."""
    if as_json:
        rows = [figure.as_json() for figure in figures]
        print(json.dumps({"benchmark": benchmark, "machine": machine(), "figures": rows}))
    else:
        print_table(benchmark, figures)
    aimed = [figure.verdict for figure in figures if figure.target is not None]
    if "NOT MET" in aimed:
        return EXIT_MISSED
    return EXIT_NOT_MEASURED if "not measured" in aimed else EXIT_MET


def print_table(benchmark: str, figures: Sequence[Figure]) -> None:
    """Print the figures for people to read."""
    table = Table(title=f"{benchmark} ({machine()})", title_justify="left", show_edge=False)
    table.add_column("figure")
    for heading in ("ours", "peer", "value", "target"):
        table.add_column(heading, justify="right")
    table.add_column("", no_wrap=True)
    for figure in figures:
        sign = "≥" if figure.better == "higher" else "≤"
        target = "" if figure.target is None else f"{sign} {figure.target:,g}"
        value = "–" if figure.value is None else f"{figure.value:,.4g} {figure.unit}"
        table.add_row(figure.name, figure.ours, figure.peer, value, target, figure.verdict)
    # A pipe or a file has no width: its lines are not to be cut.
    console = Console()
    Console(width=console.width if console.is_terminal else 160).print(table)
