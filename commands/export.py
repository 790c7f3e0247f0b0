"""`vigil export`: matches as a file for a report, a spreadsheet or a notebook."""

from pathlib import Path

import click

from commands.app import App, pass_app
from commands.atomic_file import atomic_file
from commands.contents import InOrder, examples
from commands.export_formats import WRITERS
from commands.match_filters import Filters, every_match, match_filters
from commands.output import say
from domain.counted import counted
from domain.errors import InvalidInput
from storage import audit


@click.group("export", cls=InOrder)
def command() -> None:
    """Write matches to a file for a report or a spreadsheet."""


@command.command(
    epilog=examples(
        "vigil export matches --format csv --output matches.csv",
        "vigil export matches --format json --state confirmed | jq length",
        "vigil export matches --format parquet --output matches.parquet --force",
    )
)
@click.option(
    "--format", "kind", type=click.Choice(list(WRITERS)), required=True, help="What to write."
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write to this file instead of the screen.",
)
@click.option("--force", is_flag=True, help="Write over the file if it is there.")
@match_filters
@pass_app
def matches(app: App, kind: str, output: Path | None, filters: Filters, *, force: bool) -> None:
    """Write matches with their evidence and where they are, one a row.

    The columns stay the same from version to version; times are in UTC. The file holds addresses
    of pages, which often hold a person's name: delete it when it is no longer needed. That it was
    made is recorded.
    """
    if output is None and kind == "parquet":
        msg = "Parquet is no text for a screen: name a file with --output FILE."
        raise InvalidInput(msg)
    with app.database.reading() as session:
        filters.check(session)
        found = every_match(session, filters)
        if output is None:
            with click.open_file("-", "wb") as stream:
                number = WRITERS[kind](found, stream)
            _note(app, kind, number, filters)
        else:
            with atomic_file(output, force=force) as stream:
                number = WRITERS[kind](found, stream)
                # Before the file is there for anybody: what is not on record is not handed out.
                _note(app, kind, number, filters)
    where = f" to {output}" if output else ""
    say(f"{counted(number, 'match', 'matches')} written{where}.", err=True)


def _note(app: App, kind: str, number: int, filters: Filters) -> None:
    with app.database.writing() as session:
        audit.append(
            session,
            now=app.now(),
            actor=app.actor,
            action="matches exported",
            subject=filters.case or "matches",
            details={
                "format": kind,
                "matches": number,
                "state": filters.state,
                "site": filters.site,
            },
        )
