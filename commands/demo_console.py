"""The demo's console: an account to look around with, and how to open it."""

import socket
from collections.abc import Sequence
from contextlib import closing
from typing import Final

from commands.app import App
from commands.output import say
from config import Listen
from domain.entering import one_time_link
from domain.permission import Role
from storage import accounts

PERSON: Final = "visitor"
"""The account of whoever looks at the demo; it has every role, and no password."""

_PORTS_TRIED: Final = 20


def show_console(app: App, serve: Sequence[str]) -> None:
    """Make the account, and say how to open the console with it.

    Args:
        app: the demo's own settings and database.
        serve: the command that serves the demo's console, in words.
    """
    now = app.now()
    with app.database.writing() as session:
        accounts.add(session, PERSON, tuple(Role), now=now, practice=True)
        code = accounts.one_time_visit(session, PERSON, now=now)
    listen = app.config.console_listen
    port = _free_port(listen)
    other = () if port == listen.port else ("--port", str(port))
    url = app.config.console_url.replace(f":{listen.port}", f":{port}")
    say("To look at it in the console, in a browser, with every role:")
    say(f"  {' '.join((*serve, *other))}")
    say(f"  {one_time_link(url, code)}")
    say("The link lets you in once, and only here: everywhere else, people set up a second factor.")


def _free_port(listen: Listen) -> int:
    """Return the port that a console answers on, or the first one behind it that is free."""
    for port in range(listen.port, listen.port + _PORTS_TRIED):
        with closing(socket.socket()) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind((listen.host, port))
            except OSError:
                continue
            return port
    return listen.port
