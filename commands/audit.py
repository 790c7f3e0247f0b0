"""`vigil audit`: the record of who did what, chained so that changes to it are noticed."""

import json

import click

from commands.app import App, pass_app
from commands.contents import InOrder, examples
from commands.output import json_option, say, show_json, show_table, when
from domain.counted import counted
from storage import audit


@click.group("audit", cls=InOrder)
def command() -> None:
    """Read the record of who did what, and check that it is whole."""


@command.command(
    "list",
    epilog=examples("vigil audit list", "vigil audit list --subject C-7K3M-9QXD-5"),
)
@click.option("--subject", metavar="TEXT", help="Only entries about this, as the list writes it.")
@click.option(
    "--limit", type=click.IntRange(1), default=50, show_default=True, help="At most so many."
)
@json_option
@pass_app
def list_(app: App, subject: str | None, limit: int, *, as_json: bool) -> None:
    """List who did what to which record and why, the newest first."""
    with app.database.reading() as session:
        found = audit.entries(session, subject=subject, limit=limit)
    if as_json:
        show_json(found)
        return
    if not found:
        about = f" about {subject!r}" if subject else ""
        say(f"Nothing is on record{about} yet.")
        return
    show_table(
        ("Entry", "When", "Who", "Did", "To", "Why", "Details"),
        [
            (
                entry.sequence,
                when(entry.happened_at),
                entry.actor,
                entry.action,
                entry.subject,
                entry.reason,
                json.dumps(entry.details, ensure_ascii=False) if entry.details else None,
            )
            for entry in found
        ],
    )


@command.command(epilog=examples("vigil audit verify"))
@json_option
@pass_app
@click.pass_context
def verify(ctx: click.Context, app: App, *, as_json: bool) -> None:
    """Check that no entry was changed, taken out, added or cut off.

    The digest it prints stands for the whole record so far. Note it somewhere else from time to
    time: whoever rewrites the whole record cannot bring back the digest that you noted.
    """
    with app.database.reading() as session:
        report = audit.verify(session)
    if as_json:
        show_json(report)
    elif report.problems:
        for problem in report.problems:
            say(problem, err=True)
        say("Keep this database as it is, and compare it with a backup.", err=True)
    else:
        say(f"{counted(report.entries, 'entry', 'entries')}, all whole. The record ends with")
        say(report.head)
    if report.problems:
        ctx.exit(1)
