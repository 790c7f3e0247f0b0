"""`vigil withdraw`: the person takes a case or a picture back, and its signals are erased."""

import click

from casework import withdrawing
from commands.app import App, pass_app
from commands.contents import examples
from commands.output import confirm, counted, json_option, say, show_json


@click.command(
    "withdraw",
    epilog=examples(
        "vigil withdraw C-7K3M-9QXD-5 --reason 'she asked by telephone'",
        "vigil withdraw R-2M8T-41VC-K --yes",
    ),
)
@click.argument("number")
@click.option("--reason", help="Why; it is recorded.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@pass_app
def command(app: App, number: str, reason: str | None, *, yes: bool, as_json: bool) -> None:
    """Take a case or a picture back, and erase its signals.

    NUMBER is a case's number (C-…) or one picture's registration number (R-…). The signals and the
    matches that rest on them are erased for good; that it was withdrawn stays on record.
    """
    pass
