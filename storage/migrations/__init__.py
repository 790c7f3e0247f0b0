"""Revisions of the schema, and how one is brought to the next on a given connection."""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

_FOLDER: Final = Path(__file__).parent


def head() -> str:
    """Return the revision that this version of Vigil works with."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    if revision is None:
        msg = f"no revision was found in {_FOLDER}: the installation is incomplete"
        raise RuntimeError(msg)
    return revision


def known() -> frozenset[str]:
    """Return every revision that this version of Vigil knows."""
    scripts = ScriptDirectory.from_config(_config())
    return frozenset(script.revision for script in scripts.walk_revisions())


def current(connection: Connection) -> str | None:
    """Return the revision that a database stands at, None before the first."""
    return MigrationContext.configure(connection).get_current_revision()


def run_upgrade(connection: Connection, revision: str = "head") -> None:
    """Bring a database forward, inside the transaction that the connection is in."""
    command.upgrade(_config(connection), revision)


def run_downgrade(connection: Connection, revision: str = "base") -> None:
    """Take a database back, inside the transaction that the connection is in."""
    command.downgrade(_config(connection), revision)


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    # A % would be read as the start of an interpolation.
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
