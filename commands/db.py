"""`vigil db`: the schema of the database, and what is left in its files."""

import click

from commands.app import App, pass_app
from commands.contents import InOrder, examples
from commands.output import json_option, say, show_facts, show_json
from domain.errors import OutsideDown, Refused
from storage.database import current_revision, head_revision, open_database, upgrade


@click.group("db", cls=InOrder)
def command() -> None:
    """Set up the database, bring it up to date, clear its files."""


@command.command("upgrade", epilog=examples("vigil db upgrade"))
@pass_app
def upgrade_(app: App) -> None:
    """Bring the database to what this version of Vigil works with, all or nothing.

    Make a backup first. A database that is up to date is left as it is.
    """
    database = open_database(app.config, check_schema=False)
    try:
        before, after = upgrade(database)
    finally:
        database.close()
    if before == after:
        say(f"The database is up to date already, at schema {after}.")
    elif before is None:
        say(f"The database is set up, at schema {after}.")
    else:
        say(f"The database was brought from schema {before} to {after}.")


@command.command(epilog=examples("vigil db scrub"))
@pass_app
def scrub(app: App) -> None:
    """Leave no copy of what was withdrawn in the database's own files.

    `vigil withdraw` does so by itself, and says if another process was in the way.
    """
    if not app.database.scrub():
        msg = (
            "Another process still sees what was erased, or holds a table. Stop the scheduler, any "
            "crawl, and whatever else uses the database (a backup, a long query) for a moment, and "
            "run this again."
        )
        raise OutsideDown(msg)
    say(
        "No copy of what was erased is left in the database's files."
        if app.database.dialect == "sqlite"
        else "Nobody can read any more what was erased; its place in the database's files is free "
        "to be overwritten."
    )


@command.command(epilog=examples("vigil db status"))
@json_option
@pass_app
@click.pass_context
def status(ctx: click.Context, app: App, *, as_json: bool) -> None:
    """Say where the database is, and whether it is up to date."""
    database = open_database(app.config, check_schema=False)
    try:
        current, head, place = current_revision(database), head_revision(), database.place
    finally:
        database.close()
    if as_json:
        show_json(
            {
                "dialect": database.dialect,
                "place": place.removeprefix("The database "),
                "revision": current,
                "head": head,
                "up_to_date": current == head,
            }
        )
    else:
        show_facts(
            [
                ("Database", place.removeprefix("The database ")),
                ("Schema", current or "none yet"),
                ("Needed", head),
            ]
        )
        say("It is up to date." if current == head else "To bring it up to date: vigil db upgrade")
    if current != head:
        ctx.exit(Refused.exit_code)
