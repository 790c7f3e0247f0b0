"""`vigil case close`, `reopen`, `wishes`, `pin` and `erase`: what becomes of a case."""

from collections.abc import Mapping

import click

from casework import closing, consenting, erasing, opening
from commands.app import App, pass_app
from commands.contents import examples
from commands.output import confirm, json_option, say, show_facts, show_json
from domain.case import read_number
from domain.case_state import CloseReason
from domain.case_wishes import Consent, Contact, News, Wishes, as_read, as_written
from domain.counted import counted
from storage import case_wishes, cases

_CLOSED_FOR: Mapping[CloseReason, str] = {
    CloseReason.GONE: "everything that was found is gone",
    CloseReason.ASKED: "the person asked to close it",
    CloseReason.HANDED_ON: "somebody else goes on with it",
    CloseReason.UNREACHABLE: "the person cannot be reached any more",
    CloseReason.MISTAKE: "it was opened by mistake, or twice",
}

_WISHES: Mapping[str, str] = {
    "consent": "Agreed",
    "contact": "May be told",
    "news": "Is told",
    "name_in_notices": "Name in notices",
    "police": "Police",
    "language": "Language",
}


def closed_for(reason: CloseReason) -> str:
    """Say why a case is closed."""
    return _CLOSED_FOR[reason]


@click.command(epilog=examples("vigil case close C-7K3M-9QXD-5 --reason gone"))
@click.argument("number")
@click.option(
    "--reason",
    type=click.Choice([each.value for each in CloseReason]),
    required=True,
    help="; ".join(f"{each.value}: {words}" for each, words in _CLOSED_FOR.items()) + ".",
)
@json_option
@pass_app
def close(app: App, number: str, reason: str, *, as_json: bool) -> None:
    """Close a case. Nothing is erased, and its pictures are looked for as before.

    A new match is flagged and reviewed all the same. To end the search: vigil withdraw NUMBER
    """
    wanted = read_number("C", number)
    with app.database.writing() as session:
        closing.close(session, wanted, CloseReason(reason), actor=app.actor, now=app.now())
    if as_json:
        show_json({"case": wanted, "state": "closed", "reason": reason})
        return
    say(f"{wanted} is closed: {closed_for(CloseReason(reason))}. To take that back:")
    say(f"vigil case reopen {wanted}")


@click.command(epilog=examples("vigil case reopen C-7K3M-9QXD-5"))
@click.argument("number")
@json_option
@pass_app
def reopen(app: App, number: str, *, as_json: bool) -> None:
    """Reopen a case that was closed."""
    wanted = read_number("C", number)
    with app.database.writing() as session:
        closing.reopen(session, wanted, actor=app.actor, now=app.now())
    if as_json:
        show_json({"case": wanted, "state": "open"})
        return
    say(f"{wanted} is open again.")


@click.command(
    epilog=examples(
        "vigil case wishes C-7K3M-9QXD-5",
        "vigil case wishes C-7K3M-9QXD-5 --consent spoken --contact trusted --news weekly",
        "vigil case wishes C-7K3M-9QXD-5 --no-police --language de",
    )
)
@click.argument("number")
@click.option(
    "--consent", type=click.Choice([each.value for each in Consent]), help="How she agreed."
)
@click.option(
    "--contact",
    type=click.Choice([each.value for each in Contact]),
    help="Who may be told: nobody, whoever gives number and PIN, or the trusted contact.",
)
@click.option(
    "--news", type=click.Choice([each.value for each in News]), help="When she is told of finds."
)
@click.option("--name-in-notices/--no-name-in-notices", default=None, help="May notices name her?")
@click.option("--police/--no-police", default=None, help="May the police be told?")
@click.option("--language", metavar="CODE", help="In which she is talked to, such as de.")
@json_option
@pass_app
def wishes(app: App, /, number: str, *, as_json: bool, **changed: str | bool | None) -> None:
    """Show what the person of a case agreed to and wishes, or change some of it.

    Each change is on record, as it was and as it is.
    """
    wanted = read_number("C", number)
    given = {name: value for name, value in changed.items() if value is not None}
    if given:
        with app.database.writing() as session:
            before = as_written(case_wishes.wishes_of(session, wanted))
            kept = as_read({**before, **given})
            consenting.change_wishes(session, wanted, kept, actor=app.actor, now=app.now())
    else:
        with app.database.reading() as session:
            kept = case_wishes.wishes_of(session, wanted)
    if as_json:
        show_json({"case": wanted, "wishes": as_written(kept)})
        return
    show_facts([("Case", wanted), *_in_words(kept)])


@click.command(epilog=examples("vigil case pin C-7K3M-9QXD-5"))
@click.argument("number")
@json_option
@pass_app
def pin(app: App, number: str, *, as_json: bool) -> None:
    """Give the person of a case a new PIN, and print it; the old one is worth nothing any more."""
    wanted = read_number("C", number)
    renewed = opening.renew_pin(app.database, wanted, actor=app.actor, now=app.now())
    if as_json:
        show_json(renewed)
        return
    show_facts([("Case number", renewed.number), ("PIN", renewed.pin)])
    say()
    say("Give it to the person now: the PIN is shown this once and never again.")


@click.command(epilog=examples("vigil case erase C-7K3M-9QXD-5 --reason 'she asked for it'"))
@click.argument("number")
@click.option("--reason", help="Why; it is recorded.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@pass_app
def erase(app: App, number: str, reason: str | None, *, yes: bool, as_json: bool) -> None:
    """Erase a case with all that is known of it, for good.

    It is withdrawn first, if it was not. Only the audit record says that it was there.
    """
    wanted = read_number("C", number)
    with app.database.reading() as session:
        pictures = counted(cases.get_case(session, wanted).registrations, "picture")
    confirm(f"Erase {wanted} with {pictures} and all that is known of it for good?", yes=yes)
    done = erasing.erase(app.database, wanted, actor=app.actor, reason=reason, now=app.now())
    if as_json:
        show_json(done)
        return
    say(
        f"{done.number} is erased, with {counted(done.registrations, 'registration')}, "
        f"{counted(done.matches, 'match', 'matches')}, and what was kept of "
        f"{counted(done.images, 'found image')}."
    )
    if not done.scrubbed:
        say(
            "Another process kept the database from clearing its files at once. To be sure that no "
            "copy is left in them, when it has ended: vigil db scrub",
            err=True,
        )


def _in_words(kept: Wishes) -> list[tuple[str, object]]:
    said = {True: "yes", False: "no", None: "not on record"}
    return [
        (_WISHES[name], value if isinstance(value, str) else said[value])
        for name, value in as_written(kept).items()
    ]
