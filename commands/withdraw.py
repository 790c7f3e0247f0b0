"""`vigil withdraw`: the person takes a case or a picture back, and its signals are erased."""

import click

from casework import withdrawing
from commands.app import App, pass_app
from commands.contents import examples
from commands.output import confirm, json_option, say, show_json
from domain.case import read_number
from domain.counted import counted
from storage import cases, registrations


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
    wanted, question = _question(app, number)
    confirm(question, yes=yes)
    done = withdrawing.withdraw(app.database, wanted, actor=app.actor, reason=reason, now=app.now())
    if as_json:
        show_json(done)
        return
    say(
        f"{done.number} is withdrawn. Erased: {counted(done.registrations, 'registration')} with "
        f"{counted(done.signals, 'signal')}, {counted(done.matches, 'match', 'matches')}, and "
        f"what was kept of {counted(done.images, 'found image')}."
    )
    if not done.scrubbed:
        say(
            "Another process kept the database from clearing its files at once. To be sure that no "
            "copy is left in them, when it has ended: vigil db scrub",
            err=True,
        )


def _question(app: App, text: str) -> tuple[str, str]:
    """Find what is meant before anything is asked, and say what would go."""
    kind = "R" if text.strip()[:1].upper() == "R" else "C"
    number = read_number(kind, text)
    with app.database.reading() as session:
        if kind == "R":
            registrations.registration_row(session, number)
            return number, f"Erase the signals and matches of {number} for good?"
        case = cases.get_case(session, number)
    pictures = counted(case.registrations, "picture")
    return number, f"Erase the signals of {pictures} and all matches of {number} for good?"
