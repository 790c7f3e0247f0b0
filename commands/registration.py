"""`vigil registration`: single registered pictures: which are suspended, suspend, resume."""

import click

from casework import resuming
from commands.app import App, pass_app
from commands.contents import InOrder, examples
from commands.output import counted, json_option, say, show_json, show_table, when
from domain.case import read_number
from storage import suspensions

reason_option = click.option("--reason", required=True, help="Why; it is recorded.")


@click.group("registration", cls=InOrder)
def command() -> None:
    """Suspend a registered picture that is flagged everywhere, and resume it."""


@command.command("list", epilog=examples("vigil registration list"))
@json_option
@pass_app
def list_(app: App, *, as_json: bool) -> None:
    """List suspended registrations, why they are, and how their matches stand.

    Nothing of these is flagged. All registrations of a case: vigil case show CASE.
    """
    with app.database.reading() as session:
        suspended = suspensions.list_suspended(session)
        floods = suspensions.floods(session, now=app.now())
    if as_json:
        show_json({"suspended": suspended, "floods": floods})
        return
    if suspended:
        show_table(
            ("Registration", "Case", "Suspended", "Flagged", "Confirmed", "Rejected", "Why"),
            [
                (
                    each.number,
                    each.case,
                    when(each.suspended_at),
                    each.flagged,
                    each.confirmed,
                    each.rejected,
                    each.reason,
                )
                for each in suspended
            ],
        )
        say(f"To have one flag again: vigil registration resume {suspended[0].number} --reason …")
    else:
        say("No registration is suspended: all of them flag what they find.")
    for flood in floods:
        say(
            f"{flood.number} of {flood.case} was flagged {flood.flags:,} times within a day, of "
            f"{counted(flood.pictures, 'picture')}. If it shows something that is everywhere: "
            f"vigil registration suspend {flood.number} --reason …"
        )


@command.command(
    epilog=examples("vigil registration suspend R-2M8T-41VC-K --reason 'an empty page'")
)
@click.argument("number")
@reason_option
@json_option
@pass_app
def suspend(app: App, number: str, reason: str, *, as_json: bool) -> None:
    """Have nothing of one registration flagged until it is resumed.

    NUMBER is a registration's (R-…). Its matches and its signals stay as they are.
    """
    wanted = read_number("R", number)
    with app.database.writing() as session:
        suspensions.suspend(session, wanted, reason=reason, actor=app.actor, now=app.now())
    if as_json:
        show_json({"registration": wanted, "suspended": True, "reason": reason.strip()})
        return
    say(f"{wanted} is suspended: nothing is flagged for it any more.")
    say(f"To take that back: vigil registration resume {wanted} --reason …")


@command.command(
    epilog=examples("vigil registration resume R-2M8T-41VC-K --reason 'it is her picture'")
)
@click.argument("number")
@reason_option
@json_option
@pass_app
def resume(app: App, number: str, reason: str, *, as_json: bool) -> None:
    """Have a suspended registration flag again, also what was sighted meanwhile.

    NUMBER is a registration's (R-…).
    """
    wanted = read_number("R", number)
    found = resuming.resume(
        app.database,
        wanted,
        reason=reason,
        actor=app.actor,
        now=app.now(),
        match_distance=app.config.match_distance,
        video_share=app.config.video_share,
    )
    if as_json:
        show_json({"registration": wanted, "suspended": False, "found": found})
        return
    say(
        f"{wanted} flags again. It is found at {counted(found.places, 'place')} on "
        f"{counted(found.sites, 'site')} now."
    )
