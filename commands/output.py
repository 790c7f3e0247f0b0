"""What commands print: tables for people, JSON for programs, and a question before erasing."""

import dataclasses
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Final

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from domain.errors import InvalidInput, Refused

_ENDLESS: Final = 100_000
"""Columns of an output that is no terminal: nothing is cut or broken for the next program."""

json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON for programs, with times in UTC."
)


def show_json(value: Any) -> None:
    """Print a value as JSON; dataclasses become objects, moments ISO 8601 in UTC.

    What could steer a terminal is escaped: it comes back unchanged to whoever reads the JSON.
    """
    written = json.dumps(as_json(value), ensure_ascii=False, indent=2)
    click.echo("".join(_escaped(sign) for sign in written))


def _escaped(sign: str) -> str:
    if sign.isprintable() or sign == "\n":
        return sign
    return json.dumps(sign).strip('"')


def as_json(value: Any) -> Any:
    """Turn a value into what `json` can write."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.fields(value)
        return {field.name: as_json(getattr(value, field.name)) for field in fields}
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(name): as_json(each) for name, each in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [as_json(each) for each in value]
    return value


def iso(moment: datetime) -> str:
    """Write a moment as ``2026-01-31T09:30:00Z``."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def when(moment: datetime | None, *, never: str = "never") -> str:
    """Write a moment for people, as ``2026-01-31 09:30 UTC``."""
    return never if moment is None else f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def printable(text: str) -> str:
    """Take out what could steer a terminal: addresses and reasons come from strangers' sites."""
    return "".join(
        sign if sign.isprintable() or sign == "\n" else "\N{REPLACEMENT CHARACTER}" for sign in text
    )


def say(text: str = "", *, err: bool = False) -> None:
    """Print one line."""
    click.echo(printable(text), err=err)


def show_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows under their headings; numbers stand to the right, long texts are folded."""
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    kept = [list(row) for row in rows]
    for place, name in enumerate(columns):
        numeric = bool(kept) and all(isinstance(row[place], int) for row in kept)
        table.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in kept:
        table.add_row(*(Text(printable(_cell(value))) for value in row))
    _print(table)


def show_facts(facts: Iterable[tuple[str, object]]) -> None:
    """Print names and values, one a line; a name that is empty continues the value above."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in facts:
        table.add_row(name, Text(printable(_cell(value))))
    _print(table)


def console(*, err: bool = False) -> Console:
    """Make a console that prints text as it is, whatever looks like markup in it."""
    made = Console(stderr=err, markup=False, highlight=False, emoji=False)
    return (
        made
        if made.is_terminal
        else Console(stderr=err, markup=False, highlight=False, emoji=False, width=_ENDLESS)
    )


def confirm(question: str, *, yes: bool) -> None:
    """Ask before something that cannot be undone.

    Raises:
        Refused: the answer was no.
        InvalidInput: there is nobody to answer.
    """
    if yes:
        return
    try:
        agreed = click.confirm(question, err=True)
    except click.Abort as abort:
        if isinstance(abort.__context__, EOFError):
            msg = "This needs an answer, and there is nobody to give it: add --yes if you are sure."
            raise InvalidInput(msg) from None
        raise
    if not agreed:
        msg = "Nothing was changed."
        raise Refused(msg)


def _print(table: Table) -> None:
    screen = console()
    if screen.is_terminal:
        screen.print(table)
        return
    with screen.capture() as captured:
        screen.print(table)
    for line in captured.get().splitlines():
        click.echo(line.rstrip())  # columns are filled up with spaces


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return when(value)
    return "–" if value is None else str(value)
