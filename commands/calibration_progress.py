"""How far a long measurement is, on standard error: a bar, or a line now and then."""

import time
from collections.abc import Iterator, Sequence
from typing import Final, TypeVar

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from commands.output import console, say

Each = TypeVar("Each")

_FIRST_LINE: Final = 2.0
_NEXT_LINES: Final = 20.0
"""Seconds between lines where nobody watches a bar: in a log, or down a pipe."""


def told(doing: str, each: Sequence[Each]) -> Iterator[Each]:
    """Go through a sequence and tell how far it is."""
    screen = console(err=True)
    if screen.is_terminal:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, TimeRemainingColumn(), console=screen, transient=True) as progress:
            yield from progress.track(each, description=doing)
        return
    began = time.monotonic()
    next_line = began + _FIRST_LINE
    for number, value in enumerate(each):
        now = time.monotonic()
        if number and now >= next_line:
            left = (now - began) / number * (len(each) - number)
            say(f"{doing}: {number:,} of {len(each):,}, {_seconds(left)} left", err=True)
            next_line = now + _NEXT_LINES
        yield value


def _seconds(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
