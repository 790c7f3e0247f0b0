"""Serving the console: what has to be so before, and the words at its start."""

import logging
import signal
import sys
from types import FrameType

from commands.app import App
from commands.log_lines import log_to_stderr
from commands.serve_options import FIRST_ACCOUNT, ServeOptions, is_this_machine
from config import Config, Listen, load_config
from console.application import create_app
from console.secret import read_secret, secret_file
from console.server import Server, hush, listen
from domain.errors import Refused
from storage import account_figures

_log = logging.getLogger("vigil.console")


def serve(app: App, options: ServeOptions) -> None:
    """Answer until SIGTERM or SIGINT.

    Raises:
        Refused: it would be open to others without https, or the secret file is.
        OutsideDown: the database does not answer, or the port is taken.
    """
    config = with_options(app, options)
    check_reach(config, options.plain_http)
    log_to_stderr()
    hush()
    secret = read_secret(secret_file(config))
    database = app.database
    listening = listen(config.console_listen)
    _end_calmly()
    with database.reading() as session:
        accounts = account_figures.accounts(session)
    application = create_app(config, database, secret=secret, https=config.console_https)
    server = Server(
        application,
        listening,
        url=config.console_url,
        proxy=config.console_proxy,
        threads=options.threads,
    )
    if options.plain_http is not None and not is_this_machine(config.console_listen.host):
        _log.warning("console without https beyond this machine: reason=%s", options.plain_http)
    _log.info("console began: %s; accounts=%d", config.console_url, accounts.active)
    if not accounts.active:
        _log.info("nobody can sign in yet. Make the first account: %s", FIRST_ACCOUNT)
    server.run()
    _log.info("console stopped")


def with_options(app: App, options: ServeOptions) -> Config:
    """Return the settings, with what was said on the command line in their place."""
    listening = app.config.console_listen
    where = Listen(options.host or listening.host, options.port or listening.port)
    return load_config({**app.environment, "VIGIL_CONSOLE_LISTEN": str(where)})


def check_reach(config: Config, plain_http: str | None) -> None:
    """Refuse to answer beyond this machine where what is sent could be read on the way.

    Raises:
        Refused: it would.
    """
    host = config.console_listen.host
    if is_this_machine(host) or config.console_https or (plain_http or "").strip():
        return
    msg = (
        f"On {host} the console would answer other machines without https: passwords and what is "
        "on the pages could be read on the way. Let it answer on 127.0.0.1, put a web server that "
        "speaks https before it, and set VIGIL_CONSOLE_URL to the https:// address that people "
        "open. If nobody can listen in, as within a VPN, say so: --plain-http 'our VPN'."
    )
    raise Refused(msg)


def _end_calmly() -> None:
    def stop(_signal: int, _frame: FrameType | None) -> None:
        for again in (signal.SIGTERM, signal.SIGINT):
            signal.signal(again, signal.SIG_IGN)  # it is ending already
        sys.exit(0)

    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, stop)
