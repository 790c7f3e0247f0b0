"""`vigil registry-key`: the key that registered constellations are encrypted with."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click

from commands.app import App, pass_app
from commands.atomic_file import atomic_file
from commands.contents import InOrder, examples
from commands.output import confirm, json_option, say, show_json
from domain.counted import counted
from domain.errors import Refused
from storage import audit, resealing
from storage.database import Database
from storage.registry_keys import (
    RegistryKey,
    RegistryKeys,
    UnusableKeyError,
    new_secret,
    read_secrets,
    written,
)
from storage.resealing import Resealed

_SUBJECT: Final = "registry"
_LINE_SECONDS: Final = 5.0

_Work = Callable[..., Resealed]


@click.group("registry-key", cls=InOrder)
def command() -> None:
    """Encrypt the constellations of registered pictures in the database, or change their key."""


@command.command(epilog=examples("vigil registry-key make /etc/vigil/registry.key"))
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
def make(path: Path) -> None:
    """Make a key and write it to the new file PATH, for its owner's eyes alone.

    Nothing is encrypted by this yet.
    """
    if os.path.lexists(path):
        msg = (
            f"{path} is there already, and what the keys in it encrypted could not be read any "
            "more without them. Choose another name, or: vigil registry-key renew"
        )
        raise Refused(msg)
    with atomic_file(path, force=False) as file:
        file.write(written([new_secret()]))
    say(f"A new key is in {path}. What it will encrypt cannot be read without it: keep a copy, and")
    say("not where the backups of the database are. Then:")
    say(f"1. Set VIGIL_REGISTRY_KEY_FILE={path.resolve()} for every vigil, and for the scheduler,")
    say("   which has to be started anew. The file has to belong to whom they run as.")
    say("2. Encrypt what is registered already: vigil registry-key apply")


@command.command(epilog=examples("vigil registry-key apply"))
@json_option
@pass_app
@click.pass_context
def apply(ctx: click.Context, app: App, *, as_json: bool) -> None:
    """Encrypt every registered constellation that is not, with the first key of the file.

    Those under an older key of the file are encrypted anew. Crawls may go on meanwhile; if this is
    interrupted, run it again. The exit code is 1 if some cannot be read.
    """
    key = _keys(app.database).current()
    outcome = _through(app, "signatures encrypted", key, resealing.encrypt)
    _leave_no_copy(app.database)
    _show(ctx, outcome, f"{counted(outcome.changed, 'constellation')} encrypted.", as_json=as_json)


@command.command(epilog=examples("vigil registry-key undo", "vigil registry-key undo --yes"))
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@pass_app
@click.pass_context
def undo(ctx: click.Context, app: App, *, yes: bool, as_json: bool) -> None:
    """Store every registered constellation in plain again.

    What is registered from then on is encrypted as long as VIGIL_REGISTRY_KEY_FILE is set: take
    that away first where pictures are registered, and leave it here. The exit code is 1 if some
    cannot be read.
    """
    key = _keys(app.database).current()
    confirm(
        "Store all registered constellations so that whoever has the database can read them?",
        yes=yes,
    )
    outcome = _through(app, "signatures decrypted", key, resealing.decrypt)
    _show(ctx, outcome, f"{counted(outcome.changed, 'constellation')} decrypted.", as_json=as_json)


@command.command(epilog=examples("vigil registry-key renew"))
@pass_app
def renew(app: App) -> None:
    """Put a new key first in the file; those that were there still decrypt.

    Where several machines read the database, each needs the new file before anything is registered.
    """
    path = _keys(app.database).path
    with _alone(path):
        _write(path, (new_secret(), *read_secrets(path)))
    _record(app, "registry key renewed", key=_keys(app.database).current().name)
    say(f"A new key is first in {path}. Keep a copy, and bring it to every machine. Then:")
    say("1. Encrypt everything with it: vigil registry-key apply")
    say("2. Take the older ones out: vigil registry-key drop-old")


@command.command("drop-old", epilog=examples("vigil registry-key drop-old"))
@pass_app
def drop_old(app: App) -> None:
    """Take every key but the first out of the file, unless something is still under one of them.

    Backups of the database from before can be read only with the file as it was.
    """
    keys = _keys(app.database)
    with _alone(keys.path):
        secrets = read_secrets(keys.path)
        first, *older = map(RegistryKey.of, secrets)
        if not older:
            say(f"{keys.path} holds one key: {first.name}. There is none to take out.")
            return
        with app.database.reading() as session:
            left = sum(resealing.under(session, key) for key in older)
        if left:
            msg = (
                f"{counted(left, 'constellation is', 'constellations are')} still encrypted with "
                "an older key. Run first: vigil registry-key apply"
            )
            raise Refused(msg)
        _write(keys.path, secrets[:1])
    _record(app, "older registry keys dropped", key=first.name, dropped=len(older))
    say(f"{counted(len(older), 'older key')} taken out of {keys.path}; {first.name} is left.")


def _keys(database: Database) -> RegistryKeys:
    if database.keys is None:
        raise UnusableKeyError(resealing.NO_KEY)
    return database.keys


def _through(app: App, action: str, key: RegistryKey, work: _Work) -> Resealed:
    """Go through all of them; that it was begun is recorded, should it not come to its end."""
    _record(app, action, key=key.name)
    last = time.monotonic()

    def told(done: int, to_do: int) -> None:
        nonlocal last
        if time.monotonic() - last >= _LINE_SECONDS:
            last = time.monotonic()
            say(f"{done:,} of {to_do:,} done …", err=True)

    return work(app.database, told=told)


def _leave_no_copy(database: Database) -> None:
    """Erase what lay in plain, or under another key, in the database's files and beside them."""
    if database.snapshots is not None:
        database.snapshots.drop_constellations()
    if not database.scrub():
        say(
            "Another process kept the database from overwriting what was stored before. Once none "
            "is running: vigil db scrub",
            err=True,
        )


def _record(app: App, action: str, **details: str | int) -> None:
    with app.database.writing() as session:
        audit.append(
            session,
            now=app.now(),
            actor=app.actor,
            action=action,
            subject=_SUBJECT,
            details=details,
        )


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Let nobody else change the file of keys meanwhile, or a key might be lost between them."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _write(path: Path, secrets: tuple[bytes, ...]) -> None:
    owner = path.stat()
    with atomic_file(path, force=True) as file:
        # Who could read it still can: a command run by root would else take it from the crawls.
        os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
        file.write(written(secrets))


def _show(ctx: click.Context, outcome: Resealed, changed: str, *, as_json: bool) -> None:
    if as_json:
        show_json(outcome)
    else:
        say(changed)
        if outcome.unreadable:
            cannot = counted(outcome.unreadable, "constellation")
            say(f"{cannot} cannot be read, and stayed as they are. See: vigil doctor")
    if outcome.unreadable:
        ctx.exit(Refused.exit_code)
