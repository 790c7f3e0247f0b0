"""Checks of the console: its secret, how people reach it, and what guards their accounts."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from commands.serve_options import FIRST_ACCOUNT, is_this_machine
from config import Config
from console.secret import refuse_if_open, secret_file
from domain.counted import counted
from domain.errors import VigilError
from domain.finding import Finding, fail, ok, warn
from storage import account_figures

_SECRET = "Console's secret"  # noqa: S105 - the name of what was checked
_REACH = "Console"
_ACCOUNTS = "Accounts"


def console(config: Config) -> Iterator[Finding]:
    """Check what does not need the database."""
    yield _secret(config)
    yield _reach(config)


def accounts(session: Session) -> Iterator[Finding]:
    """Check that everybody who signs in needs more than a password for it."""
    found = account_figures.accounts(session)
    if not found.active:
        yield ok(_ACCOUNTS, f"nobody can sign in to the console yet; {FIRST_ACCOUNT} lets somebody")
        return
    if found.practice:
        yield warn(
            _ACCOUNTS,
            f"{', '.join(found.practice)}: made by the demo, and let in without a second factor",
            f"Fine for practising. Otherwise: vigil user disable {found.practice[0]}",
        )
    if found.unguarded:
        yield warn(
            _ACCOUNTS,
            f"{', '.join(found.unguarded)}: a password, and no second factor yet",
            "They set one up when they sign in next. To be sure that it is they: "
            f"vigil user reset {found.unguarded[0]}",
        )
    if not found.practice and not found.unguarded:
        yield ok(_ACCOUNTS, f"{counted(found.active, 'account')}; none without a second factor")


def _secret(config: Config) -> Finding:
    path = secret_file(config)
    try:
        if not path.exists():
            return ok(_SECRET, "not made yet; the console makes it when it starts")
        refuse_if_open(path)
    except VigilError as error:
        return fail(_SECRET, str(error), f"chmod 600 {path}, or delete it.")
    except OSError as error:
        return fail(_SECRET, f"{path}: {error.strerror}", "See who owns it, and what it is.")
    return ok(_SECRET, f"{path}, for its owner alone")


def _reach(config: Config) -> Finding:
    here = is_this_machine(config.console_listen.host)
    if config.console_https:
        found = f"{config.console_url}, answered on {config.console_listen}"
        if config.console_proxy is None or here == is_this_machine(config.console_proxy):
            return ok(_REACH, found)
        return warn(
            _REACH,
            f"{found}, and {config.console_proxy} alone is believed when it says who asks",
            "If the proxy has another address, all visitors look like one, and a few who mistype "
            "passwords keep everybody out for a while: name it in VIGIL_CONSOLE_PROXY.",
        )
    name = urlsplit(config.console_url).hostname or ""
    if here and is_this_machine(name):
        return ok(_REACH, f"{config.console_url}, on this machine alone")
    return warn(
        _REACH,
        f"{config.console_url}: what is sent can be read on the way",
        "Put a web server that speaks https before it, and set VIGIL_CONSOLE_URL: see README.md.",
    )
