"""`vigil registration`: single registered pictures: what of them does not flag, and why."""

import click

from casework import resuming, unmuting
from commands.app import App, pass_app
from commands.contents import InOrder, examples
from commands.output import json_option, say, show_json, show_table, when
from domain.case import read_number
from domain.counted import counted
from storage import muted_places, suspensions
from storage.muted_places import MutedPicture

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


@command.command(epilog=examples("vigil registration show R-2M8T-41VC-K"))
@click.argument("number")
@json_option
@pass_app
def show(app: App, number: str, *, as_json: bool) -> None:
    """Say of one registration whether it flags what it finds, and by all of its places.

    NUMBER is a registration's (R-…). Places that recur in images of something else are muted: a
    logo, or the frame of an app.
    """
    wanted = read_number("R", number)
    with app.database.reading() as session:
        pictures = muted_places.of_registration(session, wanted)
        listed = suspensions.list_suspended(session)
    suspended = next((each for each in listed if each.number == wanted), None)
    if as_json:
        show_json({"registration": wanted, "suspended": suspended, "muted": pictures})
        return
    if suspended is not None:
        since = when(suspended.suspended_at)
        say(f"{wanted} is suspended since {since}: nothing is flagged for it. {suspended.reason}")
    if not pictures:
        say(f"None of the places of {wanted} is muted.")
        return
    for picture in pictures:
        say(_muted_words(wanted, picture))
    say(f"To have all of them count again: vigil registration unmute {wanted} --reason …")


def _muted_words(number: str, picture: MutedPicture) -> str:
    muted = picture.muted
    frame = "" if picture.at_ms is None else f", frame at {picture.at_ms / 1000:.1f} s"
    verb = "is" if muted.count == 1 else "are"
    return (
        f"{number}{frame}: {muted.count} of {counted(muted.of, 'place')} {verb} muted. They recur "
        f"in {counted(muted.images, 'unrelated image')}, and say nothing of the picture."
    )


@command.command(
    epilog=examples("vigil registration unmute R-2M8T-41VC-K --reason 'the wall is hers'")
)
@click.argument("number")
@reason_option
@json_option
@pass_app
def unmute(app: App, number: str, reason: str, *, as_json: bool) -> None:
    """Have all places of one registration count again, for good.

    NUMBER is a registration's (R-…). Crawls that begin from now on know it.
    """
    wanted = read_number("R", number)
    done = unmuting.unmute(
        app.database,
        wanted,
        reason=reason,
        actor=app.actor,
        now=app.now(),
        match_distance=app.config.match_distance,
        video_share=app.config.video_share,
    )
    if as_json:
        shown = {"unmuted": done.places, "looks": done.looks, "reason": reason.strip()}
        show_json({"registration": wanted, **shown})
        return
    say(f"{counted(done.places, 'place')} of {wanted} will count again, and none will be muted.")
    _say_looks(done.looks)


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
        embedding_least=app.config.embeddings_flag_from,
    )
    if as_json:
        show_json({"registration": wanted, "suspended": False, "found": found})
        return
    say(
        f"{wanted} flags again. It is found at {counted(found.places, 'place')} on "
        f"{counted(found.sites, 'site')} now."
    )
    _say_looks(found.looks)


def _say_looks(looks: int) -> None:
    if looks:
        say(
            f"{counted(looks, 'image')} seen before may show it, and will be fetched again and "
            "looked at: vigil signals status"
        )
