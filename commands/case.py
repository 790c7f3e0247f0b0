"""`vigil case`: one person's matter, held by a number and a PIN, without a name."""

from typing import Any

import click

from commands.app import App, pass_app
from commands.contents import InOrder, examples
from commands.output import counted, json_option, say, show_facts, show_json, show_table, when
from domain.case import read_number
from storage import cases, matches, registrations


@click.group("case", cls=InOrder)
def command() -> None:
    """Open a case for a person, and see how it stands."""


@command.command("open", epilog=examples("vigil case open"))
@json_option
@pass_app
def open_(app: App, *, as_json: bool) -> None:
    """Open a case, and print the number and the PIN that the person keeps."""
    with app.database.writing() as session:
        opened = cases.open_case(session, now=app.now())
    if as_json:
        show_json({"number": opened.number, "pin": opened.pin})
        return
    show_facts([("Case number", opened.number), ("PIN", opened.pin)])
    say()
    say("Give both to the person now. The PIN is shown this once only and is not kept.")
    say(f"To register pictures: vigil register {opened.number} PATH")
