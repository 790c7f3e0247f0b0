"""`vigil user`: who may sign in to the console, and as what."""

import click

from casework import staffing
from casework.staffing import Invited
from commands.app import App, pass_app
from commands.contents import InOrder, examples
from commands.output import confirm, json_option, say, show_facts, show_json, show_table, when
from domain.entering import one_time_link
from domain.permission import Role
from storage import accounts
from storage.accounts import ListedAccount

_AT_ONCE = 500

role_option = click.option(
    "--role",
    "roles",
    type=click.Choice([role.value for role in Role]),
    multiple=True,
    required=True,
    help="What the person works as; give it once for each.",
)


@click.group("user", cls=InOrder)
def command() -> None:
    """Let people sign in to the console, and say what they may do there."""


@command.command(epilog=examples("vigil user add anna --role caseworker"))
@click.argument("name")
@role_option
@json_option
@pass_app
def add(app: App, name: str, roles: tuple[str, ...], *, as_json: bool) -> None:
    """Make an account, and print the one-time link that the person sets it up with.

    NAME stands in the record of who did what: small letters, digits, dots and hyphens.
    """
    with app.database.writing() as session:
        invited = staffing.add(
            session, name, [Role(role) for role in roles], actor=app.actor, now=app.now()
        )
    _show(app, invited, as_json=as_json)


@command.command("list", epilog=examples("vigil user list", "vigil user list --json"))
@json_option
@pass_app
def list_(app: App, *, as_json: bool) -> None:
    """List accounts: what each may do, and whether a second factor guards it."""
    found: list[ListedAccount] = []
    with app.database.reading() as session:
        while batch := accounts.list_accounts(
            session, limit=_AT_ONCE, after=found[-1].account.name if found else ""
        ):
            found += batch
    if as_json:
        show_json([_facts(each) for each in found])
        return
    if not found:
        say("No account is there yet. To make one: vigil user add NAME --role supervisor")
        return
    show_table(
        ("Name", "Roles", "State", "Second factor", "Signed in last"),
        [
            (
                each.account.name,
                ", ".join(each.account.roles),
                _stands(each),
                _second_factor(each),
                when(each.account.entered_at),
            )
            for each in found
        ],
    )


@command.command(epilog=examples("vigil user roles anna --role caseworker --role operator"))
@click.argument("name")
@role_option
@pass_app
def roles(app: App, name: str, roles: tuple[str, ...]) -> None:
    """Give NAME these roles in place of those that it has."""
    with app.database.writing() as session:
        changed = staffing.set_roles(
            session, name, [Role(role) for role in roles], actor=app.actor, now=app.now()
        )
    say(f"{changed.name} works as: {', '.join(changed.roles)}. It counts from the next click on.")


@command.command(epilog=examples("vigil user disable anna"))
@click.argument("name")
@pass_app
def disable(app: App, name: str) -> None:
    """Sign NAME out everywhere, and let it in no more."""
    with app.database.writing() as session:
        account = staffing.disable(session, name, actor=app.actor, now=app.now())
    say(f"{account.name} is signed out everywhere and cannot sign in any more.")
    say(f"To take that back: vigil user enable {account.name}")


@command.command(epilog=examples("vigil user enable anna"))
@click.argument("name")
@pass_app
def enable(app: App, name: str) -> None:
    """Let NAME in again, with the password and second factor that it has."""
    with app.database.writing() as session:
        account = staffing.enable(session, name, actor=app.actor, now=app.now())
    say(f"{account.name} can sign in again, as before.")


@command.command(epilog=examples("vigil user reset anna"))
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask first.")
@json_option
@pass_app
def reset(app: App, name: str, *, yes: bool, as_json: bool) -> None:
    """Remove what NAME signs in with, and print a new one-time link.

    For whoever lost her password or telephone, or did not use her first link within a day. Make
    sure that it is she who asks.
    """
    with app.database.reading() as session:
        account = accounts.get(session, name)
    if account.has_password:
        confirm(
            f"Remove the password, second factors and recovery codes of {account.name}?", yes=yes
        )
    with app.database.writing() as session:
        invited = staffing.reset(session, name, actor=app.actor, now=app.now())
    _show(app, invited, as_json=as_json)


def _show(app: App, invited: Invited, *, as_json: bool) -> None:
    link = one_time_link(app.config.console_url, invited.code)
    account = invited.account
    if as_json:
        told = {"name": account.name, "roles": account.roles, "link": link, "code": invited.code}
        show_json(told)
        return
    show_facts(
        [
            ("Account", account.name),
            ("Roles", ", ".join(account.roles)),
            ("Link", link),
            ("Code", invited.code),
        ]
    )
    say()
    say(
        "Give her the link, or read her the code: it is shown this once, and can be used once "
        "within 24 hours. With it she chooses a password and sets up a second factor."
    )


def _facts(each: ListedAccount) -> dict[str, object]:
    account = each.account
    return {
        "name": account.name,
        "roles": account.roles,
        "active": account.active,
        "practice": account.practice,
        "password": account.has_password,
        "second_factor": each.second_factor,
        "by_provider": account.by_provider,
        "added_at": account.added_at,
        "entered_at": account.entered_at,
    }


def _stands(each: ListedAccount) -> str:
    if not each.account.active:
        return "disabled"
    if each.account.practice:
        return "practice only"
    return "active" if each.account.has_password or each.account.by_provider else "invited"


def _second_factor(each: ListedAccount) -> str:
    if each.second_factor:
        return "set up"
    return "at the provider" if each.account.by_provider else "not yet"
