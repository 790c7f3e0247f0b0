"""`vigil case`: one person's matter, held by a number and a PIN, without a name."""

import click

from casework import opening
from commands import case_changing
from commands.app import App, pass_app
from commands.contents import InOrder, examples
from commands.evidence import NAMES, length
from commands.output import json_option, say, show_facts, show_json, show_table, when
from domain.case import read_number
from domain.counted import counted
from domain.signal import SignalType
from storage import cases, registrations
from storage.cases import CaseSummary
from storage.registrations import RegistrationSummary


@click.group("case", cls=InOrder)
def command() -> None:
    """Open a case for a person, and see how it stands."""


@command.command("open", epilog=examples("vigil case open"))
@json_option
@pass_app
def open_(app: App, *, as_json: bool) -> None:
    """Open a case, and print the number and the PIN that the person keeps."""
    opened = opening.open_case(app.database, actor=app.actor, now=app.now())
    if as_json:
        show_json({"number": opened.number, "pin": opened.pin})
        return
    show_facts([("Case number", opened.number), ("PIN", opened.pin)])
    say()
    say("Give both to the person now: the PIN is shown this once and never again.")
    say(f"What the person agreed to and wishes: vigil case wishes {opened.number}")
    say(f"To register pictures: vigil register {opened.number} PATH")


@command.command("list")
@json_option
@pass_app
def list_(app: App, *, as_json: bool) -> None:
    """List cases with how many pictures and matches they have."""
    with app.database.reading() as session:
        found = cases.list_cases(session)
    if as_json:
        show_json(found)
        return
    if not found:
        say("No case is open yet. To open one: vigil case open")
        return
    show_table(
        ("Case", "State", "Opened", "Pictures", "Flagged", "Confirmed", "Rejected", "Withdrawn"),
        [
            (
                case.number,
                case.state.value,
                when(case.opened_at),
                case.registrations,
                case.flagged,
                case.confirmed,
                case.rejected,
                when(case.withdrawn_at, never="no"),
            )
            for case in found
        ],
    )


@command.command(epilog=examples("vigil case show C-7K3M-9QXD-5"))
@click.argument("number")
@json_option
@pass_app
def show(app: App, number: str, *, as_json: bool) -> None:
    """Show one case: its registered pictures, and how its matches stand."""
    wanted = read_number("C", number)
    with app.database.reading() as session:
        case = cases.get_case(session, wanted)
        pictures = registrations.list_registrations(session, wanted)
    if as_json:
        show_json({"case": case, "registrations": pictures})
        return
    matched = f"{case.flagged:,} flagged, {case.confirmed:,} confirmed, {case.rejected:,} rejected"
    show_facts(
        [
            ("Case", case.number),
            ("Opened", when(case.opened_at)),
            ("Closed", _closed(case)),
            ("Withdrawn", when(case.withdrawn_at, never="no")),
            ("Pictures", case.registrations),
            ("Matches", matched),
        ]
    )
    say()
    if pictures:
        show_table(
            ("Registration", "Shows", "Registered", "From", "Signals", "Of types", "Withdrawn"),
            [
                (
                    picture.number,
                    _shows(picture),
                    when(picture.registered_at),
                    picture.source,
                    picture.signals,
                    ", ".join(NAMES[SignalType(each)] for each in picture.types) or None,
                    when(picture.withdrawn_at, never="no"),
                )
                for picture in pictures
            ],
        )
    for picture in pictures:
        if picture.suspended_at is not None:
            say(
                f"{picture.number} is suspended since {when(picture.suspended_at)} and flags "
                f"nothing: {picture.suspended_for} To have it flag again: "
                f"vigil registration resume {picture.number} --reason …"
            )
    if case.flagged or case.confirmed or case.rejected:
        say(f"To see its matches: vigil match list --case {case.number}")
    elif case.withdrawn_at is None and not case.registrations:
        say(f"To register pictures: vigil register {case.number} PATH")


def _closed(case: CaseSummary) -> str:
    """Say when a case was closed and why."""
    if case.closed_at is None or case.reason is None:
        return "no"
    return f"{when(case.closed_at)}: {case_changing.closed_for(case.reason)}"


def _shows(registered: RegistrationSummary) -> str | None:
    """Say what a registration shows, as ``video of 1:03, 60 frames``; nothing once withdrawn."""
    if registered.showing is None or not registered.frames:
        return registered.showing
    lasts = registered.duration_ms
    of_length = "" if lasts is None else f" of {length(lasts)}"
    return f"{registered.showing}{of_length}, {counted(registered.frames, 'frame')}"


for each in (
    case_changing.close,
    case_changing.reopen,
    case_changing.wishes,
    case_changing.pin,
    case_changing.erase,
):
    command.add_command(each)
