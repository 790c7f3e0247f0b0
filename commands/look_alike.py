"""`vigil look-alike`: pictures that a case's registrations are not to be taken for."""

import click

from commands.app import App, pass_app
from commands.contents import InOrder, examples
from commands.output import json_option, say, show_json, show_table, when
from domain.case import read_number
from domain.errors import InvalidInput
from storage import look_alikes, matches


@click.group("look-alike", cls=InOrder)
def command() -> None:
    """Name other pictures that look like a person's, so that they are not flagged again."""


@command.command(
    epilog=examples(
        "vigil look-alike add C-7K3M-9QXD-5 --match M-4T2P-8XKA-9",
        "vigil look-alike add C-7K3M-9QXD-5 --match M-4T2P-8XKA-9 --note 'the same hotel room'",
    )
)
@click.argument("case")
@click.option("--match", required=True, metavar="NUMBER", help="A rejected match of the case.")
@click.option("--note", default="", help="What it shows; it is kept with it.")
@json_option
@pass_app
def add(app: App, case: str, match: str, note: str, *, as_json: bool) -> None:
    """Keep the image of a rejected match as a look-alike of CASE.

    From then on, reposts of that image are not flagged for this case; other cases are as before.
    Only its signals are kept, and they are erased with the case.
    """
    number, of = read_number("M", match), read_number("C", case)
    with app.database.writing() as session:
        matched = matches.get_match(session, number).summary.case
        if matched != of:
            msg = f"Match {number} is of case {matched}, not of {of}."
            raise InvalidInput(msg)
        kept = look_alikes.add_from_match(
            session, number, note=note, actor=app.actor, now=app.now()
        )
    if as_json:
        show_json(kept)
        return
    reach = "It and reposts of it" if kept.by_pdq else "The very same file, and no other,"
    say(f"{kept.number} is kept. {reach} will not be flagged for {of} any more.")
    say(f"To take that back: vigil look-alike remove {kept.number}")


@command.command("list", epilog=examples("vigil look-alike list C-7K3M-9QXD-5"))
@click.argument("case")
@json_option
@pass_app
def list_(app: App, case: str, *, as_json: bool) -> None:
    """List the look-alikes of CASE, and how often each kept something from being flagged."""
    of = read_number("C", case)
    with app.database.reading() as session:
        found = look_alikes.list_look_alikes(session, of)
    if as_json:
        show_json(found)
        return
    if not found:
        say(
            f"{of} has no look-alikes. To add one, reject a match, and then: "
            f"vigil look-alike add {of} --match NUMBER"
        )
        return
    show_table(
        ("Look-alike", "Added", "By", "Recognised by", "Not flagged", "Note"),
        [
            (
                each.number,
                when(each.added_at),
                each.actor,
                "bytes and PDQ" if each.by_pdq else "bytes alone",
                each.spared,
                each.note or None,
            )
            for each in found
        ],
    )


@command.command(epilog=examples("vigil look-alike remove L-2M8T-41VC-K"))
@click.argument("number")
@pass_app
def remove(app: App, number: str) -> None:
    """Take a look-alike back: NUMBER is erased, and what is like it is flagged again.

    That happens when it is sighted the next time.
    """
    wanted = read_number("L", number)
    with app.database.writing() as session:
        look_alikes.remove(session, wanted, actor=app.actor, now=app.now())
    say(f"{wanted} is erased. What is like it is flagged when it is next sighted.")
